//! The recipes in `.github/recipes`, tried as far as a machine without a fleet allows: manifests and workflows keep the rules
//! of their formats, each part is started as its fleet starts it, and the parts are merged. Also: results that authors sent.

#[allow(dead_code, reason = "what is refused is tested elsewhere")]
mod desk;
#[path = "recipes/release.rs"]
mod release;
mod require;
#[path = "recipes/site.rs"]
mod site;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use desk::{Desk, Done, RICSPEC};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use require::Require;
use serde_json::Value;

type Test = fn() -> Result<Completion, Failed>;

const TESTS: [(&str, Test); 8] = [
    ("workflows_keep_the_rules_of_github", workflows),
    ("a_job_keeps_the_rules_of_kubernetes", job_is_valid),
    ("the_pods_of_a_job_are_the_whole_run", pods),
    ("the_shards_of_bazel_are_the_whole_run", bazel),
    ("the_parts_of_a_matrix_are_the_whole_run", matrix),
    ("results_that_authors_sent_can_be_played_again", results),
    ("the_public_page_leads_to_every_report", site::leads),
    ("an_installer_finds_what_a_release_has", release::is_found),
];

fn main() -> ExitCode {
    let trials = TESTS.map(|(name, test)| Trial::ignorable_test(name, test));
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn recipe(name: &str) -> PathBuf {
    root().join(".github/recipes").join(name)
}

/// Files below a folder with this ending.
fn files(folder: &str, ending: &str) -> Result<Vec<PathBuf>, Failed> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder))? {
        let path = entry?.path();
        if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn ends_well(command: &mut Command) -> Result<String, Failed> {
    let output = command.output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => {
            let (out, err) = (text(&output.stdout), text(&output.stderr));
            Err(format!("{command:?}: {}\n{out}{err}", output.status).into())
        }
    }
}

fn workflows() -> Result<Completion, Failed> {
    let checker = root().join("target/tools/node_modules/.bin/action-validator");
    if !checker.exists() {
        return Require::read()?.lacking("action-validator is not in target/tools".to_owned());
    }
    let mut all = files(".github/workflows", "yml")?;
    all.extend(files(".github/recipes", "yml")?);
    for file in &all {
        ends_well(Command::new(&checker).arg(file))?;
    }
    let folder = tempfile::tempdir()?;
    let wrong = folder.path().join("wrong.yml");
    fs::write(
        &wrong,
        fs::read_to_string(&all[0])?.replace("runs-on", "runs_on"),
    )?;
    match ends_well(Command::new(&checker).arg(&wrong)) {
        Ok(_) => Err("the checker takes a wrong workflow".into()),
        Err(_) => Ok(Completion::Completed),
    }
}

/// A Python with the schemas of Kubernetes, and PyYAML.
fn python() -> Option<Command> {
    let modules = root().join("target/tools/kubernetes");
    modules.exists().then(|| {
        let mut python = Command::new("python3");
        python.env("PYTHONPATH", modules);
        python
    })
}

const NO_PYTHON: &str = "kubernetes-validate is not in target/tools";

fn job_is_valid() -> Result<Completion, Failed> {
    let Some(mut python) = python() else {
        return Require::read()?.lacking(NO_PYTHON.to_owned());
    };
    let check = |python: &mut Command, file: &Path| {
        let code = "import sys, yaml, kubernetes_validate as k\nk.validate(yaml.safe_load(open(sys.argv[1])), '1.31', strict=True)";
        ends_well(python.arg("-c").arg(code).arg(file))
    };
    let job = recipe("kubernetes/job.yaml");
    check(&mut python, &job)?;
    let folder = tempfile::tempdir()?;
    let wrong = folder.path().join("wrong.yaml");
    fs::write(
        &wrong,
        fs::read_to_string(&job)?.replace("completionMode", "completionsMode"),
    )?;
    let mut python = self::python().ok_or(NO_PYTHON)?;
    match check(&mut python, &wrong) {
        Ok(_) => Err("a wrong manifest is taken".into()),
        Err(_) => Ok(Completion::Completed),
    }
}

/// Few cases of one area: a run of a second.
const FILTER: [&str; 2] = ["--filter", "next/{empty,id}_*"];

/// The words after `--`: the runtime under test.
fn runtime() -> Vec<String> {
    vec![RICSPEC.to_owned(), "reference".to_owned()]
}

/// What both reports show of each case.
fn shown(desk: &Desk, file: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&desk.read(file)).expect("a report");
    let cases = report["cases"].as_array().expect("cases");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let shown = cases
        .iter()
        .map(|case| (text(&case["id"]), text(&case["verdict"])));
    shown.collect()
}

/// Merges the parts, which must be the whole run.
fn is_whole(desk: &Desk, parts: &[String]) -> Result<Completion, Failed> {
    let ricspec = |arguments: &[&str]| {
        let mut command = Command::new(RICSPEC);
        ends_well(desk.place(command.args(arguments)))
    };
    let runtime = runtime();
    let runtime: Vec<&str> = runtime.iter().map(String::as_str).collect();
    let whole = [
        &["run", "--report", "json=whole.json"],
        &FILTER[..],
        &["--"],
        &runtime,
    ]
    .concat();
    ricspec(&whole)?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    ricspec(&[&["merge"], &parts[..], &["--report", "json=merged.json"]].concat())?;
    let (whole, merged) = (shown(desk, "whole.json"), shown(desk, "merged.json"));
    if whole == merged && whole.len() > parts.len() {
        return Ok(Completion::Completed);
    }
    Err(format!("{whole:?}\n{merged:?}").into())
}

/// The manifest says how many pods there are, and what each runs.
fn pods() -> Result<Completion, Failed> {
    let Some(mut python) = python() else {
        return Require::read()?.lacking(NO_PYTHON.to_owned());
    };
    let code = "import json, sys, yaml\nprint(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let job = ends_well(
        python
            .arg("-c")
            .arg(code)
            .arg(recipe("kubernetes/job.yaml")),
    )?;
    let job: Value = serde_json::from_str(&job)?;
    let completions = job["spec"]["completions"].as_u64().ok_or("completions")?;
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    let told = &container["env"][0];
    let value = completions.to_string();
    if told["name"] != "JOB_COMPLETIONS" || told["value"] != value.as_str() {
        return Err(format!("JOB_COMPLETIONS is not {completions}: {told}").into());
    }
    let desk = Desk::new();
    let mut parts = Vec::new();
    for index in 0..completions {
        let words = container["command"].as_array().ok_or("a command")?.iter();
        let words = words.map(|word| {
            let word = word.as_str().unwrap_or_default();
            // As the kubelet expands it, with the volume in this folder.
            word.replace("$(JOB_COMPLETION_INDEX)", &index.to_string())
                .replace("/results", ".")
        });
        let words: Vec<String> = words.collect();
        let at = words
            .iter()
            .position(|word| word == "--")
            .ok_or("no `--`")?;
        let (options, _) = words.split_at(at);
        let mut command = Command::new(RICSPEC);
        command
            .args(options.iter().skip(1))
            .args(FILTER)
            .arg("--")
            .args(runtime())
            .env("JOB_COMPLETION_INDEX", index.to_string())
            .env("JOB_COMPLETIONS", completions.to_string());
        ends_well(desk.place(&mut command))?;
        parts.push(format!("part-{index}.json"));
    }
    is_whole(&desk, &parts)
}

fn bazel() -> Result<Completion, Failed> {
    let build = fs::read_to_string(recipe("bazel/BUILD.bazel"))?;
    let shards: u32 = build
        .split_once("shard_count = ")
        .and_then(|(_, rest)| rest.split_once(','))
        .and_then(|(number, _)| number.parse().ok())
        .ok_or("shard_count")?;
    let desk = Desk::new();
    let mut parts = Vec::new();
    for index in 0..shards {
        let mut command = Command::new(recipe("bazel/conformance.sh"));
        command
            .args(runtime())
            .env("RICSPEC", RICSPEC)
            .env("TESTBRIDGE_TEST_ONLY", FILTER[1])
            .env("TEST_SHARD_INDEX", index.to_string())
            .env("TEST_TOTAL_SHARDS", shards.to_string())
            .env("TEST_SHARD_STATUS_FILE", desk.path().join("status"))
            .env("TEST_UNDECLARED_OUTPUTS_DIR", desk.path())
            .env("XML_OUTPUT_FILE", desk.path().join(format!("{index}.xml")));
        ends_well(desk.place(&mut command))?;
        let xml = desk.read(&format!("{index}.xml"));
        if !desk.path().join("status").exists() || !xml.contains("<testsuite") {
            return Err(format!("no status file, or no XML: {xml}").into());
        }
        fs::remove_file(desk.path().join("status"))?;
        parts.push(format!("report-{index}.json"));
    }
    is_whole(&desk, &parts)
}

/// The workflow says how many parts there are, and what each runs.
fn matrix() -> Result<Completion, Failed> {
    let workflow = fs::read_to_string(recipe("ci-matrix.yml"))?;
    let line = |part: &str| {
        let mut lines = workflow.lines();
        let found = lines.find(|line| line.contains(part));
        found.ok_or(format!("no line with `{part}`"))
    };
    let parts = line("part: [")?
        .matches(|letter: char| letter.is_ascii_digit())
        .count();
    let (_, run) = line("run: ricspec run")?
        .split_once("run: ")
        .ok_or("a command")?;
    let desk = Desk::new();
    desk.write("known.toml", "");
    let mut reports = Vec::new();
    for part in 1..=parts {
        let run = run.replace("${{ matrix.part }}", &part.to_string());
        let (options, _) = run.split_once(" -- ").ok_or("no `--`")?;
        let words = format!(
            "{} {} '{}' -- {}",
            options.replacen("ricspec", RICSPEC, 1),
            FILTER[0],
            FILTER[1],
            runtime().join(" ")
        );
        ends_well(desk.place(Command::new("sh").arg("-c").arg(&words)))?;
        reports.push(format!("part-{part}.json"));
    }
    is_whole(&desk, &reports)
}

/// What is wrong with a result that an author sent.
fn faults_of_result(report: &Value) -> Vec<&'static str> {
    let text = |pointer: &str| {
        report
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let left_out = report["left_out"].as_array().map_or(&[][..], Vec::as_slice);
    let mut faults = Vec::new();
    let mut need = |holds: bool, fault| {
        if !holds {
            faults.push(fault);
        }
    };
    need(
        text("/set/name").contains("-api-20"),
        "it names no published set",
    );
    need(
        report["set"]["chosen"] == true,
        "it was not made with --set",
    );
    need(
        !text("/target/runtime").is_empty(),
        "it does not name the runtime",
    );
    need(
        report["target"]["artifacts"][0].is_object(),
        "it was not made with --artifact",
    );
    need(
        text("/reproduce").starts_with("ricspec run "),
        "it has no command to play it again",
    );
    need(!text("/date").is_empty(), "it has no date");
    need(report["interrupted"] == false, "its run was interrupted");
    let is_of_core = |case: &Value| case["because"] != "profile" || case["profile"] == "core";
    need(
        !left_out.iter().any(is_of_core),
        "it is not a whole run of the core",
    );
    faults
}

fn results() -> Result<Completion, Failed> {
    let schema = fs::read_to_string(root().join("specs/schemas/report.schema.json"))?;
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema)?)?;
    for file in files(".github/results", "json")? {
        let report: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        let faults = faults_of_result(&report);
        if !faults.is_empty() || !validator.is_valid(&report) {
            return Err(format!("{}: {faults:?}", file.display()).into());
        }
    }
    // A result as an author makes it, and one that lacks what others need.
    let desk = Desk::new();
    desk.write("package.zip", "PK");
    let run = |options: &[&str]| {
        let mut command = Command::new(RICSPEC);
        command.args(["run", "--quiet", "--report", "json=r.json"]);
        let done = Done::of(desk.place(command.args(options).arg("--reference")));
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        let report: Value = serde_json::from_str(&desk.read("r.json")).expect("a report");
        report
    };
    let good = [
        "--set",
        "runtime-api-2026-11",
        "--artifact",
        "package.zip",
        "--profile",
        "preview",
    ];
    let mut report = run(&good);
    if faults_of_result(&report) != ["it is not a whole run of the core"] {
        return Err("a part of a run is taken for the whole".into());
    }
    report["left_out"] = Value::Array(Vec::new());
    let faults = faults_of_result(&report);
    if !faults.is_empty() || !validator.is_valid(&report) {
        return Err(format!("a good result: {faults:?}").into());
    }
    let lacking = faults_of_result(&run(&["--filter", "response/echo_object"]));
    match lacking.len() {
        3.. => Ok(Completion::Completed),
        _ => Err(format!("a result that lacks much: {lacking:?}").into()),
    }
}
