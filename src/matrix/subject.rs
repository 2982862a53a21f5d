//! A runtime and its folders: the command that starts it on this machine, and its settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Manifest, MatrixError, Place};
use crate::files::{Bound, text as text_of};
use crate::fixture::{self, Language};

/// Folders on this machine; all paths are absolute.
#[derive(Clone, Debug)]
pub struct Places {
    /// Where runtimes are installed.
    pub cache: PathBuf,
    /// This program.
    pub own: PathBuf,
}

/// A runtime and its folders.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its name in commands and paths: that of its folder, or its own with `-` for spaces.
    pub key: String,
    /// Its manifest.
    pub manifest: Manifest,
    /// The place of the manifest.
    pub place: Place,
    pub(super) places: Places,
    /// The fixture that is written when it is installed: path and text of each file.
    pub(super) files: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Subject {
    pub(super) fn new(
        key: String,
        manifest: Manifest,
        place: Place,
        places: &Places,
    ) -> Result<Self, MatrixError> {
        if let Some(what) = manifest.fault() {
            return Err(MatrixError::Shape { place, what });
        }
        let folder = place.path.parent().unwrap_or(Path::new(""));
        let folder = std::path::absolute(Path::new(".").join(folder))
            .map_err(|error| MatrixError::unreadable(folder, error))?;
        if folder.to_str().is_none() {
            return Err(MatrixError::NotUtf8(folder));
        }
        let files = match (&manifest.task_root, &manifest.image) {
            (Some(_), None) => BTreeMap::new(),
            (None, _) | (_, Some(_)) => {
                let language = fixture::language(&manifest.language);
                files(language, &folder, &manifest.fixture)?
            }
        };
        Ok(Self {
            key,
            manifest,
            place,
            places: places.clone(),
            files,
            folder,
        })
    }

    /// The folder that it is installed into.
    pub fn root(&self) -> PathBuf {
        self.places.cache.join(&self.key)
    }

    /// The folder of the function on this machine.
    pub fn function(&self) -> PathBuf {
        match (&self.manifest.task_root, &self.manifest.image) {
            (Some(path), None) => self.folder.join(path),
            (None, _) | (_, Some(_)) => self.root().join("fixture"),
        }
    }

    /// The folder of the function where it runs; `None` if the image says it.
    pub fn task_root(&self) -> Option<PathBuf> {
        match self.manifest.image {
            Some(_) => self.manifest.task_root.clone(),
            None => Some(self.function()),
        }
    }

    /// The language whose fixture is laid over the image: a fixture that needs no build, unless the image's own function is
    /// used.
    pub fn laid_over(&self) -> Option<&'static Language> {
        let manifest = &self.manifest;
        let has_its_own =
            manifest.no_fixture || !manifest.event.is_empty() || !manifest.fixture.is_empty();
        let language = fixture::language(&manifest.language)?;
        let fits = manifest.image.is_some() && !has_its_own && !language.is_built();
        fits.then_some(language)
    }

    /// The command, or the arguments of its image. A path that begins with a dot starts from the folder of the function,
    /// where it will run.
    pub fn command(&self) -> Vec<String> {
        if self.manifest.image.is_some() {
            return self.manifest.arguments.clone();
        }
        let mut command = self.fill(&self.manifest.command);
        if let Some(program) = command
            .first_mut()
            .filter(|program| program.starts_with('.'))
        {
            *program = self.function().join(&*program).display().to_string();
        }
        command
    }

    /// The program of the extension, if it is one.
    pub fn extension(&self) -> Option<PathBuf> {
        let program = self.manifest.extension.clone()?;
        let program = self.fill(&[program]).pop()?;
        Some(self.folder.join(program))
    }

    /// The handler's name; `None` if the image, or the fixture over it, says it.
    pub fn handler(&self) -> Option<String> {
        if self.manifest.extension.is_some() {
            return None;
        }
        let language = match (&self.manifest.task_root, &self.manifest.image) {
            (Some(_), _) | (_, Some(_)) => None,
            (None, None) => fixture::language(&self.manifest.language),
        };
        let usual = language.map(|language| language.handler.to_owned());
        self.manifest.handler.clone().or(usual)
    }

    /// Variables in addition to the documented ones, as `NAME=VALUE`.
    pub fn env(&self) -> Vec<String> {
        let env = self.manifest.env.iter();
        let env: Vec<String> = env.map(|(name, value)| format!("{name}={value}")).collect();
        self.fill(&env)
    }

    /// The files of the events for a function that is not a fixture.
    pub fn events(&self) -> Vec<PathBuf> {
        let events = self.manifest.event.iter();
        events.map(|path| self.folder.join(path)).collect()
    }

    /// The file of its known failures.
    pub fn baseline(&self) -> Option<PathBuf> {
        let path = self.manifest.baseline.as_ref()?;
        Some(self.folder.join(path))
    }

    /// Replaces the words that stand for paths.
    pub(super) fn fill(&self, texts: &[String]) -> Vec<String> {
        let places = [
            ("{root}", self.root()),
            ("{fixture}", self.function()),
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

/// The files of a fixture: the language's, replaced or extended by the runtime's own.
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
        let text = text_of(&source, Bound::ByHand)?;
        files.insert(path.clone(), text);
    }
    Ok(files)
}
