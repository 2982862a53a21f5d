//! An image as the target of a libtest binary.

use libtest_mimic::Failed;

use super::engine::Engine;
use super::{PLAIN, RUNTIME};

/// The form that cargo-nextest needs, because it cannot ignore a test after it has started it.
pub fn as_ignored(engine: &'static Engine) -> Result<(), Failed> {
    let script = format!("#!/bin/sh\n{RUNTIME}\n");
    let image = engine.build("listed", PLAIN.lines, &script, 0o755, &[])?;
    let folder = tempfile::tempdir()?;
    let (beyond, played) = ("boot/address_ipv6", "boot/first_call_is_next");
    let settings = format!(
        "image = \"{image}\"\nengine = \"{}\"\nfilter = [\"{beyond}\", \"{played}\"]\n",
        engine.program
    );
    std::fs::write(folder.path().join("ricspec.toml"), settings)?;
    let mut ricspec = engine.command(env!("CARGO_BIN_EXE_ricspec"));
    let listing = ["test", "--list", "--ignored"];
    let output = ricspec.args(listing).current_dir(folder.path()).output()?;
    let (out, err) = (
        String::from_utf8(output.stdout)?,
        String::from_utf8(output.stderr)?,
    );
    let reason = "a network of its own, which has no IPv6 address";
    match out == format!("{beyond}: test\n") && err.contains(reason) {
        true => Ok(()),
        false => Err(format!("{out}{err}").into()),
    }
}
