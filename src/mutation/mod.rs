//! Mutants of the reference runtime, and of the reference extension: each breaks some requirements and no others. And its variants, which do something
//! differently and break nothing: a check that fails a variant would also fail real runtimes.
//!
//! One row is a whole mutant: its name, what it does in words, what it breaks, and the change. A new mutant is a new row in
//! the file of its area.

/// A table of mutants: `"name": "what it does", breaks ["WHAT-01"] => change;`, where `should()` or `when(…)` may stand
/// before the arrow.
macro_rules! mutants {
    ($($name:literal: $text:literal, breaks $breaks:tt $($with:ident $how:tt)* => $change:expr;)*) => {
        pub(in crate::mutation) const MUTANTS: &[Mutant] =
            &[$(Mutant::new($name, $text, &$breaks, $crate::mutation::mutant::Change::Runtime(&$change))$(.$with $how)*),*];
    };
}

/// The same for the extension.
macro_rules! extension_mutants {
    ($($name:literal: $text:literal, breaks $breaks:tt $($with:ident $how:tt)* => $change:expr;)*) => {
        pub(in crate::mutation) const MUTANTS: &[Mutant] =
            &[$(Mutant::new($name, $text, &$breaks, $crate::mutation::mutant::Change::Extension(&$change))$(.$with $how)*),*];
    };
}

mod beside;
mod boot;
mod caller;
mod change;
mod context;
mod error;
mod extension;
mod field;
mod forge;
mod init;
mod json;
mod late;
mod modes;
mod mutant;
mod next;
mod odd;
mod other_apis;
mod past;
mod process;
mod processes;
mod repeated;
mod response;
mod restore;
pub mod score;
mod stream;
mod value;
mod variants;
mod wire;

use mutant::Change;
pub use mutant::{Most, Mutant};

use std::process::ExitCode;

use crate::reference;

/// Runs as this mutant, until the service ends it.
pub fn be(mutant: &'static Mutant) -> ExitCode {
    match mutant.change {
        Change::Runtime(_) => processes::wrap(mutant.name, mutant.processes)
            .unwrap_or_else(|| reference::be(past::ways(mutant))),
        Change::Extension(ways) => reference::external::be(ways),
    }
}

const PARTS: &[&[Mutant]] = &[
    boot::MUTANTS,
    beside::MUTANTS,
    next::MUTANTS,
    response::MUTANTS,
    error::MUTANTS,
    init::MUTANTS,
    context::MUTANTS,
    process::MUTANTS,
    late::MUTANTS,
    modes::MUTANTS,
    restore::MUTANTS,
    stream::MUTANTS,
    caller::MUTANTS,
    odd::MUTANTS,
    value::MUTANTS,
    wire::MUTANTS,
    other_apis::MUTANTS,
    field::MUTANTS,
    extension::registers::MUTANTS,
    extension::waits::MUTANTS,
    extension::events::MUTANTS,
    extension::ends::MUTANTS,
    extension::trouble::MUTANTS,
    extension::batches::MUTANTS,
    extension::subscribes::MUTANTS,
];

const VARIANT_PARTS: &[&[Mutant]] = &[
    variants::MUTANTS,
    variants::streams::MUTANTS,
    variants::restores::MUTANTS,
    extension::variants::MUTANTS,
];

const fn count(parts: &[&[Mutant]]) -> usize {
    let (mut count, mut part) = (0, 0);
    while part < parts.len() {
        count += parts[part].len();
        part += 1;
    }
    count
}

const fn joined<const COUNT: usize>(parts: &[&[Mutant]]) -> [Mutant; COUNT] {
    let mut all = [parts[0][0]; COUNT];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let mut index = 0;
        while index < parts[part].len() {
            all[at] = parts[part][index];
            at += 1;
            index += 1;
        }
        part += 1;
    }
    all
}

static ALL: [Mutant; count(PARTS)] = joined(PARTS);
static ALL_VARIANTS: [Mutant; count(VARIANT_PARTS)] = joined(VARIANT_PARTS);

/// All variants.
pub const VARIANTS: &[Mutant] = &ALL_VARIANTS;

/// All mutants.
pub const MUTANTS: &[Mutant] = &ALL;

/// The mutant or variant of this name.
pub fn mutant(name: &str) -> Option<&'static Mutant> {
    let mut all = MUTANTS.iter().chain(VARIANTS);
    all.find(|mutant| mutant.name == name)
}
