//! Packs the folders of data that the crate embeds, and rebuilds it when they change.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use miniz_oxide::deflate::compress_to_vec_zlib;

/// The folders that `src/data.rs` unpacks.
const FOLDERS: [&str; 4] = [
    "cases",
    "specs/requirements",
    "specs/sets",
    "tests/runtimes",
];

/// The best compression that the format has.
const LEVEL: u8 = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed=specs");
    for name in FOLDERS {
        println!("cargo:rerun-if-changed={name}");
        let folder = root.join(name);
        let mut packed = Vec::new();
        pack(&folder, &folder, &mut packed)?;
        let file = out.join(format!("{}.zlib", name.replace('/', "-")));
        fs::write(file, compress_to_vec_zlib(&packed, LEVEL))?;
    }
    Ok(())
}

/// Appends each file below: its path in the folder and its text, each with a NUL after it; in the order of the names.
fn pack(folder: &Path, root: &Path, packed: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
    let entries: Result<Vec<_>, _> = fs::read_dir(folder)?.collect();
    let mut paths: Vec<PathBuf> = entries?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            pack(&path, root, packed)?;
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let name = path.strip_prefix(root)?.to_str();
        let name = name.ok_or("a path of the data is not UTF-8")?;
        for part in [name, &text] {
            packed.extend_from_slice(part.as_bytes());
            packed.push(0);
        }
    }
    Ok(())
}
