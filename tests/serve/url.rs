//! HTTP requests to a function that is served, as at its URL.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::{Outcome, Served, WAIT_MAX, body, runtime};

/// Returns the event, or an HTTP answer for some paths.
const ANSWERS: &str = r#"call=response
case $event in
  *'"rawPath":"/chosen"'*) answer='{"statusCode":201,"headers":{"X-A":"1"},"cookies":["a=1","b=2"],"body":"PGI+","isBase64Encoded":true}';;
  *'"rawPath":"/bad"'*) answer='{"statusCode":99}';;
  *'"rawPath":"/fails"'*) call=error answer='{"errorType":"A.B","errorMessage":"as asked"}';;
  *) answer=$event;;
esac
printf 'POST /2018-06-01/runtime/invocation/%s/%s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s' "$id" "$call" "${#answer}" "$answer" >&3"#;

/// The answer to a request.
fn ask(served: &Served, head: &str, body: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(&served.address)?;
    stream.set_read_timeout(Some(WAIT_MAX))?;
    let length = body.len();
    write!(
        stream,
        "{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn a_request_for_any_path_invokes_the_function_and_gets_its_answer() -> Outcome {
    let served = Served::start(&["--http", "--", "bash", "-c", &runtime(ANSWERS)])?;
    let head = "PUT /a/b?c=1&c=2 HTTP/1.1\r\nCookie: d=3\r\nContent-Type: text/plain";
    let plain = ask(&served, head, "Hello")?;
    assert!(plain.starts_with("HTTP/1.1 200 OK\r\n"), "{plain}");
    assert!(
        plain.contains("\r\nContent-Type: application/json\r\n"),
        "{plain}"
    );
    let event: Value = serde_json::from_str(body(&plain))?;
    assert_eq!(event["rawPath"], "/a/b");
    assert_eq!(event["queryStringParameters"]["c"], "1,2");
    assert_eq!(event["cookies"][0], "d=3");
    assert_eq!(event["requestContext"]["http"]["method"], "PUT");
    assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(event["body"], "Hello");
    let chosen = ask(&served, "GET /chosen HTTP/1.1", "")?;
    assert!(chosen.starts_with("HTTP/1.1 201 "), "{chosen}");
    assert!(chosen.contains("\r\nX-A: 1\r\n"), "{chosen}");
    assert_eq!(chosen.matches("\r\nSet-Cookie: ").count(), 2, "{chosen}");
    assert_eq!(body(&chosen), "<b>");
    for path in ["/bad", "/fails"] {
        let answer = ask(&served, &format!("GET {path} HTTP/1.1"), "")?;
        assert!(answer.starts_with("HTTP/1.1 502 "), "{path}: {answer}");
    }
    // The Invoke API is still there.
    assert_eq!(body(&served.invoke("", "\"John\"")?), "\"John\"");
    served.end()?;
    Ok(())
}

#[test]
fn without_the_option_another_path_is_not_found() -> Outcome {
    let served = Served::start(&["--reference"])?;
    let answer = ask(&served, "GET /a HTTP/1.1", "")?;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    served.end()?;
    Ok(())
}
