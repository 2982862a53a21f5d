//! The process that holds the files of an environment with more than one process.

use std::io;
use std::process::Stdio;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::super::{Launch, OwnNetwork};
use super::{Lasting, Machine, SET_UP_MAX, is_beside_tmp, kept, machine};

/// Sets up the files of an environment, as the launch of the first process needs them.
pub(in super::super) async fn make(lasting: &Lasting, launch: &Launch) -> io::Result<()> {
    let make = async || match machine() {
        Ok(machine) if is_beside_tmp(&launch.folder) => {
            let network = lasting.network.as_deref();
            hold(machine, launch, network).await.map(Some)
        }
        Ok(_) | Err(_) => Ok(None),
    };
    lasting.holder.get_or_try_init(make).await.map(drop)
}

/// Starts the process. It ends with its standard input, so never later than ricspec.
async fn hold(
    machine: &Machine,
    launch: &Launch,
    network: Option<&OwnNetwork>,
) -> io::Result<Child> {
    let (folder, kept) = (&launch.folder, kept::kept(launch));
    // The process that enters must own all files here, so this one is in no inner namespace.
    let idle = [machine.own_path(), "--".to_owned(), "cat".to_owned()];
    let new = machine.new_files(network);
    let set_up = machine.enclosed(
        launch.read_only,
        folder,
        &launch.layers,
        &kept,
        idle.to_vec(),
    );
    let words = [new, set_up].concat();
    let mut process = Command::from(machine.tool(&words))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    // Its echo shows that everything is set up.
    if let (Some(stdin), Some(stdout)) = (&mut process.stdin, &mut process.stdout) {
        let repeated = async {
            stdin.write_all(b"\n").await?;
            stdout.read_u8().await
        };
        tokio::time::timeout(SET_UP_MAX, repeated).await??;
    }
    Ok(process)
}
