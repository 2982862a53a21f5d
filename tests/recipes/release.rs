//! A release has the archives that `cargo binstall` looks for, by the metadata of the package.

use std::fs;

use libtest_mimic::{Completion, Failed};

use super::root;

pub fn is_found() -> Result<Completion, Failed> {
    let manifest: toml::Table = toml::from_str(&fs::read_to_string(root().join("Cargo.toml"))?)?;
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let text = |name: &str| binstall[name].as_str().unwrap_or_default();
    let release = fs::read_to_string(root().join(".github/workflows/release.yml"))?;
    let steps = release.lines().map(str::trim);
    let packed = steps
        .filter_map(|line| line.strip_prefix("run: tar -C "))
        .next()
        .ok_or("no step packs the program")?;
    let (name, format) = (text("pkg-url"), text("pkg-fmt"));
    let asked = name.rsplit('/').next().unwrap_or_default();
    let archive = asked.replace("{ target }", "$CARGO_BUILD_TARGET");
    // The archive has the program at its top.
    let fits = packed.contains(&format!("/{archive}\" ricspec"))
        && text("bin-dir") == "{ bin }{ binary-ext }"
        && format == "tgz"
        && name.contains("/v{ version }/")
        && release.contains("tags: [\"v*\"]");
    match fits {
        true => Ok(Completion::Completed),
        false => Err(format!("{binstall}\n{packed}").into()),
    }
}
