//! Compares ricspec's service with AWS's own Runtime Interface Emulator, in two versions: one fake runtime makes the same
//! calls to each, and every reply is compared.
//!
//! `tests/emulator/scripts.toml` has the calls, `tests/emulator/differences.toml` the intended differences, each with its
//! reason. A script fails for a difference that is not listed, and for a listed one that no longer occurs.
//!
//! The emulators are the one in aws-sam-cli and the newest one, built from its Go module; restores, and answers to
//! callers who read streams, are compared with the stand-alone server in that module, which has a main of ours. They are downloaded only on
//! request: `RICSPEC_REQUIRE=runtimes` installs them into the target folder, and later runs use them. With
//! `RICSPEC_REQUIRE=all` the test fails on a machine where that is not possible. Without an emulator, only ricspec's half is
//! played, and compared with its half of the list. `RICSPEC_EMULATOR=FILE` compares only that program.

#[path = "emulator/client.rs"]
mod client;
#[path = "emulator/compare.rs"]
mod compare;
#[path = "emulator/oracle.rs"]
mod oracle;
#[path = "emulator/ours.rs"]
mod ours;
mod require;
#[path = "emulator/rie.rs"]
mod rie;
#[path = "emulator/running.rs"]
mod running;
#[path = "emulator/script.rs"]
mod script;
#[path = "emulator/standalone.rs"]
mod standalone;
#[path = "emulator/wire.rs"]
mod wire;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use oracle::{Found, Oracle, oracles};
use require::Require;
use script::{Difference, Script, differences, scripts};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    if let Some((client::MARK, rest)) = arguments
        .get(1..)
        .and_then(<[String]>::split_first)
        .map(|(first, rest)| (first.as_str(), rest))
    {
        return client::main(rest);
    }
    let (scripts, differences) = match (scripts(), differences()) {
        (Ok(scripts), Ok(differences)) => (scripts, differences),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut trials = compare::trials(&scripts, &differences);
    let is_special = |script: &&Script| script.restores || script.direct.is_some();
    let of_service = scripts.iter().filter(|script| !is_special(script));
    for oracle in oracles() {
        trials.extend(
            of_service
                .clone()
                .map(|script| trial(script, &oracle, &differences)),
        );
    }
    let special = scripts.iter().filter(is_special);
    trials.extend(special.map(|script| trial(script, &Oracle::Standalone, &differences)));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(script: &Script, oracle: &Oracle, differences: &[Difference]) -> Trial {
    let about = |difference: &&Difference| difference.script == script.name;
    let listed: Vec<Difference> = differences.iter().filter(about).cloned().collect();
    let name = format!("{}/{}", oracle.name(), script.name);
    let (script, oracle) = (script.clone(), oracle.clone());
    Trial::ignorable_test(name, move || check(&script, &listed, &oracle))
}

/// Plays the script against ricspec and an emulator, and compares; first the parts that need no emulator.
fn check(script: &Script, listed: &[Difference], oracle: &Oracle) -> Result<Completion, Failed> {
    let require = Require::read()?;
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let (log, other_log) = (folder.join("ricspec"), folder.join("emulator"));
    let seen = ours::watch(script, folder, &log)?;
    compare::none(
        &script.about,
        &compare::unlike_the_list(script, &seen, listed),
    )?;
    let emulator = match oracle.find(require)? {
        Found::Here(emulator) => emulator,
        Found::Lacking(reason) => return require.lacking(reason),
    };
    let watch = match oracle {
        Oracle::Standalone => standalone::watch,
        Oracle::SamCli | Oracle::Newest | Oracle::Given(_) => rie::watch,
    };
    let other = match watch(&emulator, script, folder, &other_log)? {
        Some(other) => other,
        None => return require.lacking(rie::NO_MOUNTS.to_owned()),
    };
    compare::none(
        &script.about,
        &compare::faults(script, &seen, &other, listed),
    )?;
    Ok(Completion::Completed)
}
