//! Faults of a case that neither types nor schema can find: a wrong id, unknown requirements, names, base64.

use std::collections::BTreeSet;

use super::beside::{not_of_companion, not_of_extension, not_of_runtime, not_of_target, of_actors};
use super::repeat::place_of;
use super::{Case, Step, bounds, feasible};
use crate::law::{self, Subject};
use crate::protocol::Actor;

/// JSON Pointer to the value, and what is wrong with it.
type Fault = (String, String);

/// How many faults of steps are reported.
const FAULTS_MAX: usize = 100;

/// The placeholder for the address of the decoy.
const DECOY_ADDRESS: &str = "{trap}";

/// The faults of a case that was read from `text`, in a file whose path gives it this id.
pub(super) fn faults_of(case: &Case, id: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if case.id != id {
        let message = format!("the id must follow from the file's path: `{id}`");
        faults.push(("/id".to_owned(), message));
    }
    faults.extend(beyond(case));
    faults.extend(bounds::of_case(case));
    faults.extend(without_concurrency(case));
    faults.extend(of_actors(case));
    for (index, id) in case.requirements.iter().enumerate() {
        let message = bad_requirement(case.subject, id);
        faults.extend(message.map(|message| (format!("/requirements/{index}"), message)));
    }
    if case.decoy.is_none() && text.contains(DECOY_ADDRESS) {
        faults.extend(without_trap(case));
    }
    let mut lists = vec![(Actor::Runtime, "/earlier".to_owned(), &*case.earlier)];
    lists.extend(
        case.lines()
            .zip(case.lists())
            .map(|((actor, line), list)| (actor, list, case.steps.get(line).unwrap_or_default())),
    );
    for (actor, list, steps) in lists {
        let found = match actor {
            Actor::Runtime if actor == case.target() => {
                let not_of_target =
                    |step: &Step| not_of_runtime(step).or_else(|| cites_nothing(step));
                faults_of_steps(case, steps, not_of_target)
            }
            Actor::Extension(_) if actor == case.target() => {
                let not_of_target =
                    |step: &Step| not_of_target(step).or_else(|| cites_nothing(step));
                faults_of_steps(case, steps, not_of_target)
            }
            Actor::Runtime => faults_of_steps(case, steps, not_of_companion),
            Actor::Extension(_) => faults_beside(steps),
        };
        if found.is_empty() {
            continue;
        }
        let file = serde_json::from_str(text).unwrap_or_default();
        let placed = found.into_iter().map(|(index, rest, message)| {
            let place = place_of(&file, &list, index);
            (format!("{place}{rest}"), message)
        });
        faults.extend(placed);
    }
    faults
}

/// The faults of a list of steps: the position of each step, the pointer in it, and what is wrong. A repeated step may have
/// the same fault each time, so the rest is not checked once there are many faults.
fn faults_of_steps(
    case: &Case,
    steps: &[Step],
    not_of_actor: impl Fn(&Step) -> Option<&'static str>,
) -> Vec<(usize, String, String)> {
    let mut found = feasible::of_steps(case, steps);
    found.truncate(FAULTS_MAX);
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (index, step) in steps.iter().enumerate() {
        let mut faulty = faults_of_step(case.subject, step, &names);
        let foreign = not_of_actor(step);
        faulty.extend(foreign.map(|message| (String::new(), message.to_owned())));
        found.extend(
            faulty
                .into_iter()
                .map(|(rest, message)| (index, rest, message)),
        );
        if found.len() > FAULTS_MAX {
            break;
        }
        names.extend(step.facts().name);
    }
    found
}

/// The same of an extension that is not under test.
fn faults_beside(steps: &[Step]) -> Vec<(usize, String, String)> {
    let faulty = steps.iter().enumerate().filter_map(|(index, step)| {
        let message = not_of_extension(step)?;
        Some((index, String::new(), message.to_owned()))
    });
    faulty.take(FAULTS_MAX).collect()
}

/// A `beyond` that is empty, or in a case without a service.
fn beyond(case: &Case) -> Option<Fault> {
    let text = case.beyond.as_ref()?;
    let message = match (text.trim().is_empty(), case.fact) {
        (true, _) => "say why the real service never does what this case does",
        (false, Some(_)) => "a case about an image plays no service, so it needs no `beyond`",
        (false, None) => return None,
    };
    Some(("/beyond".to_owned(), message.to_owned()))
}

/// Tracks in a mode where only one invocation may be in flight.
fn without_concurrency(case: &Case) -> Option<Fault> {
    let message = "tracks go on side by side, which needs the `mode` `managed_instances`";
    let lacks = !case.lines.is_empty() && case.actors.is_empty() && !case.mode.is_concurrent();
    lacks.then(|| ("/tracks".to_owned(), message.to_owned()))
}

/// Texts with `{trap}` in a case without a `trap`.
fn without_trap(case: &Case) -> Option<Fault> {
    let mut case = case.clone();
    let names_it = case.decoy_texts().any(|text| text.contains(DECOY_ADDRESS));
    let message = "`{trap}` stands for the address of the `trap`, but the case has none";
    names_it.then(|| (String::new(), message.to_owned()))
}

/// The faults of a step after which invocations of these names are known; the pointers start in the step.
fn faults_of_step(subject: Subject, step: &Step, names: &BTreeSet<&str>) -> Vec<Fault> {
    let mut faults = bounds::of_step(step);
    let cited = step.facts().cites.into_iter();
    faults.extend(
        cited
            .filter_map(|id| bad_requirement(subject, id))
            .map(|message| (String::new(), message)),
    );
    let facts = step.facts();
    let own = facts.of.map(|of| ("/expect/of".to_owned(), of));
    let checks = facts.checks.iter().enumerate();
    let meant = checks.filter_map(|(index, check)| {
        let (member, of) = check.rule.facts().of?;
        Some((format!("/expect/checks/{index}/rule/{member}"), of))
    });
    for (pointer, name) in own.into_iter().chain(meant) {
        if !names.contains(name) {
            let message = format!("no invocation named `{name}` is served before this step");
            faults.push((pointer, message));
        }
    }
    faults
}

/// A wait for the process under test without the requirement that is broken when nothing comes.
fn cites_nothing(step: &Step) -> Option<&'static str> {
    let message = "`cites` is missing: name the requirement that is broken when this does not come";
    step.expect()?.cites.is_empty().then_some(message)
}

/// What is wrong with a requirement that a case names: it is unknown, or binds something else than the case is about.
fn bad_requirement(subject: Subject, id: &str) -> Option<String> {
    match law::subject_of(id) {
        None => Some(format!(
            "unknown requirement `{id}`; see `ricspec list --requirements`"
        )),
        Some(bound) if bound != subject => Some(format!(
            "{id} binds {}, but the target of this case is {}: name requirements of its `subject` only",
            bound.told(),
            subject.told()
        )),
        Some(_) => None,
    }
}
