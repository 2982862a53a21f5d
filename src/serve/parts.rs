//! The record of what is served, in parts: files that `ricspec judge` reads.

use std::path::{Path, PathBuf};

use crate::files::{Outlet, WriteError};
use crate::transcript::Transcript;

/// Where the parts go: `day.json` becomes `day-0001.json` and so on. Those that are there stay.
#[derive(Clone, Debug)]
pub struct Parts {
    file: PathBuf,
    next: u32,
}

impl Parts {
    /// The files, as this one is named.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub fn at(file: &Path) -> Result<Self, WriteError> {
        let mut parts = Self {
            file: file.to_owned(),
            next: 1,
        };
        while parts.path().exists() {
            parts.next += 1;
        }
        Outlet::open(&parts.path())?;
        Ok(parts)
    }

    fn path(&self) -> PathBuf {
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy();
        self.file
            .with_file_name(format!("{stem}-{:04}.json", self.next))
    }

    /// Writes the next part, as a whole.
    pub(super) fn write(&mut self, transcript: &Transcript) -> Result<(), WriteError> {
        let text = serde_json::to_string(transcript);
        let text = text.expect("no map with keys that are not text, and no writer that fails");
        Outlet::open(&self.path())?.write_private(&text)?;
        self.next += 1;
        Ok(())
    }
}
