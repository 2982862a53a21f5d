//! ricspec as a gate of a pipeline: annotations and summary on GitHub, known failures accepted and pruned, completions and
//! manual pages.

mod desk;

use std::fs;
use std::path::Path;
use std::process::Command;

use desk::{Desk, Done, RICSPEC};

impl Desk {
    #[track_caller]
    fn run_with(&self, env: &[(&str, &str)], arguments: &[&str]) -> Done {
        self.start(Command::new(RICSPEC).args(arguments), env)
    }

    #[track_caller]
    fn start(&self, command: &mut Command, env: &[(&str, &str)]) -> Done {
        Done::of(self.place(command).envs(env.iter().copied()))
    }

    /// Runs a command that must end with this exit code.
    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> Done {
        let done = self.run_with(&[], arguments);
        assert_eq!(done.code, code, "{}{}", done.out, done.err);
        done
    }

    /// Runs a command that must be refused with one message that contains all of `parts`.
    #[track_caller]
    fn refuse(&self, arguments: &[&str], parts: &[&str]) {
        self.run_with(&[], arguments).is_refusal(2, parts);
    }
}

/// A runtime with one fault, and the one case that finds it.
const BROKEN: [&str; 6] = [
    "run",
    "--reference",
    "--mutant",
    "error-as-response",
    "--filter",
    "error/reported",
];

const GITHUB: (&str, &str) = ("GITHUB_ACTIONS", "true");

#[test]
fn a_step_of_github_is_annotated_and_summed_up() {
    let desk = Desk::new();
    desk.write("summary.md", "of another tool\n");
    let summary = ("GITHUB_STEP_SUMMARY", "summary.md");
    let done = desk.run_with(&[GITHUB, summary], &BROKEN);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let mut lines = done.out.lines();
    let stop = lines.find(|line| line.starts_with("::stop-commands::"));
    let word = stop.expect("a hush").rsplit("::").next().expect("a word");
    let end = format!("::{word}::");
    assert!(lines.any(|line| line == end), "the hush ends: {}", done.out);
    let after: Vec<&str> = lines.collect();
    assert!(
        after[0].starts_with("::error title=fail%3A error/reported::"),
        "{after:?}"
    );
    let text = desk.read("summary.md");
    for part in [
        "of another tool\n### ricspec checked",
        "**exit 1**",
        "| **all** |",
        "ricspec run --filter error/reported --reference --mutant error-as-response",
    ] {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    let other = desk.run_with(&[GITHUB], &BROKEN);
    assert!(!other.out.contains(word), "the word can be foreseen");
}

#[test]
fn a_summary_that_cannot_be_written_is_a_note() {
    let summary = ("GITHUB_STEP_SUMMARY", "nowhere/summary.md");
    let run = ["run", "--reference", "--filter", "error/reported"];
    let done = Desk::new().run_with(&[GITHUB, summary], &run);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(done.out.contains("note: the step has no summary"));
    assert!(done.out.contains("`nowhere/summary.md`"), "{}", done.out);
}

#[test]
fn elsewhere_nothing_of_github_is_printed() {
    let desk = Desk::new();
    let summary = ("GITHUB_STEP_SUMMARY", "summary.md");
    let done = desk.run_with(&[summary], &BROKEN);
    assert!(!done.out.contains("::error"), "{}", done.out);
    assert!(!done.out.contains("::stop-commands"), "{}", done.out);
    assert!(!desk.path().join("summary.md").exists());
    let asked = desk.run(&[&BROKEN[..], &["--report", "github=-"]].concat(), 1);
    assert!(asked.out.starts_with("::error title="), "{}", asked.out);
}

const ACCEPT: [&str; 5] = ["baseline", "accept", "r.json", "--baseline", "known.toml"];

const PRUNE: [&str; 5] = ["baseline", "prune", "r.json", "--baseline", "known.toml"];

#[test]
fn what_is_accepted_is_expected_and_what_is_mended_is_pruned() {
    let desk = Desk::new();
    let with = |run: &[&str], more: &[&str]| -> Vec<String> {
        run.iter().chain(more).map(ToString::to_string).collect()
    };
    let check = |run: &[&str], more: &[&str], code: i32| {
        let all = with(run, more);
        desk.run(&all.iter().map(String::as_str).collect::<Vec<_>>(), code)
    };
    let report = ["--report", "json=r.json"];
    let known = ["--report", "json=r.json", "--baseline", "known.toml"];
    check(&BROKEN, &report, 1);
    let done = check(
        &ACCEPT,
        &["--reason", "issue 12", "--until", "2999-12-31"],
        0,
    );
    assert_eq!(
        done.out,
        "added error/reported response-instead-of-error until 2999-12-31: issue 12\n"
    );
    check(&BROKEN, &known, 0);
    assert!(check(&ACCEPT, &[], 0).out.contains("nothing to add"));
    assert!(check(&PRUNE, &[], 0).out.contains("nothing to remove"));

    // The fault is fixed.
    let mended = ["run", "--reference", "--filter", "error/reported"];
    check(&mended, &known, 1);
    let done = check(&PRUNE, &[], 0);
    assert_eq!(
        done.out,
        "removed error/reported response-instead-of-error: unexpected-pass\n"
    );
    check(&mended, &known, 0);
    assert_eq!(desk.read("known.toml").trim(), "");
}

#[test]
fn a_bad_report_or_baseline_is_named_and_nothing_is_written() {
    let desk = Desk::new();
    desk.refuse(&ACCEPT, &["cannot read `r.json`"]);
    desk.write("r.json", "{\n\"schema\": }");
    desk.refuse(&ACCEPT, &["r.json:2: ", "not a report"]);
    desk.write("r.json", "{\"schema\": 99}");
    desk.refuse(&PRUNE, &["r.json: ", "schema 99"]);
    assert!(!desk.path().join("known.toml").exists());
    desk.run(&[&BROKEN[..], &["--report", "json=r.json"]].concat(), 1);
    desk.refuse(&PRUNE, &["cannot read `known.toml`"]);
    let with = |more: &[&'static str]| [&ACCEPT[..], more].concat();
    desk.refuse(&with(&["--until", "soon"]), &["`soon` is not a date"]);
    desk.refuse(&with(&["--until", "2020-01-01"]), &["is past"]);
    desk.refuse(&with(&["--reason", " "]), &["--reason is empty"]);
    assert!(!desk.path().join("known.toml").exists());
    let broken = "# mine\n[[known]]\ncase = \"nowhere/x\"\ncode = \"a\"\nreason = \"b\"\n";
    desk.write("known.toml", broken);
    desk.refuse(&ACCEPT, &["known.toml:3: ", "nowhere/x"]);
    assert_eq!(desk.read("known.toml"), broken);
}

#[test]
fn shells_and_readers_of_manuals_get_what_there_is() {
    let desk = Desk::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = desk.run(&["completions", shell], 0).out;
        for word in ["ricspec", "baseline", "startup-timeout"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let script = desk.run(&["completions", "bash"], 0).out;
    desk.write("ricspec.bash", &script);
    let asked = "source ./ricspec.bash && COMP_WORDS=(ricspec bas) COMP_CWORD=1 && \
                 _ricspec ricspec bas ricspec && echo ${COMPREPLY[@]}";
    let bash = Command::new("bash")
        .args(["-c", asked])
        .current_dir(desk.path())
        .output()
        .expect("bash starts");
    let shown = String::from_utf8_lossy(&bash.stdout);
    assert_eq!(shown.trim(), "baseline", "{bash:?}");

    let page = |command: &[&str]| desk.run(&[&["man"], command].concat(), 0).out;
    assert!(page(&[]).contains(".TH ricspec 1"));
    assert!(page(&["run"]).contains(".TH ricspec-run 1"));
    assert!(page(&["baseline", "accept"]).contains("\\-\\-until"));
    desk.refuse(&["man", "nowhere"], &["no command `nowhere`", "baseline"]);
}

/// A script of the action, as GitHub starts it.
#[track_caller]
fn act(desk: &Desk, script: &str, arguments: &[&str], env: &[(&str, &str)]) -> Done {
    let action = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/check");
    let path = std::env::var("PATH").expect("a PATH");
    let own = Path::new(RICSPEC).parent().expect("a folder");
    let mut command = Command::new(action.join(script));
    command
        .args(arguments)
        .env("PATH", format!("{}:{path}", own.display()))
        .env("GITHUB_ACTION_PATH", action)
        .env("RUNNER_TEMP", desk.path())
        .env("GITHUB_OUTPUT", desk.path().join("outputs"))
        .env("GITHUB_PATH", desk.path().join("paths"));
    desk.start(&mut command, env)
}

#[test]
fn the_action_gives_its_inputs_on_as_they_are() {
    let desk = Desk::new();
    let command =
        format!("sh -c 'exec \"$0\" reference' \"{RICSPEC}\" '`touch evil`' \\$(touch\\ evil)");
    let done = act(
        &desk,
        "run",
        &[],
        &[
            ("INPUT_COMMAND", &command),
            ("INPUT_FILTER", "error/reported\n$(touch evil); touch evil"),
            ("INPUT_ARGS", "--env 'WORDS=\"a\" $(touch evil)'"),
            ("INPUT_STRICT", "true"),
        ],
    );
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let note = "`$(touch evil); touch evil` matches no case";
    assert!(done.out.contains(note), "{}", done.out);
    assert!(!desk.path().join("evil").exists(), "an input was run");
    let report = desk.read("ricspec-reports/report.json");
    for word in ["`touch evil`", "$(touch evil)", "\"strict\": true"] {
        assert!(report.contains(word), "{word:?} is not in: {report}");
    }
    assert!(
        desk.read("ricspec-reports/report.xml")
            .contains("<testsuite ")
    );
    assert!(desk.read("outputs").starts_with("exit-code=0\n"));
}

#[test]
fn the_action_fails_as_ricspec_does_and_refuses_what_cannot_be_meant() {
    let desk = Desk::new();
    let check = |env: &[(&str, &str)], code: i32, part: &str| {
        let done = act(&desk, "run", &[], env);
        assert_eq!(done.code, code, "{}{}", done.out, done.err);
        let all = done.out + &done.err;
        assert!(all.contains(part), "{part:?} is not in: {all}");
    };
    let filter = ("INPUT_FILTER", "error/reported");
    let mutant = "--reference --mutant error-as-response";
    check(&[("INPUT_ARGS", mutant), filter], 1, "breaks a MUST");
    assert!(desk.read("outputs").contains("exit-code=1\n"));
    check(
        &[("INPUT_COMMAND", "a \"b")],
        2,
        "the input command has a quote",
    );
    check(
        &[("INPUT_STRICT", "yes")],
        2,
        "strict must be true or false",
    );
    check(&[], 2, "no target");
}

#[test]
fn no_script_of_the_action_holds_an_expression() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/check/action.yml");
    let text = fs::read_to_string(path).expect("the action");
    let scripts = text
        .lines()
        .filter(|line| line.trim_start().starts_with("run:"));
    // A block scalar would have more lines, which this does not read.
    let scripts: Vec<&str> = scripts.map(str::trim).collect();
    assert_eq!(scripts.len(), 3, "{scripts:?}");
    for script in scripts {
        assert!(
            script.starts_with("run: '\"$GITHUB_ACTION_PATH/"),
            "{script}"
        );
        assert!(
            script.ends_with('\'') && !script.contains("${{"),
            "{script}"
        );
    }
}

#[test]
fn the_action_takes_a_ricspec_that_is_there() {
    let desk = Desk::new();
    let done = act(
        &desk,
        "install",
        &["plan"],
        &[("INPUT_VERSION", "v1\nroot=x")],
    );
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert_eq!(
        desk.read("outputs").lines().count(),
        2,
        "an output was slipped in"
    );
    let done = act(&desk, "install", &["build"], &[("INPUT_BINARY", RICSPEC)]);
    assert!(done.out.starts_with("ricspec "), "{}{}", done.out, done.err);
    let folder = desk.read("paths");
    assert!(Path::new(folder.trim()).join("ricspec").exists());
    let done = act(&desk, "install", &["build"], &[("INPUT_BINARY", "nowhere")]);
    assert_eq!(done.code, 2, "{}{}", done.out, done.err);
}
