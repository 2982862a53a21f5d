//! What documents and output hold.

use serde_json::json;

use super::broken::{DOCUMENT, check_echo, to_error};

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
                "/process/stdout",
                json!({"bytes": 29, "head": "token: ricspec-not-a-token ok", "tail": ""}),
            );
        },
        &[("LOG-05", "unwanted-output")],
    );
}
