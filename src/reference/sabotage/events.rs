//! Faults in taking an invocation: its id, its headers and its event.

use std::process::exit;

use serde_json::{Map, Number, Value};

use super::super::fault::{Fault, Flaw};
use super::super::invocation::Invocation;
use super::super::log;
use super::{LARGE_BYTES, Memory, values};

/// Changes an invocation before the runtime looks at it.
pub(in super::super) fn event(flaw: Flaw, invocation: &mut Invocation, memory: &Memory) {
    let Some(fault) = flaw.0 else { return };
    let first = memory.first.as_ref();
    let previous = memory.previous.as_ref();
    let former = |of: Option<&Invocation>| of.map(|former| former.id.clone());
    match fault {
        Fault::PreviousId => invocation.id = former(previous).unwrap_or(invocation.id.clone()),
        Fault::FirstId => invocation.id = former(first).unwrap_or(invocation.id.clone()),
        Fault::LowerCaseId => invocation.id.make_ascii_lowercase(),
        Fault::UpperCaseId => invocation.id.make_ascii_uppercase(),
        Fault::ShortId => invocation.id.truncate(36),
        Fault::CutsIdAtSign => {
            let sign = |byte: &u8| b":,;".contains(byte);
            let end = invocation.id.iter().position(sign);
            invocation.id.truncate(end.unwrap_or(usize::MAX));
        }
        Fault::NumericId if invocation.id.iter().all(u8::is_ascii_digit) => {
            let zeros = invocation.id.iter().take_while(|byte| **byte == b'0');
            invocation.id.drain(..zeros.count());
        }
        Fault::HyphenatedId if invocation.id.len() == 32 => {
            for at in [8, 13, 18, 23] {
                invocation.id.insert(at, b'-');
            }
        }
        Fault::LongId => invocation.id.truncate(255),
        Fault::RepeatsForEmpty if invocation.event.is_empty() => {
            let before = previous.map(|former| former.event.clone());
            invocation.event = before.unwrap_or_default();
        }
        Fault::DiesOfLargeAfterError
            if memory.failures > 0 && invocation.event.len() >= LARGE_BYTES =>
        {
            exit(1)
        }
        Fault::StaleInvocationId if invocation.invocation_id.is_some() => {
            if let Some(previous) = previous.and_then(|former| former.invocation_id.clone()) {
                invocation.invocation_id = Some(previous);
            }
        }
        Fault::FirstInvocationId if invocation.invocation_id.is_some() => {
            invocation.invocation_id = first.and_then(|first| first.invocation_id.clone());
        }
        Fault::NoInvocationId => invocation.invocation_id = None,
        Fault::UpperCaseInvocationId => {
            let upper = |id: Vec<u8>| id.to_ascii_uppercase();
            invocation.invocation_id = invocation.invocation_id.take().map(upper);
        }
        Fault::InventsInvocationId if invocation.invocation_id.is_none() => {
            invocation.invocation_id = Some(invocation.id.clone());
        }
        Fault::EmptiesInvocationId if invocation.invocation_id.is_some() => {
            invocation.invocation_id = Some(Vec::new());
        }
        Fault::EmptyInvocationId if invocation.invocation_id.is_none() => {
            invocation.invocation_id = Some(Vec::new());
        }
        Fault::RunsLargerEventAgain => {
            let large =
                previous.filter(|former| (65_536..LARGE_BYTES).contains(&former.event.len()));
            if let Some(former) = large.filter(|former| former.event.len() > invocation.event.len())
            {
                invocation.event = former.event.clone();
            }
        }
        _ => bytes(fault, invocation),
    }
}

fn bytes(fault: Fault, invocation: &mut Invocation) {
    let json = serde_json::from_slice::<Value>(&invocation.event);
    let text = String::from_utf8_lossy(&invocation.event);
    let changed: Vec<u8> = match fault {
        Fault::DropsFourByteLetters => text
            .chars()
            .map(|letter| if letter.len_utf8() == 4 { '?' } else { letter })
            .collect::<String>()
            .into_bytes(),
        Fault::ReadsLatin1 => {
            let latin1: String = invocation.event.iter().copied().map(char::from).collect();
            latin1.into_bytes()
        }
        Fault::RoundsNumbers => match &json {
            Ok(value) => rounded(value.clone()).to_string().into_bytes(),
            Err(_) => return,
        },
        Fault::ClampsNumbers => match &json {
            Ok(value) => clamped(value.clone()).to_string().into_bytes(),
            Err(_) => return,
        },
        Fault::DiesOfNulEscape if text.contains("\\u0000") => exit(1),
        Fault::CutsAtNul => text.split("\\u0000").collect::<String>().into_bytes(),
        Fault::TrimsStrings => text.replace(" \"", "\"").into_bytes(),
        Fault::DropsEmptyStrings => text.replace("\"\"", "null").into_bytes(),
        Fault::OneWordForEmpty => match &json {
            Ok(value) => one_word(value.clone()).to_string().into_bytes(),
            Err(_) => return,
        },
        Fault::PrintsEvents => {
            log::say(&format!("event: {text}"));
            return;
        }
        Fault::LimitsDepth if text.contains(&"[".repeat(64)) => b"deep".to_vec(),
        Fault::CutsEvent => invocation.event.iter().copied().take(1024 * 1024).collect(),
        Fault::CutsWholeBuffers if invocation.event.len().is_multiple_of(4096) => {
            let kept = invocation.event.len().saturating_sub(1);
            invocation.event.iter().copied().take(kept).collect()
        }
        Fault::DiesOfMalformedEvent if json.is_err() && !invocation.event.is_empty() => exit(1),
        Fault::DiesOfEmptyEvent if invocation.event.is_empty() => exit(1),
        Fault::DiesOfScalarEvent if json.is_ok_and(|json| !json.is_object()) => exit(1),
        _ => return values::event(fault, invocation),
    };
    invocation.event = changed.into();
}

/// A value as a language holds it that has one kind of container, and no members without a value.
fn one_word(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(one_word).collect(),
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            let kept: Map<String, Value> =
                kept.map(|(name, value)| (name, one_word(value))).collect();
            match kept.is_empty() {
                true => Value::Array(Vec::new()),
                false => Value::Object(kept),
            }
        }
        other => other,
    }
}

/// Numbers as a language without integers holds them.
fn rounded(value: Value) -> Value {
    each_number(value, |number| match number.as_f64() {
        Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => Value::Number(number),
        Some(float) => Value::from(float),
        None => Value::Null,
    })
}

/// Numbers as a language with integers of 32 bits holds them.
fn clamped(value: Value) -> Value {
    each_number(value, |number| match number.as_i64() {
        Some(whole) => Value::from(whole.clamp(i32::MIN.into(), i32::MAX.into())),
        None => Value::Number(number),
    })
}

fn each_number(value: Value, change: fn(Number) -> Value) -> Value {
    match value {
        Value::Number(number) => change(number),
        Value::Array(items) => {
            let items = items.into_iter();
            items.map(|item| each_number(item, change)).collect()
        }
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, each_number(value, change)))
            .collect(),
        other => other,
    }
}
