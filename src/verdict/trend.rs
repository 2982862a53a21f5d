//! Many reports in a row: for each target, what it broke at each time, and what changed since the time before.

use std::collections::BTreeMap;

use super::{Comparison, Date, Report, compare};
use crate::law::Level;

/// The reports of one target, the oldest first.
#[derive(Clone, Debug)]
pub struct Course<'a> {
    /// The target's name, without its version.
    pub name: String,
    /// Its reports.
    pub points: Vec<Point<'a>>,
}

/// A report, and what changed since the one before.
#[derive(Clone, Debug)]
pub struct Point<'a> {
    /// The report.
    pub report: &'a Report,
    /// Its day, if it names one.
    pub day: Option<Date>,
    /// The target's own name with its version.
    pub name: String,
    /// The requirements of each level that are broken.
    pub must: Score,
    /// The same for SHOULD.
    pub should: Score,
    /// What changed; `None` for the first.
    pub change: Option<Comparison>,
}

/// How many requirements were tried, and how many of them are broken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Score {
    /// Broken.
    pub broken: usize,
    /// Broken or conforming.
    pub tried: usize,
}

/// The reports by target and day. Those without a day come first; on one day, the order given decides.
pub fn trend(reports: &[Report]) -> Vec<Course<'_>> {
    let mut by_name: BTreeMap<String, Vec<&Report>> = BTreeMap::new();
    for report in reports {
        by_name.entry(bare_name(report)).or_default().push(report);
    }
    let courses = by_name.into_iter().map(|(name, mut reports)| {
        reports.sort_by_key(|report| report.day);
        let mut points: Vec<Point<'_>> = Vec::new();
        for report in reports {
            let before = points.last().map(|point| point.report);
            let change = before.map(|before| compare(before, report));
            points.push(Point::of(report, change));
        }
        Course { name, points }
    });
    courses.collect()
}

/// `aws-lambda-python/3.11.7-4.2.2` is `aws-lambda-python`.
fn bare_name(report: &Report) -> String {
    let name = report.target.told();
    let bare = name.split('/').next().unwrap_or_default().trim();
    match bare.is_empty() {
        true => name,
        false => bare.to_owned(),
    }
}

impl<'a> Point<'a> {
    fn of(report: &'a Report, change: Option<Comparison>) -> Self {
        Self {
            report,
            day: report.day,
            name: report.target.told(),
            must: score(report, Level::Must),
            should: score(report, Level::Should),
            change,
        }
    }
}

fn score(report: &Report, level: Level) -> Score {
    let mut score = Score::default();
    let clauses = report.clauses();
    for clause in clauses.iter().filter(|clause| clause.level == level) {
        let broken = clause.is_broken();
        let shown = broken || !clause.cases.is_empty();
        score.broken += usize::from(broken);
        score.tried += usize::from(shown);
    }
    score
}

#[cfg(test)]
mod tests {
    use super::super::tests::{judged, report, result};
    use super::*;

    fn of(runtime: &str, day: u8, codes: &[(&str, Level)]) -> Report {
        let mut report = report(vec![result("next/a", judged(codes))]);
        report.target.runtime = Some(runtime.to_owned());
        report.day = Date::new(2026, 11, day);
        report
    }

    #[test]
    fn each_target_has_its_course_in_the_order_of_days() {
        let reports = [
            of("a/2", 2, &[]),
            of("b/1", 1, &[]),
            of("a/1", 1, &[("x", Level::Must)]),
        ];
        let courses = trend(&reports);
        let told: Vec<(&str, Vec<&str>)> = courses
            .iter()
            .map(|course| {
                let points = course.points.iter();
                (
                    course.name.as_str(),
                    points.map(|point| point.name.as_str()).collect(),
                )
            })
            .collect();
        assert_eq!(told, [("a", vec!["a/1", "a/2"]), ("b", vec!["b/1"])]);
        let change = courses[0].points[1].change.as_ref().expect("a change");
        assert_eq!((change.better.len(), change.worse.len()), (1, 0));
        assert!(courses[0].points[0].change.is_none());
    }
}
