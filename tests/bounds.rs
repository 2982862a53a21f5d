//! Nothing that a runtime does makes ricspec wait forever or use too much of the machine.
//!
//! The runtimes are this program itself, in a [role](roles).

#[path = "bounds/attack.rs"]
mod attack;
#[path = "bounds/long.rs"]
mod long;
#[path = "bounds/roles.rs"]
mod roles;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    if let [_, word, role] = arguments.as_slice()
        && word == roles::WORD
    {
        return roles::play(role);
    }
    let trials = attack::ALL
        .iter()
        .map(|(name, test)| Trial::test(*name, test))
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
