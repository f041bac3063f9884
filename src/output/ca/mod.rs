//! The certificates that programs trust: a bundle that variables name, and the bundle of the image itself.
//!
//! Nearly every such variable replaces the certificates that a program trusts by default. The bundle is therefore a union:
//! the certificates of the image, the certificates that variables of the job already name, and the authorities.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Result;

use super::{Context, Outcome, State};
use crate::ca::table::{Row, Takes, VARIABLES};
use crate::ca::{block, name_of, union};
use crate::machine::certificates::system_bundle;
use crate::replace_file::{is_interrupted, publish};
use own::Own;

mod folder;
mod java;
mod own;
mod system;

/// Writes the bundle and names it in variables where programs get them, and adds the authorities to the bundle
/// of an image whose container belongs to the job alone.
///
/// # Errors
/// There is no place for the bundle.
pub fn apply(context: &Context) -> Result<Option<Outcome>> {
    if context.authorities.is_empty() {
        return Ok(None);
    }
    let mut outcome = Outcome::new(Path::new(""), State::Skipped);
    let programs = if context.is_exported() || context.options.gitlab_env {
        set_variables(context, &mut outcome)?
    } else {
        outcome.notes.push(NOT_EXPORTED.to_owned());
        0
    };
    let system = system::add(context)?;
    let places =
        [(programs > 0).then(|| in_variables(programs)), system.path.map(|path| path.display().to_string())];
    outcome.notes.splice(0..0, said(context, &places));
    outcome.notes.extend(system.note);
    Ok(Some(outcome))
}

/// Writes the bundle and sets the variables that name the bundle. No existing file is changed.
///
/// # Errors
/// There is no place for the bundle.
pub fn for_programs(context: &Context) -> Result<Option<Outcome>> {
    if context.authorities.is_empty() {
        return Ok(None);
    }
    let mut outcome = Outcome::new(Path::new(""), State::Skipped);
    let programs = set_variables(context, &mut outcome);
    if programs.as_ref().is_err_and(is_interrupted) {
        return for_programs(context);
    }
    outcome.notes.splice(0..0, said(context, &[Some(in_variables(programs?))]));
    Ok(Some(outcome))
}

/// The note where the variables are not exported.
const NOT_EXPORTED: &str = "programs find a CA by variables, which eval \"$(jobproxy setup --export)\" sets";

fn in_variables(programs: usize) -> String {
    format!("{programs} programs' variables")
}

/// Returns the line for the job log; `None` where the authorities were added nowhere.
fn said(context: &Context, places: &[Option<String>]) -> Option<String> {
    let places: Vec<&str> = places.iter().flatten().map(String::as_str).collect();
    let verb = if context.options.dry_run { "would trust" } else { "trusts" };
    (!places.is_empty())
        .then(|| format!("{verb} {} in {}", context.authorities.names(), places.join(" and ")))
}

/// Writes the files, adds the variables that name them, and returns how many programs' variables those are.
fn set_variables(context: &Context, outcome: &mut Outcome) -> Result<usize> {
    let image = system_bundle().map(|(_, content)| block::without(&content));
    let rows: Vec<(&Row, Own)> =
        VARIABLES.iter().map(|row| (row, Own::of(row, context.environment))).collect();
    outcome.notes.extend(rows.iter().filter_map(|(_, own)| match own {
        Own::Other(note) => Some(note.clone()),
        _ => None,
    }));
    let folder = folder::make(context)?;
    let added: Vec<&[u8]> = of(&rows, Takes::Added);
    let extra = write(context, &folder, "ca", &union(&added, context.authorities))?;
    let mut all: Vec<&[u8]> = image.as_deref().into_iter().collect();
    all.extend(rows.iter().filter_map(|(_, own)| own.content()));
    let configs = own::of_configs(context.environment);
    all.extend(configs.iter().map(Vec::as_slice));
    let mut bundle = None;
    for (row, own) in &rows {
        let value = match (row.takes, own) {
            (_, Own::Other(_)) | (Takes::InsteadIfSet, Own::Nothing) => None,
            // A bundle of the authorities alone would remove the certificates that the program trusts by default.
            (Takes::Instead, Own::Nothing) if image.is_none() => None,
            (Takes::Switch, _) => {
                context.environment.tool_variable(row.name).is_none().then(|| "1".to_owned())
            }
            (Takes::Added, _) => Some(extra.clone()),
            _ if bundle.is_some() => bundle.clone(),
            _ => {
                bundle = Some(write(context, &folder, "bundle", &union(&all, context.authorities))?);
                bundle.clone()
            }
        };
        outcome.variables.extend(value.map(|value| (row.name, Some(value))));
    }
    if image.is_none() {
        outcome.notes.push(NO_BUNDLE.to_owned());
    }
    let is_set = |row: &&Row| outcome.variables.iter().any(|(name, _)| *name == row.name);
    let programs = VARIABLES.iter().filter(|row| row.takes != Takes::Switch).filter(is_set);
    let programs: HashSet<&str> = programs.map(|row| row.clients).collect();
    Ok(programs.len() + usize::from(java::set(context, &folder, outcome)))
}

/// The note where variables that replace what a program trusts cannot be set.
const NO_BUNDLE: &str = "this image has no bundle of certificates, so only variables that add to what a program trusts \
                         are set; install ca-certificates for the others";

fn of<'a>(rows: &'a [(&Row, Own)], takes: Takes) -> Vec<&'a [u8]> {
    rows.iter().filter(|(row, _)| row.takes == takes).filter_map(|(_, own)| own.content()).collect()
}

/// Makes a file whose name is derived from its content, and returns the path.
fn write(context: &Context, folder: &Path, kind: &str, text: &str) -> Result<String> {
    let path = folder.join(format!("{kind}-{}.pem", name_of(text.as_bytes())));
    if !context.options.dry_run {
        publish(&path, text.as_bytes())?;
    }
    super::private::plain(&path)
}

/// Whether this job may use bundles in the folder of the user: the options name authorities, or a variable names a bundle.
/// Another job of the user may have bundles in the same folder.
fn uses_folder_of_user(context: &Context) -> bool {
    let names_bundle = |row: &Row| {
        let named = context.environment.path(&row.name.to_ascii_uppercase()).and_then(Path::parent);
        named.is_some_and(folder::is_named)
    };
    !context.authorities.is_empty() || VARIABLES.iter().any(names_bundle)
}

/// Removes the folder with the bundles, and the authorities from the bundle of the image.
///
/// # Errors
/// Something that `setup` wrote cannot be removed.
pub fn undo(context: &Context) -> Result<Option<Outcome>> {
    let mut notes = system::remove(context)?;
    let verb = if context.options.dry_run { "would remove" } else { "removed" };
    let removed = folder::remove(context, uses_folder_of_user(context))?;
    notes.extend(removed.iter().map(|folder| format!("{verb} {}", folder.display())));
    let is_done = !notes.is_empty();
    Ok(is_done.then(|| Outcome { notes, ..Outcome::new(Path::new(""), State::Skipped) }))
}
