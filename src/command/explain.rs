//! `jobproxy explain`: what each client does with each URL, and why.

use std::io::BufRead as _;

use anyhow::{Error, Result, anyhow};

use crate::cli::{Format, Options};
use crate::client::{self, Client, Destination, Variables};
use crate::environment::Environment;
use crate::proxy_url::{ProxyUrl, redact};
use crate::report::Report;
use crate::report::table::{Row, json, text};
use crate::target::shell;

/// The clients that a job most likely runs.
pub const USUAL: [&str; 11] =
    ["docker", "curl", "git", "wget", "busybox-wget", "apk", "apt", "pip", "npm", "go", "java-env"];

/// Returns what to tell and what to print.
#[must_use]
pub fn run(options: &Options, environment: &Environment) -> (Report, String) {
    let mut report = Report::default();
    if options.clients {
        let names = client::all().iter().map(|client| format!("{}@{}\n", client.name, client.version));
        return (report, names.collect());
    }
    let output = explain(options, environment, &mut report).unwrap_or_else(|errors| {
        report.errors(&errors);
        String::new()
    });
    (report, output)
}

fn explain(options: &Options, environment: &Environment, report: &mut Report) -> Result<String, Vec<Error>> {
    let one = |error: Error| vec![error];
    let variables = variables(options, environment, report)?;
    let clients = clients(&options.client).map_err(one)?;
    let urls = urls(options, environment).map_err(one)?;
    if urls.is_empty() {
        report.note(
            "no URL was given, and CI_SERVER_URL, CI_API_V4_URL, CI_REGISTRY and DOCKER_HOST name none",
        );
    }
    let readers: Vec<_> = clients.iter().map(|client| (*client, client.prepare(&variables))).collect();
    let mut rows = Vec::with_capacity(urls.len() * readers.len());
    for url in &urls {
        let destination = destination(url).map_err(one)?;
        let from = rows.len();
        rows.extend(readers.iter().map(|(client, reader)| Row {
            url,
            client,
            answer: reader.decide(&destination),
        }));
        let differs = |row: &Row| row.answer.decision != rows[from].answer.decision;
        if options.strict && rows[from..].iter().any(differs) {
            report.error(&anyhow!("{}: the clients disagree", redact(url)));
        }
    }
    Ok(if options.format == Format::Json { json(&rows) } else { text(&rows) })
}

/// What a program in the job sees: what it would see after `setup`, or with `--raw` what it sees now.
fn variables(
    options: &Options,
    environment: &Environment,
    report: &mut Report,
) -> Result<Variables, Vec<Error>> {
    let mut environment = environment.with_stand_ins(options.proxy.as_deref(), options.no_proxy.as_deref());
    let method = environment.texts.request_method.take().map(|method| ("REQUEST_METHOD".to_owned(), method));
    if !options.raw {
        if let Some(proxy) = &options.proxy {
            ProxyUrl::parse(proxy).map_err(|error| vec![error.context("--proxy")])?;
        }
        let (settings, errors) = super::resolve(options, &environment);
        report.errors(&errors);
        for (name, value) in shell::variables(&settings) {
            environment.raw.retain(|(other, _)| other != name);
            environment.raw.extend(value.map(|value| (name.to_owned(), value)));
        }
    }
    Ok(Variables::new(environment.raw.into_iter().chain(method)))
}

fn clients(names: &str) -> Result<Vec<&'static Client>> {
    let find = |name: &str| {
        client::find(name)
            .ok_or_else(|| anyhow!("--client: one of the names is not known; see jobproxy explain --clients"))
    };
    match names {
        "all" => Ok(client::all().iter().collect()),
        "" => USUAL.into_iter().map(find).collect(),
        names => names.split(',').map(|name| find(name.trim_ascii())).collect(),
    }
}

/// Those that were given, those on standard input for a `-`, else the job's own.
fn urls(options: &Options, environment: &Environment) -> Result<Vec<String>> {
    if options.arguments.is_empty() {
        return Ok(own_addresses(environment));
    }
    let mut urls = Vec::new();
    for argument in &options.arguments {
        let url = argument.to_str().ok_or_else(|| anyhow!("a URL is not UTF-8"))?;
        if url != "-" {
            urls.push(url.to_owned());
            continue;
        }
        for line in std::io::stdin().lock().lines() {
            let line = line.map_err(|error| anyhow!("standard input: cannot be read: {}", error.kind()))?;
            urls.extend(Some(line.trim_ascii().to_owned()).filter(|line| !line.is_empty()));
        }
    }
    Ok(urls)
}

/// The addresses that every job talks to. A registry is named without a scheme.
#[must_use]
pub fn own_addresses(environment: &Environment) -> Vec<String> {
    let texts = &environment.texts;
    let registry = texts.ci_registry.as_ref().map(|host| format!("https://{host}"));
    let daemon = texts.docker_host.clone().filter(|host| host.starts_with("tcp://"));
    [texts.ci_server_url.clone(), texts.ci_api_v4_url.clone(), registry, daemon]
        .into_iter()
        .flatten()
        .collect()
}

/// The URL taken apart; without a scheme it is read as curl reads it.
fn destination(url: &str) -> Result<Destination> {
    let full = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    Destination::parse(&full).ok_or_else(|| anyhow!("{}: not an http or https URL", redact(url)))
}
