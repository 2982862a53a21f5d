//! Many reports in a row, as a page with a drawing for each target, and as a table for people.

use maud::{Markup, html};

use super::comparison::{changed, singled};
use super::format::html::frame;
use super::printable::Printable;
use super::text::{one_line, visible};
use crate::verdict::{Comparison, Course, Date, Point, Score};

static STYLE: &str = concat!(
    include_str!("format/compliance/style.css"),
    include_str!("trend/style.css")
);

/// How many changes of one time are named.
const CHANGES_MAX: usize = 40;

/// The table, in lines that end with a line feed.
pub fn text(courses: &[Course<'_>]) -> Printable {
    let mut text = String::new();
    for course in courses {
        text.push_str(&format!("{}\n", one_line(&course.name)));
        for point in &course.points {
            let line = format!(
                "  {:<10}  {:>8}  {:>10}  {:<24}  {}",
                day(point.day),
                format!("{} MUST", point.must.broken),
                format!("{} SHOULD", point.should.broken),
                one_line(&point.name),
                since(point)
            );
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text.push_str("Broken requirements; of those that were tried.\n");
    Printable::of(&text)
}

fn day(day: Option<Date>) -> String {
    day.map_or_else(|| "no date".to_owned(), |day| day.to_string())
}

/// What changed since the report before, in a few words.
fn since(point: &Point<'_>) -> String {
    let Some(change) = &point.change else {
        return String::new();
    };
    let parts = [
        (change.worse.len(), "worse"),
        (change.better.len(), "better"),
        (change.new.len(), "new"),
        (change.gone.len(), "gone"),
    ];
    let told = parts.iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = told
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    match told.is_empty() {
        true => "the same".to_owned(),
        false => told.join(", "),
    }
}

/// The page.
pub fn page(courses: &[Course<'_>]) -> String {
    let body = html! {
    main {
        article {
            header {
                p.kind { "Trend" }
                h1 { "What changed over time" }
            }
            @for course in courses { (course_of(course)) }
            section.legend {
                h2 { "How to read it" }
                p {
                    "A requirement is broken if a case breaks it at its own level, and tried if a case showed anything of it. "
                    "A case is worse if it breaks more than in the report before, or no longer shows anything."
                }
            }
        }
    }};
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    frame("What changed over time", Some(policy), STYLE, &body).into_string() + "\n"
}

fn course_of(course: &Course<'_>) -> Markup {
    html! {
        section {
            h2 { (visible(&course.name)) }
            (drawing(&course.points))
            table.trend {
                thead { tr {
                    th scope="col" { "date" }
                    th scope="col" { "version" }
                    th scope="col" { "MUST broken" }
                    th scope="col" { "SHOULD broken" }
                    th scope="col" { "cases since before" }
                } }
                tbody { @for point in &course.points { (row(point, &course.name)) } }
            }
            @for point in course.points.iter().rev() {
                @if let Some(change) = &point.change { (changes(point, change)) }
            }
        }
    }
}

fn row(point: &Point<'_>, target: &str) -> Markup {
    // The name of the target stands above the table.
    let version = point.name.strip_prefix(target);
    let version = version.and_then(|rest| rest.strip_prefix(['/', ' ']));
    let cell = |score: Score, class: &str, name: &str| {
        html! {
            td.(if score.broken > 0 { class } else { "conforms" }) data-name=(name) {
                (score.broken) span.quiet { " of " (score.tried) }
            }
        }
    };
    html! {
        tr {
            th scope="row" { time { (day(point.day)) } }
            td { (visible(version.unwrap_or(&point.name))) " " span.quiet { "ricspec " (visible(&point.report.version)) } }
            (cell(point.must, "breaks", "MUST broken"))
            (cell(point.should, "beyond", "SHOULD broken"))
            td { (since(point)) }
        }
    }
}

/// The changes of one time, folded.
fn changes(point: &Point<'_>, change: &Comparison) -> Markup {
    let mut lines: Vec<(&str, String)> = Vec::new();
    lines.extend(change.worse.iter().map(|one| ("worse", changed(one))));
    lines.extend(change.better.iter().map(|one| ("better", changed(one))));
    lines.extend(change.new.iter().map(|one| ("new", singled(one))));
    lines.extend(change.gone.iter().map(|one| ("gone", singled(one))));
    let more = lines.len().saturating_sub(CHANGES_MAX);
    html! {
        @if !lines.is_empty() {
            details {
                summary { (day(point.day)) ": " (since(point)) }
                ul.changes {
                    @for (word, line) in lines.iter().take(CHANGES_MAX) { li { strong { (word) } " " (visible(line)) } }
                    @if more > 0 { li.quiet { "and " (more) " more" } }
                }
                @for note in &change.notes { p.quiet { (visible(note)) } }
            }
        }
    }
}

/// The height and the width of a drawing, in units.
const HEIGHT: usize = 120;
const STEP: usize = 60;

/// Two lines: broken MUST and broken SHOULD. The table says the same in numbers.
fn drawing(points: &[Point<'_>]) -> Markup {
    let must: Vec<usize> = points.iter().map(|point| point.must.broken).collect();
    let should: Vec<usize> = points.iter().map(|point| point.should.broken).collect();
    let most = must
        .iter()
        .chain(&should)
        .copied()
        .max()
        .unwrap_or(0)
        .max(1);
    let width = STEP * points.len();
    let place = |index: usize, value: usize| {
        let x = STEP / 2 + STEP * index;
        let y = HEIGHT - 10 - value * (HEIGHT - 20) / most;
        (x, y)
    };
    let line = |values: &[usize]| {
        let places = values.iter().enumerate();
        let places = places.map(|(index, value)| place(index, *value));
        let places: Vec<String> = places.map(|(x, y)| format!("{x},{y}")).collect();
        places.join(" ")
    };
    html! {
        @if points.len() > 1 {
            svg.drawing viewBox={ "0 0 " (width) " " (HEIGHT) } style={ "max-width:" (width * 2) "px" } aria-hidden="true" {
                @for (class, values) in [("should", &should), ("must", &must)] {
                    polyline.(class) points=(line(values)) {}
                    @for (index, value) in values.iter().enumerate() {
                        @let (x, y) = place(index, *value);
                        circle.(class) cx=(x) cy=(y) r="3" {}
                    }
                }
            }
            p.key { span.must { "MUST broken" } " " span.should { "SHOULD broken" } }
        }
    }
}
