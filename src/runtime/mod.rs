//! Programs that read no proxy variable, or only after a switch is set: what each program needs in addition.
//!
//! `setup` changes nothing for these programs unless `--for` names the program: a job that worked before must work
//! after. A new program is a row in [`RUNTIMES`]; docs/runtimes.md has the same table, and a test compares the two.

use crate::environment::Environment;
use crate::settings::Settings;

pub mod java;
pub mod trust_store;

/// A row of [`RUNTIMES`].
pub struct Runtime {
    /// The name of the row, as `--for` expects the name.
    pub name: &'static str,
    /// The names on PATH of the programs that need the row; empty when `doctor` cannot find the program on PATH.
    pub programs: &'static [&'static str],
    /// What is exported or written, for `doctor` and docs/runtimes.md.
    pub sets: &'static str,
    /// What does not work even with the row, for docs/runtimes.md.
    pub limits: &'static str,
    /// The source code or the measurement that shows the facts of the row.
    pub source: &'static str,
    /// Adds the environment variables that the programs need.
    export: fn(&Settings, &mut Exports),
}

/// The programs that `--for` can set up.
pub static RUNTIMES: [Runtime; NAMES.len()] = [
    Runtime {
        name: "java",
        programs: &["java"],
        sets: "JAVA_TOOL_OPTIONS: host and port of the proxies, NO_PROXY as http.nonProxyHosts, and the switch that \
               makes Maven 3.9 read these properties",
        limits: "No user and no password: Java has no property for them. An entry of NO_PROXY loses its port. \
                 Each JVM prints a line `Picked up JAVA_TOOL_OPTIONS` on standard error.",
        source: "Java, `sun.net.spi.DefaultProxySelector`; apache/maven#9260; measured with Maven 3.8.7, 3.9.16, \
                 4.0.0-rc-5",
        export: java::export_for_java,
    },
    Runtime {
        name: "maven",
        programs: &["mvn"],
        sets: "JAVA_TOOL_OPTIONS as for java, and with `setup` user and password in `~/.m2/settings.xml`, the only place \
               from which Maven takes them",
        limits: "A job that passes `-s FILE` reads that file instead. A settings.xml that names a proxy stays as it is. \
                 Where jobs share HOME, or HOME is in the work tree, only JAVA_TOOL_OPTIONS is set: no user and password. \
                 Without HTTPS_PROXY, Maven sends https requests to HTTP_PROXY.",
        source: "Maven, settings.html; maven-resolver, `DefaultProxySelector`; measured with Maven 3.8.7, 3.9.16, \
                 4.0.0-rc-5",
        export: java::export_for_file,
    },
    Runtime {
        name: "gradle",
        programs: &["gradle"],
        sets: "JAVA_TOOL_OPTIONS as for java, and with `setup` user and password in `gradle.properties` of \
               `$GRADLE_USER_HOME` or `~/.gradle`",
        limits: "A gradle.properties that names a proxy stays as it is. Where jobs share that folder, or the folder is in \
                 the work tree, a private file holds user and password, and JAVA_TOOL_OPTIONS names the file with \
                 `-XX:VMOptionsFile`: Java 8 does not read the file, and a container that gets the variable without the \
                 file cannot start Java.",
        source: "Gradle, build_environment.adoc; java(1); measured with Gradle 4.4.1 and the wrapper of Gradle 9.4.1",
        export: java::export_for_file,
    },
    Runtime {
        name: "node",
        programs: &["node"],
        sets: "NODE_USE_ENV_PROXY=1: `fetch`, `http` and `https`, and with them got, read the proxy variables",
        limits: "Node 22.21, 24.5 and newer only. Older versions ignore the variable.",
        source: "Node.js, doc/api/cli.md; measured with Node 24.21.0 and got 14",
        export: |_, exports| exports.set_unless_set("NODE_USE_ENV_PROXY", "1"),
    },
    Runtime {
        name: "yarn",
        programs: &["yarn", "yarnpkg"],
        sets: "YARN_HTTP_PROXY and YARN_HTTPS_PROXY: yarn 2 and newer read no other variable",
        limits: "No exceptions: yarn 2 and newer, and yarn 1 for https, then send requests to hosts in NO_PROXY to the \
                 proxy.",
        source: "yarn, packages/yarnpkg-core/sources/Configuration.ts; measured with yarn 1.22.22 and 4.18.1",
        export: yarn,
    },
    Runtime {
        name: "bundler",
        programs: &["bundle", "bundler"],
        sets: "`-rcgi` in RUBYOPT, where a proxy has a user: bundler on Ruby 3.3 crashes without it",
        limits: "bundler still matches NO_PROXY in its own way: see `jobproxy explain --client bundler`.",
        source: "measured with bundler 4.0.22 on Ruby 3.3",
        export: bundler,
    },
    Runtime {
        name: "electron",
        programs: &[],
        sets: "ELECTRON_GET_USE_PROXY=true: the download of Electron reads the proxy variables",
        limits: "Only the download during `npm install`; programs made with Electron have settings of their own.",
        source: "@electron/get 2.0.3 and 5.1.0, src/proxy.ts",
        export: |_, exports| exports.set_unless_set("ELECTRON_GET_USE_PROXY", "true"),
    },
];

/// The names of [`RUNTIMES`].
pub const NAMES: [&str; 7] = ["java", "maven", "gradle", "node", "yarn", "bundler", "electron"];

/// The environment variables that the rows add, and notes for the report.
pub struct Exports<'a> {
    environment: &'a Environment,
    /// Names and values of the variables, each name once.
    pub values: Vec<(&'static str, String)>,
    /// Notes about the programs.
    pub notes: Vec<String>,
    /// Notes about entries of NO_PROXY that the programs do not use as written.
    pub no_proxy_notes: Vec<String>,
}

impl Exports<'_> {
    /// Returns the value that an earlier row gave a variable, else the value in the environment, else an empty text.
    /// Returns `None` and adds a note when the value holds a control character or is not UTF-8; such a value stays.
    fn plain_value(&mut self, name: &'static str) -> Option<String> {
        let added = self.values.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str());
        let value = added.or_else(|| self.environment.tool_variable(name)).unwrap_or_default().trim_ascii();
        if value.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
            self.note(format!("{name}: holds a control character or is not UTF-8, left as it is"));
            return None;
        }
        Some(value.to_owned())
    }

    fn set(&mut self, name: &'static str, value: String) {
        self.values.retain(|(other, _)| *other != name);
        self.values.push((name, value));
    }

    /// Exports a variable with the value from the job's environment, or with `value` when the variable is unset or
    /// empty.
    fn set_unless_set(&mut self, name: &'static str, value: &str) {
        let Some(own) = self.plain_value(name) else { return };
        self.set(name, if own.is_empty() { value.to_owned() } else { own });
    }

    fn note(&mut self, text: String) {
        add(&mut self.notes, text);
    }

    fn no_proxy_note(&mut self, text: String) {
        add(&mut self.no_proxy_notes, text);
    }
}

/// Adds a note once: several rows have the same note about one variable.
fn add(notes: &mut Vec<String>, text: String) {
    if !notes.contains(&text) {
        notes.push(text);
    }
}

/// Returns the environment variables that the rows with these names need, and the notes about the variables.
#[must_use]
pub fn exports<'a>(names: &[&str], settings: &Settings, environment: &'a Environment) -> Exports<'a> {
    let (values, notes, no_proxy_notes) = Default::default();
    let mut exports = Exports { environment, values, notes, no_proxy_notes };
    for runtime in RUNTIMES.iter().filter(|runtime| names.contains(&runtime.name)) {
        (runtime.export)(settings, &mut exports);
    }
    exports
}

/// Returns, for `doctor`, the rows with a program on PATH and with a variable that has not the row's value yet.
#[must_use]
pub fn needed(
    settings: &Settings,
    environment: &Environment,
    is_on_path: &dyn Fn(&str) -> bool,
) -> Vec<&'static Runtime> {
    let lacks_a_variable = |row: &&Runtime| {
        let wanted = exports(&[row.name], settings, environment).values;
        wanted.iter().any(|(name, value)| environment.tool_variable(name) != Some(value))
    };
    let is_there = |row: &&Runtime| row.programs.iter().any(|program| is_on_path(program));
    RUNTIMES.iter().filter(is_there).filter(lacks_a_variable).collect()
}

fn yarn(settings: &Settings, exports: &mut Exports) {
    let proxies = &settings.proxies;
    for (name, proxy) in [("YARN_HTTP_PROXY", &proxies.http), ("YARN_HTTPS_PROXY", &proxies.https)] {
        if let Some(proxy) = proxy {
            exports.set_unless_set(name, &proxy.expose());
        }
    }
    if !settings.no_proxy.entries.is_empty() {
        exports.no_proxy_note(
            "yarn: has no exceptions: requests to hosts in NO_PROXY go to the proxy".to_owned(),
        );
    }
}

/// Adds `-rcgi` to RUBYOPT, which loads Ruby's library cgi: bundler calls `CGI.unescape` on user and password without
/// loading cgi.
fn bundler(settings: &Settings, exports: &mut Exports) {
    const NAME: &str = "RUBYOPT";
    if !settings.proxies.named().any(|(_, proxy)| proxy.has_credentials()) {
        return;
    }
    let Some(old) = exports.plain_value(NAME) else { return };
    let has_cgi = old.split_ascii_whitespace().any(|option| option == "-rcgi");
    exports.set(NAME, if has_cgi { old } else { format!("{old} -rcgi").trim_ascii_start().to_owned() });
}
