//! Reads a baseline, and finds all its faults at once.

use std::ops::Range;

use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::Date;
use super::{Baseline, Known};
use crate::case::{did_you_mean, nearest};

/// A fault in a baseline file.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{path}:{line}: {what}; {fix}")]
pub struct BaselineFault {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// How to fix it.
    pub fix: String,
}

const SHAPE: &str = "an entry is [[known]] with `case`, `code`, `reason` and, if it ends, `until`";

impl Baseline {
    /// Reads a baseline in TOML. `cases` are the ids of all existing cases, also of those that do not run.
    ///
    /// # Errors
    /// All faults of the file.
    pub fn read(path: &str, text: &str, cases: &[String]) -> Result<Self, Vec<BaselineFault>> {
        Self::read_as(path, text, Some(cases))
    }

    /// Like [`Baseline::read`], but accepts entries of unknown cases.
    ///
    /// # Errors
    /// All faults of the file.
    pub fn read_any(path: &str, text: &str) -> Result<Self, Vec<BaselineFault>> {
        Self::read_as(path, text, None)
    }

    fn read_as(
        path: &str,
        text: &str,
        cases: Option<&[String]>,
    ) -> Result<Self, Vec<BaselineFault>> {
        let mut reader = Reader {
            path,
            text,
            cases,
            faults: Vec::new(),
        };
        let known = reader.document();
        if reader.faults.is_empty() {
            Ok(Self {
                path: path.to_owned(),
                known,
            })
        } else {
            reader.faults.sort_by_key(|fault| fault.line);
            Err(reader.faults)
        }
    }
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    /// The existing cases; `None` accepts any.
    cases: Option<&'a [String]>,
    faults: Vec<BaselineFault>,
}

impl Reader<'_> {
    fn fault(&mut self, span: Range<usize>, what: impl Into<String>, fix: impl Into<String>) {
        self.faults.push(BaselineFault {
            path: self.path.to_owned(),
            line: self.line(span.start),
            what: what.into(),
            fix: fix.into(),
        });
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    fn document(&mut self) -> Vec<Known> {
        let table = match DeTable::parse(self.text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let what = format!("not TOML: {}", error.message().replace('\n', ", "));
                self.fault(error.span().unwrap_or_default(), what, SHAPE);
                return Vec::new();
            }
        };
        let mut known: Vec<Known> = Vec::new();
        for (name, value) in &table {
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("known", DeValue::Array(entries)) => {
                    for entry in entries {
                        if let Some(entry) = self.entry(entry) {
                            self.admit(&mut known, entry);
                        }
                    }
                }
                ("known", _) => self.fault(name.span(), "`known` is not a list of entries", SHAPE),
                (other, _) => self.fault(name.span(), format!("unknown member `{other}`"), SHAPE),
            }
        }
        known
    }

    fn admit(&mut self, known: &mut Vec<Known>, entry: Known) {
        let twin = known
            .iter()
            .find(|twin| twin.case == entry.case && twin.code == entry.code);
        if let Some(twin) = twin {
            let what = format!(
                "`{}` with `{}` is already known from line {}",
                entry.case, entry.code, twin.line
            );
            self.faults.push(BaselineFault {
                path: self.path.to_owned(),
                line: entry.line,
                what,
                fix: "keep one of the two".to_owned(),
            });
        } else {
            known.push(entry);
        }
    }

    /// One entry, or nothing if it has a fault.
    fn entry(&mut self, entry: &Spanned<DeValue<'_>>) -> Option<Known> {
        let faults_before = self.faults.len();
        let Some(table) = entry.get_ref().as_table() else {
            self.fault(entry.span(), "an entry that is not a table", SHAPE);
            return None;
        };
        for name in table.keys() {
            if !["case", "code", "reason", "until"].contains(&name.get_ref().as_ref()) {
                let what = format!("unknown member `{}`", name.get_ref());
                self.fault(name.span(), what, SHAPE);
            }
        }
        let case = self.text_of(entry, table, "case", "name the case that fails");
        let code = self.text_of(entry, table, "code", "copy the code that the report shows");
        let reason = self.text_of(
            entry,
            table,
            "reason",
            "say why the failure is accepted, best with a link to its issue",
        );
        if let Some((case, span)) = &case {
            self.check_case(case, span.clone());
        }
        let until = self.until(table);
        let (case, code, reason) = (case?.0, code?.0, reason?.0);
        (self.faults.len() == faults_before).then(|| Known {
            case,
            code,
            reason,
            until,
            line: self.line(entry.span().start),
        })
    }

    fn text_of(
        &mut self,
        entry: &Spanned<DeValue<'_>>,
        table: &DeTable<'_>,
        name: &str,
        fix: &str,
    ) -> Option<(String, Range<usize>)> {
        let Some(value) = table.get(name) else {
            self.fault(entry.span(), format!("an entry without `{name}`"), fix);
            return None;
        };
        match value.get_ref().as_str().map(str::trim) {
            Some("") => self.fault(value.span(), format!("`{name}` is empty"), fix),
            Some(text) => return Some((text.to_owned(), value.span())),
            None => {
                let what = format!(
                    "`{name}` must be a text, not {}",
                    value.get_ref().type_str()
                );
                self.fault(value.span(), what, fix);
            }
        }
        None
    }

    fn check_case(&mut self, case: &str, span: Range<usize>) {
        let Some(cases) = self
            .cases
            .filter(|cases| !cases.iter().any(|id| id == case))
        else {
            return;
        };
        let near = did_you_mean(&nearest(case, cases));
        let fix = near.unwrap_or_else(|| "see `ricspec list` for the ids".to_owned());
        self.fault(span, format!("there is no case `{case}`"), fix);
    }

    fn until(&mut self, table: &DeTable<'_>) -> Option<Date> {
        let value = table.get("until")?;
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            other => other.type_str().to_owned(),
        };
        let date = Date::parse(&text);
        if date.is_none() {
            self.fault(
                value.span(),
                format!("`until` is not a date: {text}"),
                "write the last day on which the failure is accepted, such as 2027-01-31",
            );
        }
        date
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, faults: &[&str]) {
        let cases = ["next/polls-again", "response/null"].map(str::to_owned);
        let found = Baseline::read("known.toml", text, &cases).expect_err("faults");
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, faults);
    }

    #[test]
    fn a_baseline_is_read_with_its_lines() {
        let text = r#"# why
[[known]]
case = "response/null"
code = "not-null"
reason = "returns an empty body, issue 12"
until = 2027-01-31

[[known]]
case = "response/null"
code = "no-content-type"
reason = "same"
"#;
        let cases = ["response/null".to_owned()];
        let baseline = Baseline::read("known.toml", text, &cases).expect("a baseline");
        let lines: Vec<_> = baseline
            .entries("response/null")
            .map(|entry| (entry.line, entry.until.map(|date| date.to_string())))
            .collect();
        assert_eq!(lines, [(2, Some("2027-01-31".to_owned())), (8, None)]);
        assert_eq!(
            Baseline::read("known.toml", "", &[]).expect("empty").known,
            []
        );
    }

    #[test]
    fn all_faults_come_together_each_with_its_line_and_mend() {
        check(
            r#"verison = 1
[[known]]
case = "next/poll-again"
code = "a"
resaon = "typing error"
until = "31.1.2027"

[[known]]
case = "boot/else"
code = ""
reason = 7
until = 2027-02-28T10:00:00Z
"#,
            &[
                &format!("known.toml:1: unknown member `verison`; {SHAPE}"),
                "known.toml:2: an entry without `reason`; say why the failure is accepted, best with a link to its issue",
                "known.toml:3: there is no case `next/poll-again`; did you mean `next/polls-again`?",
                &format!("known.toml:5: unknown member `resaon`; {SHAPE}"),
                "known.toml:6: `until` is not a date: 31.1.2027; write the last day on which the failure is accepted, such as 2027-01-31",
                "known.toml:9: there is no case `boot/else`; see `ricspec list` for the ids",
                "known.toml:10: `code` is empty; copy the code that the report shows",
                "known.toml:11: `reason` must be a text, not integer; say why the failure is accepted, best with a link to its issue",
                "known.toml:12: `until` is not a date: 2027-02-28T10:00:00Z; write the last day on which the failure is accepted, such as 2027-01-31",
            ],
        );
    }

    #[test]
    fn a_failure_is_known_once() {
        let entry = "[[known]]\ncase = \"response/null\"\ncode = \"a\"\nreason = \"b\"\n";
        check(
            &format!("{entry}\n{entry}"),
            &[
                "known.toml:6: `response/null` with `a` is already known from line 1; keep one of the two",
            ],
        );
    }

    #[test]
    fn what_is_no_baseline_is_told() {
        check(
            "known = 1\n",
            &[&format!(
                "known.toml:1: `known` is not a list of entries; {SHAPE}"
            )],
        );
        check(
            "\nknown = [1]\n",
            &[&format!(
                "known.toml:2: an entry that is not a table; {SHAPE}"
            )],
        );
        check(
            "[[known]]\ncase =\n",
            &[&format!(
                "known.toml:2: not TOML: string values must be quoted, expected literal string; {SHAPE}"
            )],
        );
    }
}
