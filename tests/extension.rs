//! An extension as the target: how it is named on the command line, started, and judged.

mod desk;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use desk::{Desk, Done, RICSPEC};
use serde_json::Value;

impl Desk {
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Done {
        let all = ["run"].iter().chain(arguments);
        Done::of(self.place(Command::new(RICSPEC).args(all)))
    }

    /// A program at this path.
    fn program(&self, path: &str, text: &str) -> &Self {
        self.write(path, text);
        let all = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path().join(path), all).expect("a mode");
        self
    }

    fn report(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).expect("JSON")
    }
}

/// The reference extension as a program without arguments, under the name of its own file or under another one.
fn extension(named: &str) -> String {
    format!("#!/bin/bash\nexec -a {named} {RICSPEC} reference --extension\n")
}

#[test]
fn the_reference_extension_passes() {
    let desk = Desk::new();
    let done = desk.run(&["--reference-extension", "--report", "json=r.json"]);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let report = desk.report("r.json");
    assert_eq!(report["target"]["kind"], "extension");
    let ids = report["cases"].as_array().expect("cases").iter();
    let mut ids = ids.map(|case| case["id"].as_str().unwrap_or_default());
    assert!(ids.all(|id| id.starts_with("extension/") || id.starts_with("telemetry/")));
}

#[test]
fn an_extension_is_started_under_the_name_of_its_file() {
    let desk = Desk::new();
    desk.program("extensions/watcher", &extension("\"$0\""));
    let only = ["--filter", "extension/registers", "--transcripts", "t"];
    let target = ["--extension", "extensions/watcher"];
    let done = desk.run(&[&target[..], &only].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let transcript = desk.report("t/extension/registers.json");
    let actor = &transcript["actors"][1];
    assert_eq!(
        (&actor["name"], &actor["target"]),
        (&"watcher".into(), &true.into())
    );
    assert_eq!(actor["command"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_extension_under_another_name_is_not_registered() {
    let desk = Desk::new();
    desk.program("watcher", &extension("/opt/extensions/somebody"));
    let only = ["--filter", "extension/registers", "--report", "json=r.json"];
    let done = desk.run(&[&["--extension", "watcher"], &only[..]].concat());
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let finding = &desk.report("r.json")["cases"][0]["findings"][0];
    assert_eq!(finding["requirement"], "EXT-02", "{finding:#}");
    assert_eq!(finding["code"], "wrong-extension-name", "{finding:#}");
}

#[test]
fn an_extension_that_makes_no_call_is_told() {
    let desk = Desk::new();
    desk.program("watcher", "#!/bin/sh\necho out of order >&2\nexit 3\n");
    let only = ["--filter", "extension/registers"];
    let done = desk.run(&[&["--extension", "watcher"], &only[..]].concat());
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    for part in ["never-called", "exited with code 3", "stderr: out of order"] {
        assert!(done.out.contains(part), "{part:?} is not in: {}", done.out);
    }
}

#[test]
fn known_failures_of_an_extension_are_accepted_as_those_of_a_runtime() {
    let desk = Desk::new();
    desk.program("watcher", "#!/bin/sh\nexit 3\n");
    let only = ["--extension", "watcher", "--filter", "extension/registers"];
    let done = desk.run(&[&only[..], &["--report", "json=r.json"]].concat());
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let schema = include_str!("../specs/schemas/report.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let valid = jsonschema::validator_for(&schema).expect("a schema");
    assert!(valid.is_valid(&desk.report("r.json")));
    let accept = ["baseline", "accept", "r.json", "--baseline", "known.toml"];
    let accept = accept.iter().chain(&["--reason", "it makes no call"]);
    let done = Done::of(desk.place(Command::new(RICSPEC).args(accept)));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let done = desk.run(&[&only[..], &["--baseline", "known.toml"]].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
}

#[track_caller]
fn check_refused(arguments: &[&str], parts: &[&str]) {
    let desk = Desk::new();
    desk.program("watcher", &extension("\"$0\""))
        .program("other/watcher", &extension("\"$0\""))
        .write("plain", "")
        .write("event.json", "{}")
        .write("folder/inside", "");
    desk.run(arguments).is_refusal(2, parts);
}

#[test]
fn what_cannot_be_an_extension_under_test_is_refused() {
    let none = ["--extension `gone`", "there is no such file"];
    check_refused(&["--extension", "gone"], &none);
    let folder = [
        "--extension `folder`",
        "it is a folder; give the path of the program in it",
    ];
    check_refused(&["--extension", "folder"], &folder);
    check_refused(
        &["--extension", "plain"],
        &["not executable", "`chmod +x plain`"],
    );
    check_refused(&["--extension", "/dev/null"], &["it is not a file"]);
    let two = ["--extension", "watcher", "--extension", "watcher"];
    check_refused(&two, &["more than one --extension, and no runtime"]);
}

#[test]
fn options_for_a_function_are_refused_for_an_extension() {
    let with = |more: &[&'static str]| [&["--extension", "watcher"], more].concat();
    let why = "is for the function of a runtime";
    check_refused(&with(&["--no-fixture"]), &["--no-fixture", why]);
    check_refused(&with(&["--event", "event.json"]), &["--event", why]);
    check_refused(&with(&["--handler", "a.b"]), &["--handler", why]);
    check_refused(&with(&["--memory", "128"]), &["needs --image"]);
    check_refused(&with(&["--mutant", "x"]), &["--mutant needs"]);
}

#[test]
fn an_extension_beside_a_runtime_is_started_and_not_judged() {
    let desk = Desk::new();
    let listens = "grep sandbox.localdomain /etc/hosts >&2\n";
    let watcher = extension("\"$0\"").replace("exec", &format!("{listens}exec"));
    desk.program("watcher", &watcher);
    desk.program("second", &extension("\"$0\""));
    let both = [
        "--reference",
        "--extension",
        "watcher",
        "--extension",
        "second",
    ];
    let only = [
        "--filter",
        "next/five_in_a_row",
        "--filter",
        "restore/frozen_and_restored",
    ];
    let kept = [
        "--profile",
        "core",
        "--profile",
        "snapstart",
        "--transcripts",
        "t",
    ];
    let done = desk.run(&[&both[..], &only, &kept].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let note = "of the cases are played without your extensions";
    assert!(done.out.contains(note), "{}", done.out);
    let transcript = desk.report("t/next/five_in_a_row.json");
    let actors = transcript["actors"].as_array().expect("actors");
    let names: Vec<&str> = actors
        .iter()
        .filter_map(|actor| actor["name"].as_str())
        .collect();
    assert_eq!(names, ["runtime", "watcher", "second"]);
    let said = actors[1]["stderr"]["head"].as_str().unwrap_or_default();
    assert_eq!(said, "127.0.0.1 sandbox.localdomain sandbox\n");
    let exchanges = transcript["exchanges"]
        .as_array()
        .expect("exchanges")
        .iter();
    let events = exchanges.filter(|call| {
        call["actor"] == 2
            && call["target"]
                .as_str()
                .is_some_and(|path| path.ends_with("/event/next"))
    });
    // The fifth event came because it had polled; whether its poll after it comes before the end is a matter of time.
    let polls = events.count();
    assert!((5..=6).contains(&polls), "{polls}");
}

#[test]
fn a_layer_is_seen_in_opt() {
    let desk = Desk::new();
    let started = "/opt/start \"$0\"";
    desk.program(
        "layer/extensions/watcher",
        &format!("#!/bin/sh\necho $0\nexec {started}\n"),
    );
    let start = extension("\"$1\"").replace("exec", "cat /opt/told\nexec");
    desk.program("layer/start", &start);
    desk.write("layer/told", "from the layer");
    let target = [
        "--extension",
        "layer/extensions/watcher",
        "--transcripts",
        "t",
    ];
    let done = desk.run(&[&target[..], &["--filter", "extension/registers"]].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let transcript = desk.report("t/extension/registers.json");
    let said = &transcript["actors"][1]["stdout"]["head"];
    assert_eq!(said, "/opt/extensions/watcher\nfrom the layer");
}

#[test]
fn an_extension_that_does_nothing_is_not_held_against_the_runtime() {
    let desk = Desk::new();
    desk.program("idle", "#!/bin/sh\nexec sleep 600\n");
    let target = [
        "--reference",
        "--extension",
        "idle",
        "--startup-timeout",
        "1",
    ];
    let done = desk.run(&[&target[..], &["--filter", "next/five_in_a_row"]].concat());
    assert_eq!(done.code, 3, "{}{}", done.out, done.err);
    let told = "`idle`, the extension beside the runtime, did not do its part";
    assert!(done.out.contains(told), "{}", done.out);
}

#[test]
fn what_cannot_be_beside_a_runtime_is_refused() {
    let with = |more: &[&'static str]| [&["--extension", "watcher"], more].concat();
    let gone = ["--reference", "--extension", "gone"];
    check_refused(&gone, &["--extension `gone`", "no such file"]);
    let twice = with(&["--extension", "other/watcher", "--reference"]);
    check_refused(&twice, &["two extensions are called `watcher`"]);
    let many = ["--extension", "watcher"].repeat(11);
    check_refused(
        &[&many[..], &["--reference"]].concat(),
        &["given 11 times", "10 at most"],
    );
}

#[test]
fn a_case_about_something_else_is_told() {
    let desk = Desk::new();
    let done = desk.run(&["--reference-extension", "--filter", "next/five_in_a_row"]);
    let told = "`next/five_in_a_row` matches only cases for a runtime, which this target is not";
    assert_eq!(done.code, 4, "{}{}", done.out, done.err);
    assert!(done.out.contains(told), "{}", done.out);
    let done = desk.run(&["--reference", "--filter", "extension/registers"]);
    assert_eq!(done.code, 4, "{}{}", done.out, done.err);
    assert!(
        done.out.contains("only cases for an extension"),
        "{}",
        done.out
    );
}

/// The batches of a record, each with its method and what the subscriber answered.
fn batches(transcript: &Value) -> Vec<(&str, Option<u64>, &str)> {
    let exchanges = transcript["exchanges"].as_array().expect("exchanges");
    let out = exchanges.iter();
    let out = out.filter(|exchange| exchange["direction"] == "outbound");
    out.map(|exchange| {
        let method = exchange["method"].as_str().expect("a method");
        let body = exchange["body"]["text"].as_str().expect("a text");
        (method, exchange["reply"]["status"].as_u64(), body)
    })
    .collect()
}

/// The built-in case with another subscription each time.
#[test]
fn each_api_delivers_by_each_protocol() {
    let case = include_str!("../cases/telemetry/receives_logs.json");
    for (told, method) in [
        ("telemetry", "POST"),
        ("telemetry tcp", "TCP"),
        ("logs", "POST"),
        ("logs tcp", "TCP"),
    ] {
        let desk = Desk::new();
        let named = case.replace("telemetry/receives_logs", "telemetry/other");
        let told = format!(r#""RICSPEC_SUBSCRIBE": "{told}""#);
        let asks = named.replace(r#""RICSPEC_SUBSCRIBE": "telemetry""#, &told);
        // The Logs API does not tell of the start.
        let asks = asks.replace("platform.initStart", "Subscribed");
        desk.write("cases/telemetry/other.json", &asks);
        let only = ["--filter", "telemetry/other", "--profile", "preview"];
        let more = ["--reference", "--cases", "cases", "--transcripts", "t"];
        let done = desk.run(&[&only[..], &more].concat());
        assert_eq!(done.code, 0, "{told}: {}{}", done.out, done.err);
        let transcript = desk.report("t/telemetry/other.json");
        let batches = batches(&transcript);
        for (by, _, body) in &batches {
            assert_eq!(*by, method, "{told}: {body}");
            assert_eq!(body.ends_with('\n'), method == "TCP", "{told}: {body}");
        }
        // The case waits for the answers to these two. Which other events come together with the line, and whether the last
        // batch of all is still answered, is a matter of time.
        for text in ["a line of the function", "platform.unknown"] {
            let mut meant = batches.iter().filter(|batch| batch.2.contains(text));
            let answered = (method == "POST").then_some(200);
            let status = meant.next().map(|batch| batch.1);
            assert_eq!(status, Some(answered), "{told}: {text} in {batches:?}");
        }
    }
}

/// The reference extension, after it has taken this port for as long as it lives.
fn on_port(port: u16) -> String {
    format!(
        "#!/bin/bash\nexport LC_ALL=C\nexec perl -e '\
         use Socket; $^F = 9; \
         socket(S, PF_INET, SOCK_STREAM, 0) and bind(S, sockaddr_in({port}, INADDR_ANY)) and listen(S, 1) \
         or die \"port {port}: $!\\n\"; \
         exec \"/bin/bash\", \"-c\", qq(exec -a $ARGV[0] {RICSPEC} reference --extension);' \"$0\"\n"
    )
}

#[test]
fn cases_at_the_same_time_have_the_same_port_each() {
    let desk = Desk::new();
    desk.program("watcher", &on_port(4243));
    let target = ["--extension", "watcher", "--jobs", "3", "--time-scale", "3"];
    let some = [
        "telemetry/un*",
        "telemetry/twice*",
        "extension/first*",
        "extension/reg*s",
    ];
    let only: Vec<&str> = some.iter().flat_map(|some| ["--filter", some]).collect();
    let all = [
        "--profile",
        "core",
        "--profile",
        "preview",
        "--transcripts",
        "t",
    ];
    let telemetry = ["--env", "RICSPEC_SUBSCRIBE=telemetry"];
    let done = desk.run(&[&target[..], &only, &all, &telemetry].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    // Who called is known there as well, and the batch of the case arrives; whether another one came first is a matter of time.
    let transcript = desk.report("t/telemetry/unknown_type.json");
    let arrived = batches(&transcript);
    let of_the_case = |batch: &(_, _, &str)| batch.2.contains("platform.ofTomorrow");
    let answers: Vec<_> = arrived.iter().filter(|batch| of_the_case(batch)).collect();
    assert!(matches!(answers[..], [(_, Some(200), _)]), "{arrived:?}");
    let exchanges = transcript["exchanges"].as_array().expect("exchanges");
    let by = |actor: u64| exchanges.iter().filter(move |call| call["actor"] == actor);
    assert!(by(0).count() > 1 && by(1).count() > 1);
}
