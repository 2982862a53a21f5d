//! Which cases a mutant is played against.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::super::mutant::Mutant;
use crate::case::Case;
use crate::law::Subject;

/// One in so many cases of other areas is in the sample.
const OTHERS: u8 = 32;

/// One in so many cases is in the sample for a variant.
const OF_VARIANTS: u8 = 3;

/// One in so many cases is in the sample for a variant of the extension; there are few.
const OF_VARIANTS_OF_EXTENSION: u8 = 2;

/// One in so many cases that take long is in the sample for a variant.
const LONG_OF_VARIANTS: u8 = 16;

/// One in so many cases that a mutant of the extension does not break is in its sample.
const OTHERS_OF_EXTENSION: u8 = 4;

/// Whether a case names one of these requirements.
pub(super) fn names_any(case: &Case, ids: &[&str]) -> bool {
    let mut named = case.requirements.iter();
    named.any(|id| ids.contains(&id.as_str()))
}

/// The profile of first cases of new modes, before their areas are complete.
const PREVIEW: &str = "preview";

/// The profile of cases with extensions beside the runtime, which take seconds.
const EXTENSIONS: &str = "extensions";

/// The profile of cases about results that the function writes piece by piece.
const STREAMING: &str = "streaming";

/// The profile of cases about functions with SnapStart.
const SNAPSTART: &str = "snapstart";

/// The profiles whose cases are scored.
pub const PROFILES: [&str; 5] = ["core", PREVIEW, EXTENSIONS, STREAMING, SNAPSTART];

/// How much a score plays. In any case, a mutant plays a case that takes long only if it breaks a requirement which the case
/// names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// All cases; against a mutant that hangs in each of them, a sample.
    Whole,
    /// Against a mutant: cases that name what it breaks, those of its own area, and a fixed part of the others. Against a
    /// variant: a fixed third, and a smaller part of those that take long.
    Sample,
}

/// The cases to play against a mutant, or a variant; those that name what it breaks come first.
pub fn played_against(mutant: &Mutant, cases: &[Arc<Case>], extent: Extent) -> Vec<Arc<Case>> {
    let (meant, others): (Vec<&Arc<Case>>, Vec<&Arc<Case>>) = cases
        .iter()
        .filter(|case| mutant.is_subject_of(case))
        .partition(|case| names_any(case, mutant.breaks));
    let own = own_area(&meant);
    // Each of its cases takes as long as the case may take.
    let extent = match mutant.hangs {
        true => Extent::Sample,
        false => extent,
    };
    let is_played = |case: &&Arc<Case>| match (mutant.is_variant(), extent) {
        (true, Extent::Whole) => true,
        (true, Extent::Sample) if case.is_long() => is_drawn(mutant, case, LONG_OF_VARIANTS),
        (true, Extent::Sample) => match case.subject {
            Subject::Runtime | Subject::Image => is_drawn(mutant, case, OF_VARIANTS),
            Subject::Extension => is_drawn(mutant, case, OF_VARIANTS_OF_EXTENSION),
        },
        // Cases of these profiles are played only against their own mutants.
        (false, _)
            if case.is_long()
                || [PREVIEW, EXTENSIONS, STREAMING, SNAPSTART].contains(&&*case.profile) =>
        {
            false
        }
        (false, Extent::Whole) => true,
        // All cases about an extension are of one area or two.
        (false, Extent::Sample) if case.subject == Subject::Extension => {
            is_drawn(mutant, case, OTHERS_OF_EXTENSION)
        }
        (false, Extent::Sample) => {
            own.is_none_or(|area| area == case.area()) || is_drawn(mutant, case, OTHERS)
        }
    };
    let others = others.into_iter().filter(is_played);
    meant.iter().copied().chain(others).cloned().collect()
}

/// The area that has most of these cases.
fn own_area<'a>(meant: &[&'a Arc<Case>]) -> Option<&'a str> {
    let mut areas = BTreeMap::new();
    for case in meant {
        *areas.entry(case.area()).or_insert(0) += 1;
    }
    areas
        .into_iter()
        .max_by_key(|(_, cases)| *cases)
        .map(|(area, _)| area)
}

/// Whether a case belongs to the one in so many that are drawn for this mutant. The choice depends only on the names, so that
/// a score is always the same.
fn is_drawn(mutant: &Mutant, case: &Case, parts: u8) -> bool {
    let text = format!("{}\n{}", mutant.name, case.id);
    let digest = Sha256::digest(text);
    digest
        .first()
        .copied()
        .unwrap_or_default()
        .is_multiple_of(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::collections::BTreeSet;

    use super::super::super::{MUTANTS, VARIANTS};
    use crate::case::{embedded, read};

    fn cases() -> Vec<Arc<Case>> {
        let cases = read(&embedded()).expect("cases");
        let is_scored = |case: &Case| PROFILES.contains(&&*case.profile);
        cases.into_iter().filter(is_scored).map(Arc::new).collect()
    }

    fn ids(cases: &[Arc<Case>]) -> BTreeSet<&str> {
        cases.iter().map(|case| case.id.as_str()).collect()
    }

    fn own_cases(mutant: &Mutant, cases: &[Arc<Case>]) -> Vec<Arc<Case>> {
        let own = cases.iter().filter(|case| mutant.is_subject_of(case));
        own.cloned().collect()
    }

    #[test]
    fn a_variant_is_played_against_everything_about_its_subject() {
        let cases = cases();
        for variant in VARIANTS {
            let played = played_against(variant, &cases, Extent::Whole);
            let own: Vec<Arc<Case>> = own_cases(variant, &cases);
            assert_eq!(ids(&played), ids(&own), "{}", variant.name);
        }
    }

    #[test]
    fn a_sample_has_each_case_for_some_variants() {
        let cases = cases();
        let mut played = BTreeMap::new();
        for variant in VARIANTS {
            for case in played_against(variant, &cases, Extent::Sample) {
                *played.entry(case.id.clone()).or_insert(0) += 1;
            }
        }
        for case in &cases {
            let of = played.get(&case.id).copied().unwrap_or_default();
            let all = VARIANTS.iter().filter(|one| one.is_subject_of(case));
            assert!((1..all.count()).contains(&of), "{}: {of}", case.id);
        }
    }

    #[test]
    fn a_sample_holds_what_the_mutant_breaks_first_and_its_own_area() {
        let cases = cases();
        let mut all = 0;
        for mutant in MUTANTS
            .iter()
            .filter(|one| one.subject() == Subject::Runtime)
        {
            let played = played_against(mutant, &cases, Extent::Sample);
            all += played.len();
            let meant = cases
                .iter()
                .filter(|case| names_any(case, mutant.breaks))
                .count();
            assert!(meant > 0, "no case names what {} breaks", mutant.name);
            let first = played.iter().take(meant);
            assert!(first.clone().all(|case| names_any(case, mutant.breaks)));
            let first: Vec<&Arc<Case>> = first.collect();
            let own = own_area(&first).expect("an area");
            let whole = played_against(mutant, &cases, Extent::Whole);
            let of_area = |case: &&Arc<Case>| case.area() == own;
            assert_eq!(
                played.iter().filter(of_area).count(),
                whole.iter().filter(of_area).count(),
                "{}",
                mutant.name
            );
            assert!(
                played.iter().any(|case| case.area() != own),
                "{}",
                mutant.name
            );
            assert_eq!(ids(&played).len(), played.len(), "{}", mutant.name);
        }
        let whole = cases.len() * MUTANTS.len();
        assert!(all < whole / 3, "{all} of {whole}");
    }

    #[test]
    fn a_sample_for_a_mutant_of_the_extension_holds_what_it_breaks_and_a_part_of_the_others() {
        let cases = cases();
        let (mut played, mut whole) = (0, 0);
        for mutant in MUTANTS
            .iter()
            .filter(|one| one.subject() == Subject::Extension)
        {
            let sample = played_against(mutant, &cases, Extent::Sample);
            let own = own_cases(mutant, &cases);
            let meant = own.iter().filter(|case| names_any(case, mutant.breaks));
            let meant: Vec<Arc<Case>> = meant.cloned().collect();
            assert!(
                ids(&sample).is_superset(&ids(&meant)) && !meant.is_empty(),
                "{}",
                mutant.name
            );
            played += sample.len();
            whole += own.len();
        }
        assert!(played < whole / 2, "{played} of {whole}");
    }

    #[test]
    fn a_long_case_is_played_where_it_is_meant_to_be() {
        let mut cases = cases();
        let named = MUTANTS.first().expect("a mutant").breaks;
        let long = Case {
            id: "next/long".to_owned(),
            requirements: vec![(*named.first().expect("a requirement")).to_owned()],
            deadline_ms: 60_000,
            ..serde_json::from_str(
                r#"{"$schema": "", "id": "next/long", "title": "", "why": "", "requirements": [],
                    "steps": [{"serve": {"hold_ms": 35000}}]}"#,
            )
            .expect("a case")
        };
        cases.push(Arc::new(long));
        let against = |mutant: &Mutant, extent| {
            ids(&played_against(mutant, &cases, extent)).contains("next/long")
        };
        for extent in [Extent::Whole, Extent::Sample] {
            for mutant in MUTANTS {
                let meant = mutant.breaks.iter().any(|id| named.first() == Some(id));
                assert_eq!(against(mutant, extent), meant, "{}", mutant.name);
            }
        }
        let mut of_runtime = VARIANTS
            .iter()
            .filter(|variant| variant.subject() == Subject::Runtime);
        assert!(of_runtime.all(|variant| against(variant, Extent::Whole)));
    }
}
