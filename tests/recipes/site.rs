//! The public pages, made as every week: from the JSON of a matrix, and from what authors sent.

use std::process::Command;

use libtest_mimic::{Completion, Failed};
use serde_json::Value;

use super::{Desk, FILTER, RICSPEC, ends_well, root};

/// Runtimes, one of them with a name that must be escaped.
fn targets() -> String {
    let target = |name: &str| {
        format!(
            "[[target]]\nname = \"{name}\"\nlanguage = \"rust\"\ntask_root = \".\"\ncommand = [\"{RICSPEC}\", \"reference\"]\n"
        )
    };
    target("<b>plain</b> 1.0") + &target("another 2.0")
}

/// The addresses in a page.
fn addresses(page: &str) -> Vec<&str> {
    let attributes = ["href=\"", "src=\""];
    let all = attributes.iter().flat_map(|attribute| {
        let parts = page.split(attribute).skip(1);
        parts.filter_map(|part| part.split('"').next())
    });
    all.collect()
}

pub fn leads() -> Result<Completion, Failed> {
    let desk = Desk::new();
    desk.write("ricspec.toml", &targets());
    let mut play = Command::new(RICSPEC);
    play.args(["matrix", "--report", "json=matrix.json"]);
    play.args(["--report", "html=site/table.html"]).args(FILTER);
    ends_well(desk.place(&mut play))?;
    let matrix: Value = serde_json::from_str(&desk.read("matrix.json"))?;
    let again = matrix["runtimes"][0]["report"]["reproduce"].as_str();
    if !again.is_some_and(|again| again.starts_with("ricspec matrix ricspec.toml --runtime ")) {
        return Err(format!("only this machine can play it again: {again:?}").into());
    }
    desk.write(
        "sent/ours-2026-11-30.json",
        &matrix["runtimes"][0]["report"].to_string(),
    );
    let mut make = Command::new(root().join(".github/packages/site"));
    make.args(["matrix.json", "site", "sent"]);
    ends_well(desk.place(make.env("RICSPEC", RICSPEC)))?;

    let site = desk.path().join("site");
    let page = desk.read("site/index.html");
    let addresses = addresses(&page);
    let there = |address: &&str| site.join(address).exists();
    let missing: Vec<&&str> = addresses.iter().filter(|address| !there(address)).collect();
    if !missing.is_empty() {
        return Err(format!("these are linked and missing: {missing:?}").into());
    }
    for place in ["-b-plain-b-1.0", "another-2.0", "sent/ours-2026-11-30"] {
        let report: Value =
            serde_json::from_str(&desk.read(&format!("site/{place}/compliance.json")))?;
        let sentence = report["sentence"].as_str().ok_or("a sentence")?;
        let is_linked = addresses.contains(&&*format!("{place}/"));
        if !is_linked || !page.contains(&sentence.replace('<', "&lt;").replace('>', "&gt;")) {
            return Err(format!("{place} is not linked, or not told: {page}").into());
        }
    }
    let all = ["table.html", "trend.html"];
    let is_escaped = page.contains("&lt;b&gt;plain") && !page.contains("<b>");
    match is_escaped && all.iter().all(|name| addresses.contains(name)) {
        true => Ok(Completion::Completed),
        false => Err(page.into()),
    }
}
