//! The extensions beside the runtime of an image: those of the image, and those of the user, which are laid over it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::image::{Files, Kind, Standing};
use crate::runtime::layer_folder;

/// Where the extensions of an image lie, and the files of all layers.
const EXTENSIONS: &str = "/opt/extensions";
const OPT: &str = "/opt";

/// What a mount cannot name.
const ODD: [char; 2] = [',', '"'];

/// The extensions of an image: the files of their folder that the user may execute, in the order of their names.
pub(super) fn of_image(files: &Files, user: Option<(u64, u64)>) -> Vec<String> {
    let in_folder =
        |path: &str| path.rsplit_once('/').map(|(folder, _)| folder) == Some(EXTENSIONS);
    let all = files.below(EXTENSIONS).filter(|(path, _)| in_folder(path));
    let is_program = |path: &str| {
        let found = files.find("/", path);
        found.is_some_and(|(_, file)| {
            matches!(file.kind, Kind::Regular { .. }) && file.is_executable(Standing(user))
        })
    };
    let programs = all.filter(|(path, _)| is_program(path));
    programs.map(|(path, _)| path.to_owned()).collect()
}

/// Where a program of this machine lies in the containers.
pub(super) fn place(program: &str) -> String {
    let name = program.rsplit('/').next().unwrap_or_default();
    format!("{EXTENSIONS}/{name}")
}

/// The files of this machine that the containers need for these extensions, each with its place there: the programs, and what
/// lies beside the folder `extensions` of a layer.
pub(super) fn laid(programs: &[String]) -> io::Result<Vec<(PathBuf, String)>> {
    let mut laid = Vec::new();
    for program in programs {
        laid.push((PathBuf::from(program), place(program)));
        let Some(layer) = layer_folder(Path::new(program)) else {
            continue;
        };
        for entry in fs::read_dir(layer)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let target = format!("{OPT}/{name}");
            let is_known = laid.iter().any(|(_, known)| *known == target);
            if target != EXTENSIONS && !is_known {
                laid.push((path, target));
            }
        }
    }
    let is_odd = |(path, _): &&(PathBuf, String)| path.to_string_lossy().contains(ODD);
    match laid.iter().find(is_odd) {
        None => Ok(laid),
        Some((path, _)) => {
            let shown = path.display();
            let what = format!("`{shown}` cannot be mounted: rename it, without comma and quote");
            Err(io::Error::new(io::ErrorKind::InvalidInput, what))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::image::File;

    fn file(kind: Kind, mode: u32) -> File {
        File {
            kind,
            mode,
            uid: 0,
            gid: 0,
        }
    }

    #[test]
    fn what_can_be_executed_in_the_folder_is_an_extension() {
        let mut files = Files::default();
        let program = || Kind::Regular { head: Vec::new() };
        for (path, kind, mode) in [
            ("opt/extensions", Kind::Folder, 0o755),
            ("opt/extensions/two", program(), 0o755),
            (
                "opt/extensions/one",
                Kind::Link("/usr/bin/one".to_owned()),
                0o777,
            ),
            ("usr/bin/one", program(), 0o755),
            ("opt/extensions/text", program(), 0o644),
            ("opt/extensions/owner", program(), 0o700),
            ("opt/extensions/folder", Kind::Folder, 0o755),
            ("opt/extensions/folder/inner", program(), 0o755),
            ("opt/extensions-2/other", program(), 0o755),
            (
                "opt/extensions/gone",
                Kind::Link("/nowhere".to_owned()),
                0o777,
            ),
        ] {
            files.add(path, file(kind, mode));
        }
        let found = of_image(&files, Some((993, 990)));
        assert_eq!(found, ["/opt/extensions/one", "/opt/extensions/two"]);
    }

    #[test]
    fn a_layer_is_laid_over_opt() {
        let folder = tempfile::tempdir().expect("a folder");
        let layer = folder.path().join("layer");
        fs::create_dir_all(layer.join("extensions")).expect("a folder");
        fs::write(layer.join("extensions/watcher"), "").expect("a file");
        fs::write(layer.join("settings"), "").expect("a file");
        let program = layer.join("extensions/watcher").display().to_string();
        let laid = laid(std::slice::from_ref(&program)).expect("a layer");
        let targets: Vec<&str> = laid.iter().map(|(_, target)| &**target).collect();
        assert_eq!(targets, ["/opt/extensions/watcher", "/opt/settings"]);
    }

    #[test]
    fn a_path_that_no_mount_can_name_is_refused() {
        let refused = laid(&["/a,b/watcher".to_owned()]);
        assert!(refused.is_err_and(|error| error.to_string().contains("rename it")));
    }
}
