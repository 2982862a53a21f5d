//! The file system that the processes of an environment see: their own `/tmp`, as in Lambda, and files that they cannot
//! write to.
//!
//! It is a mount namespace, made by the tools of util-linux. A namespace ends with its last process, and so does its `/tmp`:
//! whatever happens to ricspec, nothing is left on the disk.

mod holder;
mod kept;
mod lasting;
mod layers;
mod network;
mod startable;

pub(super) use holder::make;
pub use lasting::Lasting;
pub use network::{lacks_own_network, own_network};

use std::ffi::OsStr;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::Launch;
use crate::case::ReadOnly;
use crate::transcript::Output;
use kept::TMP;

/// How long the tools may take: we do not wait for a file system that hangs.
const SET_UP_MAX: Duration = Duration::from_secs(30);

/// The script's message on standard error when it fails.
const FAILED: &str = "ricspec could not set up the files of this process";

/// Sets up the files: `$1` is the folder of the function, `$2` what becomes read-only, `$3` the message on failure, `$4`
/// the layers, with colons in between; then come the entries of `/tmp` that stay, up to `--`.
///
/// They are found through the working directory, which is still the old `/tmp`: the new one hides it. As in Lambda, there is
/// a name for the place where extensions listen for telemetry.
const SET_UP: &str = r#"
set -e
folder=$1 read_only=$2 failed=$3 layers=$4 tmp=/tmp
shift 4
trap 'echo "$failed" >&2' EXIT
cd "$tmp"
mount -t tmpfs -o mode=1777 tmpfs "$tmp"
while [ "$1" != -- ]; do
    if [ -h "$1" ]; then
        ln -s "$(readlink "./$1")" "$tmp/$1"
    else
        if [ -d "$1" ]; then mkdir "$tmp/$1"; else : >"$tmp/$1"; fi
        mount --no-canonicalize --rbind "./$1" "$tmp/$1"
    fi
    shift
done
shift
if [ "$layers" ]; then
    mount -t overlay -o "ro,lowerdir=$layers:/opt" overlay /opt
fi
if [ -f /etc/hosts ]; then
    { cat /etc/hosts; printf '\n127.0.0.1 sandbox.localdomain sandbox\n'; } >"$tmp/.ricspec-hosts"
    mount --bind "$tmp/.ricspec-hosts" /etc/hosts
    rm "$tmp/.ricspec-hosts"
fi
if [ "$read_only" != nothing ]; then
    mount --bind "$folder" "$folder"
    if [ "$read_only" = root ]; then
        while read -r _ place _; do
            case $place in
                "$tmp" | "$tmp"/* | /dev | /dev/* | /proc | /proc/* | /sys | /sys/*) ;;
                /) mount -o remount,bind,ro / ;;
                *) mount -o remount,bind,ro "$place" 2>/dev/null || : ;;
            esac
        done </proc/self/mounts
    fi
    mount -o remount,bind,ro "$folder"
fi
cd "$folder"
trap - EXIT
"#;

/// Becomes the command, with the variables that were kept from the tools: these come first, up to `--`, then the command. A
/// shell adds some of its own.
const BECOME: &str = r#"
unset PATH PWD OLDPWD SHLVL
while [ "$1" != -- ]; do
    export "$1"
    shift
done
shift
exec "$@"
"#;

/// How to get a mount namespace.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// With privileges.
    Privileged,
    /// In a user namespace, in which the command has the caller's ids again.
    AsUser,
}

/// What this machine has for this.
#[derive(Debug)]
struct Machine {
    unshare: PathBuf,
    nsenter: PathBuf,
    shell: PathBuf,
    /// The paths of the tools.
    path: String,
    way: Way,
}

/// A command, ready to be started.
pub(super) struct Wrapped {
    pub(super) command: Vec<String>,
    pub(super) env: Vec<(String, String)>,
}

impl Wrapped {
    fn plain(launch: &Launch) -> Self {
        Self {
            command: launch.command.clone(),
            env: launch.env.clone(),
        }
    }
}

/// The command of a launch with its own files, if this machine can do that. A command that the system may refuse stays
/// unchanged, so that the system's own message is seen.
pub(super) fn wrap(launch: &Launch) -> Wrapped {
    match machine() {
        Ok(machine)
            if is_beside_tmp(&launch.folder)
                && startable::is_startable(&launch.command, &launch.env, &launch.folder) =>
        {
            machine.wrap(launch)
        }
        Ok(_) | Err(_) => Wrapped::plain(launch),
    }
}

/// Why cases that are played at the same time share `/tmp`, if the function is in this folder and they do.
pub fn shares_tmp(folder: &Path) -> Option<&'static str> {
    match machine() {
        Ok(_) if is_beside_tmp(folder) => None,
        Ok(_) => Some("the function's own folder is /tmp"),
        Err(reason) => Some(reason),
    }
}

/// Whether this is the output of a command that was never run, because its files could not be set up.
pub fn was_not_confined(stderr: &Output) -> bool {
    let tools = ["nsenter: ", "unshare: "];
    stderr.head.contains(FAILED) || tools.iter().any(|tool| stderr.head.starts_with(tool))
}

/// Whether this machine lets us make files read-only for one process; checked once.
pub fn can_be_read_only() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    *CAN.get_or_init(|| machine().is_ok_and(|machine| machine.tries(Some(ReadOnly::Root), &[])))
}

/// The layer of an extension, if it lies in one.
pub fn layer_folder(program: &Path) -> Option<PathBuf> {
    layers::layer(program)
}

/// The layer of an extension, if it lies in one, and this machine can show its files in `/opt`.
pub fn layer_of(program: &Path) -> Option<PathBuf> {
    layers::layer(program).filter(|_| can_be_layers())
}

/// Whether this machine lets us lay folders over `/opt`; checked once.
fn can_be_layers() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    *CAN.get_or_init(|| {
        let layer = tempfile::tempdir_in("/var/tmp").or_else(|_| tempfile::tempdir());
        layer.is_ok_and(|layer| {
            let layers = [layer.path().to_owned()];
            machine().is_ok_and(|machine| machine.tries(None, &layers))
        })
    })
}

/// `/tmp` cannot be hidden from a function in it.
fn is_beside_tmp(folder: &Path) -> bool {
    folder != Path::new(TMP)
}

/// Checked once.
fn machine() -> Result<&'static Machine, &'static str> {
    static MACHINE: OnceLock<Result<Machine, &'static str>> = OnceLock::new();
    MACHINE
        .get_or_init(Machine::find)
        .as_ref()
        .map_err(|reason| *reason)
}

impl Machine {
    fn find() -> Result<Self, &'static str> {
        let tool = |name| which::which(name).map_err(|_| "there is no `unshare` or no `nsenter`");
        let ways = [Way::Privileged, Way::AsUser];
        let (unshare, nsenter, shell) = (tool("unshare")?, tool("nsenter")?, tool("sh")?);
        ways.into_iter()
            .map(|way| Self {
                unshare: unshare.clone(),
                nsenter: nsenter.clone(),
                shell: shell.clone(),
                path: std::env::var("PATH").unwrap_or_default(),
                way,
            })
            .find(|machine| machine.tries(None, &[]))
            .ok_or("the system allows no mount namespace")
    }

    /// Tries it, also with an entry of `/tmp` that stays.
    fn tries(&self, read_only: Option<ReadOnly>, layers: &[PathBuf]) -> bool {
        let Ok(entry) = tempfile::tempdir_in(TMP) else {
            return false;
        };
        let kept = entry.path().file_name().and_then(OsStr::to_str);
        let kept: Vec<String> = kept.map(str::to_owned).into_iter().collect();
        let tail = self.tail(&[self.own_path()], &["true".to_owned()]);
        let set_up = self.enclosed(read_only, entry.path(), layers, &kept, tail);
        let mut tool = self.tool(&[self.new_files(None), set_up].concat());
        let started = tool.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        started.is_ok_and(|tool| succeeds(tool, SET_UP_MAX))
    }

    /// A command without variables that could disturb the tools.
    fn tool(&self, words: &[String]) -> Command {
        let (program, arguments) = words.split_first().expect("it begins with a tool");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", &self.path)
            .stdin(Stdio::null());
        command
    }

    /// The variable with the search path for tools.
    fn own_path(&self) -> String {
        format!("PATH={}", self.path)
    }

    fn wrap(&self, launch: &Launch) -> Wrapped {
        let (late, mut env): (Vec<_>, Vec<_>) = launch
            .env
            .iter()
            .cloned()
            .partition(|(name, _)| disturbs_tools(name));
        env.push(("PATH".to_owned(), self.path.clone()));
        let late: Vec<String> = late
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let tail = self.tail(&late, &layers::seen(&launch.command, &launch.layers));
        let lasting = launch.lasting.as_ref();
        let command = match lasting.and_then(|lasting| lasting.process()) {
            Some(process) => {
                let network = lasting.is_some_and(|lasting| lasting.network.is_some());
                self.inside(process, network, tail)
            }
            None => {
                let kept = kept::kept(launch);
                let set_up = self.enclosed(
                    launch.read_only,
                    &launch.folder,
                    &launch.layers,
                    &kept,
                    tail,
                );
                [self.new_files(None), set_up].concat()
            }
        };
        Wrapped { command, env }
    }

    /// The script and its arguments, and those of [`BECOME`], for new files.
    fn enclosed(
        &self,
        read_only: Option<ReadOnly>,
        folder: &Path,
        layers: &[PathBuf],
        kept: &[String],
        tail: Vec<String>,
    ) -> Vec<String> {
        let folder = folder.to_string_lossy();
        let read_only = match read_only {
            None => "nothing",
            Some(ReadOnly::TaskRoot) => "task_root",
            Some(ReadOnly::Root) => "root",
        };
        let script = format!("{SET_UP}{BECOME}");
        let mut words = vec![self.shell.display().to_string()];
        words.extend(owned(&["-c", &script, "sh", &folder, read_only, FAILED]));
        words.push(layers::joined(layers));
        words.extend_from_slice(kept);
        words.push("--".to_owned());
        words.extend(tail);
        words
    }

    /// The same, for the namespace of a process.
    fn inside(&self, process: u32, network: bool, tail: Vec<String>) -> Vec<String> {
        let options: &[&str] = match network {
            true => &["--mount", "--wd", "--net"],
            false => &["--mount", "--wd"],
        };
        let mut words = self.entered(process, options);
        words.extend([self.shell.display().to_string()]);
        words.extend(owned(&["-c", BECOME, "sh"]));
        words.extend(tail);
        words
    }

    /// The arguments of [`BECOME`], for a command of the user. A user namespace sees the caller as root until it has another
    /// one inside.
    fn tail(&self, late: &[String], command: &[String]) -> Vec<String> {
        let mut words = late.to_vec();
        words.push("--".to_owned());
        if let Way::AsUser = self.way {
            let user = rustix::process::geteuid().as_raw();
            let group = rustix::process::getegid().as_raw();
            words.push(self.unshare.display().to_string());
            words.extend(owned(&[
                "--user",
                &format!("--map-user={user}"),
                &format!("--map-group={group}"),
                "--",
            ]));
        }
        words.extend_from_slice(command);
        words
    }
}

/// Whether a process succeeds in time. A process that does not is killed, and not waited for.
fn succeeds(mut process: Child, limit: Duration) -> bool {
    let until = Instant::now() + limit;
    let ended = |hold| loop {
        let mut wait = [PollFd::from_borrowed_fd(hold, PollFlags::IN)];
        let left = until.saturating_duration_since(Instant::now());
        match poll(&mut wait, left.try_into().ok().as_ref()) {
            // Another child may have ended.
            Err(Errno::INTR) => {}
            ready => break ready.is_ok_and(|ready| ready > 0),
        }
    };
    let pid = Pid::from_child(&process);
    let in_time = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(hold) => ended(hold.as_fd()),
        // An old kernel cannot say when.
        Err(_) => true,
    };
    if !in_time {
        // It may have ended just now.
        let _ = process.kill();
        return false;
    }
    process.wait().is_ok_and(|status| status.success())
}

/// Whether a variable is kept from shell and tools: they would obey or change it.
fn disturbs_tools(name: &str) -> bool {
    ["PATH", "PWD", "OLDPWD", "SHLVL"].contains(&name) || name.starts_with("LD_")
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_does_not_end_has_not_succeeded() {
        let start = |seconds| Command::new("sleep").arg(seconds).spawn().expect("sleep");
        assert!(!succeeds(start("600"), Duration::from_millis(10)));
        assert!(succeeds(start("0"), SET_UP_MAX));
    }
}
