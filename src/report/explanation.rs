//! What is known of an id, as text for people and as JSON.

use serde::Serialize;

use super::block::Block;
use super::printable::Printable;
use super::style::{Look, Style};
use super::text::{beyond, count, one_line};
use crate::explain::{
    AreaPage, CaseLine, CasePage, CodePage, Contents, Explanation, Failing, FoundIn, Mutation,
    Place, RequirementLine, RequirementPage,
};

/// The version of the JSON form.
pub const EXPLANATION_SCHEMA: u32 = 1;

/// How many names people see; JSON has all.
const NAMES_MAX: usize = 30;

/// How many requirements of a code are shown in full.
const RULES_MAX: usize = 6;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    explanations: &'a [Explanation],
}

#[derive(Serialize)]
struct ContentsDocument<'a> {
    schema: u32,
    contents: &'a Contents,
}

/// Several explanations as one JSON document.
pub fn json(explanations: &[Explanation]) -> String {
    let schema = EXPLANATION_SCHEMA;
    let document = Document {
        schema,
        explanations,
    };
    serde_json::to_string_pretty(&document).expect("our own types are JSON")
}

/// Everything that can be explained, as JSON.
pub fn contents_json(contents: &Contents) -> String {
    let schema = EXPLANATION_SCHEMA;
    serde_json::to_string_pretty(&ContentsDocument { schema, contents })
        .expect("our own types are JSON")
}

/// An explanation for people, in lines that end with a line feed and are at most `columns` wide, or 100.
pub fn text(explanation: &Explanation, look: Look) -> Printable {
    let mut block = Block::new(look);
    let style = look.style;
    match explanation {
        Explanation::Requirement(page) => requirement(&mut block, page, style),
        Explanation::Case(page) => case(&mut block, page, style),
        Explanation::Code(page) => code(&mut block, page),
        Explanation::Area(page) => area(&mut block, page),
    }
    block.text
}

/// Everything that can be explained, for people.
pub fn contents_text(contents: &Contents, look: Look) -> Printable {
    let mut block = Block::new(look);
    block
        .words("ricspec explain ID explains a requirement, a case, a code of findings or an area.");
    for page in &contents.areas {
        block.gap();
        let title = page
            .title
            .as_deref()
            .unwrap_or("Cases without a page of the law");
        block.words(&format!("{}  {title}", page.area));
        let ids: Vec<&str> = page
            .requirements
            .iter()
            .map(|line| line.id.as_str())
            .collect();
        block.prose("law", &ids.join(" "));
        let cases = match page.cases.len() {
            0 => "none yet".to_owned(),
            all => {
                let cases = count(all, "case", "cases");
                format!("{cases}; ricspec explain {} names them", page.area)
            }
        };
        block.prose("cases", &cases);
    }
    block.gap();
    block.words("codes of findings");
    block.prose("", &contents.codes.join(" "));
    block.text
}

fn requirement(block: &mut Block, page: &RequirementPage, style: Style) {
    let level = style.level(page.level);
    block.line(Printable::line(&page.id) + "  " + level + &format!("  {}", one_line(&page.area)));
    block.title(&page.text);
    block.prose("why", page.why.as_deref().unwrap_or_default());
    block.prose("met", page.met.as_deref().unwrap_or_default());
    block.prose("fix", page.fix.as_deref().unwrap_or_default());
    block.prose("since", page.since.unwrap_or_default());
    block.prose("evidence", &page.evidence.join(", "));
    block.list("conflict", &page.conflicts);
    block.list("source", &items(&page.sources, place));
    block.gap();
    match &page.unobservable {
        Some(reason) => block.prose("unseen", reason),
        None if page.cases.is_empty() => block.prose("cases", "none yet"),
        None => {}
    }
    block.list("cases", &items(&page.cases, case_line));
    block.list("mutants", &items(&page.mutants, mutant));
    names(block, "codes", &page.codes);
    failing(block, &page.failing, code_and_cases);
}

fn case(block: &mut Block, page: &CasePage, style: Style) {
    block.line(Printable::line(&page.id) + "  " + style.level(page.level));
    block.title(&page.title);
    block.prose("why", &page.why);
    block.prose("beyond", &beyond(page.beyond.as_deref()));
    block.list("rules", &items(&page.requirements, requirement_line));
    block.gap();
    block.list("setting", &page.setting);
    let steps = page.steps.iter().enumerate();
    let steps: Vec<String> = steps
        .map(|(index, step)| format!("{}. {step}", index + 1))
        .collect();
    block.list("steps", &steps);
    block.gap();
    block.prose("needs", &page.needs.join(", "));
    block.prose("profile", &page.profile);
    block.verbatim("run", &page.run);
    let codes = page.codes.join(", ");
    block.prose("codes", &format!("{codes}; and the checks of every case"));
    failing(block, &page.failing, |failing| failing.code.clone());
}

fn code(block: &mut Block, page: &CodePage) {
    block.words(&page.code);
    block.title(&page.text);
    block.prose("why", &page.why);
    block.prose("fix", &page.fix);
    match page.requirements.len() {
        ..=RULES_MAX => block.list("rules", &items(&page.requirements, requirement_line)),
        _ => {
            let ids: Vec<&str> = page
                .requirements
                .iter()
                .map(|line| line.id.as_str())
                .collect();
            block.prose("rules", &ids.join(", "));
        }
    }
    block.gap();
    match page.reach {
        FoundIn::EveryCase => block.prose("found in", "any case: ricspec always looks for it"),
        FoundIn::NamedCases => {}
    }
    names(block, "cases", &page.cases);
    failing(block, &page.failing, |failing| failing.cases.join(", "));
}

fn area(block: &mut Block, page: &AreaPage) {
    block.words(&page.area);
    block.title(page.title.as_deref().unwrap_or_default());
    block.list("rules", &items(&page.requirements, requirement_line));
    block.gap();
    match page.cases.is_empty() {
        true => block.prose("cases", "none yet"),
        false => block.list("cases", &items(&page.cases, case_line)),
    }
}

fn items<T>(all: &[T], words: fn(&T) -> String) -> Vec<String> {
    all.iter().map(words).collect()
}

fn requirement_line(line: &RequirementLine) -> String {
    format!("{}  {}  {}", line.id, line.level, line.text)
}

fn case_line(line: &CaseLine) -> String {
    format!("{}: {}", line.id, line.title)
}

fn mutant(mutation: &Mutation) -> String {
    format!("{}: {}", mutation.name, mutation.text)
}

fn place(place: &Place) -> String {
    let mut words = match place.title.is_empty() {
        true => place.name.clone(),
        false => place.title.clone(),
    };
    if let Some(inner) = &place.place {
        words.push_str(&format!(" ({inner})"));
    }
    if let Some(url) = &place.url {
        words.push_str(&format!(" {url}"));
    }
    words
}

fn names(block: &mut Block, label: &str, names: &[String]) {
    let shown = names.get(..NAMES_MAX).unwrap_or(names);
    let mut words = shown.join(", ");
    if names.len() > shown.len() {
        let more = names.len() - shown.len();
        words.push_str(&format!(" and {more} more; --json has all"));
    }
    block.prose(label, &words);
}

/// Failures with the same code, cases and reason are one item, with all their runtimes.
fn failing(block: &mut Block, all: &[Failing], what: fn(&Failing) -> String) {
    let mut items: Vec<(String, String)> = Vec::new();
    for one in all {
        let runtime = match one.maker.as_str() {
            "official" => one.runtime.clone(),
            maker => format!("{} ({maker})", one.runtime),
        };
        let words = format!("{}: {}", what(one), one.reason);
        match items.iter_mut().find(|(_, other)| *other == words) {
            Some((runtimes, _)) => runtimes.push_str(&format!(", {runtime}")),
            None => items.push((runtime, words)),
        }
    }
    let items: Vec<String> = items
        .into_iter()
        .map(|(runtimes, words)| format!("{runtimes}: {words}"))
        .collect();
    match items.is_empty() {
        true => block.prose(
            "fails",
            "none of the runtimes that ricspec is checked against",
        ),
        false => block.list("fails", &items),
    }
}

fn code_and_cases(failing: &Failing) -> String {
    format!("{} in {}", failing.code, failing.cases.join(", "))
}
