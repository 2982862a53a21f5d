//! Reads again what the fuzzers have found, and their first inputs; and each of these with small changes, the same in every
//! run. `tests/fuzz` is the package for `cargo fuzz`.

#[path = "fuzz/readers.rs"]
mod readers;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often each input is changed.
const CHANGES: u64 = 40;

/// Far longer than any input may take.
const LONG: Duration = Duration::from_secs(20);

#[track_caller]
fn check(name: &str, reader: fn(&[u8])) {
    for (number, bytes) in corpus(name).into_iter().enumerate() {
        let began = Instant::now();
        reader(&bytes);
        for seed in 0..CHANGES {
            reader(&changed(&bytes, seed));
        }
        let took = began.elapsed();
        assert!(took < LONG, "{name}: input {number}: {took:?}");
    }
}

/// The inputs, in the order of their names.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let entries = fs::read_dir(folder.join(name)).expect("a corpus");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    assert!(paths.len() > 4, "{name}: the corpus is gone");
    let inputs = paths.iter().map(|path| fs::read(path).expect("an input"));
    inputs.collect()
}

/// Reads changed inputs of a corpus for ten minutes.
fn check_for_long(name: &str, reader: fn(&[u8])) {
    let corpus = corpus(name);
    let began = Instant::now();
    let mut inputs = 0_u64;
    while began.elapsed() < Duration::from_secs(600) {
        for bytes in &corpus {
            let bytes = changed(&changed(bytes, inputs), !inputs);
            let before = Instant::now();
            let read = std::panic::catch_unwind(|| reader(&bytes));
            let took = before.elapsed();
            if read.is_err() || took > LONG {
                let path = std::env::temp_dir().join(format!("ricspec-fuzz-{name}-{inputs}"));
                fs::write(&path, &bytes).expect("a file");
                panic!("{name}: {took:?}: {}", path.display());
            }
            inputs += 1;
        }
    }
    println!("{name}: {inputs} inputs");
}

/// The bytes with a few of them changed, lost, or doubled.
fn changed(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut chance = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: usize| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        usize::try_from(chance % (below.max(1) as u64)).unwrap_or_default()
    };
    let mut changed = bytes.to_vec();
    for _ in 0..=next(3) {
        let at = next(changed.len());
        let to = (at + next(16)).min(changed.len());
        match next(4) {
            0 => drop(changed.drain(at..to)),
            1 => {
                let again = changed.get(at..to).unwrap_or_default().to_vec();
                drop(changed.splice(at..at, again));
            }
            2 => changed.truncate(at),
            _ => {
                let odd = *b"\0\n\"0-9}\xff".get(next(8)).unwrap_or(&0);
                if let Some(byte) = changed.get_mut(at) {
                    *byte = odd;
                }
            }
        }
    }
    changed
}

#[test]
fn case_files() {
    check("case", readers::case);
}

#[test]
fn transcripts() {
    check("transcript", readers::transcript);
}

#[test]
fn requests() {
    check("http", readers::http);
}

#[test]
#[ignore = "ten minutes"]
fn case_files_for_long() {
    check_for_long("case", readers::case);
}

#[test]
#[ignore = "ten minutes"]
fn transcripts_for_long() {
    check_for_long("transcript", readers::transcript);
}

#[test]
#[ignore = "ten minutes"]
fn requests_for_long() {
    check_for_long("http", readers::http);
}
