//! A runtime and its folders: what starts it, and with what, on this machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::MatrixError;
use super::manifest::{Manifest, unreadable};
use crate::fixture::{self, Language};

/// Where things are on this machine; all paths are absolute.
#[derive(Clone, Debug)]
pub struct Places {
    /// Where runtimes are installed.
    pub cache: PathBuf,
    /// The program that runs.
    pub own: PathBuf,
}

/// A runtime and its folders.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its name in commands and paths: that of its folder, or its own with `-` for blanks.
    pub key: String,
    /// What is known of it.
    pub manifest: Manifest,
    pub(super) places: Places,
    /// The fixture that is written when it is installed: path and text of each file.
    pub(super) files: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Subject {
    pub(super) fn new(
        key: String,
        manifest: Manifest,
        path: &Path,
        places: &Places,
    ) -> Result<Self, MatrixError> {
        let shape = |what: String| MatrixError::Shape {
            path: path.display().to_string(),
            line: 1,
            what,
        };
        if manifest.command.is_empty() || manifest.install.iter().any(Vec::is_empty) {
            return Err(shape(format!("`{}` has an empty command", manifest.name)));
        }
        let language = fixture::language(&manifest.language);
        if language.is_none() && manifest.task_root.is_none() && manifest.fixture.is_empty() {
            return Err(shape(format!(
                "there is no fixture for `{}`; name one of `ricspec fixture`, or give a folder as `task_root`",
                manifest.language
            )));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let folder = std::path::absolute(Path::new(".").join(folder))
            .map_err(|error| unreadable(folder, error))?;
        let files = match &manifest.task_root {
            Some(_) => BTreeMap::new(),
            None => files(language, &folder, &manifest.fixture)?,
        };
        Ok(Self {
            key,
            manifest,
            places: places.clone(),
            files,
            folder,
        })
    }

    /// The folder that it is installed into.
    pub fn root(&self) -> PathBuf {
        self.places.cache.join(&self.key)
    }

    /// The folder of the function.
    pub fn task_root(&self) -> PathBuf {
        match &self.manifest.task_root {
            Some(path) => self.folder.join(path),
            None => self.root().join("fixture"),
        }
    }

    /// What starts it. A path that begins with a dot is taken from the folder of the function, where it will run.
    pub fn command(&self) -> Vec<String> {
        let mut command = self.fill(&self.manifest.command);
        if let Some(program) = command
            .first_mut()
            .filter(|program| program.starts_with('.'))
        {
            *program = self.task_root().join(&*program).display().to_string();
        }
        command
    }

    /// The handler's name.
    pub fn handler(&self) -> Option<String> {
        let language = match self.manifest.task_root {
            Some(_) => None,
            None => fixture::language(&self.manifest.language),
        };
        let usual = language.map(|language| language.handler.to_owned());
        self.manifest.handler.clone().or(usual)
    }

    /// Variables on top of the documented ones, as `NAME=VALUE`.
    pub fn env(&self) -> Vec<String> {
        let env = self.manifest.env.iter();
        let env: Vec<String> = env.map(|(name, value)| format!("{name}={value}")).collect();
        self.fill(&env)
    }

    /// The file of its known failures.
    pub fn baseline(&self) -> Option<PathBuf> {
        let path = self.manifest.baseline.as_ref()?;
        Some(self.folder.join(path))
    }

    /// Puts the paths of this machine into their places.
    pub(super) fn fill(&self, texts: &[String]) -> Vec<String> {
        let places = [
            ("{root}", self.root()),
            ("{fixture}", self.task_root()),
            ("{shared}", self.places.cache.join("shared")),
            ("{folder}", self.folder.clone()),
            ("{ricspec}", self.places.own.clone()),
        ];
        let fill = |text: &String| {
            places.iter().fold(text.clone(), |text, (place, path)| {
                text.replace(place, &path.to_string_lossy())
            })
        };
        texts.iter().map(fill).collect()
    }
}

/// The files of a fixture: the language's, and over these the runtime's own.
fn files(
    language: Option<&Language>,
    folder: &Path,
    own: &BTreeMap<String, PathBuf>,
) -> Result<BTreeMap<String, String>, MatrixError> {
    let shipped = language.into_iter().flat_map(|language| language.files);
    let mut files: BTreeMap<String, String> = shipped
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    for (path, source) in own {
        let source = folder.join(source);
        let text = fs::read_to_string(&source).map_err(|error| unreadable(&source, error))?;
        files.insert(path.clone(), text);
    }
    Ok(files)
}
