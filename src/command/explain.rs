//! `jobproxy explain`: predicts what each client does with each URL, and why.

use std::io::{self, BufRead as _, BufWriter, IsTerminal as _, Write as _};

use anyhow::{Error, Result, anyhow};

use crate::client::{self, Answer, Client, Decision, Destination, Reader, Setting, USUAL, Variables};
use crate::environment::Environment;
use crate::options::{Format, Options};
use crate::output::exports;
use crate::own_urls::own_urls;
use crate::proxy_url::{ProxyUrl, redact};
use crate::replace_file::cause;
use crate::report::Report;
use crate::report::table::{Row, Sink};
use crate::tool_config;

/// Prints the answers and returns the exit status: 1 for a value or URL that cannot be used and for clients that
/// disagree under `--strict`, 2 for an unknown client.
#[must_use]
pub fn run(options: &Options, environment: &Environment) -> u8 {
    let mut report = Report::default();
    let clients = match clients(&options.client) {
        Ok(clients) => clients,
        Err(error) => {
            report.error(&error);
            let _ = report.print(options.verbosity);
            return 2;
        }
    };
    let mut output = BufWriter::new(io::stdout().lock());
    let printed = if options.clients {
        client::all().iter().try_for_each(|client| writeln!(output, "{}", name_of(client)))
    } else {
        match variables(options, environment, &clients, &mut report) {
            Ok((variables, settings)) => {
                let is_json = options.format == Format::Json;
                let wraps = io::stdout().is_terminal();
                let names: Vec<_> = clients.iter().map(|client| name_of(client)).collect();
                let readers =
                    clients.iter().map(|client| client.prepare_with(&variables, &settings)).collect();
                let mut explain = Explain { clients, names, readers, strict: options.strict };
                let width = explain.names.iter().map(String::len).max().unwrap_or(0);
                Sink { output: &mut output, is_json, wraps, width }
                    .write(|print| explain.every_url(&options.arguments, environment, &mut report, print))
            }
            Err(errors) => {
                report.errors(&errors);
                Ok(())
            }
        }
    };
    // A program that reads the answers must notice that some are missing.
    if let Err(error) = printed.and_then(|()| output.flush()) {
        report.error(&anyhow!("standard output: cannot be written: {}", cause(&error)));
    }
    u8::from(!report.print(options.verbosity))
}

fn name_of(client: &Client) -> String {
    format!("{}@{}", client.name, client.version)
}

/// The clients with their environment evaluated.
struct Explain<'a> {
    clients: Vec<&'static Client>,
    names: Vec<String>,
    readers: Vec<Reader<'a>>,
    strict: bool,
}

type Print<'p> = &'p mut dyn FnMut(&Row) -> io::Result<()>;

impl Explain<'_> {
    /// Answers each URL as soon as it is read, so that memory does not grow with their number.
    fn every_url(
        &mut self,
        arguments: &[std::ffi::OsString],
        environment: &Environment,
        report: &mut Report,
        print: Print,
    ) -> io::Result<()> {
        let own = if arguments.is_empty() { own_urls(environment) } else { Vec::new() };
        if arguments.is_empty() && own.is_empty() {
            report.note(
                "no URL was given, and CI_SERVER_URL, CI_API_V4_URL, CI_REGISTRY and DOCKER_HOST name none",
            );
        }
        for url in own {
            self.url(&url, report, print)?;
        }
        for argument in arguments {
            match argument.to_str() {
                None => report.error(&anyhow!("a URL is not UTF-8")),
                Some("-") => {
                    for line in io::stdin().lock().lines() {
                        match line {
                            Ok(line) if line.trim_ascii().is_empty() => {}
                            Ok(line) => self.url(line.trim_ascii(), report, print)?,
                            Err(error) => {
                                report.error(&anyhow!("standard input: cannot be read: {}", cause(&error)));
                                break;
                            }
                        }
                    }
                }
                Some(url) => self.url(url, report, print)?,
            }
        }
        Ok(())
    }

    fn url(&mut self, url: &str, report: &mut Report, print: Print) -> io::Result<()> {
        if let Some((client, reason)) = without_http(url) {
            let decision = Decision::Direct.word();
            return print(&Row { url, client, decision, proxy: None, entry: None, reason });
        }
        // A URL without a scheme is read as curl reads it.
        let full = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let Some(destination) = Destination::parse(&full) else {
            report.error(&anyhow!("{}: not an http or https URL", redact(url)));
            return Ok(());
        };
        let mut decisions = Vec::with_capacity(self.clients.len());
        for ((client, name), reader) in self.clients.iter().zip(&self.names).zip(&self.readers) {
            let answer = reader.decide(&destination);
            if self.strict && client.reads_the_environment() {
                decisions.push((answer.decision, client.name));
            }
            let Answer { decision, proxy, entry, reason } = &answer;
            let (decision, proxy) = (decision.word(), proxy.map(|(_, value)| value));
            print(&Row { url, client: name, decision, proxy, entry: *entry, reason })?;
        }
        if let Some(text) = disagreement(&decisions) {
            report.error(&anyhow!("{}: the clients disagree: {text}", redact(url)));
        }
        Ok(())
    }
}

/// Returns the program that fetches a URL of another scheme than http and https, and why the program reads no proxy
/// variable. Returns `None` for http and https.
fn without_http(url: &str) -> Option<(&'static str, &'static str)> {
    const SSH: (&str, &str) =
        ("ssh", "ssh reads no proxy variable; use an https:// URL, or ProxyCommand in ~/.ssh/config");
    const GIT: (&str, &str) =
        ("git", "git:// reads no proxy variable; use an https:// URL, or core.gitProxy in git's config");
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("ssh" | "git+ssh" | "ssh+git" | "sftp") => Some(SSH),
        Some("git") => Some(GIT),
        Some(_) => None,
        // scp's form, `git@host:group/project.git`. Digits after the colon are a port.
        None => {
            let (user, rest) = url.split_once('@')?;
            let (host, path) = rest.split_once(':')?;
            let is_scp = !user.contains([':', '/']) && !host.contains(['/', '[']) && !path.is_empty();
            let is_port = path.trim_end_matches('/').bytes().all(|byte| byte.is_ascii_digit());
            (is_scp && !is_port).then_some(SSH)
        }
    }
}

/// Returns the clients by decision, when the clients disagree.
fn disagreement(decisions: &[(Decision, &'static str)]) -> Option<String> {
    /// The most names that are printed for one decision.
    const SHOWN: usize = 8;
    let (first, _) = decisions.first()?;
    if decisions.iter().all(|(decision, _)| decision == first) {
        return None;
    }
    let groups = [Decision::Direct, Decision::Proxied, Decision::Fails].map(|sought| {
        let mut names: Vec<&str> =
            decisions.iter().filter(|(decision, _)| *decision == sought).map(|(_, name)| *name).collect();
        names.dedup();
        let more = names.len().saturating_sub(SHOWN);
        names.truncate(SHOWN);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!names.is_empty()).then(|| format!("{sought}: {}{rest}", names.join(", ")))
    });
    Some(groups.into_iter().flatten().collect::<Vec<_>>().join("; "))
}

/// Returns the variables that a program in the job sees, and the settings of files that override the variables: as
/// `setup` would leave them, with `--raw` the current ones.
fn variables(
    options: &Options,
    environment: &Environment,
    clients: &[&Client],
    report: &mut Report,
) -> Result<(Variables, Vec<Setting>), Vec<Error>> {
    let mut environment = environment.with_overrides(options.proxy.as_deref(), options.no_proxy.as_deref());
    let method = environment.texts.request_method.take().map(|method| ("REQUEST_METHOD".to_owned(), method));
    let names: Vec<_> = clients.iter().map(|client| client.name).collect();
    let docker = names.contains(&"docker") && !options.no_files;
    if let Some(text) = docker.then(|| tool_config::containers(&environment)).flatten() {
        report.note(&text);
    }
    let mut written = None;
    if !options.raw {
        if let Some(proxy) = &options.proxy {
            ProxyUrl::parse(proxy).map_err(|error| vec![error.context("--proxy")])?;
        }
        let (settings, errors) = super::resolve(options, &environment);
        report.errors(&errors);
        for (name, value) in exports::variables(&settings) {
            environment.raw.retain(|(other, _)| other != name);
            environment.raw.extend(value.map(|value| (name.to_owned(), value)));
        }
        // Without a proxy, setup leaves git's file as it is.
        written = Some(settings).filter(|settings| !options.no_files && settings.has_proxy());
    }
    // A file may name a variable, whose value is the value after setup.
    let mut files = tool_config::read(&environment, &names, !options.no_files);
    if let Some(settings) = written {
        tool_config::as_setup_leaves(&mut files, &settings, &environment);
    }
    let variables = environment.raw.into_iter().chain(environment.tools).chain(method);
    Ok((Variables::new(variables), files))
}

fn clients(names: &str) -> Result<Vec<&'static Client>> {
    let find = |name: &str| client::find(name).ok_or_else(|| unknown(name));
    match names {
        "all" => Ok(client::all().iter().collect()),
        "" => USUAL.into_iter().map(find).collect(),
        names => names.split(',').map(|name| find(name.trim_ascii())).collect(),
    }
}

/// The error for an unknown client. The error quotes the name only where the name cannot be a URL with a password.
fn unknown(name: &str) -> Error {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-@ ".contains(&byte);
    let is_name = !name.is_empty() && name.len() <= 40 && name.bytes().all(plain);
    let shown = if is_name { name } else { "one of the names" };
    let near = client::nearest(name).join(" or ");
    let advice = match near.as_str() {
        "" => "most programs in Go behave like go, in Python like requests or urllib, in Node like axios or undici;"
            .to_owned(),
        near => format!("did you mean {near}?"),
    };
    anyhow!("--client: {shown} is no known client; {advice} jobproxy explain --clients lists all")
}
