//! The credentials endpoint of an environment with SnapStart: it gives credentials to callers with its token, others after a
//! restore than before.

use super::other_call::{OtherCall, OtherReply};

/// Its path.
pub(super) const PATH: &str = "/2021-04-23/credentials";

/// The variable with its address.
pub const ADDRESS_VARIABLE: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/// The variable with its token.
pub const TOKEN_VARIABLE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// The token, which callers send as it is.
pub(super) const TOKEN: &str = "ricspec-credentials-3f1c8a52";

/// Before the restore.
const OLD: &str = r#"{"AccessKeyId":"ASIARICSPECBEFORE000","SecretAccessKey":"ricspec-secret-before","Token":"ricspec-token-before","Expiration":"2031-01-01T00:00:00Z"}"#;

/// After it.
const NEW: &str = r#"{"AccessKeyId":"ASIARICSPECRESTORED0","SecretAccessKey":"ricspec-secret-restored","Token":"ricspec-token-restored","Expiration":"2032-01-01T00:00:00Z"}"#;

/// Its address, for a Runtime API at this host and port.
pub(super) fn address(api: &str) -> String {
    format!("http://{api}{PATH}")
}

/// Answers a GET.
pub(super) fn answer(call: &OtherCall, restored: bool) -> OtherReply {
    if call.head.header("Authorization") != Some(TOKEN) {
        return OtherReply::text(404, "cannot get credentials for the provided token\n");
    }
    OtherReply::plain(200, if restored { NEW } else { OLD })
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::http1::Head;

    #[test]
    fn who_has_the_token_gets_the_credentials_of_now() {
        let check = |authorization: Option<&str>, restored, status, text: &str| {
            let authorization = authorization.map(|value| ("Authorization", value));
            let call = OtherCall {
                head: Head::of("GET", authorization.as_slice()),
                ..OtherCall::default()
            };
            let reply = answer(&call, restored);
            assert_eq!(reply.status, status, "{authorization:?}");
            let body = String::from_utf8_lossy(&reply.body).into_owned();
            assert!(body.contains(text), "{body}");
        };
        check(Some(TOKEN), false, 200, "ASIARICSPECBEFORE000");
        check(Some(TOKEN), true, 200, "ASIARICSPECRESTORED0");
        let refused = "cannot get credentials for the provided token\n";
        check(Some(&format!("Bearer {TOKEN}")), true, 404, refused);
        check(None, false, 404, refused);
    }
}
