//! Published sets never change; the newest set of each subject agrees with the law, and its cases are still there.

use std::collections::BTreeSet;

use ricspec::case::embedded_ids;
use ricspec::law::{Set, Subject, requirements, sets, sets_for};

use super::{check_valid, files, none};

#[test]
fn sets_are_valid_and_named_after_their_files() {
    let paths = files("sets");
    check_valid("set.schema.json", &paths);
    let stems = paths.iter().filter_map(|path| path.file_stem());
    let stems: Vec<_> = stems
        .map(|stem| stem.to_string_lossy().into_owned())
        .collect();
    let names: Vec<_> = sets().iter().map(|set| set.name.clone()).collect();
    assert_eq!(stems, names);
}

/// What the law says otherwise than a set, for requirements that the set has.
fn departures(set: &Set) -> Vec<String> {
    let mut faults = Vec::new();
    for member in &set.requirements {
        let what = match requirements().get(&member.id) {
            None => "is gone from the law; ids stay",
            Some(law) if law.level != member.level => "has another level in the law",
            Some(law) if law.text != member.text => "has another text in the law",
            Some(_) => continue,
        };
        faults.push(format!(
            "{}: {} {what}; a published set never changes, so publish a new one: \
             ricspec list --freeze NAME-YYYY-MM > specs/sets/NAME-YYYY-MM.json",
            set.name, member.id
        ));
    }
    faults
}

#[test]
fn the_law_agrees_with_the_newest_sets() {
    for subject in [Subject::Runtime, Subject::Extension] {
        let newest = sets_for(subject)
            .next_back()
            .expect("a set for each subject");
        none(&departures(newest));
    }
}

/// The cases of a set that are gone.
fn lost(set: &Set, there: &BTreeSet<String>) -> Vec<String> {
    let gone = set.cases.iter().filter(|id| !there.contains(*id));
    gone.map(|id| {
        format!(
            "{}: the case {id} is gone; a published case keeps its id, and one that asks for more gets a new one",
            set.name
        )
    })
    .collect()
}

#[test]
fn the_cases_of_sets_keep_their_ids() {
    let there: BTreeSet<String> = embedded_ids().into_iter().collect();
    for set in sets() {
        assert!(!set.cases.is_empty(), "{} names no case", set.name);
        none(&lost(set, &there));
    }
    let none_there = BTreeSet::new();
    assert_eq!(lost(&sets()[0], &none_there).len(), sets()[0].cases.len());
}

#[test]
fn a_law_that_moved_is_told_and_a_new_requirement_is_not() {
    let mut set = Set::of_law("runtime-api-2026-11", Subject::Runtime);
    set.requirements.remove(0);
    assert!(departures(&set).is_empty());
    set.requirements[0].text.push('x');
    set.requirements[1].level = ricspec::law::Level::Info;
    let [text, level] = &departures(&set)[..] else {
        panic!("{:?}", departures(&set));
    };
    assert!(text.contains("another text") && level.contains("another level"));
}
