//! `jobproxy-host` on the files of real hosts (`tests/data/host`).

mod executors;
mod files;
mod findings;
mod golden;
mod kill;
mod refused;
mod removed;
mod secrets;
mod templates;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::support::{Job, Ran};

/// The program under test: the program beside the file that `JOBPROXY` names, else the program that cargo built.
pub fn host_program() -> PathBuf {
    let beside = std::env::var_os("JOBPROXY").map(|path| Path::new(&path).with_file_name("jobproxy-host"));
    beside.filter(|path| path.exists()).unwrap_or_else(|| env!("CARGO_BIN_EXE_jobproxy-host").into())
}

/// Returns the values of a TOML text, one line each with the path to the value. The lines are sorted, so that the
/// order in the text does not count.
pub fn values(text: &str) -> Vec<String> {
    let document = toml_edit::Document::parse(text.to_owned()).unwrap_or_else(|error| panic!("{error}"));
    let mut found = Vec::new();
    flatten("", document.as_item(), &mut found);
    found.sort();
    found
}

fn flatten(path: &str, item: &toml_edit::Item, found: &mut Vec<String>) {
    if let Some(table) = item.as_table_like() {
        for (key, item) in table.iter() {
            flatten(&format!("{path}.{key}"), item, found);
        }
    } else if let Some(tables) = item.as_array_of_tables() {
        for (at, table) in tables.iter().enumerate() {
            for (key, item) in table {
                flatten(&format!("{path}.{at}.{key}"), item, found);
            }
        }
    } else if let Some(array) = item.as_array() {
        found.extend(array.iter().map(|value| format!("{path}[]: {}", scalar(value))));
    } else if let Some(value) = item.as_value() {
        found.push(format!("{path}: {}", scalar(value)));
    }
}

fn scalar(value: &toml_edit::Value) -> String {
    use toml_edit::Value;
    match value {
        Value::String(text) => format!("{:?}", text.value()),
        Value::Integer(number) => number.value().to_string(),
        Value::Boolean(on) => on.value().to_string(),
        Value::Datetime(time) => time.value().to_string(),
        _ => panic!("no such value in these files"),
    }
}

/// A host whose files are below a folder.
pub struct Host {
    job: Job,
}

/// For each path: content, mode, modification time in seconds and nanoseconds, inode number.
type State = BTreeMap<String, (Vec<u8>, u32, i64, i64, u64)>;

impl Host {
    /// Copies the files in `tests/data/host/NAME`.
    pub fn of(name: &str) -> Self {
        let host = Self { job: Job::new() };
        copy(&data(name), &host.root());
        let machine = if cfg!(target_arch = "aarch64") { 183 } else { 62 };
        let header = [b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0".as_slice(), &[machine, 0]].concat();
        fs::write(host.binary(), header).unwrap();
        fs::create_dir_all(host.root().join("opt")).unwrap();
        fs::set_permissions(host.file("/etc/cntlm.conf"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(host.file("/etc/gitlab-runner/config.toml"), fs::Permissions::from_mode(0o600))
            .unwrap();
        host
    }

    /// Sets an environment variable for the program.
    pub fn env(self, name: &str, value: &str) -> Self {
        Self { job: self.job.env(name, value) }
    }

    pub fn root(&self) -> PathBuf {
        self.job.path("root")
    }

    /// Returns the path of an ELF header of 20 bytes for the architecture of the host. The header stands for the
    /// jobproxy binary, which no test here runs.
    fn binary(&self) -> PathBuf {
        self.job.path("binary")
    }

    pub fn file(&self, path: &str) -> PathBuf {
        self.root().join(path.trim_start_matches('/'))
    }

    pub fn read(&self, path: &str) -> String {
        String::from_utf8(fs::read(self.file(path)).unwrap()).unwrap()
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.file(path).parent().unwrap()).unwrap();
        fs::write(self.file(path), content).unwrap();
    }

    /// Replaces `old` in a file. Fails where the file has no `old`.
    #[track_caller]
    pub fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "{old:?} is not in {path}:\n{text}");
        self.write(path, text.replace(old, new));
    }

    /// Returns the arguments of a command on this host. `words`: the command and its options.
    pub fn arguments(&self, words: &str) -> Vec<String> {
        let (command, options) = words.split_once(' ').unwrap_or((words, ""));
        let mut all = vec![command.to_owned()];
        if command != "helm-values" {
            all.extend(["--root".to_owned(), self.root().display().to_string()]);
        }
        if ["plan", "apply", "check"].contains(&command) && !options.contains("--binary ") {
            all.extend(["--binary".to_owned(), self.binary().display().to_string()]);
        }
        all.extend(options.split_ascii_whitespace().map(str::to_owned));
        all
    }

    /// Runs the program; the first word is the command.
    pub fn run(&self, words: &str) -> Ran {
        self.job.ran(self.job.command(host_program()).args(self.arguments(words)))
    }

    /// Returns every file with everything that a rewrite would change.
    pub fn state(&self) -> State {
        let mut state = State::new();
        for path in files(&self.root()) {
            let metadata = fs::metadata(&path).unwrap();
            let name = path.strip_prefix(self.root()).unwrap().display().to_string();
            let content = fs::read(&path).unwrap();
            state.insert(
                name,
                (content, metadata.mode() & 0o7777, metadata.mtime(), metadata.mtime_nsec(), metadata.ino()),
            );
        }
        state
    }

    /// Returns every file with its content, except the binaries and copies that `apply` makes.
    pub fn contents(&self) -> BTreeMap<String, String> {
        contents(&self.root())
    }
}

pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/host").join(name)
}

/// Returns the texts below a folder, except the binaries and copies that `apply` makes.
pub fn contents(folder: &Path) -> BTreeMap<String, String> {
    let ours = |name: &str| name.starts_with("opt/") || name.ends_with("-jobproxy");
    files(folder)
        .into_iter()
        .map(|path| (path.strip_prefix(folder).unwrap().display().to_string(), path))
        .filter(|(name, _)| !ours(name))
        .map(|(name, path)| (name, String::from_utf8(fs::read(path).unwrap()).unwrap()))
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
}
