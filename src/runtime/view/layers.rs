//! Layers: extensions of a folder `extensions` are seen in `/opt`, with all that lies beside this folder, as in Lambda.

use std::path::{Path, PathBuf};

/// Where the files of all layers are seen.
const OPT: &str = "/opt";

/// The folder of a layer in which extensions lie.
const EXTENSIONS: &str = "extensions";

/// The layer of an extension, if it lies in one that can be mounted.
pub(super) fn layer(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    let layer = folder.parent()?;
    let is_layer = folder.file_name()? == EXTENSIONS && layer != Path::new("/") && is_plain(layer);
    (is_layer && layer != Path::new(OPT)).then(|| layer.to_owned())
}

/// Whether a path means the same in the options of a mount.
fn is_plain(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|text| !text.contains([':', ',', '\\', '"']))
}

/// The layers as one word.
pub(super) fn joined(layers: &[PathBuf]) -> String {
    let layers = layers.iter().map(|layer| layer.display().to_string());
    layers.collect::<Vec<_>>().join(":")
}

/// A command by the path under which its program is seen.
pub(super) fn seen(command: &[String], layers: &[PathBuf]) -> Vec<String> {
    let mut command = command.to_vec();
    if let Some(program) = command.first_mut() {
        let mut below = layers
            .iter()
            .filter_map(|layer| Path::new(program).strip_prefix(layer.join(EXTENSIONS)).ok());
        let name = below.next().filter(|name| name.components().count() == 1);
        if let Some(name) = name {
            *program = format!("{OPT}/{EXTENSIONS}/{}", name.display());
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_seen_where_lambda_has_it() {
        let layers = [PathBuf::from("/a/one"), PathBuf::from("/a/two")];
        let seen = |program: &str| seen(&[program.to_owned(), "x".to_owned()], &layers);
        assert_eq!(seen("/a/two/extensions/b"), ["/opt/extensions/b", "x"]);
        assert_eq!(
            seen("/a/two/extensions/b/c"),
            ["/a/two/extensions/b/c", "x"]
        );
        assert_eq!(seen("/usr/bin/python3"), ["/usr/bin/python3", "x"]);
    }

    #[test]
    fn what_a_mount_would_read_otherwise_is_no_layer() {
        assert!(is_plain(Path::new("/a/b c")));
        assert!(!is_plain(Path::new("/a:b")));
        assert!(!is_plain(Path::new("/a,b")));
    }
}
