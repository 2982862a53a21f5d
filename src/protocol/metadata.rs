//! The metadata endpoint: tells where the environment runs, to callers with its token.

use super::other_call::{OtherCall, OtherReply};

/// Its path.
pub(super) const PATH: &str = "/2026-01-15/metadata/execution-environment";

/// `AWS_LAMBDA_METADATA_TOKEN`
pub(super) const TOKEN: &str = "6b0b7f6e-3d61-4a52-9a0e-7c1d5b0f9a34";

/// The reply.
const DOCUMENT: &str = r#"{"AvailabilityZoneID":"use1-az1"}"#;

/// Answers a call: checks the method before the token.
pub(super) fn answer(call: &OtherCall) -> OtherReply {
    if call.method != "GET" {
        return OtherReply::text(405, "Method Not Allowed\n");
    }
    let token = call.authorization.as_deref();
    if token.and_then(|token| token.strip_prefix("Bearer ")) != Some(TOKEN) {
        return OtherReply::text(401, "Unauthorized\n");
    }
    let headers = [
        ("Content-Type", "application/json"),
        ("Cache-Control", "private, max-age=43200, immutable"),
    ];
    OtherReply {
        status: 200,
        headers: headers
            .map(|(name, value)| (name, value.to_owned()))
            .to_vec(),
        body: DOCUMENT.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_get_with_the_token_is_told() {
        let check = |method: &str, authorization: Option<&str>, status| {
            let call = OtherCall {
                method: method.to_owned(),
                authorization: authorization.map(str::to_owned),
                ..OtherCall::default()
            };
            assert_eq!(answer(&call).status, status, "{method} {authorization:?}");
        };
        let right = format!("Bearer {TOKEN}");
        check("GET", Some(&right), 200);
        check("GET", Some(TOKEN), 401);
        check("GET", Some("Bearer other"), 401);
        check("GET", None, 401);
        check("POST", Some(&right), 405);
        check("POST", None, 405);
    }
}
