//! Faults in the bodies of responses.

use std::process::exit;
use std::sync::{Mutex, PoisonError};

use super::super::failure::Failure;
use super::super::fault::{Fault, Flaw};
use super::super::fixture::Returned;
use super::super::quirks;
use super::{field, values};

/// Encodes what the function returned, or fails to.
pub(in super::super) fn encode(flaw: Flaw, returned: Returned) -> Result<Vec<u8>, Failure> {
    match (flaw.0, &returned) {
        (Some(Fault::DiesOfUnserializable), Returned::Opaque) => exit(1),
        (Some(Fault::NullForUnserializable), Returned::Opaque) => Ok(b"null".to_vec()),
        (Some(Fault::WritesNan), Returned::Number(_)) => Ok(b"NaN".to_vec()),
        _ => quirks::encode(flaw, returned),
    }
}

/// What the function has printed last.
static PRINTED: Mutex<String> = Mutex::new(String::new());

/// Notes what the function prints.
pub(in super::super) fn printed(flaw: Flaw, text: &str) {
    if flaw.is(Fault::ChokesOnOutput) && text.len() > 512 * 1024 {
        exit(1);
    }
    if flaw.is(Fault::PutsOutputIntoBody) {
        text.clone_into(&mut PRINTED.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Changes a response.
pub(in super::super) fn distort(flaw: Flaw, body: Vec<u8>) -> Vec<u8> {
    let Some(fault) = flaw.0 else { return body };
    let text = || String::from_utf8_lossy(&body).into_owned();
    match fault {
        Fault::Envelope => format!(r#"{{"statusCode":200,"body":{}}}"#, text()).into_bytes(),
        Fault::Base64 => {
            use base64::Engine as _;
            let coded = base64::engine::general_purpose::STANDARD.encode(&body);
            format!("\"{coded}\"").into_bytes()
        }
        Fault::QuotesResponse => serde_json::to_vec(&text()).unwrap_or(body),
        Fault::AddsNewline => [body, b"\n".to_vec()].concat(),
        Fault::StripsNewlines => text().replace("\\n", "").into_bytes(),
        Fault::RawControls => text().replace("\\u0007", "\u{7}").into_bytes(),
        Fault::AddsByteOrderMark => [b"\xef\xbb\xbf".to_vec(), body].concat(),
        Fault::PutsOutputIntoBody => {
            let mut printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
            [std::mem::take(&mut *printed).into_bytes(), body].concat()
        }
        Fault::WordForNothing if body == b"null" => b"None".to_vec(),
        Fault::Latin1Response => text()
            .chars()
            .map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?'))
            .collect(),
        Fault::CutsResponse => body.into_iter().take(1024 * 1024).collect(),
        Fault::LimitsResponse if body.len() > 4 * 1024 * 1024 => exit(1),
        Fault::Escapes(letters) => field::result(letters, body),
        _ => values::result(fault, body),
    }
}
