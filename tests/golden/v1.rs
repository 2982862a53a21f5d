//! Recordings of schema 1 are read, and show what they showed.

use ricspec::check::judge;
use ricspec::protocol::Mode;
use ricspec::transcript::{Signal, Transcript, read};

use super::{RECORDINGS, case, check_valid, golden, pairs, recording, text, transcript, windows};

/// Recordings that are kept in schema 1 only, with the breaches that they show.
const OLD: &[(&str, &[(&str, &str)])] = &[
    ("lifecycle/output_before_the_freeze", &[]),
    ("managed/answers_in_reverse_order", &[]),
    ("next/frozen_while_idle", &[]),
    ("next/idle_without_work", &[]),
    ("next/redirect", &[("NEXT-13", "redirect-followed")]),
    ("response/nothing_added", &[("RESP-06", "body-without-end")]),
    ("response/null", &[]),
    ("restore/frozen_and_restored", &[]),
];

#[track_caller]
fn old(id: &str) -> Transcript {
    read(&text(&golden(&format!("v1/{id}.json")))).unwrap_or_else(|error| panic!("{id}: {error}"))
}

#[test]
fn old_recordings_show_what_they_showed() {
    for (id, expected) in RECORDINGS.iter().chain(OLD) {
        let old = old(id);
        let found = judge(&case(id), &old);
        assert_eq!(pairs(&found), *expected, "{id}: {found:#?}");
        windows::check(&case(id), &old);
        let written = serde_json::to_value(&old).expect("JSON");
        check_valid("transcript.schema.json", None, &written);
        assert_eq!(judge(&case(id), &transcript(&written)), found, "{id}");
    }
}

#[test]
fn a_recording_is_the_same_in_both_schemas() {
    for (id, expected) in RECORDINGS {
        let found = judge(&case(id), &old(id));
        assert_eq!(found, judge(&case(id), &transcript(&recording(id))), "{id}");
        assert_eq!(found.len(), expected.len(), "{id}");
    }
}

#[test]
fn what_schema_1_did_not_tell_is_found_elsewhere_or_left_open() {
    let mode = |id| old(id).mode;
    assert_eq!(mode("response/null"), Mode::OnDemand);
    assert_eq!(mode("restore/frozen_and_restored"), Mode::SnapStart);
    let concurrent = Mode::ManagedInstances { max_concurrency: 2 };
    assert_eq!(mode("managed/answers_in_reverse_order"), concurrent);
    let frozen = old("next/frozen_while_idle");
    let signals = frozen.runtime().signals.iter();
    let signals: Vec<Signal> = signals.map(|one| one.signal).collect();
    assert_eq!(signals, [Signal::Stop, Signal::Cont]);
    let measured = old("next/idle_without_work");
    assert!(measured.runtime().measures.len() > 1);
    let chunked = old("response/null");
    let mut chunks = chunked.exchanges.iter().filter_map(|call| call.chunks());
    let chunks = chunks.next().expect("a body in chunks");
    assert_eq!(chunks.first.iter().map(|chunk| chunk.bytes).sum::<u64>(), 4);
    assert!(chunked.exchanges.iter().all(|call| call.actor.is_none()));
}
