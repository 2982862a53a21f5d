//! Reports that last: made again from saved JSON or from transcripts, measured by a set, merged and compared.

#[path = "report/again.rs"]
mod again;
mod desk;

use std::process::Command;

use desk::{Desk, Done, RICSPEC};

/// A mutant that breaks a SHOULD in this case.
const RUN: [&str; 8] = [
    "run",
    "--reference",
    "--mutant",
    "next-with-body",
    "--filter",
    "next/five_in_a_row",
    "--transcripts",
    "seen",
];

impl Desk {
    /// Runs ricspec, and gives its exit code.
    #[track_caller]
    fn ricspec(&self, arguments: &[&str]) -> Done {
        self.ricspec_at("0", arguments)
    }

    /// The same on a day that SOURCE_DATE_EPOCH gives.
    #[track_caller]
    fn ricspec_at(&self, epoch: &str, arguments: &[&str]) -> Done {
        let mut command = Command::new(RICSPEC);
        command.args(arguments).env("SOURCE_DATE_EPOCH", epoch);
        Done::of(self.place(&mut command))
    }

    /// Runs ricspec, which must end with this exit code.
    #[track_caller]
    fn ends(&self, code: i32, arguments: &[&str]) -> Done {
        let done = self.ricspec(arguments);
        assert_eq!(done.code, code, "{}{}", done.out, done.err);
        done
    }
}
