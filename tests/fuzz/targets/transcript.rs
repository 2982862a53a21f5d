//! Fuzzes the reader of the same name.
#![no_main]

#[path = "../readers.rs"]
#[allow(dead_code, reason = "each target has one of the readers")]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::transcript(bytes));
