//! Extensions beside the runtime of an image: those in its own `/opt/extensions`, and those of this machine, which are laid over
//! it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;
use ricspec::matrix::{Places, read};
use serde_json::Value;

use super::engine::Engine;

/// The reference extension, under the name of its file. It subscribes to telemetry.
const WATCHER: &str = "exec -a \"$0\" /ricspec reference --extension\n";

/// An image with a runtime, and with an extension of its own.
fn image(engine: &'static Engine, context: &Path, name: &str) -> Result<String, Failed> {
    write(&context.join("start"), "exec /ricspec reference\n", 0o755)?;
    let extensions = context.join("opt/extensions");
    write(&extensions.join("watcher"), WATCHER, 0o755)?;
    // It cannot be executed, so it is not one.
    write(&extensions.join("text"), "", 0o644)?;
    let lines =
        "COPY start /start\nCOPY opt /opt\nENTRYPOINT [\"/start\"]\nCMD [\"fixture.handler\"]\n";
    let file = format!("FROM {}\n{lines}", engine.base);
    fs::write(context.join("Containerfile"), file)?;
    engine.build_folder(name, context)
}

fn write(path: &Path, lines: &str, mode: u32) -> Result<(), Failed> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, format!("#!/bin/bash\n{lines}"))?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

/// Five events, one after the other.
const FIVE: (&str, usize) = ("next/five_in_a_row", 5);

/// Two events; the second one lets the runtime wait for seconds.
const TWO: (&str, usize) = ("next/poll_held_again", 2);

/// Plays a case; gives its transcript.
fn played(
    engine: &'static Engine,
    folder: &Path,
    case: &str,
    options: &[&str],
) -> Result<Value, Failed> {
    let transcripts = folder.join("t").display().to_string();
    let all = [
        "--filter",
        case,
        "--env",
        "RICSPEC_SUBSCRIBE=telemetry",
        "--transcripts",
        &transcripts,
    ];
    let run = engine.ricspec(&[options, &all].concat())?.wait()?;
    run.must(0, &["1 case: 1 pass"])?;
    let text = fs::read_to_string(folder.join(format!("t/{case}.json")))?;
    Ok(serde_json::from_str(&text)?)
}

/// Each of these was started, got the event of each invocation, and took telemetry.
fn have_worked(transcript: &Value, events: usize, names: &[&str]) -> Result<(), Failed> {
    let list = |name: &str| transcript[name].as_array().cloned().unwrap_or_default();
    let actors = list("actors");
    let found: Vec<&str> = actors
        .iter()
        .filter_map(|actor| actor["name"].as_str())
        .collect();
    if found != [&["runtime"], names].concat() {
        return Err(format!("other actors: {found:?}").into());
    }
    for (place, name) in names.iter().enumerate() {
        let all = list("exchanges");
        let own = all.iter().filter(|call| call["actor"] == place + 1);
        let (sent, made): (Vec<&Value>, Vec<&Value>) =
            own.partition(|call| call["direction"] == "outbound");
        let polls = made.iter().filter(|call| {
            let target = call["target"].as_str().unwrap_or_default();
            target.ends_with("/event/next")
        });
        let taken = sent.iter().any(|batch| batch["reply"]["status"] == 200);
        let polls = polls.count();
        // Whether the poll after the last event comes before the end is a matter of time.
        if !(events..=events + 1).contains(&polls) || !taken {
            let said = &actors[place + 1];
            return Err(format!("{name}: {polls} polls, {} batches; {said:#}", sent.len()).into());
        }
    }
    Ok(())
}

/// They are started as Lambda does, unless the user says otherwise.
pub fn of_the_image(engine: &'static Engine) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let image = image(engine, folder.path(), "beside")?;
    let (case, events) = FIVE;
    let transcript = played(engine, folder.path(), case, &["--image", &image])?;
    have_worked(&transcript, events, &["watcher"])?;
    let without = ["--image", &image, "--no-extensions"];
    have_worked(&played(engine, folder.path(), case, &without)?, events, &[])
}

/// They are laid over the image with their layer.
pub fn of_this_machine(engine: &'static Engine) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let image = image(engine, folder.path(), "beside_more")?;
    let layer = folder.path().join("layer");
    let program = layer.join("extensions/logger");
    write(&program, &format!("cat /opt/told\n{WATCHER}"), 0o755)?;
    fs::write(layer.join("told"), "from the layer")?;
    let given = program.display().to_string();
    let options = ["--image", &image, "--extension", &given];
    let (case, events) = FIVE;
    let transcript = played(engine, folder.path(), case, &options)?;
    have_worked(&transcript, events, &["watcher", "logger"])?;
    match transcript["actors"][2]["stdout"]["head"].as_str() {
        Some("from the layer") => Ok(()),
        other => Err(format!("it printed {other:?}").into()),
    }
}

/// AWS's crate for extensions; it subscribes to telemetry.
const REAL: &str = "lambda-extension-1.1.1-telemetry";

/// A real extension in an image with a real runtime.
pub fn of_a_real_image(
    engine: &'static Engine,
    image: &str,
    options: &[&str],
) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let extensions = folder.path().join("opt/extensions");
    fs::create_dir_all(&extensions)?;
    fs::copy(real_extension()?, extensions.join("crate-telemetry"))?;
    let file = format!("FROM {image}\nCOPY opt /opt\n");
    fs::write(folder.path().join("Containerfile"), file)?;
    let image = engine.build_folder("python_beside", folder.path())?;
    let (case, events) = TWO;
    let options = [&["--image", &image], options].concat();
    let transcript = played(engine, folder.path(), case, &options)?;
    have_worked(&transcript, events, &["crate-telemetry"])
}

/// Its program, installed as for the table of real extensions.
fn real_extension() -> Result<PathBuf, Failed> {
    let own = env!("CARGO_BIN_EXE_ricspec");
    let places = Places {
        cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("runtimes"),
        own: own.into(),
    };
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extensions");
    let subjects = read(&all, &places)?;
    let mut subjects = subjects.into_iter();
    let subject = subjects.find(|subject| subject.key == REAL);
    let subject = subject.ok_or("it is not among the real extensions")?;
    if !subject.is_installed() {
        let output = Command::new(own)
            .args([
                "matrix",
                "--runtime",
                REAL,
                "--filter",
                "extension/registers",
            ])
            .arg("--cache")
            .arg(&places.cache)
            .arg(&all)
            .output()?;
        if !subject.is_installed() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
    }
    Ok(subject.root().join("extensions/crate-telemetry"))
}
