//! A trust store for Java, which reads no bundle: a copy of the JVM's own, with the authorities added by its own keytool.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, anyhow, bail, ensure};

use crate::ca::{name_of, pem};
use crate::child;
use crate::machine::certificates::MOST_BYTES;
use crate::options::CaSource;
use crate::output::{Context, Outcome, private};
use crate::replace_file::{add_to_copy, cause, is_as_made, publish, read_limited};
use crate::runtime::trust_store::TrustStore;

const NAME: &str = "JAVA_TOOL_OPTIONS";

/// The password of every JVM's own store, which is no secret (Java, keytool, "The cacerts Certificates File").
const PASSWORD: &str = "changeit";

/// The note where jobproxy found the CA without an option: each JVM then prints a line on standard error, which may break a job that did not
/// ask for a CA.
const NOT_ASKED: &str = "java does not trust the CA, which nobody named: JAVA_TOOL_OPTIONS makes each JVM print a line; \
                         JOBPROXY_FOR=java or JOBPROXY_CA sets the variable all the same";

/// The time limit for one certificate. A JVM starts in about a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// Adds the options that name the store. Returns false where the image has no Java.
pub fn set(context: &Context, folder: &Path, outcome: &mut Outcome) -> bool {
    let Some(keytool) = keytool(context) else { return false };
    let of_setup = context.variables.iter().find(|(name, _)| *name == NAME);
    let old = of_setup.and_then(|(_, value)| value.as_deref()).or(context.environment.tool_variable(NAME));
    if old.is_none() && !matches!(context.options.ca, CaSource::Files(..)) {
        outcome.notes.push(NOT_ASKED.to_owned());
        return false;
    }
    match options(context, folder, &keytool, old.unwrap_or_default()) {
        Ok(options) => {
            outcome.variables.push((NAME, Some(options)));
            true
        }
        Err(error) => {
            outcome.notes.push(format!("java does not trust the CA: {error}"));
            false
        }
    }
}

/// Returns JAVA_TOOL_OPTIONS with the options of the store.
fn options(context: &Context, folder: &Path, keytool: &Path, old: &str) -> Result<String> {
    ensure!(!old.contains(char::is_control), "{NAME}: holds a control character, so it stays as it is");
    let own = TrustStore::of(old);
    let of_setup = own.as_ref().is_some_and(|own| Path::new(&own.path).starts_with(folder));
    let (base, password) = match own {
        Some(own) if !of_setup => (PathBuf::from(own.path), own.password),
        _ => (store_of(keytool)?, None),
    };
    let password = password.unwrap_or_else(|| PASSWORD.to_owned());
    let own_store = read_limited(&base, MOST_BYTES)?;
    let certificates = context.authorities.pem();
    let name = format!("java-{}-{}.store", name_of(&own_store), name_of(certificates.as_bytes()));
    let store = folder.join(name);
    let shown = private::plain(&store)?;
    ensure!(
        !shown.contains([' ', '\'', '"']),
        "{shown}: {NAME} holds no such name; set TMPDIR to another folder"
    );
    if !context.options.dry_run && !is_as_made(&store) {
        add_to_copy(&store, &own_store, &mut |copy| import(context, keytool, &password, copy))?;
    }
    Ok(TrustStore { path: shown, password: Some(password) }.added_to(old))
}

/// Adds each authority to the store.
fn import(context: &Context, keytool: &Path, password: &str, store: &Path) -> Result<()> {
    for certificate in &context.authorities.certificates {
        let text = pem::encode(&certificate.der);
        // Another run at the same time has a file of another name.
        let file = store.with_extension("pem");
        publish(&file, text.as_bytes())?;
        let alias = format!("jobproxy-{}", name_of(&certificate.der));
        let mut command = Command::new(keytool);
        command.args([
            "-importcert",
            "-noprompt",
            "-storepass:env",
            "JOBPROXY_STORE_PASSWORD",
            "-alias",
            &alias,
        ]);
        command.arg("-file").arg(&file).arg("-keystore").arg(store);
        command.env("JOBPROXY_STORE_PASSWORD", password).env_remove(NAME);
        let done = run(&mut command);
        let _ = fs::remove_file(&file);
        done?;
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let shown = Path::new(command.get_program()).display().to_string();
    match child::run(command, PATIENCE) {
        Ok(Some((status, _))) if status.success() => Ok(()),
        Ok(Some((status, _))) => bail!("{shown}: failed ({status})"),
        Ok(None) => bail!("{shown}: not done in {} seconds", PATIENCE.as_secs()),
        Err(error) => bail!("{shown}: cannot be started: {}", cause(&error)),
    }
}

fn keytool(context: &Context) -> Option<PathBuf> {
    let environment = context.environment;
    let of_home =
        environment.path("JAVA_HOME").map(|home| home.join("bin/keytool")).filter(|path| path.exists());
    of_home.or_else(|| which::which_in("keytool", environment.path("PATH"), "/").ok())
}

/// Returns the JVM's own store: the path of Java 9 and newer, otherwise the path of Java 8 (Java, JSSE Reference Guide, "TrustManagerFactory").
fn store_of(keytool: &Path) -> Result<PathBuf> {
    let real = fs::canonicalize(keytool).unwrap_or_else(|_| keytool.to_owned());
    let home = real.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
    let folders = ["lib/security", "jre/lib/security"].map(|folder| home.join(folder));
    let stores = folders.iter().flat_map(|folder| ["jssecacerts", "cacerts"].map(|name| folder.join(name)));
    stores
        .into_iter()
        .find(|store| store.exists())
        .ok_or_else(|| anyhow!("{}: has no trust store in lib/security", home.display()))
}
