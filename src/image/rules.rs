//! The rules for an image: a function for each fact that a case can check.

use super::files::normal;
use super::{File, Image, Kind, Standing};
use crate::case::Fact;
use crate::check::{Evidence, Finding};
use crate::law;
use crate::law::Code;
use crate::protocol::RESERVED;

/// The largest image, all layers unpacked, in bytes.
const SIZE_MAX: u64 = 10 * 1024 * 1024 * 1024;

/// How many files a finding names.
const NAMED_MAX: usize = 5;

/// The search path of an image that sets no PATH.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const SNAPSTART_LABEL: &str = "com.amazonaws.lambda.feature.snapstart";

/// The breaches of one fact.
pub fn findings(fact: Fact, image: &Image) -> Vec<Finding> {
    match fact {
        Fact::EntryPoint => entry_point(image),
        Fact::Executable => executable(image).into_iter().collect(),
        Fact::Architecture => architecture(image),
        Fact::Size => size(image).into_iter().collect(),
        Fact::Readable => readable(image).into_iter().collect(),
        Fact::WorkingDirectory => working_directory(image).into_iter().collect(),
        Fact::Variables => variables(image).into_iter().collect(),
        Fact::SnapstartLabel => snapstart_label(image).into_iter().collect(),
    }
}

/// Why a container of the image cannot be started, if so.
pub fn prevents_start(image: &Image) -> Option<Finding> {
    let needed = [
        Fact::EntryPoint,
        Fact::WorkingDirectory,
        Fact::Executable,
        Fact::Architecture,
    ];
    needed
        .into_iter()
        .flat_map(|fact| findings(fact, image))
        .find(|finding| finding.level == law::Level::Must)
}

fn finding(rule: (&str, Code), expected: &str, actual: String, lines: &[String]) -> Finding {
    let (requirement, code) = rule;
    Finding {
        requirement: requirement.to_owned(),
        level: law::level_of(requirement),
        code: code.into(),
        expected: expected.to_owned(),
        actual,
        evidence: Evidence {
            exchange: None,
            lines: lines
                .iter()
                .map(|line| format!("{:>10} * {line}", ""))
                .collect(),
        },
        step: None,
    }
}

fn command_line(image: &Image) -> String {
    let config = &image.description.config;
    format!(
        "ENTRYPOINT {:?}  CMD {:?}",
        config.entrypoint.as_deref().unwrap_or_default(),
        config.cmd.as_deref().unwrap_or_default()
    )
}

fn entry_point(image: &Image) -> Vec<Finding> {
    let lines = [command_line(image)];
    let Some(program) = image.command.first().filter(|program| !program.is_empty()) else {
        return vec![finding(
            ("IMG-01", Code::NoEntryPoint),
            "an ENTRYPOINT, or a CMD that starts the runtime",
            "the image has neither".to_owned(),
            &lines,
        )];
    };
    if program.starts_with('/') {
        return Vec::new();
    }
    vec![finding(
        ("IMG-02", Code::RelativeEntryPoint),
        "an entry point with an absolute path",
        format!("`{program}`"),
        &lines,
    )]
}

/// The program of the image, found by its path or in the search path.
fn program(image: &Image) -> Option<(String, &File)> {
    let program = image.command.first()?;
    if program.contains('/') {
        return image.files.find(&image.workdir, program);
    }
    let path = image.description.variable("PATH").unwrap_or(PATH);
    path.split(':')
        .find_map(|folder| image.files.find(folder, program))
}

fn executable(image: &Image) -> Option<Finding> {
    let name = image.command.first()?;
    let standing = Standing(image.user);
    let expected = "an entry point that the default user of Lambda can execute";
    let refuse = |code, actual: String, line: &str| {
        let lines = [command_line(image), line.to_owned()];
        Some(finding(("IMG-03", code), expected, actual, &lines))
    };
    let Some((path, file)) = program(image) else {
        let line = format!("no {}", normal(&image.workdir, name));
        let actual = format!("there is no `{name}` in the image");
        return refuse(Code::EntryPointMissing, actual, &line);
    };
    let line = described(&path, file);
    let Kind::Regular { head } = &file.kind else {
        let actual = format!("`{path}` is not a file");
        return refuse(Code::EntryPointNotExecutable, actual, &line);
    };
    let closed = image
        .files
        .above(&path)
        .find(|(_, folder)| !folder.is_executable(standing));
    if let Some((path, folder)) = closed {
        let actual = format!("it may not enter the folder `{path}`");
        return refuse(
            Code::EntryPointNotExecutable,
            actual,
            &described(path, folder),
        );
    }
    if !file.is_executable(standing) {
        let actual = format!("it may not execute `{path}`");
        return refuse(Code::EntryPointNotExecutable, actual, &line);
    }
    match interpreter(head) {
        Some(interpreter) if image.files.find("/", &interpreter).is_none() => {
            let actual = format!("`{path}` needs `{interpreter}`, and the image does not have it");
            refuse(Code::InterpreterMissing, actual, &line)
        }
        Some(_) => None,
        None if machine(head).is_some() => None,
        None => {
            let actual =
                format!("`{path}` is neither a program for Linux nor a script with a `#!` line");
            refuse(Code::EntryPointNoProgram, actual, &line)
        }
    }
}

/// The program that a script names in its first line.
fn interpreter(head: &[u8]) -> Option<String> {
    let line = head
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let line = String::from_utf8_lossy(line);
    line.split_whitespace().next().map(str::to_owned)
}

/// The machine that an ELF program is for: `e_machine`, in the words of image architectures.
fn machine(head: &[u8]) -> Option<String> {
    if !head.starts_with(b"\x7fELF") {
        return None;
    }
    let (low, high) = (*head.get(18)?, *head.get(19)?);
    Some(match u16::from_le_bytes([low, high]) {
        0x3e => "amd64".to_owned(),
        0xb7 => "arm64".to_owned(),
        0x03 => "386".to_owned(),
        0x28 => "arm".to_owned(),
        other => format!("machine {other}"),
    })
}

fn architecture(image: &Image) -> Vec<Finding> {
    let description = &image.description;
    let wanted = &image.architecture;
    let labelled = format!("{}/{}", description.os, description.architecture);
    let expected = "an image for linux/amd64 or linux/arm64, and programs for the same";
    let breach = |actual, line: String| {
        finding(
            ("IMG-04", Code::WrongArchitecture),
            expected,
            actual,
            &[line],
        )
    };
    let mut found = Vec::new();
    let known = ["amd64", "arm64"].contains(&description.architecture.as_str());
    if description.os != "linux" || !known {
        found.push(breach(format!("the image is for {labelled}"), labelled));
    } else if description.architecture != *wanted {
        let actual = format!("the image is for {labelled}, but must be for linux/{wanted}");
        found.push(breach(actual, labelled));
    }
    if let Some((path, file)) = program(image)
        && let Kind::Regular { head } = &file.kind
        && let Some(machine) = machine(head)
        && machine != *wanted
    {
        let actual = format!("`{path}` is a program for {machine}, but must be for linux/{wanted}");
        found.push(breach(actual, described(&path, file)));
    }
    found
}

fn size(image: &Image) -> Option<Finding> {
    let size = image.description.size;
    (size > SIZE_MAX).then(|| {
        finding(
            ("IMG-05", Code::ImageTooLarge),
            "at most 10 GB, all layers unpacked",
            format!("{} MB", size / (1024 * 1024)),
            &[format!("{size} bytes")],
        )
    })
}

fn readable(image: &Image) -> Option<Finding> {
    let standing = Standing(image.user);
    let program = program(image);
    let path = program.as_ref().map(|(path, _)| path.as_str());
    let above = path.into_iter().flat_map(|path| image.files.above(path));
    let root = normal("/", &image.task_root);
    // To reach a file, the user must only be able to enter the folders above it.
    let closed = above.filter(|(_, folder)| !folder.is_executable(standing));
    let entry = program.as_ref().map(|(path, file)| (path.as_str(), *file));
    let hidden = image
        .files
        .below(&root)
        .chain(entry)
        .filter(|(_, file)| !file.is_readable(standing));
    let mut lines: Vec<String> = closed
        .chain(hidden)
        .map(|(path, file)| described(path, file))
        .collect();
    lines.sort();
    lines.dedup();
    if lines.is_empty() {
        return None;
    }
    let count = lines.len();
    lines.truncate(NAMED_MAX);
    Some(finding(
        ("IMG-06", Code::UnreadableFiles),
        "entry point and function readable for the default user of Lambda, who is not root",
        format!(
            "this user cannot read {count}{}",
            if count > NAMED_MAX {
                ", such as these"
            } else {
                ""
            }
        ),
        &lines,
    ))
}

fn working_directory(image: &Image) -> Option<Finding> {
    let workdir = &image.workdir;
    let refuse = |actual| {
        let lines = [format!("WORKDIR {workdir}")];
        let expected = "a working directory that is in the image, by its absolute path";
        Some(finding(
            ("IMG-07", Code::NoWorkingDirectory),
            expected,
            actual,
            &lines,
        ))
    };
    if workdir.is_empty() || workdir == "/" {
        return None;
    }
    if !workdir.starts_with('/') {
        return refuse(format!("`{workdir}` is not absolute"));
    }
    match image.files.find("/", workdir) {
        None => refuse(format!("there is no `{workdir}` in the image")),
        Some((path, file)) if file.kind != Kind::Folder => {
            refuse(format!("`{path}` is not a folder"))
        }
        Some((path, folder)) if !folder.is_executable(Standing(image.user)) => {
            refuse(format!("the default user of Lambda may not enter `{path}`"))
        }
        Some(_) => None,
    }
}

fn variables(image: &Image) -> Option<Finding> {
    let set: Vec<&str> = image
        .description
        .variables()
        .map(|(name, _)| name)
        .filter(|name| RESERVED.contains(name))
        .collect();
    (!set.is_empty()).then(|| {
        let lines: Vec<String> = set.iter().map(|name| format!("ENV {name}")).collect();
        finding(
            ("IMG-08", Code::ReservedVariable),
            "no variable in the image that Lambda sets itself",
            set.join(", "),
            &lines,
        )
    })
}

fn snapstart_label(image: &Image) -> Option<Finding> {
    let labels = image.description.config.labels.as_ref()?;
    let value = labels.get(SNAPSTART_LABEL)?;
    (value != "Allow").then(|| {
        finding(
            ("IMG-09", Code::SnapstartLabel),
            "the label with the value `Allow`, or no such label",
            format!("`{value}`"),
            &[format!("LABEL {SNAPSTART_LABEL}={value}")],
        )
    })
}

fn described(path: &str, file: &File) -> String {
    let kind = match file.kind {
        Kind::Regular { .. } => "file",
        Kind::Folder => "folder",
        Kind::Link(_) => "link",
        Kind::Other => "special file",
    };
    format!(
        "{path}  {kind}, mode {:04o}, owner {}:{}",
        file.mode & 0o7777,
        file.uid,
        file.gid
    )
}
