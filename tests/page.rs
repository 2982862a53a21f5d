//! The page as people see it: in a browser, wide and narrow, light and dark, with keys only, and as axe judges it.
//!
//! Each test leaves pictures in cargo's folder for temporary files.

#[path = "page/browser.rs"]
mod browser;
#[path = "page/reports.rs"]
mod reports;
mod require;
#[path = "page/sample.rs"]
mod sample;
#[path = "page/served.rs"]
mod served;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};
use serde_json::Value;

use browser::Browser;
use require::Require;

/// What the tests need of the machine.
struct Tools {
    chromium: PathBuf,
    axe: String,
}

type Test = fn(&Tools);

const TESTS: [(&str, Test); 11] = [
    ("nothing_is_cut_and_every_area_is_seen", everything_is_seen),
    ("axe_finds_nothing_serious", accessible),
    ("escape_closes_a_panel_and_tab_stays_in_it", keys),
    ("what_could_not_be_judged_is_quieter_than_a_must", quieter),
    ("a_single_run_shows_its_failures_at_once", failures_first),
    (
        "reports_are_whole_in_every_window_and_axe_finds_nothing",
        reports::shown,
    ),
    ("reports_are_whole_on_paper", reports::printed),
    (
        "a_served_function_is_invoked_and_its_findings_are_marked",
        served::invoked,
    ),
    (
        "what_others_invoke_is_shown_as_it_happens",
        served::followed,
    ),
    ("an_event_is_saved_in_the_browser", served::saved),
    ("no_text_of_a_function_becomes_a_script", served::hostile),
];

fn main() -> ExitCode {
    let trials = TESTS.map(|(name, test)| {
        Trial::ignorable_test(name, move || match tools() {
            Ok(tools) => {
                test(&tools);
                Ok(Completion::Completed)
            }
            Err(reason) => Require::read()?.lacking(reason),
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn tools() -> Result<Tools, String> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let chromium = names.iter().find_map(|name| which::which(name).ok());
    let chromium = chromium.ok_or("there is no chromium here; .ci/install installs it")?;
    let axe = "target/tools/node_modules/axe-core/axe.min.js";
    let axe = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(axe));
    let axe = axe.map_err(|_| "axe-core is not in target/tools; .ci/install puts it there")?;
    Ok(Tools { chromium, axe })
}

/// The sizes of a laptop and of a telephone.
const SIZES: [(u32, u32); 2] = [(1280, 800), (390, 844)];

const SCHEMES: [&str; 2] = ["light", "dark"];

/// A page in a file, for as long as the tests run.
fn file(name: &str, text: &str) -> PathBuf {
    let path = pictures().join(format!("{name}.html"));
    fs::write(&path, text).expect("a file");
    path
}

/// The folder of the pictures.
fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Shows both pages at both sizes in both schemes.
fn show_all(tools: &Tools, test: &str, look: impl Fn(&mut Browser, &str)) {
    let mut browser = Browser::start(&tools.chromium);
    for (name, text) in [("matrix", sample::matrix()), ("single", sample::single())] {
        let file = file(&format!("{test}-{name}"), &text);
        for (width, height) in SIZES {
            for scheme in SCHEMES {
                browser.size(width, height);
                browser.scheme(scheme);
                browser.open(&file);
                look(&mut browser, &format!("{name}-{width}-{scheme}"));
            }
        }
    }
}

/// The texts of all elements that are partly outside the window, to the left or to the right.
const OUTSIDE: &str = "(() => {
    const cut = (part) => {
        const box = part.getBoundingClientRect();
        const is_too_full = part.scrollWidth > part.clientWidth + 1;
        return box.width === 0 || box.left < 0 || box.right > innerWidth + 0.5 || (part.matches('td a') && is_too_full);
    };
    const parts = document.querySelectorAll('td.area a, td.count, th.runtime, h1, .legend li, .failures summary');
    return [...parts].filter(cut).map((part) => part.textContent);
})()";

fn everything_is_seen(tools: &Tools) {
    show_all(tools, "seen", |browser, name| {
        browser.picture(&pictures().join(format!("{name}.png")));
        let width = browser.script("document.documentElement.scrollWidth - innerWidth");
        assert_eq!(width, 0, "{name}: it is wider than the window");
        let outside = browser.script(OUTSIDE);
        assert_eq!(outside, Value::Array(Vec::new()), "{name}");
        let areas = browser.script(
            "document.querySelectorAll('tbody tr:first-child td.area a').length === \
             document.querySelectorAll('thead th.area').length",
        );
        assert_eq!(areas, true, "{name}: an area is missing");
        let chosen =
            browser.script("document.querySelector('td.area.must a').getAttribute('href')");
        browser.script(&format!("location.hash = {chosen}"));
        browser.settle();
        browser.picture(&pictures().join(format!("{name}-panel.png")));
        let inner = browser.script(
            "(() => { const sheet = document.querySelector('.panel:target .sheet'); return sheet.scrollWidth - sheet.clientWidth; })()",
        );
        assert_eq!(inner, 0, "{name}: the panel is wider than the window");
    });
}

/// What axe finds that is serious or worse, as `rule: element`.
const FOUND: &str = "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => one.id + ': ' + node.html.slice(0, 200) + ' ' + node.failureSummary)))";

fn accessible(tools: &Tools) {
    show_all(tools, "axe", |browser, name| {
        browser.script(&format!("{}; 0", tools.axe));
        // Everything is checked, also folded parts.
        browser.script(
            "document.querySelectorAll('main details').forEach((part) => { part.open = true; })",
        );
        let found = browser.script(FOUND);
        assert_eq!(found, Value::Array(Vec::new()), "{name}");
        browser.script("document.querySelector('td.area.must a').click()");
        browser.settle();
        browser.script("document.querySelectorAll('.panel:target details').forEach((part) => { part.open = true; })");
        let found = browser.script(FOUND);
        assert_eq!(found, Value::Array(Vec::new()), "{name}, with a panel");
    });
    // A check that cannot find anything proves nothing.
    let mut browser = Browser::start(&tools.chromium);
    browser.open(&file(
        "axe-bad",
        "<!DOCTYPE html><html><body><img src='x'></body></html>",
    ));
    browser.script(&format!("{}; 0", tools.axe));
    let found = browser.script(FOUND).to_string();
    assert!(
        found.contains("image-alt") && found.contains("html-has-lang"),
        "{found}"
    );
}

/// Where the focus is: in the open panel, on the page behind it, or nowhere in particular.
const FOCUS: &str = "(() => {
    const at = document.activeElement;
    if (at === document.body) return 'body';
    return at.closest('.panel:target') ? 'panel' : 'behind';
})()";

fn keys(tools: &Tools) {
    show_all(tools, "keys", |browser, name| {
        let cell = "document.querySelector('td.area.must a')";
        browser.script(&format!("{cell}.focus()"));
        browser.press("Enter", 13);
        browser.settle();
        let open = "document.querySelector('.panel:target') !== null";
        assert_eq!(browser.script(open), true, "{name}: Enter opens no panel");
        assert_eq!(browser.script(FOCUS), "panel", "{name}");
        let stops = browser
            .script("document.querySelectorAll('.panel:target a, .panel:target summary').length");
        let stops = stops.as_u64().expect("a number");
        let mut inside = 0;
        for _ in 0..stops.min(20) + 3 {
            browser.press("Tab", 9);
            let focus = browser.script(FOCUS);
            assert_ne!(focus, "behind", "{name}: Tab leaves the panel");
            inside += u32::from(focus == "panel");
        }
        assert!(inside > 1, "{name}: Tab moves nothing");
        browser.press("Escape", 27);
        browser.settle();
        assert_eq!(browser.script(open), false, "{name}: Escape closes nothing");
        let back = browser.script(&format!("document.activeElement === {cell}"));
        assert_eq!(back, true, "{name}: the focus is not where it was");
        // Without an open panel the key does nothing.
        browser.press("Escape", 27);
        browser.settle();
        assert_eq!(browser.script("location.hash"), "#runtimes", "{name}");
    });
}

/// How far the colour of a mark differs from the page, as a sum over red, green and blue.
const LOUD: &str = "((name) => {
    const numbers = (text) => text.match(/[0-9.]+/g).slice(0, 3).map(Number);
    const mark = document.querySelector('.legend .mark.' + name);
    const style = getComputedStyle(mark);
    const own = numbers(style.backgroundImage.includes('rgb') ? style.backgroundImage.match(/rgb[^)]*\\)/)[0] : style.backgroundColor);
    const page = numbers(getComputedStyle(document.body).backgroundColor);
    return own.reduce((sum, part, at) => sum + Math.abs(part - page[at]), 0);
})";

fn quieter(tools: &Tools) {
    show_all(tools, "quiet", |browser, name| {
        let mut loud = |mark: &str| {
            let loud = browser.script(&format!("{LOUD}('{mark}')"));
            loud.as_f64().expect("a number")
        };
        let (must, should, error) = (loud("must"), loud("should"), loud("error"));
        assert!(
            error < should && error * 2.0 < must,
            "{name}: {must} {should} {error}"
        );
    });
}

fn failures_first(tools: &Tools) {
    let mut browser = Browser::start(&tools.chromium);
    browser.size(1280, 800);
    let file = file("first-single", &sample::single());
    browser.open(&file);
    let first = browser.script(
        "document.querySelector('.failures summary').getBoundingClientRect().top < innerHeight",
    );
    assert_eq!(first, true, "no failure is in sight");
    let marks = browser.script("[...document.querySelectorAll('.failures .case > summary .mark')].map((mark) => mark.textContent)");
    let marks: Vec<&str> = marks
        .as_array()
        .expect("marks")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let musts = marks.iter().take_while(|mark| **mark == "MUST").count();
    let last_must = marks.iter().rposition(|mark| *mark == "MUST");
    assert_eq!(Some(musts), last_must.map(|at| at + 1), "{marks:?}");
    let sources = browser.script(
        "[...document.querySelectorAll('.failures .source a')].every((link) => link.href.startsWith('https://')) && \
         document.querySelectorAll('.failures .source a').length > 0",
    );
    assert_eq!(sources, true, "a source is no link");
    browser.picture(&pictures().join("failures-first.png"));
}
