//! What a runtime is: `runtime.toml` in a folder of its own, or a `[[target]]` of a `ricspec.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::MatrixError;
use super::subject::{Places, Subject};
use crate::verdict::Maker;

/// The file in a runtime's folder.
const MANIFEST: &str = "runtime.toml";

/// The known failures beside it.
const BASELINE: &str = "baseline.toml";

/// What must be known of a runtime.
///
/// In `install`, `command` and `env` a few places stand for paths: `{root}` is the folder to install into, which is the
/// runtime's own, `{fixture}` the folder of the function, `{shared}` a folder for all, `{folder}` the folder of the
/// manifest, and `{ricspec}` the program that runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name and version.
    pub name: String,
    /// Who makes it.
    #[serde(default)]
    pub kind: Maker,
    /// What it is, for a reader.
    #[serde(default)]
    pub about: String,
    /// Whose fixture it runs; with a `task_root` or files of its own, any word.
    pub language: String,
    /// Files of the fixture that are its own, in place of the language's or besides: the path in the fixture, and the
    /// path from the manifest's folder.
    #[serde(default)]
    pub fixture: BTreeMap<String, PathBuf>,
    /// The folder of the function, from the manifest's; without one, the fixture of the language is used.
    #[serde(default, alias = "task-root")]
    pub task_root: Option<PathBuf>,
    /// Programs that must be in the path.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Commands that install it, in its own folder; none when there is nothing to install.
    #[serde(default)]
    pub install: Vec<Vec<String>>,
    /// What starts it.
    pub command: Vec<String>,
    /// The handler's name, as in `_HANDLER`; without one, that of the language's fixture.
    #[serde(default)]
    pub handler: Option<String>,
    /// Variables on top of the documented ones.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The file of its known failures, from the manifest's folder; without one, a `baseline.toml` beside `runtime.toml`.
    #[serde(default)]
    pub baseline: Option<PathBuf>,
    /// Whether a broken SHOULD counts.
    #[serde(default)]
    pub strict: bool,
    /// Stretches deadlines, for a runtime that needs much processor time.
    #[serde(default, alias = "time-scale")]
    pub time_scale: Option<f64>,
    /// How long it may take to its first call, in seconds.
    #[serde(default, alias = "startup-timeout")]
    pub startup_timeout: Option<f64>,
}

/// The targets of a `ricspec.toml`; the other members are the options of a run.
#[derive(Deserialize)]
struct Targets {
    #[serde(default)]
    target: Vec<Manifest>,
}

/// Reads the runtimes of a folder, or the targets of a file, in order.
pub fn read(path: &Path, places: &Places) -> Result<Vec<Subject>, MatrixError> {
    let subjects = match path.is_dir() {
        true => of_folder(path, places)?,
        false => of_file(path, places)?,
    };
    if subjects.is_empty() {
        let path = path.display().to_string();
        return Err(MatrixError::Empty { path });
    }
    Ok(subjects)
}

fn of_folder(folder: &Path, places: &Places) -> Result<Vec<Subject>, MatrixError> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        folders.push(entry.map_err(|error| unreadable(folder, error))?.path());
    }
    folders.retain(|path| path.is_dir());
    folders.sort();
    let mut subjects = Vec::new();
    for folder in folders {
        let path = folder.join(MANIFEST);
        let mut manifest: Manifest = parsed(&path)?;
        if manifest.baseline.is_none() && folder.join(BASELINE).exists() {
            manifest.baseline = Some(PathBuf::from(BASELINE));
        }
        let key = folder.file_name().unwrap_or_default().to_string_lossy();
        subjects.push(Subject::new(key.into_owned(), manifest, &path, places)?);
    }
    Ok(subjects)
}

fn of_file(path: &Path, places: &Places) -> Result<Vec<Subject>, MatrixError> {
    let targets: Targets = parsed(path)?;
    let mut keys = BTreeSet::new();
    let mut subjects = Vec::new();
    for manifest in targets.target {
        let fit = |letter: char| match letter {
            letter if letter.is_alphanumeric() || "._-".contains(letter) => letter,
            _ => '-',
        };
        let key: String = manifest.name.chars().map(fit).collect();
        if !keys.insert(key.clone()) {
            let path = path.display().to_string();
            return Err(MatrixError::Twice { path, key });
        }
        subjects.push(Subject::new(key, manifest, path, places)?);
    }
    Ok(subjects)
}

fn parsed<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, MatrixError> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
    toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        MatrixError::Shape {
            path: path.display().to_string(),
            line: 1 + before.matches('\n').count(),
            what: error.message().replace('\n', " "),
        }
    })
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> MatrixError {
    MatrixError::Unreadable {
        path: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Subject>, MatrixError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ricspec.toml");
        fs::write(&path, text).expect("a file");
        let places = Places {
            cache: PathBuf::from("/cache"),
            own: PathBuf::from("/bin/ricspec"),
        };
        read(&path, &places)
    }

    #[test]
    fn places_become_paths() {
        let subjects = read_text(
            "strict = true\n\
             [[target]]\n\
             name = \"mine 1\"\n\
             language = \"python\"\n\
             command = [\"{root}/x\", \"{fixture}\", \"{shared}\", \"{ricspec}\"]\n\
             env = { A = \"{root}\" }\n",
        )
        .expect("a target");
        let [mine] = subjects.as_slice() else {
            panic!("one target, not {}", subjects.len());
        };
        assert_eq!(
            mine.command(),
            [
                "/cache/mine-1/x",
                "/cache/mine-1/fixture",
                "/cache/shared",
                "/bin/ricspec"
            ]
        );
        assert_eq!(mine.env(), ["A=/cache/mine-1"]);
        assert_eq!(mine.handler().as_deref(), Some("fixture.handler"));
        assert_eq!(mine.manifest.kind, Maker::Ours);
    }

    #[test]
    fn a_bad_target_is_told_with_its_place() {
        let check = |text: &str, part: &str| {
            let error = read_text(text).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        };
        let target = "[[target]]\nname = \"a\"\nlanguage = \"cobol\"\ncommand = [\"x\"]\n";
        check(target, "ricspec.toml:1: there is no fixture for `cobol`");
        let twice = format!("{target}task_root = \".\"\n").repeat(2);
        check(&twice, "two targets are called `a`");
        check(
            &format!("{target}wrong = 1\n"),
            "ricspec.toml:5: unknown field `wrong`",
        );
        check("strict = true\n", "names no runtime");
    }
}
