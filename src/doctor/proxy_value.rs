//! The value of one proxy variable.

use super::harm::{misled, proxies, without};
use super::{Finding, Job, Kind};
use crate::client::{Client, all};
use crate::machine::Machine;
use crate::output::exports;
use crate::proxy_url::{ProxyUrl, Remark};
use crate::settings::Settings;

/// The remedy for values that `setup` repairs.
const REWRITE: &str = "eval \"$(jobproxy setup --export)\" exports the repaired value";

/// The remedy for user and password.
const ENCODE: &str = "percent-encode user and password; jobproxy env prints the encoded form";

/// Examines one value. No text depends on the variable's name, so that the same fault of several variables is one
/// finding.
pub fn check(job: &Job, name: &str, value: &str) -> Vec<Finding> {
    let (proxy, remarks) = match ProxyUrl::parse(value) {
        Ok(read) => read,
        Err(error) => {
            let error = error.to_string();
            let (text, remedy) = error.split_once("; ").unwrap_or((&error, "write http://HOST:PORT"));
            return vec![Finding::new(Kind::ProxyInvalid, name, text, remedy)];
        }
    };
    let mut found: Vec<Finding> = remarks.into_iter().map(|remark| of_remark(name, &proxy, remark)).collect();
    if let Some(userinfo) = userinfo_of(value) {
        found.extend([unescaped(job, name, userinfo), misread(name, userinfo)].into_iter().flatten());
    }
    found.extend(place(job, name, &proxy));
    if proxy.scheme() == "https" {
        let cannot = without("https://proxy.invalid:443");
        let text = "is an https:// proxy: these cannot speak TLS to a proxy";
        let remedy = "use the proxy's http:// port, if the proxy has one";
        found.push(Finding::new(Kind::ProxyTlsUnsupported, name, text, remedy).clients(cannot));
    }
    found
}

/// Returns the finding for a value that `setup` would write in another form, or that looks wrong.
fn of_remark(name: &str, proxy: &ProxyUrl, remark: Remark) -> Finding {
    let address = format!("{}:{}", proxy.host(), proxy.port());
    let repaired =
        |kind, text: &str, faulty: String| Finding::new(kind, name, text, REWRITE).clients(without(&faulty));
    match remark {
        Remark::NoScheme => repaired(
            Kind::ProxySchemeMissing,
            "has no scheme, and these fail or do not use the proxy",
            address,
        ),
        // A model knows whether a client uses the proxy, but not at which port the client looks for the proxy.
        Remark::NoPort(_) => Finding::new(
            Kind::ProxyPortMissing,
            name,
            "has no port: curl, git and cargo with libcurl 7 use port 1080, apk uses 3128",
            REWRITE,
        ),
        Remark::Path => {
            repaired(Kind::ProxyPath, "has a path, and these fail", format!("http://{address}/path"))
        }
        Remark::Quotes => repaired(
            Kind::ProxyQuoted,
            "has quotes in the value, and these fail or do not use the proxy",
            format!("\"http://{address}\""),
        ),
        Remark::Socks => repaired(
            Kind::ProxySocksAlias,
            "has the scheme socks://, which only GNOME's programs read, and these fail or do not use the proxy",
            format!("socks://{address}"),
        ),
        doubt => {
            let text = doubt.to_string();
            let (text, remedy) = text.split_once("; ").unwrap_or((&text, "check user and password"));
            Finding::new(Kind::ProxyCredentialsDoubtful, name, text, remedy)
        }
    }
}

/// Returns user and password as written.
fn userinfo_of(value: &str) -> Option<&str> {
    let (userinfo, _) = value.trim_ascii().rsplit_once('@')?;
    Some(userinfo.split_once("://").map_or(userinfo, |(_, userinfo)| userinfo))
}

/// Characters that some clients change before they send the password: Ruby and BusyBox read `+` as a blank, axios
/// encodes `;` and `=` once more (measured, tests/data/proxy_env_observations.tsv).
const MISREAD: [(char, &[&str]); 3] =
    [('+', &["busybox-wget", "gem", "ruby"]), (';', &["axios"]), ('=', &["axios"])];

fn misread(name: &str, userinfo: &str) -> Option<Finding> {
    let rows: Vec<_> = MISREAD.iter().filter(|(letter, _)| userinfo.contains(*letter)).collect();
    let marks: Vec<String> = rows.iter().map(|(letter, _)| format!("'{letter}'")).collect();
    let is_named = |client: &&'static Client| rows.iter().any(|(_, names)| names.contains(&client.name));
    let text =
        format!("user or password holds {}, and these send another password to the proxy", marks.join(", "));
    let finding = Finding::new(Kind::ProxyCredentialsMisread, name, text, ENCODE);
    (!rows.is_empty()).then(|| finding.clients(all().iter().filter(is_named).collect()))
}

/// Compares what each client does with user and password as written and as `setup` would write them.
fn unescaped(job: &Job, name: &str, userinfo: &str) -> Option<Finding> {
    // Host and port are replaced, since both may have faults of their own.
    let alone = |userinfo: &str| format!("http://{userinfo}@proxy.invalid:3128");
    let environment = job.environment.with_overrides(Some(&alone(userinfo)), None);
    let (settings, _) = Settings::resolve(&environment, &Machine::default(), "", job.options.cidr);
    let repaired = exports::variables(&settings);
    let (_, repaired) = repaired.iter().find(|(name, _)| *name == "http_proxy")?;
    let clients: Vec<&'static Client> = misled(&proxies(&alone(userinfo)), &proxies(repaired.as_ref()?));
    if clients.is_empty() {
        return None;
    }
    let text = format!("user or password holds {}, and these fail or do not use the proxy", marks(userinfo));
    Some(Finding::new(Kind::ProxyCredentialsUnescaped, name, text, ENCODE).clients(clients))
}

/// Names the characters that must be encoded.
fn marks(userinfo: &str) -> String {
    let mut marks: Vec<String> = Vec::new();
    for letter in userinfo.chars() {
        let mark = match letter {
            ' ' => "a blank".to_owned(),
            '"' | '<' | '>' | '[' | ']' | '^' | '`' | '{' | '|' | '}' | '\\' | '%' => format!("'{letter}'"),
            _ if !letter.is_ascii() => "a letter outside ASCII".to_owned(),
            _ => continue,
        };
        if !marks.contains(&mark) {
            marks.push(mark);
        }
    }
    if marks.is_empty() { "a character that must be encoded".to_owned() } else { marks.join(", ") }
}

/// Returns a finding where the address leads back to the job or to the containers that the job starts.
fn place(job: &Job, name: &str, proxy: &ProxyUrl) -> Option<Finding> {
    let in_container = job.environment.in_container();
    let remedy = "give the proxy's address on the network";
    if proxy.is_loopback() {
        let (kind, text) = if in_container {
            (Kind::ProxyLoopback, "points to loopback, which in a container is the container itself")
        } else {
            let text = "points to loopback: containers that docker starts look for the proxy in themselves";
            (Kind::ProxyLoopbackInContainers, text)
        };
        return Some(Finding::new(kind, name, text, remedy));
    }
    (in_container && job.environment.is_own_address(proxy.host())).then(|| {
        let text = format!(
            "{} is an address of this container itself (docker0 of docker-in-docker takes 172.17.0.1)",
            proxy.host()
        );
        let remedy = "give dockerd another address with --bip, or the proxy another address";
        Finding::new(Kind::ProxyOwnAddress, name, text, remedy)
    })
}
