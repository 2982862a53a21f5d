//! A function whose files change while it is served.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use super::{Outcome, Served, body, invoke};

/// Answers with the word that was in the file `word` when it started. The event `"wait"` is answered when something is
/// written to the pipe GATE.
const SAYS_A_WORD: &str = r#"word=$(cat word)
call() { exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}"; printf "$1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n$2" >&3; }
api=/2018-06-01/runtime/invocation
while call "GET $api/next" '\r\n'; do
    while read -r line <&3 && [ "$line" != $'\r' ]; do
        case $line in Lambda-Runtime-Aws-Request-Id:*) id=${line#*: } id=${id%$'\r'} ;; esac
    done
    event=$(cat <&3)
    if [ "$event" = '"wait"' ]; then cat "$GATE" >/dev/null; fi
    call "POST $api/$id/response" "Content-Length: ${#word}\r\n\r\n$word"
    cat <&3 >/dev/null
done"#;

#[test]
fn a_changed_file_starts_the_environment_anew_and_no_call_is_lost() -> Outcome {
    let (folder, aside) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (word, gate) = (folder.path().join("word"), aside.path().join("gate"));
    mkfifo(&gate)?;
    // At once, so that no environment sees half of it.
    let put = |text: &str| {
        fs::write(aside.path().join("word"), text)?;
        fs::rename(aside.path().join("word"), &word)
    };
    put("1")?;
    let root = folder.path().display().to_string();
    let env = format!("GATE={}", gate.display());
    let runtime = ["--", "bash", "-c", SAYS_A_WORD];
    let options = ["--watch", "--task-root", &root, "--env", &env];
    let served = Served::start(&[&options[..], &runtime].concat())?;
    assert_eq!(body(&served.invoke("", "{}")?), "1");
    put("2")?;
    served.log_until("changed: word; the next invocation gets a new environment")?;
    assert_eq!(body(&served.invoke("", "{}")?), "2");
    // The invocation in progress gets on, and who waits behind it comes to the new environment.
    let address = served.address.clone();
    let caller = |event: &'static str| {
        let address = address.clone();
        thread::spawn(move || invoke(&address, "", event).unwrap_or_default())
    };
    served.log_until("START")?;
    let first = caller("\"wait\"");
    served.log_until("START")?;
    let second = caller("{}");
    put("3")?;
    served.log_until("changed: word;")?;
    fs::write(&gate, "go")?;
    let answers = [first, second].map(|caller| caller.join().unwrap_or_default());
    assert_eq!(answers.each_ref().map(|answer| body(answer)), ["2", "3"]);
    let (_, log) = served.end()?;
    assert!(
        !log.contains("SIGKILL"),
        "the end of an old environment is no fault: {log}"
    );
    Ok(())
}

pub fn mkfifo(path: &Path) -> Outcome {
    let made = Command::new("mkfifo").arg(path).status()?;
    made.success()
        .then_some(())
        .ok_or_else(|| "mkfifo failed".into())
}
