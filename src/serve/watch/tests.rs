//! Files that change below a folder.

use std::error::Error;

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

fn paths(names: &[&str]) -> BTreeSet<PathBuf> {
    names.iter().map(PathBuf::from).collect()
}

/// Waits until all of these have changed; on a busy machine this may be told in parts.
async fn until(watch: &mut Watch, wanted: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let mut seen = BTreeSet::new();
    while !seen.is_superset(wanted) {
        seen.extend(watch.changed().await);
    }
    seen
}

/// Changes a file at once.
fn put(folder: &Path, name: &str, text: &str) -> Outcome {
    let aside = tempfile::tempdir()?;
    fs::write(aside.path().join("file"), text)?;
    fs::rename(aside.path().join("file"), folder.join(name))?;
    Ok(())
}

#[tokio::test]
async fn a_changed_file_is_told_however_deep_it_is() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (root, deep) = (folder.path(), folder.path().join("a/b"));
    fs::create_dir_all(&deep)?;
    let mut watch = Watch::new(root, None)?;
    put(&deep, "app.py", "1")?;
    assert_eq!(watch.changed().await, paths(&["a/b/app.py"]));
    put(root, "app.py", "2")?;
    put(&deep, "lib.py", "2")?;
    let both = paths(&["a/b/lib.py", "app.py"]);
    assert_eq!(until(&mut watch, &both).await, both);
    assert_eq!(words(&both), "a/b/lib.py and 1 more");
    // A fresh folder is watched, too, and a file may go.
    fs::create_dir(root.join("new"))?;
    assert_eq!(watch.changed().await, paths(&["new"]));
    put(&root.join("new"), "app.py", "3")?;
    assert_eq!(watch.changed().await, paths(&["new/app.py"]));
    fs::remove_file(deep.join("app.py"))?;
    assert_eq!(watch.changed().await, paths(&["a/b/app.py"]));
    Ok(())
}

#[tokio::test]
async fn what_tools_and_editors_write_is_no_change() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    for name in LEFT_OUT {
        fs::create_dir(path(name))?;
    }
    fs::write(path("read.txt"), "")?;
    let mut watch = Watch::new(folder.path(), None)?;
    for name in LEFT_OUT {
        fs::write(path(name).join("x"), "")?;
    }
    fs::write(path(".app.py.swp"), "")?;
    fs::read(path("read.txt"))?;
    // What came before it would be told with it.
    put(folder.path(), "last.py", "")?;
    assert_eq!(watch.changed().await, paths(&["last.py"]));
    Ok(())
}

#[tokio::test]
async fn the_program_is_watched_wherever_it_is() -> Outcome {
    let (folder, target) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let program = target.path().join("bootstrap");
    fs::write(&program, "1")?;
    let mut watch = Watch::new(folder.path(), Some(&program))?;
    fs::write(target.path().join("other"), "")?;
    // As a build does it.
    let fresh = target.path().join("fresh");
    fs::write(&fresh, "2")?;
    fs::rename(&fresh, &program)?;
    assert_eq!(
        watch.changed().await,
        BTreeSet::from([fs::canonicalize(&program)?])
    );
    Ok(())
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let fault = Watch::new(Path::new("/no/such"), None).map(drop);
    let text = fault.err().map(|fault| fault.to_string());
    assert_eq!(text.as_deref(), Some("cannot watch /no/such"));
}
