//! Event streams: the framing in which a caller of the Invoke API gets an answer as it comes.
//!
//! Pure. A message has its length, the length of its headers and the CRC of both, then its headers and its payload, and the CRC
//! of all that. Numbers are big-endian; all headers here are texts.

use serde::Serialize;

/// The media type of a stream.
pub const MEDIA_TYPE: &str = "application/vnd.amazon.eventstream";

/// The type of a header whose value is a text.
const TEXT: u8 = 7;

/// The two lengths, the CRC of both, and the CRC at the end.
const FRAME_BYTES: usize = 16;

/// Part of an answer.
pub fn payload_chunk(data: &[u8]) -> Vec<u8> {
    event("PayloadChunk", "application/octet-stream", data)
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Complete<'a> {
    /// `Unhandled` if the function failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<&'a str>,
    /// The error document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_details: Option<&'a str>,
    /// The end of the log in base64, if it is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_result: Option<&'a str>,
}

/// The end of an answer.
pub fn invoke_complete(complete: Complete<'_>) -> Vec<u8> {
    let payload = serde_json::to_vec(&complete).expect("texts always serialise");
    event("InvokeComplete", "application/json", &payload)
}

fn event(name: &str, media: &str, payload: &[u8]) -> Vec<u8> {
    let headers = [
        (":event-type", name),
        (":content-type", media),
        (":message-type", "event"),
    ];
    message(&headers, payload)
}

/// One message. Names and values are ours, and short.
fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in headers {
        head.extend(u8::try_from(name.len()).unwrap_or(u8::MAX).to_be_bytes());
        head.extend(name.bytes());
        head.push(TEXT);
        head.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        head.extend(value.bytes());
    }
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    let total = FRAME_BYTES + head.len() + payload.len();
    let mut message = Vec::with_capacity(total);
    message.extend(length(total));
    message.extend(length(head.len()));
    message.extend(crc32fast::hash(&message).to_be_bytes());
    message.extend(head);
    message.extend_from_slice(payload);
    message.extend(crc32fast::hash(&message).to_be_bytes());
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::hex;

    /// Vectors that the SDKs of AWS are tested with.
    #[test]
    fn messages_are_those_of_the_sdks() {
        let json = b"{'foo':'bar'}";
        let media = [("content-type", "application/json")];
        for (headers, payload, expected) in [
            (&[][..], &b""[..], "000000100000000005c248eb7d98c8ff"),
            (
                &[][..],
                &json[..],
                "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936",
            ),
            (
                &media[..],
                &json[..],
                "0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1",
            ),
        ] {
            assert_eq!(hex(&message(headers, payload)), expected);
        }
    }

    #[test]
    fn an_end_without_a_failure_says_nothing() {
        let message = invoke_complete(Complete::default());
        assert!(message.windows(2).any(|pair| pair == b"{}"));
    }
}
