//! The three readers of bytes from outside, each as a function that may refuse, but must not panic or hang.

use std::sync::LazyLock;

use ricspec::case::{Case, Source, Trust, embedded, read};
use ricspec::http1::{Event, Reader};
use ricspec::run::result_of;
use ricspec::transcript::{self, Transcript};

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| read(&embedded()).unwrap_or_default());

/// A case file; a fault has a place.
pub fn case(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for trust in [Trust::Theirs, Trust::Ours] {
        let source = Source {
            path: "case.json".to_owned(),
            id: "a/b".to_owned(),
            text: text.to_owned().into(),
            trust,
        };
        for fault in read(&[source]).err().into_iter().flatten() {
            assert!(
                fault.line > 0 && fault.to_string().len() < 10_000,
                "{fault}"
            );
        }
    }
}

/// A transcript, which is then judged; a written transcript reads as it was.
pub fn transcript(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(transcript) = transcript::read(text) else {
        return;
    };
    let known = CASES.iter().find(|case| case.id == transcript.case);
    if let Some(case) = known.or(CASES.first()) {
        let one = result_of(case, &transcript, 0);
        let other = result_of(case, &transcript, 0);
        assert_eq!(one.findings, other.findings);
    }
    let written = serde_json::to_value(&transcript).expect("JSON");
    let back: Transcript = serde_json::from_value(written.clone()).expect("a transcript");
    assert_eq!(serde_json::to_value(&back).expect("JSON"), written);
}

/// The bytes of a connection: how they are split changes only when data is reported.
pub fn http(bytes: &[u8]) {
    let whole = events(bytes.chunks(usize::MAX));
    assert_eq!(whole, events(bytes.chunks(1)));
    let size = bytes.first().map_or(1, |first| usize::from(*first) + 1);
    assert_eq!(whole, events(bytes.chunks(size)));
}

/// What is read from pieces, without the data, whose total must equal the body.
fn events<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut reader = Reader::keeping(1000);
    let mut events: Vec<Event> = pieces.flat_map(|piece| reader.feed(piece)).collect();
    events.extend(reader.finish());
    let (mut told, mut sizes) = (0, Vec::<u64>::new());
    let mut come = Vec::new();
    for event in events {
        match &event {
            Event::Data { bytes, chunks, .. } => {
                told += bytes;
                sizes.extend(chunks);
                continue;
            }
            Event::End { body, .. } => {
                assert_eq!(std::mem::take(&mut told), body.bytes);
                come.push(format!("{:?}", std::mem::take(&mut sizes)));
            }
            Event::Head(_) | Event::Lost(_) | Event::Garbage(_) => {}
        }
        come.push(format!("{event:?}"));
    }
    come
}
