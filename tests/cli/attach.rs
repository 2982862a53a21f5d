//! A runtime that its author starts, case by case.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use super::{Desk, Done, RICSPEC};

/// Kills the loop that starts runtimes.
struct Loop(std::process::Child);

impl Drop for Loop {
    fn drop(&mut self) {
        // Its own process group: the shell, and the runtime that it has started.
        if let Some(group) = rustix::process::Pid::from_raw(self.0.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

/// A port that was free just now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn a_runtime_that_its_author_starts_is_checked_case_by_case() {
    use std::os::unix::process::CommandExt;

    let desk = Desk::new();
    let port = free_port().to_string();
    let mut runtime = Command::new("sh");
    runtime
        .args([
            "-c",
            "while :; do \"$0\" reference; sleep 0.1; done",
            RICSPEC,
        ])
        .env("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{port}"))
        .env("_HANDLER", "fixture.handler")
        .env("LAMBDA_TASK_ROOT", "/")
        .env("AWS_LAMBDA_FUNCTION_NAME", "ricspec-function")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    let _runtime = Loop(desk.place(&mut runtime).spawn().expect("a shell"));
    let mut command = Command::new(RICSPEC);
    command.args([
        "run",
        "--attach",
        "--port",
        &port,
        "--report",
        "json=r.json",
    ]);
    let filters = [
        "response/echo_object",
        "next/i*",
        "error/reported",
        "init/exit",
        "lifecycle/term_ends",
    ];
    command.args(filters.iter().flat_map(|filter| ["--filter", filter]));
    let done = Done::of(desk.place(&mut command));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    for part in [
        &*format!("ricspec waits for your runtime at 127.0.0.1:{port}"),
        &*format!("export AWS_LAMBDA_RUNTIME_API=127.0.0.1:{port}"),
        "the probe: waiting for a new process of your runtime",
        "response/echo_object: waiting",
    ] {
        assert!(done.out.contains(part), "{part}\n{}", done.out);
    }
    let report = desk.read("r.json");
    assert!(
        report.contains("ricspec does not see of an attached runtime"),
        "{report}"
    );
    assert!(!report.contains("\"verdict\": \"fail\""), "{report}");
    assert!(
        report.matches("\"verdict\": \"pass\"").count() >= 4,
        "{report}"
    );
}

#[test]
fn nothing_else_may_name_a_target() {
    let desk = Desk::new();
    desk.refuse(&["run", "--attach", "--", "./bootstrap"], 2, &["--attach"]);
    desk.refuse(
        &["run", "--attach", "--memory", "512"],
        2,
        &["needs --image"],
    );
}
