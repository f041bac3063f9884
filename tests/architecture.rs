//! Compares docs/architecture.md with the code: the paths, the rooms, and the direction of imports.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../docs/architecture.md");

/// Returns the words between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// A row of the table of rooms.
struct Room {
    name: &'static str,
    never_imports: Vec<&'static str>,
}

fn rooms() -> Vec<Room> {
    let table = PAGE.split_once("| room |").expect("the table of rooms").1;
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let room = |row: &'static str| {
        let cells: Vec<&'static str> = row.split('|').collect();
        Room { name: quoted(cells[1]).next().unwrap(), never_imports: quoted(cells[3]).collect() }
    };
    rows.map(room).collect()
}

/// Returns the code of a room, file by file, without tests.
fn code(room: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut paths = vec![PathBuf::from("src").join(room), PathBuf::from(format!("src/{room}.rs"))];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            found.push((path, text));
        }
    }
    found
}

#[test]
fn every_path_of_the_page_exists() {
    let is_path = |word: &&str| {
        let starts_like_a_path = word.starts_with(|first: char| first.is_ascii_lowercase());
        starts_like_a_path && !word.contains(' ') && (word.contains('/'))
    };
    let paths: Vec<&str> = quoted(PAGE).filter(is_path).collect();
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        assert!(Path::new(path).exists() || Path::new("src").join(path).exists(), "{path}");
    }
}

#[test]
fn every_folder_and_file_of_src_is_a_room_of_the_table() {
    let entries = fs::read_dir("src").unwrap().map(|entry| entry.unwrap().path());
    let names = entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let found: BTreeSet<String> = names.filter(|name| !["bin", "lib", "main"].contains(&&**name)).collect();
    let table: BTreeSet<String> = rooms().into_iter().map(|room| room.name.to_owned()).collect();
    assert_eq!(found, table);
}

#[test]
fn a_room_imports_only_rooms_below_its_own() {
    let rooms = rooms();
    for (at, room) in rooms.iter().enumerate() {
        for (path, text) in code(room.name) {
            for import in text.split("crate::").skip(1) {
                let name = import
                    .split(|letter: char| !letter.is_ascii_lowercase() && letter != '_')
                    .next()
                    .unwrap();
                let place = rooms.iter().position(|other| other.name == name);
                let place = place.unwrap_or_else(|| panic!("{}: crate::{name} is no room", path.display()));
                assert!(place >= at, "{}: imports {name}, which is above {}", path.display(), room.name);
                assert!(!room.never_imports.contains(&name), "{}: imports {name}", path.display());
            }
        }
    }
}
