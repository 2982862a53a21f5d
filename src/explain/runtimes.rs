//! The runtimes that ricspec is checked against, and their known failures, from `tests/runtimes`.

use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::case;
use crate::verdict::{Baseline, Known};

static FOLDERS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/runtimes");

/// A runtime and what is known of it.
#[derive(Clone, Debug)]
pub struct Runtime {
    /// Name and version.
    pub name: String,
    /// Who makes it: `official`, `community` or `ours`.
    pub maker: String,
    /// Its known failures.
    pub known: Vec<Known>,
}

/// The part of `runtime.toml` that is read here; how to install and start it does not matter.
#[derive(Deserialize)]
struct Manifest {
    name: String,
    kind: String,
}

/// All runtimes, in the order of their folders.
pub fn runtimes() -> &'static [Runtime] {
    static RUNTIMES: OnceLock<Vec<Runtime>> = OnceLock::new();
    RUNTIMES.get_or_init(|| {
        let cases = case::embedded_ids();
        let mut folders: Vec<&Dir<'_>> = FOLDERS.dirs().collect();
        folders.sort_by_key(|folder| folder.path());
        folders
            .into_iter()
            .filter_map(|folder| read(folder, &cases))
            .collect()
    })
}

/// A folder without a manifest is skipped.
fn read(folder: &Dir<'_>, cases: &[String]) -> Option<Runtime> {
    let manifest = text(folder, "runtime.toml")?;
    let shown = folder.path().display();
    let manifest: Manifest = toml::from_str(manifest)
        .unwrap_or_else(|error| panic!("embedded {shown}/runtime.toml: {error}"));
    let path = format!("{shown}/baseline.toml");
    let baseline = Baseline::read(
        &path,
        text(folder, "baseline.toml").unwrap_or_default(),
        cases,
    )
    .unwrap_or_else(|faults| panic!("embedded baseline: {}", faults[0]));
    Some(Runtime {
        name: manifest.name,
        maker: manifest.kind,
        known: baseline.known,
    })
}

fn text<'a>(folder: &Dir<'a>, name: &str) -> Option<&'a str> {
    folder.get_file(folder.path().join(name))?.contents_utf8()
}
