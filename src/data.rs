//! The files of data that are part of the program: packed by `src/build.rs`, unpacked once, when they are first asked for.

use std::sync::OnceLock;

use miniz_oxide::inflate::decompress_to_vec_zlib;

/// A file of a folder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct File {
    /// Its path in the folder, with `/` between the parts.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// A folder of the repository, with everything below it.
#[derive(Debug)]
pub struct Folder {
    packed: &'static [u8],
    files: OnceLock<Vec<File>>,
}

macro_rules! folder {
    ($name:literal) => {
        Folder {
            packed: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".zlib")),
            files: OnceLock::new(),
        }
    };
}

/// The built-in cases.
pub static CASES: Folder = folder!("cases");
/// The pages of the law.
pub static REQUIREMENTS: Folder = folder!("specs-requirements");
/// The frozen sets of requirements.
pub static SETS: Folder = folder!("specs-sets");
/// The real runtimes that ricspec is tested with, and their known failures.
pub static RUNTIMES: Folder = folder!("tests-runtimes");

impl Folder {
    /// Its files, in the order of their paths.
    pub fn files(&self) -> &[File] {
        self.files.get_or_init(|| {
            let bytes = decompress_to_vec_zlib(self.packed).expect("src/build.rs packed it");
            let text: &'static str = String::from_utf8(bytes).expect("it packs only text").leak();
            let parts: Vec<&'static str> = text.split_terminator('\0').collect();
            let file = |pair: &[&'static str]| File {
                path: pair[0],
                text: pair[1],
            };
            parts.chunks_exact(2).map(file).collect()
        })
    }

    /// The text of a file; `None` if there is none at this path.
    pub fn text(&self, path: &str) -> Option<&'static str> {
        let file = self.files().iter().find(|file| file.path == path);
        file.map(|file| file.text)
    }
}
