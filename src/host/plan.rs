//! The one walk over the files: reads each file, lets the rules of the file say what it should contain, compares.
//! `plan` prints the changes, `apply` and `remove` carry the changes out, `check` reports them.

use anyhow::Result;

use super::diff::unified;
use super::file::{Managed, Record};
use super::finding::Finding;
use super::redact::shown_lines;
use super::system::{Found, System};

/// A file whose content, mode or owner is not what it should be.
pub struct Change {
    pub path: String,
    /// The systemd unit that must be restarted to read the file.
    pub service: Option<&'static str>,
    before: Option<Found>,
    /// The new content and mode; `None`: the file is removed.
    after: Option<(Vec<u8>, u32)>,
    step: Step,
    /// The change as a diff, redacted.
    pub shown: String,
}

/// What else is done when the file is changed.
enum Step {
    /// The whole file belongs to this program.
    Own,
    /// A foreign file is edited. The record is written before the file.
    Edit(Record),
    /// The edits of a foreign file are taken out. The record is removed after everything else.
    Restore,
    /// Only the mode of a foreign file changes.
    Mode,
}

/// The outcome of a walk.
#[derive(Default)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub findings: Vec<Finding>,
    /// What `remove` cannot take out, one line each.
    pub left: Vec<String>,
    /// Files that need no change, and the services that read these files; in a plan of `remove` all files. What a
    /// killed run left beside these files is removed.
    pub right: Vec<(String, Option<&'static str>)>,
}

/// Returns the path of the copy of a foreign file as the file would be without `apply`.
fn before_path(path: &str) -> String {
    format!("{path}.before-jobproxy")
}

/// Returns the path of the copy of a foreign file as `apply` left the file. `remove` compares the file with the copy
/// to find later edits.
fn after_path(path: &str) -> String {
    format!("{path}.after-jobproxy")
}

fn record(system: &System, path: &str) -> Result<Option<Record>> {
    let before = system.read(&before_path(path))?;
    let after = system.read(&after_path(path))?;
    Ok(before.zip(after).map(|(before, after)| Record { before: before.content, after: after.content }))
}

/// Returns the changes that `apply` makes.
///
/// # Errors
/// A file cannot be read, or the program that reads the file would refuse the content.
pub fn to_apply(system: &System, files: &[Box<dyn Managed>]) -> Result<Plan> {
    let mut plan = Plan::default();
    for file in files {
        let path = file.path();
        let found = system.read(path)?;
        let edited = file.edit(found.as_ref().map(|found| found.content.as_slice()))?;
        plan.findings.extend(edited.findings);
        let Some(content) = edited.content else { continue };
        let mode = file.mode(&content, found.as_ref().map(|found| found.mode));
        let same_content = found.as_ref().is_some_and(|found| found.content == content);
        let is_right = |found: &Found| found.mode == mode && !(file.is_own() && found.is_foreign);
        if same_content && found.as_ref().is_some_and(is_right) {
            plan.right.push((path.to_owned(), file.service()));
            continue;
        }
        let step = match &found {
            _ if file.is_own() => Step::Own,
            _ if same_content => Step::Mode,
            found => {
                let now = found.as_ref().map(|found| found.content.clone()).unwrap_or_default();
                let record = record(system, path)?;
                // The content without what an earlier `apply` put in.
                let before = match &record {
                    Some(record) => file.remove(&now, Some(record)).content.unwrap_or_default(),
                    None => now,
                };
                Step::Edit(Record { before, after: content.clone() })
            }
        };
        let after = Some((content, mode));
        plan.changes.push(Change::new(&**file, found, after, step));
    }
    Ok(plan)
}

/// Returns the changes that `remove` makes.
///
/// # Errors
/// A file cannot be read.
pub fn to_remove(system: &System, files: &[Box<dyn Managed>]) -> Result<Plan> {
    let mut plan = Plan::default();
    for file in files {
        let path = file.path();
        plan.right.push((path.to_owned(), None));
        let Some(found) = system.read(path)? else { continue };
        let record = record(system, path)?;
        let removed = file.remove(&found.content, record.as_ref());
        if removed.content.as_ref() == Some(&found.content) && record.is_none() {
            // `apply` never edited this file.
            continue;
        }
        plan.left.extend(removed.left);
        if removed.content.as_ref() == Some(&found.content) {
            continue;
        }
        let after = removed.content.map(|content| (content, found.mode));
        let step = if file.is_own() { Step::Own } else { Step::Restore };
        plan.changes.push(Change::new(&**file, Some(found), after, step));
    }
    Ok(plan)
}

impl Plan {
    /// Writes or removes each file; `tell` gets each change before the change is made.
    ///
    /// # Errors
    /// A file cannot be written. The files before that file have been written.
    pub fn carry_out(&self, system: &System, tell: &mut dyn FnMut(&Change)) -> Result<()> {
        for change in &self.changes {
            tell(change);
            change.carry_out(system)?;
        }
        self.right.iter().try_for_each(|(path, _)| system.clean(path))
    }

    /// Removes the records, after `remove` has taken the edits out.
    pub fn forget(&self, system: &System) -> Result<()> {
        for (path, _) in &self.right {
            for path in [before_path(path), after_path(path)] {
                system.remove(&path, false)?;
            }
        }
        Ok(())
    }
}

impl Change {
    fn new(file: &dyn Managed, before: Option<Found>, after: Option<(Vec<u8>, u32)>, step: Step) -> Self {
        let shown = show(file, before.as_ref(), after.as_ref(), &step);
        Self { path: file.path().to_owned(), service: file.service(), before, after, step, shown }
    }

    /// Returns a word for what happens to the file.
    pub fn action(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "create",
            (_, None) => "remove",
            _ => "edit",
        }
    }

    pub fn mode(&self) -> Option<u32> {
        self.after.as_ref().map(|(_, mode)| *mode)
    }

    /// Returns the path of the copy that keeps the old content; `None` where no copy is made.
    pub fn copy(&self) -> Option<String> {
        matches!(self.step, Step::Edit(_)).then(|| before_path(&self.path))
    }

    fn carry_out(&self, system: &System) -> Result<()> {
        let Some((content, mode)) = &self.after else {
            return system.remove(&self.path, true);
        };
        if let Step::Edit(Record { before, after }) = &self.step {
            for (path, content) in [(before_path(&self.path), before), (after_path(&self.path), after)] {
                let old = system.read(&path)?;
                if old.as_ref().is_none_or(|old| old.content != *content) {
                    system.write(&path, old.as_ref(), content, 0o600)?;
                }
            }
        }
        system.write(&self.path, self.before.as_ref(), content, *mode)?;
        if matches!(self.step, Step::Own) { system.own(&self.path) } else { Ok(()) }
    }
}

/// Returns the change as a unified diff, redacted.
fn show(file: &dyn Managed, before: Option<&Found>, after: Option<&(Vec<u8>, u32)>, step: &Step) -> String {
    let path = file.path();
    let mode = |mode: u32| format!("mode {mode:04o}");
    let [old, new] = [before.map(|found| &*found.content), after.map(|(content, _)| &**content)];
    let name = |text: Option<&[u8]>| if text.is_some() { path } else { "/dev/null" };
    let mut text = format!("--- {}\n+++ {}", name(old), name(new));
    if let Some((_, new_mode)) = after {
        let changed = before.is_some_and(|found| found.mode != *new_mode);
        let old_mode = before.filter(|_| changed).map(|found| format!(", was {:04o}", found.mode));
        let owner = before.filter(|found| found.is_foreign && file.is_own()).map_or("", |_| ", owner root");
        text += &format!(" ({}{}{owner})", mode(*new_mode), old_mode.unwrap_or_default());
    }
    text.push('\n');
    if [old, new].into_iter().flatten().any(|content| content.contains(&0)) {
        for (mark, content) in [('-', old), ('+', new)] {
            text += &content.map(|content| format!("{mark}{}\n", file.masked(content))).unwrap_or_default();
        }
        return text;
    }
    let [old, new] = [old, new].map(Option::unwrap_or_default);
    let lines = |content: &[u8]| shown_lines(content, &file.masked(content));
    text += &unified(old, new, [&lines(old), &lines(new)]);
    if let Step::Edit(_) = step {
        text += &format!("the file without these changes is kept as {}\n", before_path(path));
    }
    text
}
