//! Runtimes side by side in every format: one with every verdict, one good, one missing.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use ricspec::report::{Style, html, human, json, junit, markdown};
use ricspec::verdict::{Date, Maker, Matrix, Missing, Report, Row, RowState, Verdict};
use serde_json::Value;

use super::check_valid;
use super::reports::{check_text, report};

fn row(name: &str, kind: Maker, state: RowState) -> Row {
    Row {
        name: name.to_owned(),
        kind,
        language: "shell".to_owned(),
        about: "Written <b>by hand</b> & \"as it is\"".to_owned(),
        state,
    }
}

fn good() -> Report {
    let mut good = report();
    good.cases.retain(|case| case.verdict == Verdict::Pass);
    good.baseline_problems.clear();
    good
}

fn matrix() -> Matrix {
    let judged = |report| RowState::Judged(Box::new(report));
    let missing = "it cannot be installed: `pip install <x>`: exit status: 1\n  no | such package";
    Matrix {
        tool: "ricspec".to_owned(),
        version: "0.0.0".to_owned(),
        day: Date::new(2027, 1, 31).expect("a day"),
        rows: vec![
            row("good 1.0", Maker::Official, judged(good())),
            row(
                "absent 2.0",
                Maker::Community,
                RowState::Missing(missing.to_owned()),
            ),
            row("<i>all | verdicts</i>", Maker::Ours, judged(report())),
        ],
        missing: Missing::Counts,
        interrupted: false,
        lost: Vec::new(),
    }
}

#[test]
fn the_table_in_markdown_reads_as_it_did() {
    check_text("matrix.md", &markdown::table(&matrix()));
}

#[test]
fn the_table_for_people_reads_as_it_did() {
    let matrix = matrix();
    let rows = matrix.rows.iter();
    let mut text: String = rows
        .map(|row| human::row(row, Style::Plain).to_string())
        .collect();
    text.push('\n');
    text.push_str(&human::matrix(&matrix, Style::Plain).to_string());
    check_text("matrix.txt", &text);
}

#[test]
fn the_runtimes_in_json_are_reports() {
    let shown = json::render_matrix(&matrix());
    let value: Value = serde_json::from_str(&shown).expect("JSON");
    check_valid("matrix.schema.json", None, &value);
    assert_eq!(value["exit_code"], 3);
    let runtimes = value["runtimes"].as_array().expect("an array");
    let names: Vec<_> = runtimes.iter().map(|one| one["name"].as_str()).collect();
    let expected = ["<i>all | verdicts</i>", "good 1.0", "absent 2.0"];
    assert_eq!(names, expected.map(Some));
    for runtime in runtimes.iter().filter(|one| one["state"] == "judged") {
        check_valid("report.schema.json", None, &runtime["report"]);
    }
    assert_eq!(
        runtimes[0]["report"],
        serde_json::from_str::<Value>(&json::render(&report())).expect("JSON")
    );
}

#[test]
fn the_runtimes_in_junit_are_suites() {
    let xml = junit::render_matrix(&matrix());
    let missing =
        "<testsuite name=\"absent 2.0\" tests=\"1\" skipped=\"0\" errors=\"1\" failures=\"0\">";
    let suites = [
        "name=\"good 1.0: init\"",
        "name=\"good 1.0: response\"",
        missing,
    ];
    for part in suites {
        assert!(xml.contains(part), "{part} is not in {xml}");
    }
}

/// Elements without an end.
const VOID: [&str; 3] = ["br", "link", "meta"];

/// A parsed page.
#[derive(Default)]
struct Page {
    open: Vec<String>,
    ids: BTreeSet<String>,
    links: BTreeSet<String>,
    faults: Vec<String>,
    text: String,
    scripts: usize,
}

impl Page {
    fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = false;
        loop {
            match reader.read_event().expect("markup") {
                Event::Start(start) => page.start(&start),
                Event::End(end) => {
                    let name = String::from_utf8_lossy(end.name().as_ref()).into_owned();
                    if page.open.pop().as_deref() != Some(&name) {
                        page.faults.push(format!("</{name}> ends something else"));
                    }
                }
                Event::Text(inner) => page.text.push_str(&inner.decode().expect("UTF-8")),
                Event::GeneralRef(name) => {
                    let name = name.decode().expect("UTF-8").into_owned();
                    page.text.push(match name.as_str() {
                        "lt" => '<',
                        "gt" => '>',
                        "amp" => '&',
                        "quot" => '"',
                        _ => panic!("&{name};"),
                    });
                }
                Event::DocType(_) => {}
                Event::Eof => return page,
                other => page.faults.push(format!("{other:?}")),
            }
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) {
        let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
        for attribute in start.html_attributes() {
            let attribute = attribute.expect("an attribute");
            let value = String::from_utf8_lossy(&attribute.value).into_owned();
            match attribute.key.as_ref() {
                b"id" if !self.ids.insert(value.clone()) => {
                    self.faults.push(format!("two elements are called {value}"));
                }
                b"href" => {
                    self.links.insert(value);
                }
                b"src" => self.faults.push(format!("it loads {value}")),
                _ => {}
            }
        }
        if name == "script" {
            self.scripts += 1;
        }
        if ["iframe", "i", "b", "x"].contains(&name.as_str()) {
            self.faults.push(format!("there is a <{name}>"));
        }
        if !VOID.contains(&name.as_str()) {
            self.open.push(name);
        }
    }
}

#[test]
fn the_page_is_whole_and_every_cell_opens_its_findings() {
    let text = html::page(&matrix());
    let page = Page::read(&text);
    assert_eq!(page.faults, Vec::<String>::new());
    assert_eq!(page.open, Vec::<String>::new());
    assert_eq!(page.scripts, 1);
    for link in &page.links {
        let anchor = link.strip_prefix('#').expect("a link within the page");
        assert!(page.ids.contains(anchor), "{link} leads nowhere");
    }
    for anchor in [
        "good-1.0",
        "good-1.0--init",
        "absent-2.0",
        "-i-all---verdicts--i---response",
    ] {
        assert!(
            page.links.contains(&format!("#{anchor}")),
            "no link to {anchor}"
        );
    }
    let evidence = [
        "expecteda value between <1> and 10 & no other",
        "actual\"11\", and a bell \\x07",
        "      1 ms > POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\n           > {\"value\":11}\n",
        "knownmended in the next release",
        "stderr: \\x1b[31mred\\x1b[0m",
        "the fixture lacks `init-fail`",
        "The service says <always>. So it is a SHOULD at most.",
        "the baseline says that it fails with `no-next`",
        "cannot start the command:\nno such file",
        "the entry for `next/known` has expired",
        "no | such package",
        "<i>all | verdicts</i>",
    ];
    for part in evidence {
        assert!(page.text.contains(part), "{part:?} is not in the page");
    }
}

#[test]
fn a_run_alone_has_a_page_and_a_table_as_well() {
    let day = Date::new(2027, 1, 31).expect("a day");
    let alone = Matrix::alone(&report(), day);
    let page = Page::read(&html::page(&alone));
    assert_eq!(page.faults, Vec::<String>::new());
    assert!(page.text.contains("golden 1.0 and the Lambda Runtime API"));
    let table = markdown::table(&alone);
    assert!(table.contains("\n| golden 1.0 |"), "{table}");
    assert!(table.contains("\n| runtime |"), "{table}");
    let mut of_extension = report();
    of_extension.target.kind = "extension".to_owned();
    let table = markdown::table(&Matrix::alone(&of_extension, day));
    assert!(table.contains("\n| extension |"), "{table}");
}
