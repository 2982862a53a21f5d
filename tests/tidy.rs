//! The house keeps its own rules: which room may know which, what is pure, how long things are, and which words no text has.
//!
//! A new room needs a line in [`ROOMS`]; a file above the budget needs a reason in [`LONG_FILES`].

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/matches.rs"]
mod matches;
#[path = "tidy/names.rs"]
mod names;
#[path = "tidy/planted.rs"]
mod planted;
#[path = "tidy/rooms.rs"]
mod rooms;
#[path = "tidy/texts.rs"]
mod texts;
#[path = "tidy/words.rs"]
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use syn::Block;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use names::names;
use rooms::{Kind, ROOMS, Room};

/// Names that a pure room may not use.
const WORLDLY: &[&str] = &[
    "hyper",
    "hyper_util",
    "rustix",
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
    "tempfile",
    "tokio",
    "tokio_util",
];

const FILE_LINES_BUDGET: usize = 400;
const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const MAIN_LINES_MAX: usize = 60;

/// Files above the budget, and why they are not split.
const LONG_FILES: &[(&str, &str)] = &[
    (
        "src/plan.rs",
        "a third is its tests, which need its private parts",
    ),
    ("tests/cli.rs", "the command line, from outside"),
    (
        "tests/reference.rs",
        "the whole reference runtime, driven from outside",
    ),
];

/// Names that do not say what is inside.
const EMPTY_NAMES: &[&str] = &[
    "base", "common", "helper", "helpers", "imp", "manager", "misc", "shared", "util", "utils",
];

/// A Rust file of the house.
struct Source {
    /// From the root of the repository, with slashes.
    path: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, in order; build folders and what git hides are left out.
fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a folder of the repository can be read");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry of a folder can be read").path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hidden = name.starts_with('.') && name != ".github";
        // A build folder of cargo is next to a manifest; a room of that name would not be.
        let built = name == "target" && folder.join("Cargo.toml").is_file();
        if hidden || built || ["node_modules", "__pycache__"].contains(&&*name) {
            continue;
        }
        match path.is_dir() {
            true => files_below(&path, found),
            false => found.push(path),
        }
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    files_below(&root().join("src"), &mut paths);
    files_below(&root().join("tests"), &mut paths);
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        // The fixture for Rust is data here: a project of its own.
        .filter(|path| !path.ends_with("src/fixture/rust/main.rs"))
        .map(|path| Source {
            text: fs::read_to_string(&path).expect("a source file is text"),
            path: place(&path),
        })
        .collect()
}

fn place(path: &Path) -> String {
    let inner = path.strip_prefix(root()).expect("below the root");
    inner.to_string_lossy().into_owned()
}

impl Source {
    fn lines(&self) -> usize {
        self.text.lines().count()
    }

    fn tree(&self) -> syn::File {
        syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }

    /// The modules that lead to this file: empty for the root, `check, audit, order` for `src/check/audit/order.rs`.
    fn modules(&self) -> Vec<&str> {
        let inner = self.path.strip_prefix("src/").unwrap_or_default();
        inner
            .trim_end_matches(".rs")
            .split('/')
            .filter(|part| !["lib", "main", "mod", "build", ""].contains(part))
            .collect()
    }

    fn room(&self) -> Option<&'static Room> {
        let name = *self.modules().first()?;
        let room = ROOMS.iter().find(|room| room.name == name);
        Some(room.unwrap_or_else(|| panic!("{}: give the room a line in ROOMS", self.path)))
    }
}

#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The uses of a room by another that may not know it.
fn undeclared(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        let Some(room) = source.room().filter(|_| source.path.starts_with("src/")) else {
            continue;
        };
        for (line, path) in names(source) {
            let ["crate", known, ..] = path.split("::").collect::<Vec<_>>()[..] else {
                continue;
            };
            let is_room = ROOMS.iter().any(|other| other.name == known);
            if is_room && known != room.name && !room.knows.contains(&known) {
                let (place, name) = (&source.path, room.name);
                faults.push(format!("{place}:{line}: {name} must not know {known}"));
            }
        }
    }
    faults
}

#[test]
fn rooms_know_only_what_they_may() {
    none(&undeclared(&sources()));
}

#[test]
fn arrows_run_one_way() {
    let mut above: Vec<&str> = Vec::new();
    let mut faults = Vec::new();
    for room in ROOMS {
        for known in room.knows.iter().filter(|known| !above.contains(*known)) {
            faults.push(format!(
                "{} is allowed {known}, which is further out",
                room.name
            ));
        }
        above.push(room.name);
    }
    none(&faults);
}

/// Sockets, files, processes and clocks that pure rooms name.
fn worldly(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        let room = source.room();
        if room.is_none_or(|room| room.kind == Kind::Outer) {
            continue;
        }
        for (line, path) in names(source) {
            let worldly = WORLDLY.iter().any(|name| {
                path.strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            });
            if worldly {
                faults.push(format!("{}:{line}: {path} in a pure room", source.path));
            }
        }
    }
    faults
}

#[test]
fn pure_rooms_do_not_touch_the_world() {
    none(&worldly(&sources()));
}

/// The functions of a file that are too long.
#[derive(Default)]
struct Long(Vec<(usize, String, usize)>);

impl Long {
    fn measure(&mut self, signature: &syn::Signature, block: &Block) {
        let first = signature.span().start().line;
        let lines = block.span().end().line + 1 - first;
        if lines > FUNCTION_LINES_MAX {
            self.0.push((first, signature.ident.to_string(), lines));
        }
    }
}

impl<'ast> Visit<'ast> for Long {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }
}

#[test]
fn functions_are_short() {
    let mut faults = Vec::new();
    for source in sources() {
        let mut long = Long::default();
        long.visit_file(&source.tree());
        for (line, name, lines) in long.0 {
            let place = &source.path;
            faults.push(format!(
                "{place}:{line}: `{name}` has {lines} lines; {FUNCTION_LINES_MAX} are allowed"
            ));
        }
    }
    none(&faults);
}

#[test]
fn files_are_short_and_say_what_they_own() {
    let mut faults = Vec::new();
    for source in sources() {
        let (path, lines) = (source.path.as_str(), source.lines());
        let excused = LONG_FILES.iter().any(|(file, _)| *file == path);
        if !source.text.starts_with("//! ") {
            faults.push(format!(
                "{path}: open the file with a `//!` that says what it owns"
            ));
        }
        if lines > FILE_LINES_MAX {
            faults.push(format!("{path}: {lines} lines; split it"));
        } else if lines > FILE_LINES_BUDGET && !excused {
            faults.push(format!(
                "{path}: {lines} lines; split it, or give a reason in LONG_FILES"
            ));
        } else if lines <= FILE_LINES_BUDGET && excused {
            faults.push(format!(
                "{path}: it keeps to the budget; take it out of LONG_FILES"
            ));
        }
        if path == "src/main.rs" && lines > MAIN_LINES_MAX {
            faults.push(format!(
                "{path}: {lines} lines; everything belongs in the library"
            ));
        }
    }
    for (file, reason) in LONG_FILES {
        if !root().join(file).is_file() || reason.len() < 20 {
            faults.push(format!(
                "{file}: a stale or unexplained entry of LONG_FILES"
            ));
        }
    }
    none(&faults);
}

#[test]
fn names_say_something() {
    let mut faults = Vec::new();
    for source in sources() {
        let path = Path::new(&source.path);
        let parts = path.iter().map(|part| part.to_string_lossy());
        for part in parts {
            let stem = part.trim_end_matches(".rs");
            if EMPTY_NAMES
                .iter()
                .any(|name| stem == *name || stem.ends_with(&format!("_{name}")))
            {
                faults.push(format!("{}: `{stem}` says nothing", source.path));
            }
        }
    }
    none(&faults);
}

#[test]
fn no_module_is_a_banner() {
    let mut faults = Vec::new();
    for source in sources() {
        for (index, line) in source.text.lines().enumerate() {
            let mark = line.trim_start().trim_start_matches('/').trim();
            if line.trim_start().starts_with("//")
                && mark.len() > 3
                && mark.chars().all(|c| "=-#*".contains(c))
            {
                faults.push(format!("{}:{}: a banner", source.path, index + 1));
            }
        }
    }
    none(&faults);
}
