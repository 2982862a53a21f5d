//! Reads the runtimes of a folder or of a file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::{Manifest, MatrixError, Place, Places, Subject};
use crate::files::{self, Bound};

/// The file in a runtime's folder.
const MANIFEST: &str = "runtime.toml";

/// The known failures in the same folder.
const BASELINE: &str = "baseline.toml";

/// The targets of a `ricspec.toml`; the other members are the options of a run.
#[derive(Deserialize)]
struct Targets {
    #[serde(default)]
    target: Vec<Spanned<Manifest>>,
}

/// Reads the runtimes of a folder, or the targets of a file, in order.
///
/// # Errors
/// A file cannot be read, or says something wrong; or there is no runtime.
pub fn read(path: &Path, places: &Places) -> Result<Vec<Subject>, MatrixError> {
    let subjects = match path.is_dir() {
        true => of_folder(path, places)?,
        false => of_file(path, places)?,
    };
    if subjects.is_empty() {
        let path = path.display().to_string();
        return Err(MatrixError::Empty { path });
    }
    Ok(subjects)
}

fn of_folder(folder: &Path, places: &Places) -> Result<Vec<Subject>, MatrixError> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| MatrixError::unreadable(folder, error))? {
        folders.push(
            entry
                .map_err(|error| MatrixError::unreadable(folder, error))?
                .path(),
        );
    }
    folders.retain(|path| path.is_dir());
    folders.sort();
    let mut subjects = Vec::new();
    for folder in folders {
        let path = folder.join(MANIFEST);
        let text = text(&path)?;
        let mut manifest: Manifest = parsed(&text, &path)?;
        if manifest.baseline.is_none() && folder.join(BASELINE).exists() {
            manifest.baseline = Some(PathBuf::from(BASELINE));
        }
        let key = folder.file_name().unwrap_or_default().to_string_lossy();
        let place = Place { path, line: 1 };
        subjects.push(Subject::new(key.into_owned(), manifest, place, places)?);
    }
    Ok(subjects)
}

fn of_file(path: &Path, places: &Places) -> Result<Vec<Subject>, MatrixError> {
    let text = text(path)?;
    let targets: Targets = parsed(&text, path)?;
    let mut keys = BTreeSet::new();
    let mut subjects = Vec::new();
    for target in targets.target {
        let place = Place::of(path, &text, target.span().start);
        let manifest = target.into_inner();
        let fit = |letter: char| match letter {
            letter if letter.is_alphanumeric() || "._-".contains(letter) => letter,
            _ => '-',
        };
        let key: String = manifest.name.chars().map(fit).collect();
        if !keys.insert(key.clone()) {
            return Err(MatrixError::Twice { place, key });
        }
        subjects.push(Subject::new(key, manifest, place, places)?);
    }
    Ok(subjects)
}

fn text(path: &Path) -> Result<String, MatrixError> {
    Ok(files::text(path, Bound::ByHand)?)
}

fn parsed<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, MatrixError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        MatrixError::Shape {
            place: Place::of(path, text, start),
            what: error.message().replace('\n', " "),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Maker;

    fn read_text(text: &str) -> Result<Vec<Subject>, MatrixError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ricspec.toml");
        fs::write(&path, text).expect("a file");
        let places = Places {
            cache: PathBuf::from("/cache"),
            own: PathBuf::from("/bin/ricspec"),
        };
        read(&path, &places)
    }

    #[test]
    fn places_become_paths() {
        let subjects = read_text(
            "strict = true\n\
             [[target]]\n\
             name = \"mine 1\"\n\
             language = \"python\"\n\
             command = [\"{root}/x\", \"{fixture}\", \"{shared}\", \"{ricspec}\"]\n\
             env = { A = \"{root}\" }\n",
        )
        .expect("a target");
        let [mine] = subjects.as_slice() else {
            panic!("one target, not {}", subjects.len());
        };
        assert_eq!(
            mine.command(),
            [
                "/cache/mine-1/x",
                "/cache/mine-1/fixture",
                "/cache/shared",
                "/bin/ricspec"
            ]
        );
        assert_eq!(mine.env(), ["A=/cache/mine-1"]);
        assert_eq!(mine.handler().as_deref(), Some("fixture.handler"));
        assert_eq!(mine.manifest.kind, Maker::Ours);
    }

    #[test]
    fn a_bad_target_is_told_with_its_place() {
        let check = |text: &str, part: &str| {
            let error = read_text(text).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        };
        let target = "[[target]]\nname = \"a\"\nlanguage = \"cobol\"\ncommand = [\"x\"]\n";
        check(target, "ricspec.toml:1: there is no fixture for `cobol`");
        let twice = format!("{target}task_root = \".\"\n").repeat(2);
        check(&twice, "two targets are called `a`");
        check(
            &format!("{target}wrong = 1\n"),
            "ricspec.toml:5: unknown field `wrong`",
        );
        check("strict = true\n", "names no runtime");
        let first = target.replace("\"a\"", "\"b\"");
        let second = format!("{first}task_root = \".\"\n{target}");
        check(&second, "ricspec.toml:6: there is no fixture for `cobol`");
        check(&twice, "ricspec.toml:6: ");
    }

    #[test]
    fn a_bad_image_is_told_with_what_to_write() {
        let check = |lines: &str, part: &str| {
            let text = format!("[[target]]\nname = \"a\"\nlanguage = \"cobol\"\n{lines}\n");
            let error = read_text(&text).expect_err(lines).to_string();
            assert!(error.contains(part), "{error}");
        };
        check("", "neither a `command` nor an `image`");
        check("command = [\"x\"]\nimage = \"y\"", "leave one of them out");
        check(
            "command = [\"x\"]\nextension = \"y\"",
            "leave one of them out",
        );
        check("image = \" \"", "an `image` without a name");
        check("image = 1", "ricspec.toml:4: invalid type: integer");
        check("image = \"y\"\nengine = \"lxc\"", "ricspec.toml:5: ");
        check(
            "image = \"y\"\ninstall = [[]]",
            "empty command in `install`",
        );
        check(
            "image = \"y\"\ntask_root = \"here\"",
            "begin it with a slash",
        );
        check("image = \"y\"\nfixture = { a = \"b\" }", "built with");
        for member in ["arguments = [\"z\"]", "memory = 512", "writable = true"] {
            check(
                &format!("command = [\"x\"]\n{member}"),
                "which is for an `image`",
            );
        }
    }

    #[test]
    fn an_image_gets_what_can_be_laid_over_it() {
        let check = |lines: &str, laid: Option<&str>| {
            let text = format!("[[target]]\nname = \"a\"\nimage = \"y\"\n{lines}\n");
            let subjects = read_text(&text).expect(lines);
            let language = subjects[0].laid_over().map(|language| language.name);
            assert_eq!(language, laid, "{lines}");
            assert_eq!(subjects[0].handler(), None);
        };
        check("language = \"python\"", Some("python"));
        check("language = \"rust\"", None);
        check("language = \"cobol\"", None);
        check("language = \"python\"\nno_fixture = true", None);
        check("language = \"python\"\nevent = [\"a.json\"]", None);
    }
}
