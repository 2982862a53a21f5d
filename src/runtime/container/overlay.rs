//! Files of ours that lie over a folder of each container: a fixture for an image that was built without it.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

/// The files, in a folder of this machine; dropping this removes them.
#[derive(Debug)]
pub struct Overlay {
    folder: TempDir,
    files: Vec<String>,
    at: String,
}

/// Everyone may read and enter; programs among the files can be run.
const MODE: u32 = 0o755;

/// A kernel with file labels says here whether it enforces them.
const SELINUX: &str = "/sys/fs/selinux/enforce";

impl Overlay {
    /// Writes the files (paths and texts) for the folder `at` of a container.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn new(files: &[(&str, &str)], at: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("ricspec-").tempdir()?;
        fs::set_permissions(folder.path(), Permissions::from_mode(MODE))?;
        for (path, text) in files {
            let whole = folder.path().join(path);
            if let Some(parent) = whole.parent() {
                fs::create_dir_all(parent)?;
                fs::set_permissions(parent, Permissions::from_mode(MODE))?;
            }
            fs::write(&whole, text)?;
            fs::set_permissions(&whole, Permissions::from_mode(MODE))?;
        }
        Ok(Self {
            folder,
            files: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
            at: at.display().to_string(),
        })
    }

    /// The arguments that put them into a container. Each file is a mount of its own, so that other files in the folder stay
    /// visible. A mount also gives its own error if the engine cannot see the source.
    pub(super) fn words(&self) -> Vec<String> {
        let mount = |file: &String| {
            let source = self.folder.path().join(file);
            let (source, at) = (source.display(), self.at.trim_end_matches('/'));
            let mount = format!("type=bind,source={source},target={at}/{file},readonly");
            ["--mount".to_owned(), mount]
        };
        let mut words: Vec<String> = self.files.iter().flat_map(mount).collect();
        words.extend(relaxed());
        words
    }
}

/// The arguments with which a container may read files of this machine.
pub(super) fn relaxed() -> Vec<String> {
    match fs::read_to_string(SELINUX).is_ok_and(|text| text.trim() == "1") {
        true => ["--security-opt", "label=disable"]
            .map(str::to_owned)
            .to_vec(),
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_mounted_where_the_function_lies() {
        let files = [("bootstrap", "#!/bin/sh\n"), ("lib/a.sh", ":\n")];
        let overlay = Overlay::new(&files, Path::new("/var/task/")).expect("files");
        let words = overlay.words();
        let folder = overlay.folder.path().to_owned();
        assert_eq!(
            words.get(3).map(String::as_str),
            Some(
                format!(
                    "type=bind,source={}/lib/a.sh,target=/var/task/lib/a.sh,readonly",
                    folder.display()
                )
                .as_str()
            )
        );
        let mode = |path: &str| {
            let metadata = fs::metadata(folder.join(path)).expect("it is there");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!([mode(""), mode("bootstrap"), mode("lib")], [MODE; 3]);
        drop(overlay);
        assert!(!folder.exists());
    }
}
