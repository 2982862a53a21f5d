//! Compares what the two services did, and both with the list. Pure.

use std::collections::BTreeSet;

use libtest_mimic::{Failed, Trial};

use crate::script::{Call, Difference, Script, Seen};

/// A shorter reason says too little.
const REASON_LEAST: usize = 40;

/// The faults, in words: none if every difference is listed and every listed one occurs.
pub fn faults(
    script: &Script,
    ours: &[Seen],
    theirs: &[Seen],
    listed: &[Difference],
) -> Vec<String> {
    let mut faults = Vec::new();
    let all = script.all_calls();
    let calls = all.len();
    if (ours.len(), theirs.len()) != (calls, calls) {
        faults.push(format!(
            "{calls} calls; ricspec's log has {}, the emulator's {}",
            ours.len(),
            theirs.len()
        ));
    }
    for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let number = index + 1;
        let (ours, theirs) = (apart(ours, theirs), apart(theirs, ours));
        let known = listed.iter().find(|difference| difference.call == number);
        let (expect_ours, expect_theirs) = known
            .map(|known| (known.ricspec.clone(), known.emulator.clone()))
            .unwrap_or_default();
        if (&ours, &theirs) == (&expect_ours, &expect_theirs) {
            continue;
        }
        let send = all.get(index).map_or("", |call| &call.send);
        let what = match known {
            None => "differs, which is not listed",
            Some(_) if ours.is_empty() && theirs.is_empty() => {
                "is listed in differences.toml, and no longer differs"
            }
            Some(_) => "differs otherwise than listed",
        };
        faults.push(format!(
            "call {number}, {send}: {what}\n  ricspec = {}\n  emulator = {}",
            table(&ours),
            table(&theirs)
        ));
    }
    faults
}

/// Where ricspec's service does not do what the list says: this needs no emulator.
pub fn unlike_the_list(script: &Script, ours: &[Seen], listed: &[Difference]) -> Vec<String> {
    let mut faults = Vec::new();
    for difference in listed {
        let seen = ours.get(difference.call.wrapping_sub(1));
        let lacks = seen.map_or_else(
            || difference.ricspec.clone(),
            |seen| apart(&difference.ricspec, seen),
        );
        if !lacks.is_empty() {
            faults.push(format!(
                "{}, call {}: ricspec no longer says {}, as differences.toml lists",
                script.name,
                difference.call,
                table(&lacks)
            ));
        }
    }
    faults
}

/// The fields of the first that the second lacks, or has with another value.
fn apart(one: &Seen, other: &Seen) -> Seen {
    let differs = |(field, value): &(&String, &String)| other.get(*field) != Some(value);
    let fields = one.iter().filter(differs);
    fields
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}

/// In the form of the list.
fn table(seen: &Seen) -> String {
    let fields = seen.iter().map(|(field, value)| {
        let mut value = value.clone();
        if value.len() > 300 {
            value = format!("{} bytes", value.len());
        }
        format!("{field} = {value:?}")
    });
    format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
}

/// The tests of the list and of this file; they need no emulator.
pub fn trials(scripts: &[Script], differences: &[Difference]) -> Vec<Trial> {
    let (scripts, differences) = (scripts.to_vec(), differences.to_vec());
    vec![
        Trial::test("every_listed_difference_is_of_a_call_and_has_a_reason", {
            move || none("differences.toml", &unsound(&scripts, &differences))
        }),
        Trial::test("a_difference_that_is_not_listed_fails", || {
            expect(&seen("202"), &seen("403"), &[], "which is not listed")
        }),
        Trial::test("a_listed_difference_passes", || {
            let list = [difference("202", "403")];
            none("", &faults(&script(), &seen("202"), &seen("403"), &list))
        }),
        Trial::test("a_listed_difference_that_has_gone_fails", || {
            let list = [difference("202", "403")];
            expect(&seen("202"), &seen("202"), &list, "no longer differs")
        }),
        Trial::test("a_difference_other_than_listed_fails", || {
            let list = [difference("202", "403")];
            expect(&seen("202"), &seen("400"), &list, "otherwise than listed")
        }),
        Trial::test(
            "a_difference_gone_on_our_side_fails_without_the_emulator",
            || {
                let list = [difference("202", "403")];
                none("", &unlike_the_list(&script(), &seen("202"), &list))?;
                match &unlike_the_list(&script(), &seen("403"), &list)[..] {
                    [_] => Ok(()),
                    other => Err(format!("not one fault: {other:?}").into()),
                }
            },
        ),
        Trial::test("a_reply_that_is_missing_fails", || {
            expect(&seen("202"), &[], &[], "the emulator's 0")
        }),
    ]
}

/// Entries that name no call, or whose reason is too short.
fn unsound(scripts: &[Script], differences: &[Difference]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut met = BTreeSet::new();
    for difference in differences {
        let Difference { script, call, .. } = difference;
        let known = scripts.iter().find(|known| known.name == *script);
        if known.is_none_or(|known| *call == 0 || *call > known.all_calls().len()) {
            faults.push(format!("{script} has no call {call}"));
        }
        if !met.insert((script, call)) {
            faults.push(format!("{script}, call {call}: listed twice"));
        }
        if difference.reason.len() < REASON_LEAST {
            faults.push(format!("{script}, call {call}: give a reason"));
        }
    }
    let mut names = BTreeSet::new();
    let twice = scripts.iter().filter(|script| !names.insert(&script.name));
    faults.extend(twice.map(|script| format!("two scripts are named {}", script.name)));
    faults
}

/// An error with all faults, if there are any.
pub fn none(about: &str, faults: &[String]) -> Result<(), Failed> {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(format!("{about}\n{}", faults.join("\n")).into()),
    }
}

/// There is one fault, and it says this.
fn expect(ours: &[Seen], theirs: &[Seen], list: &[Difference], says: &str) -> Result<(), Failed> {
    match &faults(&script(), ours, theirs, list)[..] {
        [fault] if fault.contains(says) => Ok(()),
        other => Err(format!("not one fault with `{says}`: {other:?}").into()),
    }
}

fn script() -> Script {
    Script {
        name: "one".to_owned(),
        about: String::new(),
        restores: false,
        direct: None,
        calls: vec![Call::default()],
        extensions: Vec::new(),
        times_out: false,
    }
}

fn seen(status: &str) -> Vec<Seen> {
    vec![Seen::from([
        ("status".to_owned(), status.to_owned()),
        ("body".to_owned(), String::new()),
    ])]
}

fn difference(ours: &str, theirs: &str) -> Difference {
    let status = |status: &str| Seen::from([("status".to_owned(), status.to_owned())]);
    Difference {
        script: "one".to_owned(),
        call: 1,
        ricspec: status(ours),
        emulator: status(theirs),
        reason: String::new(),
    }
}
