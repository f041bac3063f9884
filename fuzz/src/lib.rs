//! Properties that hold for every input. The fuzz targets search for an input that breaks a property; a test replays
//! the inputs that were kept.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::os::unix::ffi::OsStringExt as _;
use std::process::Command;

use jobproxy::cli::{self, help};
use jobproxy::client::{self, Decision, Destination, Variables};
use jobproxy::environment::Environment;
use jobproxy::machine::Machine;
use jobproxy::no_proxy::entry::CidrPolicy;
use jobproxy::no_proxy::{Known, Origin, normalize};
use jobproxy::options::Format;
use jobproxy::output::{Edit, docker_config, exports, format};
use jobproxy::proxy_url::{ProxyUrl, Remark, redact};
use jobproxy::replace_file::Change;
use jobproxy::replace_file::json_edit::{first_value, members};
use jobproxy::settings::Settings;

/// The name of each property, and the property.
pub type Property = (&'static str, fn(&[u8]));

/// Every property.
pub const PROPERTIES: [Property; 7] = [
    ("no_proxy", no_proxy),
    ("proxy_url", proxy_url),
    ("docker_config", docker_config),
    ("exports", exports),
    ("arguments", arguments),
    ("settings", settings),
    ("models", models),
];

/// A normalized list is canonical, and normalizing it again changes nothing.
pub fn no_proxy(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (list, add) = text.split_once('\0').unwrap_or((&text, ""));
    let known = [Known { address: Ipv4Addr::new(10, 96, 0, 1).into(), origin: "API".to_owned() }];
    for cidr in [CidrPolicy::Strip, CidrPolicy::Keep, CidrPolicy::Expand] {
        let once = normalize(list, &[(Origin::Add, add)], cidr, &known);
        let value = once.value();
        assert_eq!(normalize(&value, &[], cidr, &[]).value(), value);
        assert!(value.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()), "{value}");
        assert!(value.is_empty() || value.split(',').all(|entry| !entry.is_empty()), "{value}");
        assert!(once.changes.iter().all(|change| change.entry.is_ascii()));
    }
}

/// An accepted address is read back as itself, needs no repair, and shows no password.
pub fn proxy_url(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = redact(&text);
    let Ok((proxy, _)) = ProxyUrl::parse(&text) else { return };
    let written = proxy.expose();
    assert!(written.bytes().all(|byte| byte.is_ascii_graphic()), "{written}");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:[]".contains(&byte);
    assert!(proxy.host().bytes().all(plain), "{written}");
    let (again, remarks) = ProxyUrl::parse(&written).expect("what was written is read");
    assert_eq!(again.expose(), written);
    assert!(!remarks.into_iter().any(Remark::is_repair), "{written}");
    let (shown, debugged) = (proxy.to_string(), format!("{proxy:?}"));
    let userinfo = written.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    match userinfo {
        None => assert_eq!(shown, written),
        Some((_, host)) => assert_eq!(shown, format!("{}://***@{host}", proxy.scheme())),
    }
    assert_eq!(debugged, format!("ProxyUrl({shown})"));
    assert_eq!(redact(&written), shown);
}

/// A config that is accepted stays JSON, keeps everything but the proxies byte for byte, and is right the second time.
pub fn docker_config(input: &[u8]) {
    let wanted = [("httpProxy", "http://u:p\"w\\@p:1".to_owned()), ("noProxy", "a,docker:2375".to_owned())];
    let daemons = ["tcp://docker:2376".to_owned()];
    let decide = |old: &[u8]| docker_config::decide(Some(old), &wanted, &daemons, true);
    let Ok(Edit { change: Change::Content(content), diff, .. }) = decide(input) else { return };
    assert_eq!(decide(&content).expect("what was written is read"), Edit::default());
    // Docker reads one value, and replaces bytes that are not UTF-8.
    let (new, old) = (String::from_utf8_lossy(&content), String::from_utf8_lossy(input));
    let old = if old.trim().is_empty() { "{}" } else { &old };
    let others = |text: &str| -> Vec<(String, String)> {
        let inside = members(&text[first_value(text).expect("JSON")]).expect("an object").into_iter();
        let others = inside.filter(|(name, _)| !name.eq_ignore_ascii_case("proxies"));
        others.map(|(name, value)| (name, value.get().to_owned())).collect()
    };
    assert_eq!(others(old), others(&new));
    assert!(!diff.concat().contains("p\"w"), "{diff:?}");
}

/// Dash reads back the exported values, whatever the values are.
pub fn exports(input: &[u8]) {
    const NAMES: [&str; 4] = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "all_proxy"];
    let text = String::from_utf8_lossy(input);
    let values: Vec<String> = text.splitn(NAMES.len(), '\0').map(|value| value.replace('\0', "")).collect();
    let variables: exports::Variables =
        NAMES.into_iter().zip(&values).map(|(name, value)| (name, Some(value.clone()))).collect();
    let printed: String = NAMES.iter().take(values.len()).map(|name| format!(" \"${name}\"")).collect();
    let script = format!("eval \"$1\"; printf '%s\\0'{printed}");
    let output = Command::new("/bin/dash")
        .args(["-c", &script, "dash", &format::print(Format::Plain, &variables)])
        .env_clear()
        .output()
        .expect("dash is installed");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let expected: String = values.iter().map(|value| format!("{value}\0")).collect();
    assert_eq!(String::from_utf8(output.stdout).expect("UTF-8 went in"), expected);
}

/// Arguments and environment variables of options never panic, and no error quotes an argument that may be a URL.
pub fn arguments(input: &[u8]) {
    let mut parts = input.split(|byte| *byte == 0);
    let variable = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let arguments: Vec<OsString> = parts.map(|part| OsString::from_vec(part.to_vec())).collect();
    let variables = variable.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let addresses: Vec<String> = arguments
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .filter(|word| word.contains('@'))
        .collect();
    match cli::parse(arguments, &variables.into_iter().collect()) {
        Ok(invocation) => {
            let _ = help(invocation.options.arguments.first().and_then(|word| word.to_str()));
        }
        Err(error) => {
            let error = error.to_string();
            assert!(addresses.iter().all(|address| !error.contains(address)), "{error}");
        }
    }
}

/// Any environment gives settings with complete output in every format: one line a variable, no blank, no control
/// character.
pub fn settings(input: &[u8]) {
    const NAMES: [&str; 10] = [
        "HTTP_PROXY",
        "https_proxy",
        "NO_PROXY",
        "no_proxy",
        "ALL_PROXY",
        "DOCKER_HOST",
        "CI_SERVER_URL",
        "http_proxy",
        "JOBPROXY_ADD",
        "FTP_PROXY",
    ];
    let values = input.split(|byte| *byte == 0).map(|part| OsString::from_vec(part.to_vec()));
    let variables = NAMES.iter().map(OsString::from).zip(values);
    let environment = Environment::collect(variables);
    let add = environment.options.first().map_or("", |(_, value)| value);
    let (settings, _) = Settings::resolve(&environment, &Machine::default(), add, CidrPolicy::Strip);
    let variables = exports::variables(&settings);
    let dotenv = format::print(Format::Dotenv, &variables);
    assert!(
        dotenv.lines().all(|line| line.split_once('=').is_some_and(|(name, value)| {
            name.to_ascii_lowercase().ends_with("_proxy")
                && !value.is_empty()
                && value.bytes().all(|b| b.is_ascii_graphic())
        })),
        "{dotenv}"
    );
    assert_eq!(format::print(Format::Plain, &variables).lines().count(), variables.len());
    let json: serde_json::Value =
        serde_json::from_str(&format::print(Format::Json, &variables)).expect("JSON");
    assert_eq!(json.as_object().map(serde_json::Map::len), Some(variables.len()));
    for note in &settings.notes {
        assert!(note.is_ascii() && !note.contains('\n'), "{note}");
    }
    for (_, value) in docker_config::wanted(&settings) {
        assert!(value.bytes().all(|byte| byte.is_ascii_graphic()), "{value}");
    }
}

/// Every model answers about any URL in any environment, in one line of ASCII; only a proxied request has a proxy,
/// and the entry that decided is in the list.
pub fn models(input: &[u8]) {
    const NAMES: [&str; 6] =
        ["no_proxy", "NO_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "REQUEST_METHOD"];
    let text = String::from_utf8_lossy(input);
    let mut parts = text.split('\0');
    let url = parts.next().unwrap_or_default();
    let values: Vec<&str> = parts.collect();
    let pairs = NAMES.iter().zip(&values).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let variables = Variables::new(pairs);
    for url in [url.to_owned(), format!("https://{url}")] {
        let Some(target) = Destination::parse(&url) else { continue };
        for client in client::all() {
            let reader = client.prepare(&variables);
            let answer = reader.decide(&target);
            assert!(!answer.reason.is_empty() && answer.reason.is_ascii(), "{answer:?}");
            assert!(!answer.reason.contains(char::is_control), "{answer:?}");
            assert_eq!(answer.proxy.is_some(), answer.decision == Decision::Proxied, "{answer:?}");
            let listed =
                |entry: &str| entry == "***" || values.iter().take(2).any(|list| list.contains(entry));
            assert!(answer.entry.is_none_or(listed), "{answer:?}");
        }
        let list = values.first().copied().unwrap_or_default();
        let _ = client::survey(list, &list.split(',').collect::<Vec<_>>());
    }
}

/// The bytes that `<[u8]>::escape_ascii` wrote.
#[must_use]
pub fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = line.bytes();
    let mut found = Vec::new();
    while let Some(byte) = bytes.next() {
        found.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'x') => {
                    let digits = [bytes.next(), bytes.next()].map(|digit| digit.unwrap_or(b'0'));
                    u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or_default()
                }
                other => other.unwrap_or(b'\\'),
            },
            byte => byte,
        });
    }
    found
}
