//! The scripts of a runner: the line that calls jobproxy, and the lines of GitLab's guide that jobproxy replaces.

/// The template for people who write the file by hand. The template has the line of each hook in single quotes.
const TEMPLATE: &str = include_str!("../../../../ci-templates/runner/config.toml");

/// What a hook may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// Write docker's and git's config, and export the variables.
    Setup,
    /// Export the variables and touch no file.
    Variables,
}

impl Hook {
    /// Returns the line for a binary in `folder`.
    pub fn line(self, folder: &str) -> String {
        let start = match self {
            Self::Setup => "pre_build_script = '",
            Self::Variables => "pre_get_sources_script = '",
        };
        let line = TEMPLATE.lines().find_map(|line| line.trim().strip_prefix(start)?.strip_suffix('\''));
        line.unwrap_or_default().replace("/opt/jobproxy", folder)
    }
}

/// A script without the line of jobproxy and the lines of GitLab's guide.
#[derive(Debug, PartialEq, Eq)]
pub struct Script {
    /// All other lines.
    pub rest: String,
    /// Whether `rest` still has lines of the guide, because the script has compound statements.
    pub has_guide: bool,
}

impl Script {
    pub fn of(text: &str) -> Self {
        let own = without_hook(text);
        let statements = statements(own);
        if !statements.iter().any(|statement| is_guide(statement)) {
            return Self { rest: own.to_owned(), has_guide: false };
        }
        if statements.iter().any(|statement| is_involved(statement)) {
            return Self { rest: own.to_owned(), has_guide: true };
        }
        let rest: String = statements.into_iter().filter(|statement| !is_guide(statement)).collect();
        let rest =
            if rest.trim_matches([';', ' ', '\t', '\r', '\n']).is_empty() { String::new() } else { rest };
        Self { rest, has_guide: false }
    }

    /// Returns the script with the line `hook` before the other lines.
    pub fn after(&self, hook: &str) -> String {
        if self.rest.is_empty() { hook.to_owned() } else { format!("{hook}\n{}", self.rest) }
    }
}

/// Returns the script without the first line, if that line calls jobproxy (of any version, in any folder).
pub fn without_hook(text: &str) -> &str {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if is_hook(first) { rest } else { text }
}

fn is_hook(line: &str) -> bool {
    line.starts_with("eval ")
        && ["/jobproxy setup --export", "/jobproxy env"].iter().any(|call| line.contains(call))
}

/// Returns the statements of a script, each with the separator after the statement.
fn statements(text: &str) -> Vec<&str> {
    let (mut found, mut start, mut quote, mut escaped) = (Vec::new(), 0, None, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quote != Some('\'') => escaped = true,
            _ if quote == Some(letter) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            ';' | '\n' if quote.is_none() => {
                found.push(&text[start..=at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend((start < text.len()).then(|| &text[start..]));
    found
}

/// Whether a statement is of GitLab's guide "Running GitLab Runner behind a proxy", or like a statement of the guide:
/// sets git's proxy, also in the key that git does not read, or overwrites docker's config with proxies only.
fn is_guide(statement: &str) -> bool {
    let statement = statement.trim_matches([';', ' ', '\t', '\r', '\n']);
    let git = ["http.proxy ", "https.proxy "].iter().any(|key| {
        let value = statement.strip_prefix("git config --global ").and_then(|rest| rest.strip_prefix(key));
        value.is_some_and(|value| !value.trim().contains([' ', '|', '&', '<', '>', '(', '`']))
    });
    git || is_docker_config(statement)
}

fn is_docker_config(statement: &str) -> bool {
    let mut parts: Vec<&str> = statement.split("&&").map(str::trim).collect();
    let Some(last) = parts.pop() else { return false };
    let Some((command, target)) = last.rsplit_once('>') else { return false };
    let target = target.trim().trim_matches('"');
    let overwrites = target.ends_with("/.docker/config.json") && !command.trim_end().ends_with('>');
    let proxies =
        command.contains("proxies") && !["auth", "cred", "Helper"].iter().any(|key| command.contains(key));
    let prints = ["echo ", "printf "].iter().any(|start| command.starts_with(start));
    overwrites && proxies && prints && parts.iter().all(|part| part.starts_with("mkdir -p "))
}

/// Whether a statement is part of a compound statement, so that no statement around it can be taken out safely.
fn is_involved(statement: &str) -> bool {
    const WORDS: [&str; 16] = [
        "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}",
        "(", "!",
    ];
    let trimmed = statement.trim();
    let first = trimmed.split([' ', '\t', ';', '\n']).next().unwrap_or_default();
    let continues =
        ["&&", "||", "|", "\\"].iter().any(|end| trimmed.trim_end_matches(';').trim_end().ends_with(end));
    let starts = ["&", "|", "("].iter().any(|start| trimmed.starts_with(start));
    WORDS.contains(&first)
        || continues
        || starts
        || trimmed.contains("<<")
        || trimmed.contains("()")
        || trimmed.ends_with(";;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIT: &str =
        "git config --global http.proxy $HTTP_PROXY; git config --global https.proxy $HTTPS_PROXY";
    const DOCKER: &str = r#"mkdir -p $HOME/.docker/ && echo "{ \"proxies\": { \"default\": { \"httpProxy\": \"$HTTP_PROXY\" } } }" > $HOME/.docker/config.json"#;

    #[test]
    fn the_lines_of_the_guide_are_removed_and_all_other_lines_stay() {
        let echo = "echo '{\"proxies\":{}}' > ~/.docker/config.json";
        for (text, rest) in [
            (GIT.to_owned(), String::new()),
            (DOCKER.to_owned(), String::new()),
            (echo.to_owned(), String::new()),
            (format!("umask 022\n{DOCKER}\necho x; ls\n"), "umask 022\necho x; ls\n".to_owned()),
            (format!("{GIT}; echo done"), " echo done".to_owned()),
            (format!("{}\n{GIT}\n", Hook::Variables.line("/old")), String::new()),
            (format!("{}\necho x", Hook::Setup.line("/opt/jobproxy")), "echo x".to_owned()),
            ("echo 'a;b'\n".to_owned(), "echo 'a;b'\n".to_owned()),
        ] {
            assert_eq!(Script::of(&text), Script { rest, has_guide: false }, "{text}");
        }
    }

    #[test]
    fn statements_that_only_resemble_the_guide_stay() {
        for text in [
            r#"echo "{\"auths\":{},\"proxies\":{}}" > ~/.docker/config.json"#,
            r#"echo "{\"proxies\":{}}" >> ~/.docker/config.json"#,
            "git config --global http.proxy $(cat /proxy)",
            "git config --global http.sslVerify false",
        ] {
            assert_eq!(Script::of(text), Script { rest: text.to_owned(), has_guide: false });
        }
    }

    #[test]
    fn nothing_is_taken_out_of_a_compound_statement() {
        for text in [
            format!("if true; then\n{GIT}\nfi"),
            format!("test -n \"$HTTP_PROXY\" &&\n{GIT}"),
            format!("f() {{\n{GIT}\n}}"),
            format!("cat <<E\n{GIT}\nE"),
            format!("case x in\nx)\n{GIT};;\nesac"),
        ] {
            assert_eq!(Script::of(&text), Script { rest: text.clone(), has_guide: true }, "{text}");
        }
    }
}
