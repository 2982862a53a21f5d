//! Compares a container image with what Lambda requires, before anything is started.
//!
//! Pure: other rooms read the image's description and its files.

mod description;
mod files;
mod rules;

pub use description::{Description, ImageConfig};
pub use files::{File, Files, Kind, Standing};
pub use rules::{findings, prevents_start};

use crate::case::Case;

/// An image as it will be started.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// Its own description.
    pub description: Description,
    /// The whole command: entry point and arguments.
    pub command: Vec<String>,
    /// The working directory.
    pub workdir: String,
    /// The folder of the function.
    pub task_root: String,
    /// The architecture: `amd64`, `arm64`.
    pub architecture: String,
    /// The user, if it is given by numbers.
    pub user: Option<(u64, u64)>,
    /// Its files.
    pub files: Files,
}

/// Whether a case is about a fact of an image and has no script.
pub fn is_about_facts(case: &Case) -> bool {
    case.fact.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Fact;

    const ALL: [Fact; 8] = [
        Fact::EntryPoint,
        Fact::Executable,
        Fact::Architecture,
        Fact::Size,
        Fact::Readable,
        Fact::WorkingDirectory,
        Fact::Variables,
        Fact::SnapstartLabel,
    ];

    pub(super) fn file(kind: Kind, mode: u32) -> File {
        File {
            kind,
            mode,
            uid: 0,
            gid: 0,
        }
    }

    fn program(machine: u8) -> Kind {
        let mut head = b"\x7fELF".to_vec();
        head.resize(18, 0);
        head.extend([machine, 0]);
        Kind::Regular { head }
    }

    fn script(line: &str) -> Kind {
        let head = format!("{line}\n").into_bytes();
        Kind::Regular { head }
    }

    /// An image without a fault.
    fn good() -> Image {
        let mut image = Image {
            command: vec!["/start".to_owned(), "app.handler".to_owned()],
            workdir: "/var/task".to_owned(),
            task_root: "/var/task".to_owned(),
            architecture: "amd64".to_owned(),
            user: Some((993, 990)),
            ..Image::default()
        };
        image.description.os = "linux".to_owned();
        image.description.architecture = "amd64".to_owned();
        image.files.add("bin", file(Kind::Folder, 0o755));
        image.files.add("bin/sh", file(program(0x3e), 0o755));
        image.files.add("var", file(Kind::Folder, 0o755));
        image.files.add("var/task", file(Kind::Folder, 0o755));
        image.files.add("var/task/app.py", file(script(""), 0o644));
        image
            .files
            .add("start", file(script("#!/bin/sh -e"), 0o755));
        image
    }

    #[track_caller]
    fn check(expected: &[&str], change: impl FnOnce(&mut Image)) {
        let mut image = good();
        change(&mut image);
        let found = ALL.iter().flat_map(|fact| findings(*fact, &image));
        let codes: Vec<String> = found.map(|finding| finding.code).collect();
        assert_eq!(codes, expected);
    }

    #[test]
    fn a_good_image_has_no_breach() {
        check(&[], |_| {});
        assert_eq!(prevents_start(&good()), None);
    }

    #[test]
    fn the_entry_point_is_looked_for_as_it_will_be() {
        check(&["no-entry-point"], |image| image.command.clear());
        check(&["relative-entry-point"], |image| {
            image.command[0] = "sh".to_owned();
        });
        check(&["relative-entry-point"], |image| {
            image.command[0] = "../../bin/sh".to_owned();
        });
        check(&["entry-point-missing"], |image| {
            image.command[0] = "/bin/bash".to_owned();
        });
        check(&["entry-point-not-executable"], |image| {
            image.command[0] = "/bin".to_owned();
        });
        check(&["entry-point-no-program"], |image| {
            image.files.add("start", file(script("echo"), 0o755));
        });
        check(&["interpreter-missing"], |image| {
            image.files.add("start", file(script("#!/bin/bash"), 0o755));
        });
    }

    #[test]
    fn a_program_for_another_processor_is_found_behind_the_label() {
        check(&["wrong-architecture"], |image| {
            image.files.add("start", file(program(0xb7), 0o755));
        });
        check(&["wrong-architecture"], |image| {
            image.description.architecture = "riscv64".to_owned();
        });
        check(&["wrong-architecture"], |image| {
            image.description.os = "windows".to_owned();
        });
    }

    #[test]
    fn ten_gigabytes_are_the_most() {
        let most = 10 * 1024 * 1024 * 1024;
        check(&[], |image| image.description.size = most);
        check(&["image-too-large"], |image| {
            image.description.size = most + 1;
        });
    }

    #[test]
    fn what_is_closed_to_others_is_unreadable() {
        let hide = |image: &mut Image| {
            let hidden = file(script(""), 0o600);
            image.files.add("var/task/app.py", hidden);
        };
        check(&["unreadable-files"], hide);
        check(&[], |image| {
            hide(image);
            image.user = Some((0, 0));
        });
        check(&["unreadable-files", "no-working-directory"], |image| {
            image.files.add("var/task", file(Kind::Folder, 0o700));
        });
        check(&["no-working-directory"], |image| {
            image.workdir = "/srv".to_owned();
        });
    }

    #[test]
    fn variables_and_labels_that_are_not_the_images_own() {
        check(&["reserved-variable"], |image| {
            let variables = ["PATH=/bin", "LAMBDA_TASK_ROOT=/var/task", "_HANDLER=a.b"];
            image.description.config.env = Some(variables.map(str::to_owned).to_vec());
        });
        let label = |value: &str| {
            let name = "com.amazonaws.lambda.feature.snapstart".to_owned();
            Some([(name, value.to_owned())].into())
        };
        check(&["snapstart-label"], |image| {
            image.description.config.labels = label("allow");
        });
        check(&[], |image| {
            image.description.config.labels = label("Allow");
        });
    }
}
