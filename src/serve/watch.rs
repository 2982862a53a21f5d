//! Watches the files of the function, so that its environments start anew when one has changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, CreateKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, recommended_watcher};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use super::changes::Changes;

/// Folders that are not watched: they hold what tools make, and very much of it.
const LEFT_OUT: [&str; 4] = [".git", "__pycache__", "node_modules", "target"];

/// Endings of files that editors keep for a moment.
const OF_EDITORS: [&str; 3] = ["~", ".swp", ".swx"];

/// A change is complete when nothing has changed for this time: a build or an editor writes several files.
const QUIET: Duration = Duration::from_millis(100);

/// The longest time that a change may take.
const CHANGE_MAX: Duration = Duration::from_secs(2);

/// How many paths wait: more do not matter, since one is enough.
const WAITING_MAX: usize = 256;

/// Why files cannot be watched.
#[derive(Debug, Error)]
#[error("cannot watch {}", path.display())]
pub struct WatchError {
    path: PathBuf,
    source: notify::Error,
}

/// Watches files.
#[derive(Debug)]
pub struct Watch {
    root: PathBuf,
    /// A file that is watched wherever it is.
    program: Option<PathBuf>,
    watcher: RecommendedWatcher,
    events: mpsc::Receiver<Event>,
}

impl Watch {
    /// Watches a folder with all below it, and the program.
    ///
    /// # Errors
    /// The folder does not exist, or the system watches no more files.
    pub fn new(root: &Path, program: Option<&Path>) -> Result<Self, WatchError> {
        let failed = |path: &Path, source| WatchError {
            path: path.to_owned(),
            source,
        };
        let (sender, events) = mpsc::channel(WAITING_MAX);
        let hear = move |event: notify::Result<Event>| {
            if let Ok(event) = event
                && is_change(event.kind)
            {
                // If many wait already, it makes no difference.
                let _ = sender.try_send(event);
            }
        };
        let watcher = recommended_watcher(hear).map_err(|source| failed(root, source))?;
        let mut watch = Self {
            root: fs::canonicalize(root).map_err(|source| failed(root, source.into()))?,
            program: program.and_then(|program| fs::canonicalize(program).ok()),
            watcher,
            events,
        };
        let root = watch.root.clone();
        watch.add(&root).map_err(|source| failed(&root, source))?;
        let folder = watch.program.as_deref().and_then(Path::parent);
        if let Some(folder) = folder.map(Path::to_owned) {
            let added = watch.watcher.watch(&folder, RecursiveMode::NonRecursive);
            added.map_err(|source| failed(&folder, source))?;
        }
        Ok(watch)
    }

    /// Watches a folder and those below it, one by one, since whole trees would hold what is left out.
    fn add(&mut self, folder: &Path) -> notify::Result<()> {
        self.watcher.watch(folder, RecursiveMode::NonRecursive)?;
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && !is_left_out(Path::new(&entry.file_name())) {
                self.add(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Waits for a change to be complete: the files that changed, as seen from the folder. Cancel safe, but for the files of a
    /// change that is not complete.
    async fn changed(&mut self) -> BTreeSet<PathBuf> {
        let mut changed = BTreeSet::new();
        while changed.is_empty() {
            match self.events.recv().await {
                Some(event) => self.take(&event, &mut changed),
                None => std::future::pending().await,
            }
        }
        let latest = Instant::now() + CHANGE_MAX;
        while let Ok(Ok(Some(event))) = timeout_at(latest, timeout(QUIET, self.events.recv())).await
        {
            self.take(&event, &mut changed);
        }
        changed
    }

    fn take(&mut self, event: &Event, changed: &mut BTreeSet<PathBuf>) {
        for path in &event.paths {
            let inner = path.strip_prefix(&self.root).ok();
            let inner = inner.filter(|inner| !is_left_out(inner));
            if inner.is_none() && self.program.as_ref() != Some(path) {
                continue;
            }
            changed.insert(inner.unwrap_or(path).to_owned());
            if matches!(event.kind, EventKind::Create(CreateKind::Folder)) || path.is_dir() {
                // It may be gone again.
                let _ = self.add(path);
            }
        }
    }
}

impl Changes for Watch {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = String> + Send + '_>> {
        Box::pin(async { words(&self.changed().await) })
    }
}

/// Whether something changed, and was not only read.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_) => true,
        EventKind::Access(_) | EventKind::Any | EventKind::Other => false,
    }
}

/// Whether a path, as seen from the folder, is in one that is left out, or is of an editor.
fn is_left_out(inner: &Path) -> bool {
    let mut parts = inner.iter().map(|part| part.to_string_lossy());
    let name = inner.file_name().unwrap_or_default().to_string_lossy();
    parts.any(|part| LEFT_OUT.contains(&&*part)) || OF_EDITORS.iter().any(|end| name.ends_with(end))
}

/// The files in words: `app.py`, `app.py and 3 more`.
fn words(changed: &BTreeSet<PathBuf>) -> String {
    let first = changed.first().map(|path| path.display().to_string());
    let first = first.unwrap_or_default();
    match changed.len() {
        0 | 1 => first,
        count => format!("{first} and {} more", count - 1),
    }
}

#[cfg(test)]
mod tests;
