//! Files that users name: outputs are complete, private where they must be, and never replace something that is not a file;
//! inputs are read within limits. Each file that cannot be read or written gives one message.

#[path = "files/during.rs"]
mod during;
#[path = "files/inputs.rs"]
mod inputs;
#[path = "files/outputs.rs"]
mod outputs;

mod desk;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use desk::{Desk, Done, RICSPEC};

/// An id that owns no file.
const NOBODY: &str = "65534";

/// One case, which the reference runtime passes, and how to play it.
const ECHO: &str = r#"{
  "$schema": "case.schema.json",
  "id": "mine/echo",
  "title": "A case of a user",
  "why": "So that users can add what is missing.",
  "requirements": ["RESP-01"],
  "steps": [
    {"serve": {"event": {"json": {"ricspec": 1, "do": "echo", "value": 1}}}},
    {"expect": {"call": "response", "cites": "RESP-01"}}
  ]
}
"#;

const RUN: [&str; 6] = ["run", "--reference", "--cases", "cases", "--filter", "mine"];

impl Desk {
    /// A folder with the one case.
    fn with_case() -> Self {
        let desk = Self::new();
        desk.write("cases/mine/echo.json", ECHO);
        desk
    }

    /// Plays the case.
    #[track_caller]
    fn play(&self, options: &[&str]) -> Done {
        self.words(&[&[RICSPEC], &RUN[..], options].concat())
    }

    /// Runs a command in the folder.
    #[track_caller]
    fn words(&self, words: &[&str]) -> Done {
        let (program, arguments) = words.split_first().expect("a program");
        Done::of(self.place(Command::new(program).args(arguments)))
    }

    /// Runs ricspec.
    #[track_caller]
    fn ricspec(&self, arguments: &[&str]) -> Done {
        self.words(&[&[RICSPEC], arguments].concat())
    }

    /// Makes a FIFO.
    fn fifo(&self, name: &str) -> &Self {
        assert_eq!(self.words(&["mkfifo", name]).code, 0);
        self
    }

    /// The mode of a file.
    fn mode(&self, name: &str) -> u32 {
        let found = fs::metadata(self.path().join(name)).expect(name);
        found.permissions().mode() & 0o7777
    }

    fn set_mode(&self, name: &str, mode: u32) -> &Self {
        let path = self.path().join(name);
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
        self
    }

    /// All names below the folder, in order.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        add_names(self.path(), self.path(), &mut names);
        names.sort();
        names
    }
}

fn add_names(root: &Path, folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.strip_prefix(root).expect("below it");
        names.push(name.to_string_lossy().into_owned());
        if path.is_dir() && !path.is_symlink() {
            add_names(root, &path, names);
        }
    }
}

/// Arguments that run a command as user nobody, if root runs the tests; another user needs none.
fn as_nobody() -> Vec<&'static str> {
    if !rustix::process::geteuid().is_root() {
        return Vec::new();
    }
    vec![
        "setpriv",
        "--reuid",
        NOBODY,
        "--regid",
        NOBODY,
        "--clear-groups",
    ]
}

/// ricspec, where every user may start it.
fn own_copy(desk: &Desk) {
    fs::copy(RICSPEC, desk.path().join("ricspec")).expect("a copy");
    desk.set_mode(".", 0o755);
}
