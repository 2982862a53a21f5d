//! What a runtime is: `runtime.toml` in a folder of its own, or a `[[target]]` of a `ricspec.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::subject::{Places, Subject};
use super::{MatrixError, Place};
use crate::files::{self, Bound};
use crate::fixture;
use crate::runtime::EngineName;
use crate::verdict::Maker;

/// The file in a runtime's folder.
const MANIFEST: &str = "runtime.toml";

/// The known failures beside it.
const BASELINE: &str = "baseline.toml";

/// What must be known of a runtime. It is a `command` of this machine or an `image`; the members from `arguments` to
/// `writable` are for images only, and mean what the options of `ricspec run --image` mean.
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
    /// Whose fixture it runs; with a `task_root` or files of its own, any word. A fixture that runs as it stands is laid
    /// over an image; one that has to be built is for `install` to build the image with.
    pub language: String,
    /// Files of the fixture that are its own, in place of the language's or besides: the path in the fixture, and the
    /// path from the manifest's folder.
    #[serde(default)]
    pub fixture: BTreeMap<String, PathBuf>,
    /// The folder of the function, from the manifest's; without one, the fixture of the language is used. For an image,
    /// where in there the function lies.
    #[serde(default, alias = "task-root")]
    pub task_root: Option<PathBuf>,
    /// The function is no fixture, and nothing is laid over an image.
    #[serde(default, alias = "no-fixture")]
    pub no_fixture: bool,
    /// Files with the events of a function that is no fixture, from the manifest's folder.
    #[serde(default)]
    pub event: Vec<PathBuf>,
    /// Programs that must be in the path.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Commands that install it, in its own folder; none when there is nothing to install. Those of an image build it.
    #[serde(default)]
    pub install: Vec<Vec<String>>,
    /// What starts it.
    #[serde(default)]
    pub command: Vec<String>,
    /// The image that holds it.
    #[serde(default)]
    pub image: Option<String>,
    /// In place of the image's own arguments.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The container engine.
    #[serde(default)]
    pub engine: Option<EngineName>,
    /// In place of the image's entry point, as a shell would split it.
    #[serde(default)]
    pub entrypoint: Option<String>,
    /// The memory limit, in MB.
    #[serde(default)]
    pub memory: Option<u32>,
    /// How containers reach ricspec.
    #[serde(default)]
    pub network: Option<String>,
    /// The platform of the image, such as `linux/arm64`.
    #[serde(default)]
    pub platform: Option<String>,
    /// Who runs it, as `UID` or `UID:GID`.
    #[serde(default)]
    pub user: Option<String>,
    /// In place of the image's working directory.
    #[serde(default)]
    pub workdir: Option<String>,
    /// Whether its root file system can be written to.
    #[serde(default)]
    pub writable: bool,
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
    target: Vec<Spanned<Manifest>>,
}

impl Manifest {
    /// What it says that cannot be meant, and what to write.
    pub(super) fn fault(&self) -> Option<String> {
        let name = &self.name;
        if self.install.iter().any(Vec::is_empty) {
            return Some(format!("`{name}` has an empty command in `install`"));
        }
        match (&self.image, self.command.is_empty()) {
            (Some(_), false) => Some(format!(
                "`{name}` has both a `command` and an `image`: leave one of them out; arguments for the entry point of \
                 an image are its `arguments`"
            )),
            (None, true) => Some(format!(
                "`{name}` has neither a `command` nor an `image`: give the words that start it, or the image that holds it"
            )),
            (Some(image), true) if image.trim().is_empty() => {
                Some(format!("`{name}` has an `image` without a name"))
            }
            (Some(_), true) => self.fault_of_image(),
            (None, false) => self.fault_of_command(),
        }
    }

    fn fault_of_image(&self) -> Option<String> {
        let of_machine = |path: &&PathBuf| path.is_relative();
        if let Some(path) = self.task_root.as_ref().filter(of_machine) {
            return Some(format!(
                "`{}` has the `task_root` `{}`, which is to be a folder in its `image`: begin it with a slash",
                self.name,
                path.display()
            ));
        }
        (!self.fixture.is_empty() && self.install.is_empty()).then(|| {
            format!(
                "`{}` has files of its own as `fixture`, which an image must be built with: give the commands as \
                 `install`, where {{fixture}} is the folder of these files",
                self.name
            )
        })
    }

    fn fault_of_command(&self) -> Option<String> {
        let for_images = [
            ("arguments", !self.arguments.is_empty()),
            ("engine", self.engine.is_some()),
            ("entrypoint", self.entrypoint.is_some()),
            ("memory", self.memory.is_some()),
            ("network", self.network.is_some()),
            ("platform", self.platform.is_some()),
            ("user", self.user.is_some()),
            ("workdir", self.workdir.is_some()),
            ("writable", self.writable),
        ];
        if let Some((member, _)) = for_images.iter().find(|(_, given)| *given) {
            return Some(format!(
                "`{}` has `{member}`, which is for an `image`, and a `command`: leave one of them out",
                self.name
            ));
        }
        let has_function = self.task_root.is_some() || !self.fixture.is_empty();
        (!has_function && fixture::language(&self.language).is_none()).then(|| {
            format!(
                "there is no fixture for `{}`; name one of `ricspec fixture`, or give a folder as `task_root`",
                self.language
            )
        })
    }
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
        let text = text(&path)?;
        let mut manifest: Manifest = parsed(&text, &path)?;
        if manifest.baseline.is_none() && folder.join(BASELINE).exists() {
            manifest.baseline = Some(PathBuf::from(BASELINE));
        }
        let key = folder.file_name().unwrap_or_default().to_string_lossy();
        let place = Place { path, line: 1 };
        subjects.push(Subject::new(key.into_owned(), manifest, place, places)?);
    }
    Ok(subjects)
}

fn of_file(path: &Path, places: &Places) -> Result<Vec<Subject>, MatrixError> {
    let text = text(path)?;
    let targets: Targets = parsed(&text, path)?;
    let mut keys = BTreeSet::new();
    let mut subjects = Vec::new();
    for target in targets.target {
        let place = Place::of(path, &text, target.span().start);
        let manifest = target.into_inner();
        let fit = |letter: char| match letter {
            letter if letter.is_alphanumeric() || "._-".contains(letter) => letter,
            _ => '-',
        };
        let key: String = manifest.name.chars().map(fit).collect();
        if !keys.insert(key.clone()) {
            return Err(MatrixError::Twice { place, key });
        }
        subjects.push(Subject::new(key, manifest, place, places)?);
    }
    Ok(subjects)
}

fn text(path: &Path) -> Result<String, MatrixError> {
    Ok(files::text(path, Bound::ByHand)?)
}

fn parsed<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, MatrixError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        MatrixError::Shape {
            place: Place::of(path, text, start),
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
        let first = target.replace("\"a\"", "\"b\"");
        let second = format!("{first}task_root = \".\"\n{target}");
        check(&second, "ricspec.toml:6: there is no fixture for `cobol`");
        check(&twice, "ricspec.toml:6: ");
    }

    #[test]
    fn a_bad_image_is_told_with_what_to_write() {
        let check = |lines: &str, part: &str| {
            let text = format!("[[target]]\nname = \"a\"\nlanguage = \"cobol\"\n{lines}\n");
            let error = read_text(&text).expect_err(lines).to_string();
            assert!(error.contains(part), "{error}");
        };
        check("", "neither a `command` nor an `image`");
        check("command = [\"x\"]\nimage = \"y\"", "leave one of them out");
        check("image = \" \"", "an `image` without a name");
        check("image = 1", "ricspec.toml:4: invalid type: integer");
        check("image = \"y\"\nengine = \"lxc\"", "ricspec.toml:5: ");
        check(
            "image = \"y\"\ninstall = [[]]",
            "empty command in `install`",
        );
        check(
            "image = \"y\"\ntask_root = \"here\"",
            "begin it with a slash",
        );
        check("image = \"y\"\nfixture = { a = \"b\" }", "built with");
        for member in ["arguments = [\"z\"]", "memory = 512", "writable = true"] {
            check(
                &format!("command = [\"x\"]\n{member}"),
                "which is for an `image`",
            );
        }
    }

    #[test]
    fn an_image_gets_what_can_be_laid_over_it() {
        let check = |lines: &str, laid: Option<&str>| {
            let text = format!("[[target]]\nname = \"a\"\nimage = \"y\"\n{lines}\n");
            let subjects = read_text(&text).expect(lines);
            let language = subjects[0].laid_over().map(|language| language.name);
            assert_eq!(language, laid, "{lines}");
            assert_eq!(subjects[0].handler(), None);
        };
        check("language = \"python\"", Some("python"));
        check("language = \"rust\"", None);
        check("language = \"cobol\"", None);
        check("language = \"python\"\nno_fixture = true", None);
        check("language = \"python\"\nevent = [\"a.json\"]", None);
    }
}
