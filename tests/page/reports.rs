//! The compliance report and the trend: in windows of both sizes and schemes, and on paper.

use serde_json::Value;

use super::{Browser, FOUND, SCHEMES, SIZES, Tools, file, pictures, sample};

fn pages() -> [(&'static str, String); 2] {
    [
        ("compliance", sample::compliance()),
        ("trend", sample::trends()),
    ]
}

/// The texts of all elements that are partly outside the window.
const OUTSIDE: &str = "[...document.querySelectorAll('main *')].filter((part) => {
    if (part.matches('.spoken, thead, thead *, svg *')) return false;
    const box = part.getBoundingClientRect();
    return box.width > 0 && (box.left < -0.5 || box.right > innerWidth + 0.5);
}).map((part) => part.tagName + ': ' + part.textContent.slice(0, 80))";

/// Opens all folded parts.
const OPEN: &str = "document.querySelectorAll('details').forEach((part) => { part.open = true; })";

fn nothing(browser: &mut Browser, what: &str, name: &str) {
    let found = browser.script(what);
    assert_eq!(found, Value::Array(Vec::new()), "{name}");
}

pub fn shown(tools: &Tools) {
    let mut browser = Browser::start(&tools.chromium);
    for (page, text) in pages() {
        let file = file(&format!("report-{page}"), &text);
        for (width, height) in SIZES {
            for scheme in SCHEMES {
                let name = format!("{page}-{width}-{scheme}");
                browser.size(width, height);
                browser.scheme(scheme);
                browser.open(&file);
                browser.picture(&pictures().join(format!("{name}.png")));
                browser.script(OPEN);
                nothing(&mut browser, OUTSIDE, &name);
                browser.script(&format!("{}; 0", tools.axe));
                nothing(&mut browser, FOUND, &name);
                // The rest of a long page, as far as people scroll.
                browser.size(width, height * 4);
                browser.settle();
                browser.picture(&pictures().join(format!("{name}-long.png")));
            }
        }
    }
    assert!(
        browser.complaints().is_empty(),
        "{:?}",
        browser.complaints()
    );
}

/// The changes that are not on paper.
const HIDDEN: &str = "[...document.querySelectorAll('.changes')].filter((part) => !part.checkVisibility({contentVisibilityAuto: true}) || part.offsetHeight === 0)
    .map((part) => part.textContent.slice(0, 80))";

pub fn printed(tools: &Tools) {
    let mut browser = Browser::start(&tools.chromium);
    let [compliance, trend] = pages();
    let results = [("matrix", sample::matrix()), ("single", sample::single())];
    for (page, text) in [compliance, trend].into_iter().chain(results) {
        browser.as_printed();
        browser.open(&file(&format!("paper-{page}"), &text));
        nothing(&mut browser, OUTSIDE, page);
        nothing(&mut browser, HIDDEN, page);
        browser.print(&pictures().join(format!("{page}.pdf")));
    }
}
