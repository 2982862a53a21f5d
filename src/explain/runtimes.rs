//! The runtimes that ricspec is checked against, and their known failures, from `tests/runtimes`.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::case;
use crate::data;
use crate::verdict::{Baseline, Known};

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
        let files = data::RUNTIMES.files().iter();
        files.filter_map(|file| read(file, &cases)).collect()
    })
}

/// The runtime of this file; `None` if it is no manifest.
fn read(file: &data::File, cases: &[String]) -> Option<Runtime> {
    let folder = file.path.strip_suffix("/runtime.toml")?;
    let manifest: Manifest =
        toml::from_str(file.text).unwrap_or_else(|error| panic!("embedded {}: {error}", file.path));
    let path = format!("{folder}/baseline.toml");
    let known = data::RUNTIMES.text(&path).unwrap_or_default();
    let baseline = Baseline::read(&path, known, cases)
        .unwrap_or_else(|faults| panic!("embedded baseline: {}", faults[0]));
    Some(Runtime {
        name: manifest.name,
        maker: manifest.kind,
        known: baseline.known,
    })
}
