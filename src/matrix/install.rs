//! Installs a runtime on this machine: writes its fixture and runs its commands, one runtime at a time.

use std::env;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::process::Command;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{MatrixError, Subject};
use crate::group::{self, Group};

/// Whether a runtime may be installed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Installing {
    /// It may.
    Allowed(Network),
    /// Only if it has no commands.
    Forbidden,
}

/// Whether installers may use the network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Network {
    /// They may.
    Online,
    /// No: each installer is told so by its own variable.
    Offline,
}

/// Tells installers to use only what is on the machine.
const OFFLINE: [(&str, &str); 5] = [
    ("CARGO_NET_OFFLINE", "true"),
    ("GOPROXY", "off"),
    ("MAVEN_ARGS", "--offline"),
    ("PIP_NO_INDEX", "1"),
    ("npm_config_offline", "true"),
];

/// This variable marks all processes that an installation starts.
const MARK: &str = "RICSPEC_INSTALLATION";

/// In a runtime's folder: everything that its installation depends on, written at the end.
const RECIPE: &str = "recipe";

/// In a runtime's folder: the output of its installation.
const LOG: &str = "install.log";

/// How much of that output a failure shows.
const SHOWN_LINES_MAX: usize = 12;
const SHOWN_BYTES_MAX: u64 = 8 * 1024;

impl Subject {
    /// A program that it needs and that is not in PATH.
    pub fn lacks(&self) -> Option<&str> {
        let path = env::var_os("PATH").unwrap_or_default();
        let is_here =
            |tool: &String| env::split_paths(&path).any(|folder| folder.join(tool).is_file());
        let mut tools = self.manifest.requires.iter();
        tools.find(|tool| !is_here(tool)).map(String::as_str)
    }

    /// Whether it is installed as the manifest says. An image is known only to its engine, which has its own cache, so its
    /// commands always run.
    pub fn is_installed(&self) -> bool {
        if self.manifest.image.is_some() {
            return self.manifest.install.is_empty();
        }
        fs::read_to_string(self.root().join(RECIPE)).is_ok_and(|recipe| recipe == self.recipe())
    }

    /// Whether it is installed without running a command.
    pub fn comes_with_its_fixture(&self) -> bool {
        self.manifest.install.is_empty()
    }

    /// Installs it if necessary; `on` gets the progress. Other runs that use the same cache wait.
    ///
    /// # Errors
    /// Says why the runtime is missing.
    pub async fn prepare(
        &self,
        installing: Installing,
        cancel: &CancellationToken,
        mut on: impl FnMut(&str),
    ) -> Result<(), MatrixError> {
        if let Some(tool) = self.lacks() {
            let tool = tool.to_owned();
            return Err(MatrixError::Lacks { tool });
        }
        if self.is_installed() {
            return Ok(());
        }
        let network = match installing {
            Installing::Allowed(network) => network,
            // Whether the image exists is checked later.
            Installing::Forbidden if self.manifest.image.is_some() => return Ok(()),
            Installing::Forbidden if self.comes_with_its_fixture() => Network::Offline,
            Installing::Forbidden => return Err(MatrixError::NotInstalled),
        };
        let _lock = lock(&self.places.cache, cancel, || {
            on("waiting for another ricspec to finish installing");
        })
        .await?;
        if self.is_installed() {
            return Ok(());
        }
        self.write_fixture()?;
        for command in &self.manifest.install {
            let command = self.fill(command);
            on(&shown(&command));
            self.run(&command, network, cancel).await?;
        }
        write(&self.root().join(RECIPE), &self.recipe())
    }

    /// Everything that an installation depends on.
    fn recipe(&self) -> String {
        format!("{:#?}\n{:#?}\n", self.manifest.install, self.files)
    }

    fn write_fixture(&self) -> Result<(), MatrixError> {
        let root = self.root();
        match fs::remove_dir_all(&root) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(unwritable(&root, error));
            }
            _ => {}
        }
        fs::create_dir_all(&root).map_err(|error| unwritable(&root, error))?;
        for (path, text) in &self.files {
            write(&self.function().join(path), text)?;
        }
        Ok(())
    }

    async fn run(
        &self,
        command: &[String],
        network: Network,
        cancel: &CancellationToken,
    ) -> Result<(), MatrixError> {
        let log = self.root().join(LOG);
        let out = || {
            let opened = File::options().create(true).append(true).open(&log);
            opened.map_err(|error| unwritable(&log, error))
        };
        let (program, arguments) = command
            .split_first()
            .expect("a manifest has no empty command");
        let variables: &[(&str, &str)] = match network {
            Network::Online => &[],
            Network::Offline => &OFFLINE,
        };
        let start = |source| MatrixError::Start {
            command: shown(command),
            source,
        };
        let mark = mark();
        let mut group = Group::start(
            Command::new(program)
                .args(arguments)
                .current_dir(self.root())
                .envs(variables.iter().copied())
                .env(MARK, &mark)
                .stdin(Stdio::null())
                .stdout(out()?)
                .stderr(out()?),
            &mark,
        )
        .map_err(start)?;
        // When this function ends, the rest of its group ends too.
        let status = tokio::select! {
            status = group.ended() => status.map_err(start)?,
            () = cancel.cancelled() => return Err(MatrixError::Cancelled),
        };
        group::forget(&mark);
        match status.success() {
            true => Ok(()),
            false => Err(MatrixError::Failed {
                command: shown(command),
                status,
                output: last_lines(&log),
            }),
        }
    }
}

/// A mark that no other command has.
fn mark() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = now.unwrap_or_default().as_nanos();
    format!("{}-{nanoseconds}", std::process::id())
}

/// Quoted as a shell would need it.
fn shown(command: &[String]) -> String {
    shlex::try_join(command.iter().map(String::as_str)).unwrap_or_else(|_| command.join(" "))
}

/// One installation at a time, also across processes: it is heavy, and writes to shared folders.
async fn lock(
    cache: &Path,
    cancel: &CancellationToken,
    on_waiting: impl FnOnce(),
) -> Result<File, MatrixError> {
    let path = cache.join("lock");
    let open = || {
        fs::create_dir_all(cache)?;
        File::create(&path)
    };
    let file = open().map_err(|error| unwritable(&path, error))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => on_waiting(),
        Err(TryLockError::Error(error)) => return Err(unwritable(&path, error)),
    }
    let (done, locked) = oneshot::channel();
    // Waiting for a lock cannot be cancelled, so a thread waits; the event loop does not wait for this thread.
    std::thread::spawn(move || {
        let _ = done.send(file.lock().map(|()| file));
    });
    tokio::select! {
        locked = locked => match locked {
            Ok(locked) => locked.map_err(|error| unwritable(&path, error)),
            Err(_) => Err(MatrixError::Cancelled),
        },
        () = cancel.cancelled() => Err(MatrixError::Cancelled),
    }
}

/// The end of a log, each line on its own line.
fn last_lines(path: &Path) -> String {
    let read = || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(SHOWN_BYTES_MAX)))?;
        let mut bytes = Vec::new();
        file.take(SHOWN_BYTES_MAX).read_to_end(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(SHOWN_LINES_MAX);
    let lines = lines.iter().skip(from);
    lines.map(|line| format!("\n  {line}")).collect()
}

fn write(path: &Path, text: &str) -> Result<(), MatrixError> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        fs::write(path, text)
    };
    write().map_err(|error| unwritable(path, error))
}

fn unwritable(path: &Path, source: io::Error) -> MatrixError {
    MatrixError::Unwritable {
        path: path.display().to_string(),
        source,
    }
}
