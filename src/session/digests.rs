//! Digests, by which a report says exactly what was checked.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::files::utf8;
use super::{CliError, RunOptions};
use crate::image::Image;
use crate::report::hex;
use crate::verdict::{Artifact, TargetInfo};

/// A larger program is not hashed: a report should not wait for it.
const PROGRAM_BYTES_MAX: u64 = 64 << 20;

/// Adds to the target what only its image or its program shows.
pub(super) fn identify(target: &mut TargetInfo, image: Option<&Image>, options: &RunOptions) {
    if let Some(image) = image {
        let description = &image.description;
        target.architecture = Some(description.architecture.clone());
        let bare = description.id.trim_start_matches("sha256:");
        target.digest = (bare.len() == 64).then(|| format!("sha256:{bare}"));
        return;
    }
    target.architecture = Some(std::env::consts::ARCH.to_owned());
    let is_theirs = ["process", "extension"].contains(&target.kind.as_str());
    let program = target.command.first().filter(|_| is_theirs);
    if let Some(program) = program.filter(|_| !options.report.is_empty()) {
        target.digest = digest_of_file(Path::new(program)).ok().flatten();
    }
}

/// The files that the user names as what is checked, each with its digest.
pub(crate) fn artifacts(paths: &[PathBuf]) -> Result<Vec<Artifact>, CliError> {
    let artifact = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        let digest = digest_of(path);
        let digest = digest.map_err(|error| {
            CliError::bad_input(format!("--artifact `{}`: {error}", path.display()))
        })?;
        Ok(Artifact {
            name: utf8("--artifact", Path::new(name))?.to_owned(),
            digest,
        })
    };
    paths.iter().map(artifact).collect()
}

/// The digest of a file; `None` if it is too large.
fn digest_of_file(path: &Path) -> io::Result<Option<String>> {
    match fs::metadata(path)?.len() > PROGRAM_BYTES_MAX {
        true => Ok(None),
        false => digest_of(path).map(Some),
    }
}

fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(format!("sha256:{}", hex(&hash.finalize()))),
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}
