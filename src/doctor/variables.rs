//! The proxy variables themselves.

use super::{Finding, Job};
use crate::client::{Decision, Destination, Variables, all};
use crate::environment::PAIRS;
use crate::proxy_url::{ProxyUrl, Remark};

const MEND: &str = "eval \"$(jobproxy setup --export)\" sets both letter cases alike";

pub fn check(job: &Job) -> Vec<Finding> {
    let environment = job.environment;
    let mut found = Vec::new();
    for (lower, upper) in PAIRS {
        let [low, up] = [lower, upper].map(|name| environment.filled(name));
        for (name, value) in [(lower, low), (upper, up)] {
            if let Some(value) = value.filter(|_| upper != "NO_PROXY") {
                found.extend(address(job, name, value));
            }
        }
        let hides = |empty: &str, filled: Option<&str>| {
            filled.is_some() && environment.is_set(empty) && environment.filled(empty).is_none()
        };
        for (empty, other, filled) in [(lower, upper, up), (upper, lower, low)] {
            if hides(empty, filled) {
                let text = format!("is empty and hides the filled {other} from some programs");
                found.push(Finding::failure(empty, &text, &format!("unset {empty}")));
            }
        }
        if low.is_some_and(|low| up.is_some_and(|up| low != up)) {
            let text = format!(
                "differs from {lower}: Go, docker, apk, npm take the upper one, curl, git, wget, Python the lower one"
            );
            found.push(Finding::failure(upper, &text, MEND));
        }
        if up.is_some() && !environment.is_set(lower) {
            found.extend(upper_only(job, lower, upper));
        }
    }
    let set = |names: (&str, &str)| [names.0, names.1].iter().any(|name| environment.filled(name).is_some());
    for (one, other) in [(PAIRS[2], PAIRS[3]), (PAIRS[3], PAIRS[2])] {
        if set(one) && !set(other) && !set(PAIRS[0]) {
            let text =
                format!("is set without {}, whose addresses most programs will reach for directly", other.1);
            found.push(Finding::note(one.1, &text, &format!("set {} too", other.1)));
        }
    }
    if environment.texts.request_method.is_some() && set(PAIRS[2]) {
        let text = "is set: Go programs such as docker take the job for a CGI script and refuse HTTP_PROXY";
        found.push(Finding::failure("REQUEST_METHOD", text, "unset REQUEST_METHOD"));
    }
    found
}

/// What is wrong with one proxy's value.
fn address(job: &Job, name: &str, value: &str) -> Vec<Finding> {
    let (proxy, remarks) = match ProxyUrl::parse(value) {
        Ok(read) => read,
        Err(error) => {
            return vec![Finding::failure(
                name,
                &error.to_string(),
                "set a value of the form http://HOST:PORT",
            )];
        }
    };
    let mut found: Vec<Finding> = remarks.into_iter().map(|remark| explain_remark(name, remark)).collect();
    if proxy.is_loopback() && job.environment.in_container() {
        let text = "points to loopback, which in a container is the container itself";
        found.push(Finding::failure(name, text, "give the proxy's address on the network"));
    }
    if proxy.scheme() == "https" {
        let cannot = names(|variables| {
            Variables::new(variables.map(|(name, _)| (name, "https://proxy.invalid:443".to_owned())))
        });
        if !cannot.is_empty() {
            let text = format!("is an https:// proxy, and these cannot speak TLS to a proxy: {cannot}");
            found.push(Finding::note(name, &text, "use the proxy's http:// port where there is one"));
        }
    }
    found
}

/// What programs do with a value that `setup` would write in another form, or that looks wrong.
fn explain_remark(name: &str, remark: Remark) -> Finding {
    let text = match remark {
        Remark::NoScheme => {
            "has no scheme: apt, npm, Ruby, Perl and undici fail, apk, wget2 and Node go direct"
        }
        Remark::NoPort(_) => "has no port: old curl, git and cargo dial 1080, apk 3128",
        Remark::Path => "has a path: git and undici fail",
        Remark::Quotes => "has quotes around the value: no program removes them",
        Remark::Socks => "has the scheme socks://, which only GNOME's programs know",
        doubt => return Finding::note(name, &doubt.to_string(), "check user and password"),
    };
    Finding::failure(name, text, "eval \"$(jobproxy setup --export)\" writes it out")
}

/// Who does not see a variable that is set in upper case only.
fn upper_only(job: &Job, lower: &str, upper: &'static str) -> Option<Finding> {
    let https = upper == "HTTPS_PROXY";
    if !matches!(upper, "HTTP_PROXY" | "HTTPS_PROXY") {
        return None;
    }
    let target = Destination::parse(if https { "https://host.invalid/" } else { "http://host.invalid/" })?;
    let only =
        Variables::new(job.environment.filled(upper).map(|value| (upper.to_owned(), value.to_owned())));
    let blind = all().iter().filter(|client| {
        client.reads_a_proxy() && client.prepare(&only).decide(&target).decision == Decision::Direct
    });
    let blind = list(blind.map(|client| client.name));
    (!blind.is_empty()).then(|| {
        Finding::failure(
            upper,
            &format!("is set in upper case only, and these read only {lower}: {blind}"),
            MEND,
        )
    })
}

/// Names of clients that do not reach an https address in an environment made from the usual one.
fn names(change: impl Fn(std::array::IntoIter<(String, String), 4>) -> Variables) -> String {
    let usual = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"]
        .map(|name| (name.to_owned(), String::new()));
    let variables = change(usual.into_iter());
    let target = Destination::parse("https://host.invalid/");
    let lost = all().iter().filter(|client| {
        client.reads_a_proxy()
            && target
                .as_ref()
                .is_some_and(|target| client.prepare(&variables).decide(target).decision != Decision::Proxied)
    });
    list(lost.map(|client| client.name))
}

/// Names in a row, each once.
pub fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut each: Vec<&str> = Vec::new();
    for name in names {
        if !each.contains(&name) {
            each.push(name);
        }
    }
    each.join(", ")
}
