//! Nothing that may wait makes a caller wait.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::watched::mkfifo;
use super::{ECHO, Outcome, Served, body, invoke};

/// Answers, and polls again only when something is written to the pipe GATE.
const POLLS_LATER: &str = r#"while :; do
exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}"
printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n' >&3
while IFS= read -r line <&3 && line=${line%$'\r'} && [ -n "$line" ]; do
  case $line in Lambda-Runtime-Aws-Request-Id:*) id=${line#*: };; esac
done
printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1' "$id" >&3
cat "$GATE" >/dev/null
exec 3>&-
done"#;

#[test]
fn a_caller_gets_its_answer_before_the_runtime_polls_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let gate = folder.path().join("gate");
    mkfifo(&gate)?;
    let env = format!("GATE={}", gate.display());
    let served = Served::start(&["--env", &env, "--", "bash", "-c", POLLS_LATER])?;
    for _ in 0..2 {
        // It would wait for the poll, which waits for us.
        assert_eq!(body(&served.invoke("", "{}")?), "1");
        fs::write(&gate, "go")?;
    }
    served.end()?;
    Ok(())
}

#[test]
fn a_log_that_nobody_reads_holds_up_no_caller_and_says_what_is_lost() -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ricspec"))
        .args(["serve", "--port", "0", "--reference"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut log = BufReader::new(child.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    log.read_line(&mut line)?;
    let address = line.split("http://").nth(1);
    let address = address.and_then(|rest| rest.split('/').next());
    let address = address.ok_or("no address")?;
    // More than what may wait, and a pipe.
    for _ in 0..20 {
        invoke(address, "", r#"{"ricspec":1,"do":"log","bytes":1000000}"#)?;
    }
    assert_eq!(body(&invoke(address, "", ECHO)?), "\"John\"");
    // Whoever reads in the end is told.
    while !line.contains("entries of this log are lost") {
        line.clear();
        assert!(log.read_line(&mut line)? > 0, "nothing is told");
    }
    end(&child)?;
    log.read_to_string(&mut line)?;
    assert_eq!(child.wait()?.code(), Some(0));
    Ok(())
}

#[test]
fn a_log_whose_reader_has_gone_holds_up_nobody() -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ricspec"))
        .args(["serve", "--port", "0", "--reference"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    // As `head -1` does.
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let address = line.split("http://").nth(1);
    let address = address.and_then(|rest| rest.split('/').next());
    for _ in 0..3 {
        let answer = invoke(address.ok_or("no address")?, "", ECHO)?;
        assert_eq!(body(&answer), "\"John\"");
    }
    end(&child)?;
    assert_eq!(child.wait()?.code(), Some(0));
    Ok(())
}

fn end(child: &Child) -> Outcome {
    let pid = Pid::from_raw(child.id().cast_signed()).ok_or("no process")?;
    Ok(kill_process(pid, Signal::INT)?)
}
