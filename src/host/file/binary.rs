//! The `jobproxy` binary that jobs mount.

use anyhow::{Result, anyhow, ensure};

use super::{Edited, Managed, Record, Removed};

/// The file name of the binary for the architecture of the host. The file name for another architecture has the
/// architecture appended: `jobproxy-aarch64`.
pub const NAME: &str = "jobproxy";

/// The values of `e_machine` (elf(5)), and the names that `uname -m` prints.
const MACHINES: [(u16, &str); 8] = [
    (3, "i686"),
    (21, "ppc64le"),
    (22, "s390x"),
    (40, "armv7l"),
    (62, "x86_64"),
    (183, "aarch64"),
    (243, "riscv64"),
    (258, "loongarch64"),
];

/// A binary in the folder that jobs mount.
pub struct Binary {
    path: String,
    content: Vec<u8>,
}

impl Binary {
    /// `host`: the architecture of the host, by the name that `uname -m` prints.
    ///
    /// # Errors
    /// The content is not a Linux program, or is for an unknown architecture.
    pub fn new(folder: &str, content: Vec<u8>, host: &str) -> Result<Self> {
        let machine = machine(&content)?;
        let name = if machine == host { NAME.to_owned() } else { format!("{NAME}-{machine}") };
        Ok(Self { path: format!("{folder}/{name}"), content })
    }

    /// Returns every file that `apply` may have put into the folder.
    pub fn installed(folder: &str) -> Vec<Self> {
        let names = MACHINES.iter().map(|(_, machine)| format!("{NAME}-{machine}"));
        let file = |name| Self { path: format!("{folder}/{name}"), content: Vec::new() };
        names.chain([NAME.to_owned()]).map(file).collect()
    }

    /// Whether the program needs a dynamic linker, and so the C library of the image that a job runs in.
    pub fn is_dynamic(&self) -> bool {
        has_interpreter(&self.content).unwrap_or(false)
    }
}

/// Returns the architecture of an ELF file.
fn machine(content: &[u8]) -> Result<&'static str> {
    ensure!(content.starts_with(b"\x7fELF"), "is no Linux program");
    let number = half(content, 18).ok_or_else(|| anyhow!("is no Linux program"))?;
    let known = MACHINES.iter().find(|(machine, _)| *machine == number);
    known.map(|(_, name)| *name).ok_or_else(|| anyhow!("is for an unknown architecture"))
}

/// Whether there is a program header of type PT_INTERP (elf(5)), in a 64-bit file.
fn has_interpreter(content: &[u8]) -> Option<bool> {
    let start = usize::try_from(u64::from_le_bytes(content.get(32..40)?.try_into().ok()?)).ok()?;
    let (size, count) = (half(content, 54)?, half(content, 56)?);
    let mut headers = (0..count).map(|at| start + usize::from(at) * usize::from(size));
    Some(content[4] == 2 && headers.any(|at| content.get(at..at + 4) == Some(&[3, 0, 0, 0])))
}

/// Returns two bytes as a number, in the byte order that the header of the file names.
fn half(content: &[u8], at: usize) -> Option<u16> {
    let bytes: [u8; 2] = content.get(at..at + 2)?.try_into().ok()?;
    Some(if content[5] == 2 { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
}

impl Managed for Binary {
    fn path(&self) -> &str {
        &self.path
    }

    fn service(&self) -> Option<&'static str> {
        None
    }

    fn is_own(&self) -> bool {
        true
    }

    fn mode(&self, _content: &[u8], _old: Option<u32>) -> u32 {
        0o755
    }

    fn edit(&self, _old: Option<&[u8]>) -> Result<Edited> {
        Ok(Edited { content: Some(self.content.clone()), findings: Vec::new() })
    }

    fn remove(&self, _now: &[u8], _record: Option<&Record>) -> Removed {
        Removed::default()
    }

    fn masked(&self, text: &[u8]) -> String {
        let machine = machine(text).unwrap_or("no program");
        format!("binary, {machine}, {} bytes", text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_architecture_is_read_from_the_file() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let binary = Binary::new("/opt/jobproxy", own.clone(), std::env::consts::ARCH).unwrap();
        assert_eq!(binary.path, "/opt/jobproxy/jobproxy");
        assert_eq!(
            Binary::new("/x", own, "aarch64").unwrap().path,
            format!("/x/jobproxy-{}", std::env::consts::ARCH)
        );
        let mut other = b"\x7fELF\x02\x02\x01\0\0\0\0\0\0\0\0\0\0\x02\0\x16".to_vec();
        assert!(Binary::new("/x", other.clone(), "x86_64").unwrap().path.ends_with("jobproxy-s390x"));
        other[0] = b'#';
        assert!(
            Binary::new("/x", other, "x86_64").is_err() && Binary::new("/x", Vec::new(), "x86_64").is_err()
        );
    }
}
