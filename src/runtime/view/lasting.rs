//! A `/tmp` that outlives a process, for the next one of the same environment: it lasts as long as a process that does
//! nothing, whose namespace both enter.

use std::io;
use std::process::Stdio;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

use super::super::Launch;
use super::{Machine, SET_UP_MAX, is_beside_tmp, kept, machine};

/// The files of an environment with more than one process. Made when the first of them is started.
#[derive(Debug, Default)]
pub struct Lasting(OnceCell<Option<Child>>);

impl Lasting {
    /// Makes them, as the launch of the first process needs them.
    pub(in super::super) async fn make(&self, launch: &Launch) -> io::Result<()> {
        let make = async || match machine() {
            Ok(machine) if is_beside_tmp(&launch.folder) => hold(machine, launch).await.map(Some),
            Ok(_) | Err(_) => Ok(None),
        };
        self.0.get_or_try_init(make).await.map(drop)
    }

    /// The process whose namespace it is.
    pub(super) fn process(&self) -> Option<u32> {
        self.0.get()?.as_ref()?.id()
    }
}

/// Starts the process. Its end is that of its standard input, and so never later than ours.
async fn hold(machine: &Machine, launch: &Launch) -> io::Result<Child> {
    let (folder, kept) = (&launch.folder, kept::kept(launch));
    // The one who enters is to be the owner of all that is here, and so it is in no further namespace.
    let idle = [machine.own_path(), "--".to_owned(), "cat".to_owned()];
    let words = machine.enclosed(launch.read_only, folder, &kept, idle.to_vec());
    let mut process = Command::from(machine.tool(&words))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    // What it repeats shows that all is set up.
    if let (Some(stdin), Some(stdout)) = (&mut process.stdin, &mut process.stdout) {
        let repeated = async {
            stdin.write_all(b"\n").await?;
            stdout.read_u8().await
        };
        tokio::time::timeout(SET_UP_MAX, repeated).await??;
    }
    Ok(process)
}
