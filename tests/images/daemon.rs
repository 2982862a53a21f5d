//! A docker daemon for the tests, if docker is installed and no daemon runs.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use libtest_mimic::Failed;
use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use super::run::{WAIT_MAX, within};

/// A running daemon.
pub struct Daemon {
    child: Mutex<Child>,
    folder: TempDir,
}

impl Daemon {
    /// Starts it, and waits until it answers; or says why this is not possible.
    pub fn start() -> Result<Self, String> {
        if !geteuid().is_root() {
            return Err("a docker daemon of the tests' own needs root".to_owned());
        }
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let child =
            spawn(folder.path()).map_err(|error| format!("cannot start `dockerd`: {error}"))?;
        let daemon = Self {
            child: Mutex::new(child),
            folder,
        };
        let answers = || match daemon.has_ended() {
            true => Err("it ended".to_owned()),
            false => Ok(daemon.answers()),
        };
        match within(WAIT_MAX, answers) {
            Ok(()) => Ok(daemon),
            Err(_) => {
                let log = fs::read_to_string(daemon.path("log")).unwrap_or_default();
                daemon.stop().map_err(|error| format!("{error:?}"))?;
                let last = log.lines().last().unwrap_or("it said nothing").to_owned();
                Err(format!("dockerd does not come up: {last}"))
            }
        }
    }

    /// The value of `DOCKER_HOST` for its clients.
    pub fn host(&self) -> String {
        format!("unix://{}", self.path("socket").display())
    }

    /// Ends it.
    pub fn stop(&self) -> Result<(), Failed> {
        let mut child = self.child.lock().map_err(|_| "a test panicked")?;
        if child.try_wait()?.is_none() {
            let pid = Pid::from_raw(i32::try_from(child.id())?).ok_or("a process has a number")?;
            kill_process(pid, Signal::TERM)?;
            child.wait()?;
        }
        // A network namespace stays mounted there after a container has been in it.
        let mounts = fs::read_to_string("/proc/self/mounts")?;
        let places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
        for place in places.filter(|place| Path::new(place).starts_with(self.folder.path())) {
            Command::new("umount").arg(place).status()?;
        }
        Ok(fs::remove_dir_all(self.folder.path())?)
    }

    fn has_ended(&self) -> bool {
        let child = self.child.lock();
        child.is_ok_and(|mut child| !matches!(child.try_wait(), Ok(None)))
    }

    fn answers(&self) -> bool {
        let asked = Command::new("docker")
            .args(["--host", &self.host(), "ps"])
            .output();
        asked.is_ok_and(|output| output.status.success())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// All of its data is in the folder, and it changes nothing in this machine's network.
fn spawn(folder: &Path) -> io::Result<Child> {
    let path = |name: &str| folder.join(name).display().to_string();
    fs::write(path("config"), "{}")?;
    let log = File::create(path("log"))?;
    Command::new("dockerd")
        .args(["--config-file", &path("config"), "--pidfile", &path("pid")])
        .args(["--data-root", &path("data"), "--exec-root", &path("exec")])
        .args(["--host", &format!("unix://{}", path("socket"))])
        .args(["--bridge=none", "--iptables=false", "--ip6tables=false"])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}
