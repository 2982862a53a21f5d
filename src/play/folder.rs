//! A function in a folder below the task root: the same files, reached through links.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::{Stage, StageFault};
use crate::case::Case;
use crate::runtime::Site;

/// Why it cannot be in another folder.
pub(super) const OF_THE_IMAGE: &str = "the function of an image has a fixed folder";

/// A stage whose task root has the function in a folder; dropping this removes the folder.
pub(super) struct Moved {
    pub(super) stage: Stage,
    _root: TempDir,
}

impl Moved {
    /// The stage for a case whose function is in a folder; `None` for any other case.
    pub(super) fn of(case: &Case, stage: &Stage) -> Result<Option<Self>, StageFault> {
        match (&case.folder, &stage.site) {
            (None, _) => Ok(None),
            (Some(_), Site::Container(_)) => Err(StageFault::Lacking(OF_THE_IMAGE)),
            (Some(folder), Site::Machine | Site::Attached) => Self::new(stage, folder)
                .map(Some)
                .map_err(StageFault::Folder),
        }
    }

    /// Puts links to the function's files into a new task root, and adds the folder to the handler's name. The files that
    /// the handler names are no longer at the top, so a runtime that drops the folder does not find them.
    fn new(stage: &Stage, folder: &str) -> io::Result<Self> {
        let root = tempfile::tempdir()?;
        // A link may lead nowhere: files that are gone, or never existed, do not concern the runtime.
        let files = fs::canonicalize(&stage.task_root)?;
        let own = stage.handler.split('.').next().map(OsStr::new);
        for entry in fs::read_dir(&files)? {
            let path = entry?.path();
            let stays = |name: &&OsStr| *name != folder && path.file_stem() != own;
            if let Some(name) = path.file_name().filter(stays) {
                symlink(&path, root.path().join(name))?;
            }
        }
        symlink(&files, root.path().join(folder))?;
        let handler = format!("{folder}/{}", stage.handler);
        let renamed = |argument: &String| match *argument == stage.handler {
            true => handler.clone(),
            false => argument.clone(),
        };
        let stage = Stage {
            command: stage.command.iter().map(renamed).collect(),
            handler: handler.clone(),
            task_root: root.path().to_owned(),
            ..stage.clone()
        };
        Ok(Self { stage, _root: root })
    }
}
