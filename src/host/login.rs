//! The login at the company's proxy. The password is read, hashed by cntlm itself, and not stored.

use std::fs::OpenOptions;
use std::io::{BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::cli::Options;
use super::file::cntlm::{self, Cntlm, Current, Login};
use super::system::{System, read_outside};

/// Returns the settings for cntlm. `ask`: whether to ask for a missing password.
///
/// # Errors
/// User, domain or proxy are unknown, or the password cannot be read.
pub fn cntlm(options: &Options, system: &System, listen: &str, ask: bool) -> Result<Cntlm> {
    let found = system.read(cntlm::PATH)?;
    let current = found.map(|found| Current::of(&found.content)).unwrap_or_default();
    let user = options.user.clone().or(current.user.clone()).context("--cntlm needs --user NAME")?;
    let domain = options.domain.clone().or(current.domain.clone()).context("--cntlm needs --domain NAME")?;
    ensure!(!options.parents.is_empty() || !current.parents.is_empty(), "--cntlm needs --parent HOST:PORT");
    for parent in &options.parents {
        let port = parent.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
        let plain = parent.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte));
        ensure!(plain && port.is_some_and(|(host, _)| !host.is_empty()), "--parent: write HOST:PORT");
    }
    for (option, value) in [("--user", &user), ("--domain", &domain)] {
        ensure!(
            !value.is_empty() && !value.contains(char::is_control),
            "{option}: is empty or holds a control character"
        );
    }
    let same = current.user.as_ref() == Some(&user) && current.domain.as_ref() == Some(&domain);
    let login = match (&options.password_file, &current.password) {
        (Some(file), _) => hashes(&password_in(file)?, &user, &domain)?,
        (None, Some(password)) if same => hashes(password, &user, &domain)?,
        _ if same && current.has_hashes => Login::Keep,
        _ if ask => hashes(&prompt(&user)?, &user, &domain)?,
        // A run that does not ask writes nothing, and a plan hides the hashes.
        _ => Login::Hashes(HASHES.map(|name| (name.to_owned(), "asked-for-by-apply".to_owned())).to_vec()),
    };
    Ok(Cntlm { listen: listen.to_owned(), parents: options.parents.clone(), user, domain, login })
}

/// The keywords that `cntlm -H` prints.
const HASHES: [&str; 3] = ["PassLM", "PassNT", "PassNTLMv2"];

/// The permission bits of all users except the owner.
const OTHERS: u32 = 0o077;

/// Returns the first line of a file. A file that other users can read is an error.
fn password_in(file: &Path) -> Result<String> {
    let (content, mode) = read_outside(file)?;
    ensure!(mode & OTHERS == 0, "{}: others can read it (mode {mode:04o}); chmod 600 {0}", file.display());
    let text = String::from_utf8(content).map_err(|_| anyhow!("{}: not UTF-8", file.display()))?;
    let password = text.lines().next().unwrap_or_default().to_owned();
    ensure!(!password.is_empty(), "{}: has no password in its first line", file.display());
    Ok(password)
}

/// Asks for the password on the terminal, without echo.
fn prompt(user: &str) -> Result<String> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let mut terminal = terminal
        .map_err(|_| anyhow!("there is no terminal to ask for the password; use --password-file FILE"))?;
    let before = tcgetattr(&terminal).context("the terminal")?;
    let mut quiet = before.clone();
    // Without ISIG, Ctrl-C is read as a character: a signal would end this program and leave the terminal without echo.
    quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    tcsetattr(&terminal, OptionalActions::Flush, &quiet).context("the terminal")?;
    let _ = write!(terminal, "password of {user}: ");
    let password = typed_line(&terminal);
    tcsetattr(&terminal, OptionalActions::Flush, &before).context("the terminal")?;
    let _ = writeln!(terminal);
    password.filter(|password| !password.is_empty()).context("no password was given; nothing was changed")
}

/// Reads what is typed until the end of the line; `None` after Ctrl-C or Ctrl-D.
fn typed_line(terminal: impl Read) -> Option<String> {
    const CONTROL_C: u8 = 3;
    const CONTROL_D: u8 = 4;
    let mut line: Vec<u8> = Vec::new();
    for byte in BufReader::new(terminal).bytes() {
        match byte.ok()? {
            b'\n' | b'\r' => return String::from_utf8(line).ok(),
            CONTROL_C | CONTROL_D => return None,
            // Backspace and delete take back one character of UTF-8.
            8 | 127 => while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            byte => line.push(byte),
        }
    }
    None
}

/// Lets cntlm hash the password, which cntlm reads from its standard input.
fn hashes(password: &str, user: &str, domain: &str) -> Result<Login> {
    let program = which::which("cntlm").unwrap_or_else(|_| "/usr/sbin/cntlm".into());
    let started = Command::new(program)
        .env_clear()
        .args(["-H", "-c", "/dev/null", "-u", user, "-d", domain])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = started.map_err(|_| anyhow!("cntlm: is not installed here; it hashes the password"))?;
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(format!("{password}\n").as_bytes());
    }
    let output = child.wait_with_output().context("cntlm")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let words = |line: &str| -> Option<(String, String)> {
        let mut words = line.split_ascii_whitespace();
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    let hash = |(name, hash): &(String, String)| {
        HASHES.contains(&name.as_str())
            && hash.len() == 32
            && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let hashes: Vec<_> = text.lines().filter_map(words).filter(hash).collect();
    if hashes.len() < HASHES.len() {
        bail!("cntlm -H printed no hashes; is this cntlm 0.92 or newer?");
    }
    Ok(Login::Hashes(hashes))
}

#[cfg(test)]
mod tests {
    use super::typed_line;

    #[test]
    fn backspace_and_ctrl_c_work_while_a_password_is_typed() {
        for (typed, expected) in [
            ("pw\n", Some("pw")),
            ("pä\u{7f}w x\rrest", Some("pw x")),
            ("\u{7f}\n", Some("")),
            ("pw\u{3}\n", None),
            ("pw\u{4}", None),
            ("pw", None),
        ] {
            assert_eq!(typed_line(typed.as_bytes()).as_deref(), expected, "{typed:?}");
        }
    }
}
