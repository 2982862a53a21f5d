//! Runtimes in images and as processes, side by side in one matrix.

use std::collections::BTreeMap;
use std::fs;

use libtest_mimic::Failed;
use serde_json::Value;

use super::engine::{Engine, name_of};

/// The runtime as a process.
pub const PROCESS: &str = "name = \"as a process\"\nlanguage = \"rust\"\ntask_root = \".\"\n\
    command = [\"{ricspec}\", \"reference\"]\n";

/// How its image is made; the base has the runtime.
const LINES: &str = "ENTRYPOINT [\"/ricspec\"]\nCMD [\"no-such-command\"]\n";

const FORMATS: [&str; 4] = ["json", "html", "markdown", "junit"];

/// The cases for the comparison.
const AREAS: [&str; 4] = ["--filter", "boot", "--filter", "image"];

/// The same runtime as a process and in an image that the matrix builds, and an image that does not exist.
pub fn beside_a_process(engine: &'static Engine) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let runtimes = folder.path().join("runtimes");
    let write = |key: &str, text: String| {
        let folder = runtimes.join(key);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("runtime.toml"), text)
    };
    write("a-process", PROCESS.to_owned())?;
    let image = name_of("matrix");
    let program = engine.program;
    let rest = format!(
        "install = [[\"{program}\", \"build\", \"--tag\", \"{image}\", \"--file\", \
         \"{{folder}}/Containerfile\", \"{{folder}}\"]]\n"
    );
    write("an-image", as_image(engine, "as an image", &image) + &rest)?;
    write(
        "no-image",
        as_image(engine, "none", "localhost/ricspec-no-such"),
    )?;
    let containerfile = runtimes.join("an-image/Containerfile");
    fs::write(containerfile, format!("FROM {}\n{LINES}", engine.base))?;

    let reports = folder.path().join("reports");
    fs::create_dir(&reports)?;
    let out = FORMATS.map(|format| format!("{format}={}", reports.join(format).display()));
    let out: Vec<&str> = out.iter().flat_map(|out| ["--report", out]).collect();
    // No run of these matrices may use the network, except to build.
    let options = [&out[..], &["--offline"], &AREAS].concat();
    let absent = format!("{program} has no image `localhost/ricspec-no-such`");
    let says = ["3 runtimes: 2 as expected, 1 missing", &absent];
    engine.matrix(&runtimes, &options)?.wait()?.must(3, &says)?;
    let read = |format: &str| fs::read_to_string(reports.join(format));
    let json = read("json")?;
    let compared = same_verdicts(&json, "as a process", "as an image")?;
    if compared < 10 {
        return Err(format!("only {compared} cases could be compared").into());
    }
    for (format, part) in [
        ("json", "\"kind\": \"image\""),
        ("html", "<dt>image</dt>"),
        ("markdown", "| none (ours) | rust | not judged: "),
        ("junit", "\"as an image: image\""),
    ] {
        if !read(format)?.contains(part) {
            return Err(format!("`{part}` is not in the {format}").into());
        }
    }
    Ok(())
}

/// The runtime in an image whose entry point is ricspec.
pub fn as_image(engine: &Engine, name: &str, image: &str) -> String {
    let program = engine.program;
    format!(
        "name = \"{name}\"\nlanguage = \"rust\"\nimage = \"{image}\"\nengine = \"{program}\"\n\
         arguments = [\"reference\"]\nhandler = \"fixture.handler\"\n"
    )
}

/// How many cases both runtimes of a matrix have played, each with the same verdict.
pub fn same_verdicts(json: &str, one: &str, other: &str) -> Result<usize, Failed> {
    let matrix: Value = serde_json::from_str(json)?;
    let of = |name: &str| {
        let mut rows = matrix["runtimes"].as_array().into_iter().flatten();
        let row = rows.find(|row| row["name"] == name);
        row.map(|row| verdicts(&row["report"]))
            .ok_or(format!("no row for {name}"))
    };
    agree(&of(one)?, &of(other)?)
}

/// Case by case.
pub fn verdicts(report: &Value) -> BTreeMap<String, String> {
    let text = |case: &Value, member: &str| case[member].as_str().unwrap_or_default().to_owned();
    let cases = report["cases"].as_array().into_iter().flatten();
    cases
        .map(|case| (text(case, "id"), text(case, "verdict")))
        .collect()
}

/// How many cases both have and neither skipped.
pub fn agree(
    one: &BTreeMap<String, String>,
    other: &BTreeMap<String, String>,
) -> Result<usize, Failed> {
    let mut compared = 0;
    for (id, verdict) in one {
        match other.get(id) {
            Some(second) if [verdict, second].iter().any(|word| *word == "skip") => {}
            Some(second) if verdict != second => {
                return Err(format!("{id}: {verdict} and {second}").into());
            }
            Some(_) => compared += 1,
            None => {}
        }
    }
    Ok(compared)
}
