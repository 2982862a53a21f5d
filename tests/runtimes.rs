//! Real runtimes, each with the shipped fixture of its language: a folder of `tests/runtimes` says how to install and
//! start one, and which of its failures are known. A run must find these and no others.
//!
//! What must be downloaded is downloaded only when asked: `RICSPEC_REQUIRE=runtimes` installs and checks all runtimes
//! whose tools are here, `RICSPEC_REQUIRE=all` also fails for those whose tools are not. What is installed stays in
//! the target folder and is checked from then on.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ricspec::fixture::{self, Language};
use serde::Deserialize;

/// `runtime.toml`. In `install` and `command`, `{root}` is the folder to install into, which is the runtime's own,
/// `{fixture}` the folder in it that has the fixture, and `{shared}` a folder for all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Name and version.
    name: String,
    kind: Kind,
    /// What it is, for a reader.
    about: String,
    /// Whose fixture it runs.
    language: String,
    /// Programs that must be in the path.
    requires: Vec<String>,
    /// Commands that install it from the registry of its language; none when it comes with the fixture.
    #[serde(default)]
    install: Vec<Vec<String>>,
    command: Vec<String>,
    handler: String,
    /// Whether a broken SHOULD counts.
    strict: bool,
    /// Stretches deadlines, for a runtime that needs much processor time.
    #[serde(default)]
    time_scale: Option<f64>,
    /// Files of the fixture that are its own, in place of the language's or besides: the path in the fixture, and the
    /// path from its folder.
    #[serde(default)]
    fixture: BTreeMap<String, String>,
}

/// Who makes a runtime.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Official,
    Community,
    Ours,
}

/// How much of the outside this run may and must use.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Require {
    /// What is here.
    Nothing,
    /// Installed runtimes, as far as their tools are here.
    Runtimes,
    /// All of them.
    All,
}

/// A runtime and its folders.
struct Subject {
    manifest: Manifest,
    /// The fixture: path and text of each file.
    files: BTreeMap<String, String>,
    folder: PathBuf,
    root: PathBuf,
}

/// Installing is heavy, and writes to what is shared: one at a time.
static INSTALLING: Mutex<()> = Mutex::new(());

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runtimes");
    let mut folders: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder of the runtimes")
        .map(|entry| entry.expect("an entry of it").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let trials = folders.into_iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(folder: PathBuf) -> Trial {
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    match Subject::read(folder) {
        Ok(subject) => {
            let kind = match subject.manifest.kind {
                Kind::Official => "official",
                Kind::Community => "community",
                Kind::Ours => "ours",
            };
            Trial::ignorable_test(name, move || subject.check(require()?)).with_kind(kind)
        }
        Err(failure) => Trial::test(name, || Err(failure)),
    }
}

fn require() -> Result<Require, Failed> {
    match env::var("RICSPEC_REQUIRE").as_deref() {
        Err(_) | Ok("") => Ok(Require::Nothing),
        Ok("runtimes") => Ok(Require::Runtimes),
        Ok("all") => Ok(Require::All),
        Ok(other) => Err(format!("RICSPEC_REQUIRE is `runtimes` or `all`, not `{other}`").into()),
    }
}

impl Subject {
    fn read(folder: PathBuf) -> Result<Self, Failed> {
        let path = folder.join("runtime.toml");
        let at =
            |error: &dyn std::fmt::Display| Failed::from(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(&path).map_err(|error| at(&error))?;
        let manifest: Manifest = toml::from_str(&text).map_err(|error| at(&error))?;
        let language = fixture::language(&manifest.language)
            .ok_or_else(|| at(&format!("there is no fixture for `{}`", manifest.language)))?;
        let name = folder.file_name().unwrap_or_default();
        let root = cache().join(name);
        let files = files(language, &folder, &manifest.fixture)?;
        Ok(Self {
            manifest,
            files,
            folder,
            root,
        })
    }

    fn check(&self, require: Require) -> Result<Completion, Failed> {
        if let Some(tool) = self.manifest.requires.iter().find(|tool| !in_path(tool)) {
            let reason = format!("needs `{tool}`, which is not in the path");
            return if require == Require::All {
                Err(reason.into())
            } else {
                Ok(Completion::ignored_with(reason))
            };
        }
        if !self.is_installed() {
            if require == Require::Nothing && !self.manifest.install.is_empty() {
                let reason = "not installed; RICSPEC_REQUIRE=runtimes downloads and checks it";
                return Ok(Completion::ignored_with(reason));
            }
            let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
            self.install()?;
        }
        self.run().map(|()| Completion::Completed)
    }

    /// All that an installation depends on.
    fn recipe(&self) -> String {
        format!("{:#?}\n{:#?}\n", self.manifest.install, self.files)
    }

    fn is_installed(&self) -> bool {
        fs::read_to_string(self.root.join("recipe")).is_ok_and(|recipe| recipe == self.recipe())
    }

    fn install(&self) -> Result<(), Failed> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        for (path, text) in &self.files {
            let path = self.fixture().join(path);
            fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
            fs::write(path, text)?;
        }
        for command in &self.manifest.install {
            let command = self.fill(command);
            let (program, arguments) = command.split_first().ok_or("an empty install command")?;
            let output = Command::new(program)
                .args(arguments)
                .current_dir(&self.root)
                .output()?;
            if !output.status.success() {
                return Err(Failed::from(format!(
                    "{}: {}\n{}{}",
                    command.join(" "),
                    output.status,
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                )));
            }
        }
        Ok(fs::write(self.root.join("recipe"), self.recipe())?)
    }

    fn run(&self) -> Result<(), Failed> {
        let mut ricspec = Command::new(env!("CARGO_BIN_EXE_ricspec"));
        ricspec.args([
            "run",
            "--color",
            "never",
            "--handler",
            &self.manifest.handler,
        ]);
        ricspec.arg("--task-root").arg(self.fixture());
        let baseline = self.folder.join("baseline.toml");
        if baseline.exists() {
            ricspec.arg("--baseline").arg(baseline);
        }
        if self.manifest.strict {
            ricspec.arg("--strict");
        }
        if let Some(factor) = self.manifest.time_scale {
            ricspec.args(["--time-scale", &factor.to_string()]);
        }
        let report = self.root.join("report.json");
        ricspec
            .arg("--report")
            .arg(format!("json={}", report.display()));
        ricspec
            .arg("--transcripts")
            .arg(self.root.join("transcripts"));
        ricspec.arg("--").args(self.fill(&self.manifest.command));
        let output = ricspec.current_dir(&self.root).output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(Failed::from(format!(
            "{}, {}: {}\n{}{}\nthe transcripts are in {}",
            self.manifest.name,
            self.manifest.about,
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
            self.root.display()
        )))
    }

    fn fixture(&self) -> PathBuf {
        self.root.join("fixture")
    }

    fn fill(&self, command: &[String]) -> Vec<String> {
        let places = [
            ("{root}", &self.root),
            ("{fixture}", &self.fixture()),
            ("{shared}", &cache().join("shared")),
        ];
        let fill = |argument: &String| {
            places.iter().fold(argument.clone(), |text, (place, path)| {
                text.replace(place, &path.to_string_lossy())
            })
        };
        command.iter().map(fill).collect()
    }
}

/// The files of a fixture: the language's, and over these the runtime's own.
fn files(
    language: &Language,
    folder: &Path,
    own: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Failed> {
    let shipped = language.files.iter();
    let mut files: BTreeMap<String, String> = shipped
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    for (path, source) in own {
        let source = folder.join(source);
        let text = fs::read_to_string(&source)
            .map_err(|error| Failed::from(format!("{}: {error}", source.display())))?;
        files.insert(path.clone(), text);
    }
    Ok(files)
}

/// Where the runtimes are installed.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("runtimes")
}

fn in_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
