//! `corpus load` copies the inputs from tests/data/fuzz to the folder of the fuzzer, `corpus save` copies the inputs
//! back. In tests/data/fuzz one line is one input; other characters than printable ASCII are escaped.

use std::fs;
use std::path::Path;

use jobproxy_fuzz::{PROPERTIES, unescape};

/// The longest input that is kept, in bytes.
const LONGEST: usize = 160;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let save = std::env::args().nth(1).as_deref() == Some("save");
    for (name, _) in PROPERTIES {
        let folder = root.join("corpus").join(name);
        let file = root.join("../tests/data/fuzz").join(name);
        fs::create_dir_all(&folder)?;
        if save {
            let mut lines = Vec::new();
            for entry in fs::read_dir(&folder)? {
                let input = fs::read(entry?.path())?;
                if input.len() <= LONGEST {
                    lines.push(format!("{}\n", input.escape_ascii()));
                }
            }
            lines.sort();
            lines.dedup();
            fs::create_dir_all(file.parent().unwrap_or(root))?;
            fs::write(file, lines.concat())?;
        } else {
            for (number, line) in fs::read_to_string(file).unwrap_or_default().lines().enumerate() {
                fs::write(folder.join(format!("kept-{number}")), unescape(line))?;
            }
        }
    }
    Ok(())
}
