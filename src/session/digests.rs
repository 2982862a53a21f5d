//! Digests, by which a report says exactly what was checked.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::RunOptions;
use crate::image::Image;
use crate::report::hex;
use crate::verdict::TargetInfo;

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

/// The digest of a file; `None` if it is too large.
fn digest_of_file(path: &Path) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() > PROGRAM_BYTES_MAX {
        return Ok(None);
    }
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Some(format!("sha256:{}", hex(&hash.finalize())))),
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}
