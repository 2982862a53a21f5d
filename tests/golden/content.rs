//! The content of documents and output.

use serde_json::json;

use super::broken::{DOCUMENT, check, check_echo, to_error};

#[test]
fn a_success_reported_as_an_error() {
    check_echo(
        |tape| to_error(tape, DOCUMENT),
        &[("RESP-01", "error-instead-of-response")],
    );
}

#[test]
fn an_error_document_that_lacks_its_type() {
    check_echo(
        |tape| to_error(tape, r#"{"errorMessage": "as asked"}"#),
        &[
            ("ERR-02", "missing-member"),
            ("RESP-01", "error-instead-of-response"),
        ],
    );
}

#[test]
fn credentials_in_the_output() {
    check_echo(
        |tape| {
            tape.set(
                "/actors/0/stdout",
                json!({"bytes": 29, "head": "token: ricspec-not-a-token ok", "tail": ""}),
            );
        },
        &[("LOG-05", "unwanted-output")],
    );
}

/// The function's log, with each `from` replaced by `to`, has this one breach.
#[track_caller]
fn check_logged(from: &str, to: &str, code: &str) {
    check(
        "logging/logger_id",
        |tape| {
            let logged = tape.at("/actors/0/stdout/head");
            let text = logged.as_str().unwrap_or_default().replace(from, to);
            let bytes = text.len();
            tape.set(
                "/actors/0/stdout",
                json!({"bytes": bytes, "head": text, "tail": ""}),
            );
        },
        &[("LOG-06", code)],
    );
}

#[test]
fn what_the_function_logs() {
    let last = "8476a536-e9f4-4a8c-a156-0986afee4405";
    check_logged(last, "", "log-line-without-id");
    check_logged(last, &last.replace("05", "04"), "log-line-of-another");
    check_logged(
        "{\"timestamp\":\"2026-11-30T00:03:32.577",
        "",
        "not-a-json-line",
    );
    check_logged("ricspec-logged-fifth", "", "missing-output");
    check_logged("\\nand", "\nand", "not-a-json-line");
}
