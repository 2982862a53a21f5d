//! `ricspec serve` as its callers see it.

#[path = "serve/killed.rs"]
mod killed;
#[path = "serve/options.rs"]
mod options;
#[path = "serve/record.rs"]
mod record;
#[path = "serve/streamed.rs"]
mod streamed;
#[path = "serve/unhindered.rs"]
mod unhindered;
#[path = "serve/url.rs"]
mod url;
#[path = "serve/watched.rs"]
mod watched;

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

const ECHO: &str = r#"{"ricspec":1,"do":"echo","value":"John"}"#;

/// The time limit where a test waits for it: an invocation that only echoes must not reach it on a busy machine, in seconds.
const TIMEOUT_S: &str = "3";

/// Longer than any test takes.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A function that is served.
struct Served {
    child: Child,
    /// Its first line, which says where it is.
    first: String,
    address: String,
    /// What it prints, to the end: it would wait for a reader.
    log: Option<JoinHandle<String>>,
    /// The lines of it, as they come.
    lines: Receiver<String>,
}

impl Served {
    fn start(arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        Self::start_with(&std::env::var("PATH")?, arguments)
    }

    /// With this search path.
    fn start_with(path: &str, arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ricspec"))
            .args(["serve", "--port", "0"])
            .args(arguments)
            .env("PATH", path)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut log = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut first = String::new();
        log.read_line(&mut first)?;
        let address = first
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split('/').next());
        let address = address
            .ok_or_else(|| format!("no address: {first}"))?
            .to_owned();
        let (sender, lines) = channel();
        let log = thread::spawn(move || {
            let (mut text, mut line) = (String::new(), String::new());
            // What cannot be read is not there.
            while log.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
                text += &line;
                // Few tests look at the lines.
                let _ = sender.send(std::mem::take(&mut line));
            }
            text
        });
        Ok(Self {
            child,
            first,
            address,
            log: Some(log),
            lines,
        })
    }

    fn invoke(&self, headers: &str, event: &str) -> Result<String, Box<dyn Error>> {
        invoke(&self.address, headers, event)
    }

    /// Waits for the next line of the log with this text.
    fn log_until(&self, text: &str) -> Outcome {
        let mut seen = String::new();
        loop {
            let line = self.lines.recv_timeout(WAIT_MAX);
            let line = line.map_err(|_| format!("no line has {text:?}: {seen}"))?;
            if line.contains(text) {
                return Ok(());
            }
            seen += &line;
        }
    }

    /// Interrupts it: its exit code, and its log.
    fn end(mut self) -> Result<(Option<i32>, String), Box<dyn Error>> {
        let pid = Pid::from_raw(self.child.id().cast_signed()).ok_or("no process")?;
        kill_process(pid, Signal::INT)?;
        let log = self.log.take().ok_or("no log")?.join();
        let log = log.map_err(|_| "the reader panicked")?;
        Ok((self.child.wait()?.code(), log))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended already, or a test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn invoke(address: &str, headers: &str, event: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(WAIT_MAX))?;
    let length = event.len();
    write!(
        stream,
        "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: {address}\r\n\
         Connection: close\r\nContent-Length: {length}\r\n{headers}\r\n{event}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[test]
fn a_caller_gets_the_result_and_the_log_shows_what_lambda_shows() -> Outcome {
    let served = Served::start(&["--reference"])?;
    assert_eq!(body(&served.invoke("", ECHO)?), "\"John\"");
    let thrown = served.invoke("", r#"{"ricspec":1,"do":"fail"}"#)?;
    assert!(
        thrown.contains("\r\nX-Amz-Function-Error: Unhandled\r\n"),
        "{thrown}"
    );
    // An invocation ends at the next poll, so the last one may not have ended.
    served.invoke("", ECHO)?;
    let (code, log) = served.end()?;
    assert_eq!(code, Some(0), "{log}");
    for word in ["START RequestId: ", "END RequestId: ", "REPORT RequestId: "] {
        assert!(
            (2..=3).contains(&log.matches(word).count()),
            "{word}: {log}"
        );
    }
    assert_eq!(log.matches("Init Duration: ").count(), 1, "{log}");
    assert!(log.contains("Max Memory Used: "), "{log}");
    Ok(())
}

/// The command of a runtime that breaks a MUST in each answer.
const BREAKS_A_MUST: [&str; 5] = [
    "--",
    env!("CARGO_BIN_EXE_ricspec"),
    "reference",
    "--mutant",
    "response-two-framings",
];

#[test]
fn a_log_in_json_has_an_object_a_line() -> Outcome {
    let served = Served::start(&[&["--log-format", "json"][..], &BREAKS_A_MUST].concat())?;
    served.invoke("", r#"{"ricspec":1,"do":"print","text":"a line"}"#)?;
    served.invoke("", r#"{"ricspec":1,"do":"fail"}"#)?;
    served.invoke("", ECHO)?;
    let (_, log) = served.end()?;
    let lines: Result<Vec<Value>, _> = log.lines().map(serde_json::from_str).collect();
    let lines = lines.map_err(|error| format!("{error}: {log}"))?;
    let of = |kind: &str| {
        lines
            .iter()
            .filter(|line| line["type"] == kind)
            .collect::<Vec<_>>()
    };
    let starts = of("platform.start");
    assert_eq!(starts.len(), 3, "{log}");
    let id = &starts[1]["record"]["requestId"];
    let reports = of("platform.report");
    let failed: Vec<_> = reports
        .iter()
        .filter(|line| line["record"]["requestId"] == *id)
        .collect();
    assert_eq!(failed[0]["record"]["status"], "error", "{log}");
    assert!(
        failed[0]["record"]["metrics"]["maxMemoryUsedMB"].is_number(),
        "{log}"
    );
    let breach = &of("ricspec.breach")[0]["record"];
    assert_eq!(breach["requirement"], "RESP-06", "{log}");
    assert!(
        starts
            .iter()
            .any(|line| line["record"]["requestId"] == breach["requestId"]),
        "{log}"
    );
    Ok(())
}

#[test]
fn a_runtime_that_ends_or_takes_too_long_is_started_again() -> Outcome {
    let served = Served::start(&["--reference", "--timeout", TIMEOUT_S])?;
    let exited = served.invoke("", r#"{"ricspec":1,"do":"exit","code":3}"#)?;
    assert!(exited.contains("Runtime.ExitError"), "{exited}");
    assert_eq!(body(&served.invoke("", ECHO)?), "\"John\"");
    let late = served.invoke("", r#"{"ricspec":1,"do":"sleep","ms":30000}"#)?;
    assert!(late.contains("Task timed out after 3.00 seconds"), "{late}");
    assert_eq!(body(&served.invoke("", ECHO)?), "\"John\"");
    let (_, log) = served.end()?;
    assert!(log.contains("the runtime exited with code 3"), "{log}");
    Ok(())
}

/// A runtime in the shell. The lines answer each event: `$id` is its request id, `$event` its text, and the connection is
/// open as 3.
fn runtime(answers: &str) -> String {
    let polls = r#"exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}"
printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n' >&3
while IFS= read -r line <&3 && line=${line%$'\r'} && [ -n "$line" ]; do
  case $line in
    Lambda-Runtime-Aws-Request-Id:*) id=${line#*: };;
    Content-Length:*) length=${line#*: };;
  esac
done
IFS= read -r -N "$length" event <&3"#;
    format!("while :; do\n{polls}\n{answers}\nread -r line <&3\nexec 3>&-\ndone")
}

/// Takes an event, prints a line and ends.
const CRASHES: &str = r#"exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}"
printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n' >&3
read -r line <&3
echo 'last words'
exit 3"#;

#[test]
fn the_caller_of_a_runtime_that_ends_gets_what_it_printed() -> Outcome {
    let served = Served::start(&["--", "bash", "-c", CRASHES])?;
    let answer = served.invoke("X-Amz-Log-Type: Tail\r\n", "{}")?;
    let last_words = "X-Amz-Log-Result: bGFzdCB3b3Jkcwo=";
    assert!(answer.contains(last_words), "{answer}");
    served.end()?;
    Ok(())
}

#[test]
fn no_call_is_lost_among_many_callers() -> Outcome {
    let served = Served::start(&["--reference", "--environments", "2"])?;
    let address = &served.address;
    let answers: Vec<String> = thread::scope(|scope| {
        let callers: Vec<_> = (0..64)
            .map(|number| {
                let event = format!(r#"{{"ricspec":1,"do":"echo","value":{number}}}"#);
                scope.spawn(move || invoke(address, "", &event).unwrap_or_default())
            })
            .collect();
        let answers = callers.into_iter().map(|caller| caller.join());
        answers.map(Result::unwrap_or_default).collect()
    });
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(body(answer), number.to_string(), "{answer}");
    }
    served.end()?;
    Ok(())
}

#[test]
fn a_breach_is_told_where_it_happens_and_fails_a_strict_day() -> Outcome {
    let served = Served::start(&[&["--strict"][..], &BREAKS_A_MUST].concat())?;
    // Long after what is kept of the calls before: still each kind of breach once.
    for _ in 0..100 {
        served.invoke("", ECHO)?;
    }
    let (code, log) = served.end()?;
    assert_eq!(code, Some(1), "{log}");
    assert_eq!(
        log.matches("RESP-06  MUST  two-framings").count(),
        1,
        "{log}"
    );
    assert!(log.contains("explain   ricspec explain RESP-06"), "{log}");
    assert_eq!(log.matches("  MUST  ").count(), 1, "no other breach: {log}");
    Ok(())
}

#[test]
fn a_long_day_of_a_right_runtime_shows_no_breach() -> Outcome {
    let served = Served::start(&["--reference", "--strict"])?;
    for turn in 0..200 {
        let event = match turn % 3 {
            0 => r#"{"ricspec":1,"do":"fail"}"#,
            _ => ECHO,
        };
        served.invoke("", event)?;
    }
    let (code, log) = served.end()?;
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("explain"), "{log}");
    Ok(())
}

#[test]
fn bad_options_are_one_clear_message() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("env");
    std::fs::write(&file, "# a comment\nA=1\nB\n")?;
    let file = file.display().to_string();
    for (arguments, message) in [
        (
            vec!["--timeout", "0", "--reference"],
            "--timeout must be from 1 to 900",
        ),
        (
            vec!["--environments", "0", "--reference"],
            "must be at least 1",
        ),
        (
            vec!["--env-file", &file, "--reference"],
            "line 3: write NAME=VALUE",
        ),
        (
            vec!["--env-file", "/no/such", "--reference"],
            "--env-file `/no/such`",
        ),
        (
            vec!["--cors", "http://localhost/", "--reference"],
            "write scheme and host",
        ),
        (
            vec!["--runtime-api-address", "10.0.0.1:9001", "--reference"],
            "write 127.0.0.1:PORT",
        ),
        (
            vec![
                "--environments",
                "2",
                "--runtime-api-address",
                "127.0.0.1:9001",
                "--reference",
            ],
            "leave out --environments",
        ),
        (
            vec!["--watch", "/no/such", "--reference"],
            "--watch: cannot watch /no/such",
        ),
        (vec![], "no target"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_ricspec"))
            .args(["serve", "--port", "0"])
            .args(&arguments)
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(message), "{arguments:?}: {said}");
        assert_eq!(output.status.code(), Some(2), "{said}");
    }
    Ok(())
}
