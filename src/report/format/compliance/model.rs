//! What all forms of the compliance report show.

use crate::check::Finding;
use crate::law::Level;
use crate::report::digest::{of_set, transcripts};
use crate::report::text::count;
use crate::verdict::{
    Artifact, CORE, CaseResult, Clause, Conformity, Date, KnownBreach, Matrix, Report, is_breach,
    shown_profiles,
};

/// What all forms show.
pub(super) struct Compliance<'a> {
    pub(super) report: &'a Report,
    pub(super) day: Date,
    /// The name of the target.
    pub(super) name: String,
    /// The requirements of the set.
    pub(super) clauses: Vec<Clause>,
    /// Requirements that the set does not have yet.
    pub(super) newer: Vec<Clause>,
}

/// How many requirements of one level have which result.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub(super) struct Counts {
    pub(super) conforms: usize,
    pub(super) breaks: usize,
    /// Broken only in cases that play what Lambda never does.
    pub(super) breaks_beyond: usize,
    pub(super) not_tried: usize,
    pub(super) not_applicable: usize,
}

impl Counts {
    fn of<'c>(clauses: impl IntoIterator<Item = &'c Clause>) -> Self {
        let mut counts = Self::default();
        for clause in clauses {
            let slot = match clause.conformity {
                Conformity::Conforms => &mut counts.conforms,
                Conformity::Breaks if clause.is_broken() => &mut counts.breaks,
                Conformity::Breaks => &mut counts.breaks_beyond,
                Conformity::NotTried => &mut counts.not_tried,
                Conformity::NotApplicable => &mut counts.not_applicable,
            };
            *slot += 1;
        }
        counts
    }

    pub(super) fn total(&self) -> usize {
        self.conforms + self.breaks + self.breaks_beyond + self.not_tried + self.not_applicable
    }

    /// Those that bind the target, and that a case can show.
    fn binding(&self) -> usize {
        self.total() - self.not_applicable
    }
}

impl<'a> Compliance<'a> {
    pub(super) fn new(report: &'a Report, day: Date) -> Self {
        let alone = Matrix::alone(report, day);
        let name = alone.rows.into_iter().next().map(|row| row.name);
        let (clauses, newer) = report.clauses().into_iter().partition(|one| one.in_set);
        Self {
            report,
            day,
            name: name
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| report.target.told()),
            clauses,
            newer,
        }
    }

    /// The name of the set.
    pub(super) fn set(&self) -> &str {
        let set = self.report.set.as_ref();
        set.map_or("no set", |set| &set.set.name)
    }

    /// The digest of the set, as `ricspec list --freeze` writes it.
    pub(super) fn set_digest(&self) -> Option<String> {
        self.report.set.as_ref().map(of_set)
    }

    /// The digest of all transcripts, and their number.
    pub(super) fn transcripts(&self) -> Option<(String, usize)> {
        transcripts(self.report)
    }

    /// The counts of the requirements of one level that some case can show.
    pub(super) fn counts(&self, level: Level, profile: Option<&str>) -> Counts {
        Counts::of(self.clauses.iter().filter(|clause| {
            let own = clause.profile.as_deref();
            clause.level == level && own.is_some() && (profile.is_none() || own == profile)
        }))
    }

    /// How many binding requirements no case can show.
    pub(super) fn unseen(&self) -> usize {
        let binding = self.clauses.iter().filter(|clause| binds(clause.level));
        binding.filter(|clause| clause.profile.is_none()).count()
    }

    /// The profiles that the requirements belong to: the core first.
    pub(super) fn profiles(&self) -> Vec<&str> {
        let binding = self.clauses.iter().filter(|clause| binds(clause.level));
        let mut profiles: Vec<&str> = binding
            .filter_map(|clause| clause.profile.as_deref())
            .collect();
        profiles.sort_by_key(|profile| (*profile != CORE, *profile));
        profiles.dedup();
        profiles
    }

    /// The other profiles of which the run shows something, each with its result.
    fn others(&self) -> String {
        let shown = shown_profiles(&self.clauses);
        let others = self.profiles().into_iter();
        let others = others.filter(|profile| *profile != CORE && shown.contains(profile));
        let result = |profile: &str| {
            let of = |level: Level| self.counts(level, Some(profile));
            format!("; {profile}: {}", told(of(Level::Must), of(Level::Should)))
        };
        others.map(result).collect()
    }

    /// The result in one sentence, which may be quoted: that of the core, then those of other profiles that were tried.
    pub(super) fn sentence(&self) -> String {
        let must = self.counts(Level::Must, Some(CORE));
        let should = self.counts(Level::Should, Some(CORE));
        let (name, set) = (&self.name, self.set());
        let all = must.binding();
        let beyond = match must.breaks_beyond {
            0 => String::new(),
            some => format!(" ({some} more only in what Lambda never does)"),
        };
        let tried = should.binding() - should.not_tried;
        let shoulds = match should.breaks + should.breaks_beyond {
            0 if tried == 0 => "no SHOULD was tried".to_owned(),
            0 => format!("breaks none of {tried} SHOULD"),
            broken => format!("breaks {broken} of {tried} SHOULD"),
        };
        let untried = match must.not_tried {
            0 => String::new(),
            some => format!(
                "; {some} MUST {} not tried",
                if some == 1 { "was" } else { "were" }
            ),
        };
        let rest = match self.report.interrupted {
            true => self.others() + "; the run was interrupted",
            false => self.others(),
        };
        match (must.breaks, must.not_tried) {
            (0, 0) => {
                let met = all - must.breaks_beyond;
                let musts = match must.breaks_beyond {
                    0 => format!("all {all} MUST"),
                    _ => format!(
                        "all {all} MUST, {met} without exception{}",
                        beyond_words(must.breaks_beyond)
                    ),
                };
                format!("{name} conforms to {set}, {CORE}: {musts}; {shoulds}{rest}.")
            }
            (0, untried) => format!(
                "{name} breaks no MUST of {set}, {CORE}, but {untried} of {all} {} not tried; {shoulds}{rest}.",
                if untried == 1 { "was" } else { "were" }
            ),
            (broken, _) => format!(
                "{name} does not conform to {set}, {CORE}: breaks {broken} of {all} MUST{beyond}{}{untried}{rest}.",
                match shoulds.strip_prefix("breaks ") {
                    Some(shoulds) => format!(" and {shoulds}"),
                    None => format!("; {shoulds}"),
                }
            ),
        }
    }

    /// The broken requirements, the most binding first.
    pub(super) fn broken(&self) -> Vec<&Clause> {
        let mut broken = self.with(Conformity::Breaks);
        broken.sort_by_key(|clause| std::cmp::Reverse(clause.broken_at));
        broken
    }

    /// The binding requirements with this result, by id.
    pub(super) fn with(&self, conformity: Conformity) -> Vec<&Clause> {
        let all = self.clauses.iter().filter(|clause| binds(clause.level));
        all.filter(|clause| clause.conformity == conformity)
            .collect()
    }

    /// The requirements with this result by the reasons for it: the reasons, and the requirements.
    pub(super) fn by_reason(&self, conformity: Conformity) -> Vec<(String, Vec<&Clause>)> {
        let mut groups: Vec<(String, Vec<&Clause>)> = Vec::new();
        for clause in self.with(conformity) {
            let reasons = clause.reasons.join("; ");
            match groups.iter_mut().find(|(known, _)| *known == reasons) {
                Some((_, clauses)) => clauses.push(clause),
                None => groups.push((reasons, vec![clause])),
            }
        }
        groups.sort_by_key(|(_, clauses)| std::cmp::Reverse(clauses.len()));
        groups
    }

    /// The breach that shows best how a requirement is broken, and its case.
    pub(super) fn evidence(&self, clause: &Clause) -> Option<(&'a CaseResult, &'a Finding)> {
        let cases = self.report.cases.iter();
        let cases = cases.filter(|case| clause.cases.contains(&case.id));
        let all = cases.flat_map(|case| {
            let own = case.findings.iter().filter(|finding| is_breach(finding));
            let own = own.filter(|finding| finding.requirement == clause.id);
            own.map(move |finding| (case, finding))
        });
        all.min_by_key(|(case, finding)| {
            let lines = &finding.evidence.lines;
            let unseen = !lines.iter().any(|line| line.contains(" > "));
            let letters: usize = lines.iter().map(String::len).sum();
            (std::cmp::Reverse(finding.level), unseen, letters, &case.id)
        })
    }

    /// The known failures of a requirement, each with its cases.
    pub(super) fn known(&self, clause: &Clause) -> Vec<(&'a KnownBreach, Vec<&'a str>)> {
        let mut all: Vec<(&KnownBreach, Vec<&str>)> = Vec::new();
        for case in self.report.by_id() {
            let own = |known: &&KnownBreach| {
                let mut findings = case.findings.iter();
                findings
                    .any(|finding| finding.code == known.code && finding.requirement == clause.id)
            };
            for known in case.known.iter().filter(own) {
                match all.iter_mut().find(|(other, _)| *other == known) {
                    Some((_, cases)) => cases.push(&case.id),
                    None => all.push((known, vec![&case.id])),
                }
            }
        }
        all
    }

    /// What was checked, when and with what: names and values.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let report = self.report;
        let target = &report.target;
        let chosen = report.set.as_ref().is_some_and(|set| set.chosen);
        let mut facts = vec![
            (
                "set",
                match (chosen, self.newer.len()) {
                    (true, _) | (false, 0) => self.set().to_owned(),
                    (false, newer) => format!("{} (and {newer} newer)", self.set()),
                },
            ),
            ("date", self.day.to_string()),
            ("tool", format!("{} {}", report.tool, report.version)),
            ("target", target.kind.clone()),
        ];
        let mut add = |name, value: Option<String>| {
            facts.extend(
                value
                    .filter(|value| !value.is_empty())
                    .map(|value| (name, value)),
            );
        };
        add("calls itself", target.runtime.clone());
        add("architecture", target.architecture.clone());
        let summary = report.summary();
        let played = summary.total() - summary.skip;
        let cases = count(played, "case", "cases");
        let skipped = summary.skip + report.deselected;
        add(
            "played",
            Some(format!("{cases}; {skipped} skipped or not selected")),
        );
        add("command", Some(target.command.join(" ")));
        let digest_of = match target.kind.as_str() {
            "image" => "image digest",
            _ => "program digest",
        };
        add(digest_of, target.digest.clone());
        for artifact in &target.artifacts {
            let Artifact { name, digest } = artifact;
            add("artifact", Some(format!("{name}, {digest}")));
        }
        add(
            "transcripts",
            self.transcripts()
                .map(|(digest, number)| format!("{number}, sha256:{digest}")),
        );
        facts
    }
}

/// The result of a profile in a few words.
fn told(must: Counts, should: Counts) -> String {
    let all = must.binding();
    let musts = match (all, must.breaks, must.not_tried) {
        (0, ..) => None,
        (_, 0, 0) if must.breaks_beyond > 0 => Some(format!(
            "all {all} MUST{}",
            beyond_words(must.breaks_beyond)
        )),
        (_, 0, 0) => Some(format!("all {all} MUST")),
        (_, 0, untried) => Some(format!("{untried} of {all} MUST not tried, none broken")),
        (_, broken, _) => Some(format!("breaks {broken} of {all} MUST")),
    };
    let tried = should.binding() - should.not_tried;
    let shoulds = match should.breaks + should.breaks_beyond {
        0 if musts.is_some() => None,
        0 => Some(format!("breaks none of {tried} SHOULD")),
        broken if must.breaks > 0 => Some(format!("and {broken} of {tried} SHOULD")),
        broken => Some(format!("breaks {broken} of {tried} SHOULD")),
    };
    let parts: Vec<String> = [musts, shoulds].into_iter().flatten().collect();
    match must.breaks {
        0 => parts.join(", "),
        _ => parts.join(" "),
    }
}

fn beyond_words(number: usize) -> String {
    format!(", {number} broken only in what Lambda never does")
}

/// Whether a breach of this level is a failure.
pub(super) fn binds(level: Level) -> bool {
    match level {
        Level::Must | Level::Should => true,
        Level::May | Level::Info => false,
    }
}

/// The shell command that gives the digest of all transcripts again.
pub(super) const DIGEST_AGAIN: &str =
    "cd DIR && LC_ALL=C sha256sum */*.json | sha256sum   # the transcripts of --transcripts DIR";

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(conforms: usize, breaks: usize, not_tried: usize) -> Counts {
        Counts {
            conforms,
            breaks,
            not_tried,
            ..Counts::default()
        }
    }

    #[test]
    fn a_profile_is_told_in_a_few_words() {
        let check = |must: Counts, should: Counts, wanted: &str| {
            assert_eq!(told(must, should), wanted);
        };
        check(counts(6, 0, 0), counts(8, 0, 0), "all 6 MUST");
        check(
            counts(6, 0, 0),
            counts(5, 2, 1),
            "all 6 MUST, breaks 2 of 7 SHOULD",
        );
        check(
            counts(5, 1, 0),
            counts(7, 1, 0),
            "breaks 1 of 6 MUST and 1 of 8 SHOULD",
        );
        check(
            counts(4, 0, 2),
            counts(0, 0, 8),
            "2 of 6 MUST not tried, none broken",
        );
        check(counts(0, 0, 0), counts(1, 0, 0), "breaks none of 1 SHOULD");
    }
}
