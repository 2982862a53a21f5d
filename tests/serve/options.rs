//! What the options of `ricspec serve` change.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{ECHO, Outcome, Served, body};

const RICSPEC: &str = env!("CARGO_BIN_EXE_ricspec");

/// The variables with these names, as the function sees them.
fn variables(served: &Served, names: &[&str]) -> Result<Value, Box<dyn std::error::Error>> {
    let event = json!({"ricspec": 1, "do": "env", "names": names}).to_string();
    Ok(serde_json::from_str(body(&served.invoke("", &event)?))?)
}

#[test]
fn the_function_of_the_reference_runtime_returns_what_newcomers_send() -> Outcome {
    let served = Served::start(&["--reference"])?;
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/page/events");
    let mut texts = vec!["\"John\"".to_owned(), "null".to_owned(), "{}".to_owned()];
    for entry in fs::read_dir(events)? {
        texts.push(fs::read_to_string(entry?.path())?);
    }
    assert!(texts.len() > 5, "no examples");
    for text in &texts {
        let answer = served.invoke("", text)?;
        assert!(!answer.contains("X-Amz-Function-Error"), "{answer}");
        let (sent, returned): (Value, Value) = (
            serde_json::from_str(text)?,
            serde_json::from_str(body(&answer))?,
        );
        assert_eq!(sent, returned);
    }
    // An event of the contract means what it says.
    let unknown = served.invoke("", r#"{"ricspec":1,"do":"no-such-verb"}"#)?;
    assert!(unknown.contains("no such verb"), "{unknown}");
    served.end()?;
    Ok(())
}

#[test]
fn a_command_is_taken_as_the_emulator_takes_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("sub"))?;
    let root = folder.path().display().to_string();
    let script = format!("exec {RICSPEC} reference");
    let command = ["bash", "-c", &script, "sub/fixture.handler"];
    let served = Served::start(&[&["--task-root", &root][..], &command].concat())?;
    let seen = variables(&served, &["_HANDLER"])?;
    assert_eq!(seen, json!({"_HANDLER": "sub/fixture.handler"}));
    served.end()?;
    Ok(())
}

#[test]
fn variables_of_a_file_and_the_memory_reach_the_function() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("env");
    fs::write(&file, "# a comment\n\nA=of the file\nB=of the file\n")?;
    let file = file.display().to_string();
    let options = ["--env-file", &file, "--env", "B=given", "--memory", "256"];
    let served = Served::start(&[&options[..], &["--reference"]].concat())?;
    let seen = variables(&served, &["A", "B", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])?;
    let expected =
        json!({"A": "of the file", "B": "given", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256"});
    assert_eq!(seen, expected);
    served.log_until("Memory Size: 256 MB")?;
    served.end()?;
    Ok(())
}

/// A port that the system gives to nobody by itself.
fn quiet_port() -> Option<u16> {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).ok()?;
    (first..first + 100).find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}

#[test]
fn the_address_of_the_runtime_api_can_be_chosen_and_stays() -> Outcome {
    let api = format!("localhost:{}", quiet_port().ok_or("no port")?);
    let served = Served::start(&["--runtime-api-address", &api, "--reference"])?;
    for _ in 0..2 {
        let seen = variables(&served, &["AWS_LAMBDA_RUNTIME_API"])?;
        assert_eq!(seen, json!({"AWS_LAMBDA_RUNTIME_API": api}));
        let exited = served.invoke("", r#"{"ricspec":1,"do":"exit","code":3}"#)?;
        assert!(exited.contains("Runtime.ExitError"), "{exited}");
    }
    served.end()?;
    Ok(())
}

#[test]
fn a_port_that_is_open_to_other_machines_is_told() -> Outcome {
    let mut child = Command::new(RICSPEC)
        .args(["serve", "--port", "0", "--listen", "0.0.0.0", "--reference"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let errors = child.stderr.take().ok_or("no errors")?;
    let read = BufReader::new(errors).read_line(&mut line);
    child.kill()?;
    child.wait()?;
    read?;
    assert!(
        line.contains("note: other machines can invoke the function at 0.0.0.0:"),
        "{line}"
    );
    Ok(())
}

#[test]
fn a_log_in_json_says_where_the_function_is() -> Outcome {
    let served = Served::start(&["--log-format", "json", "--reference"])?;
    let line: Value = serde_json::from_str(&served.first)?;
    assert_eq!(line["type"], "ricspec.listening");
    let base = format!("http://{}", served.address);
    let url = format!("{base}/2015-03-31/functions/function/invocations");
    assert_eq!(
        line["record"],
        json!({"url": url, "page": format!("{base}/_ricspec")})
    );
    assert_eq!(body(&served.invoke("", ECHO)?), "\"John\"");
    served.end()?;
    Ok(())
}
