//! Values that people set and that are no proxy address. Each kind is refused in words of its own: `url` would take
//! most of them for the name of a host.

use anyhow::{Result, bail, ensure};

/// Words by which people try to switch a proxy off.
const OFF: [&str; 11] =
    ["none", "direct", "off", "no", "false", "null", "nil", "undefined", "disabled", "-", "."];
/// Words that settings dialogs and other programs know in place of an address.
const WORDS: [&str; 7] = ["true", "yes", "on", "auto", "system", "default", "wpad"];

const FORM: &str = "write http://HOST:PORT";

/// Checks the whole value, before any part of the value is taken for a host.
///
/// # Errors
/// The value is no proxy address.
pub(super) fn check(value: &str) -> Result<()> {
    let lower = value.to_ascii_lowercase();
    let word = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest).trim_end_matches('/');
    ensure!(
        !lower.contains("[masked]"),
        "holds [MASKED], which GitLab's job log shows instead of a masked variable; copy the value from the variable itself"
    );
    ensure!(
        !assigns(&lower),
        "holds an assignment (NAME=value); write the value only, one variable for each name"
    );
    ensure!(
        !lower.starts_with("http=") && !lower.starts_with("https="),
        "has the form of Windows (http=HOST:PORT;https=HOST:PORT); {FORM} in each variable"
    );
    ensure!(
        !OFF.contains(&word),
        "'{word}' is no proxy; to switch the proxy off for one job, set the variable to an empty value there"
    );
    ensure!(!WORDS.contains(&word), "'{word}' is no proxy; {FORM}");
    ensure!(!lower.starts_with("proxy "), "is a line of a PAC script (PROXY HOST:PORT); {FORM}");
    ensure!(
        !lower.starts_with("pac+") && !lower.starts_with("file:"),
        "names a PAC script, which no program here reads; take host and port from the script and {FORM}"
    );
    for scheme in ["http", "https", "socks", "socks4", "socks5", "socks5h"] {
        let Some(rest) = lower.strip_prefix(scheme) else { continue };
        for wrong in ["//", ":\\\\", ":/"] {
            let found = rest.starts_with(wrong) && !rest.starts_with("://");
            ensure!(!found, "has '{scheme}{wrong}' where '{scheme}://' belongs; {FORM}");
        }
        // `http:8080` is a host of that name, as in docker's and compose's service names.
        let name = rest.strip_prefix(':').filter(|rest| !rest.starts_with('/'));
        ensure!(
            name.is_none_or(|name| name.is_empty()
                || name.starts_with(|c: char| c.is_ascii_digit())
                || name.contains('@')),
            "has '{scheme}:' where '{scheme}://' belongs; {FORM}"
        );
    }
    Ok(())
}

/// Checks user and password, which GitLab's variables, templates and documents leave unfilled.
///
/// # Errors
/// User or password was never filled in.
pub(super) fn check_userinfo(userinfo: &str) -> Result<()> {
    ensure!(
        userinfo != ":",
        "user and password are both empty: a protected or missing variable? set both, or remove ':@'"
    );
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let remedy = "set that variable where this value is made, or write a '$' of the password as %24";
    let both = is_variable(user) && is_variable(password);
    if let Some(name) = unexpanded(user).or(Some(user).filter(|_| both)) {
        bail!("holds the unexpanded variable {name}; {remedy}");
    }
    // The name is not shown: a password may look like one.
    if unexpanded(password).is_some() {
        bail!("holds the unexpanded variable $*** in place of the password; {remedy}");
    }
    let is_placeholder = |part: &str| part.len() > 2 && part.starts_with('<') && part.ends_with('>');
    ensure!(
        !is_placeholder(user) && !is_placeholder(password),
        "user or password is a placeholder in <...>; write the real user and password, or neither"
    );
    Ok(())
}

/// Checks host and port, and what stands behind them.
///
/// # Errors
/// Host and port are not the address of one proxy.
pub(super) fn check_address(authority: &str, path: &str, has_scheme: bool) -> Result<()> {
    if let Some(name) = unexpanded(authority).or_else(|| authority.split(':').find_map(unexpanded)) {
        bail!("holds the unexpanded variable {name}; set that variable where this value is made");
    }
    ensure!(!authority.starts_with('<'), "the host is a placeholder in <...>; {FORM}");
    let file = path.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let is_script = [".pac", ".dat"].iter().any(|ending| file.ends_with(ending));
    ensure!(
        !is_script,
        "names a PAC script, which no program here reads; take host and port from the script and {FORM}"
    );
    ensure!(!authority.contains(','), "names several proxies; a variable holds one: {FORM}");
    ensure!(!authority.ends_with(':') || !path.starts_with("//"), "has two schemes; {FORM}");
    ensure!(
        has_scheme || !authority.ends_with(':') || path.is_empty(),
        "has ':/' where '://' ends a scheme; {FORM}"
    );
    ensure!(
        authority.is_empty() || !authority.bytes().all(|byte| byte.is_ascii_digit()),
        "is a number without a host; {FORM}"
    );
    Ok(())
}

/// `HTTP_PROXY=...`, alone or behind other words: lines of a script or a `.env` file pasted into one value.
fn assigns(lower: &str) -> bool {
    lower.split_ascii_whitespace().any(|word| {
        let name = word.split_once('=').map_or("", |(name, _)| name);
        name.ends_with("_proxy") && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// Returns the name of a variable in a part of a value: `${NAME}` anywhere, or as the whole part `%NAME%` or, in
/// capitals, `$NAME`. Any other `$` may belong to a password.
fn unexpanded(part: &str) -> Option<&str> {
    let braced = part.find("${").and_then(|start| {
        let end = start + part[start..].find('}')?;
        is_name(&part[start + 2..end]).then(|| &part[start..=end])
    });
    let windows = part.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    let capitals = |name: &&str| !name.contains(|c: char| c.is_ascii_lowercase()) || name.ends_with("_proxy");
    let plain = part.strip_prefix('$').filter(capitals);
    braced.or_else(|| windows.or(plain).is_some_and(is_name).then_some(part))
}

/// Whether the whole part is `$NAME`, in any letters.
fn is_variable(part: &str) -> bool {
    part.strip_prefix('$').is_some_and(is_name)
}

fn is_name(name: &str) -> bool {
    name.len() > 2
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}
