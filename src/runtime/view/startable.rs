//! Whether the system would start a program. If a shell or tool must become a program that the system refuses, it tries
//! something else or ends with its own exit code, which would be taken for the runtime's.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How much of a program is read: its first line, or the headers of an ELF file.
const START: u64 = 4096;

/// How many interpreters may name another interpreter.
const DEPTH_MAX: u32 = 4;

/// Whether this command would surely start. `false` means unknown.
pub(super) fn is_startable(command: &[String], env: &[(String, String)], folder: &Path) -> bool {
    let path = env.iter().find(|(name, _)| name == "PATH");
    let path = path.map(|(_, value)| value.as_str());
    let program = command
        .first()
        .and_then(|program| which::which_in(program, path, folder).ok());
    program.is_some_and(|program| starts(&program, DEPTH_MAX))
}

/// The interpreter that the first line of a script names.
pub(super) fn interpreter(program: &Path) -> Option<String> {
    named_by(&start_of(program)?)
}

fn starts(program: &Path, depth: u32) -> bool {
    let Some(start) = start_of(program) else {
        return false;
    };
    let asked = match start.strip_prefix(b"#!") {
        Some(_) => named_by(&start),
        None if is_of_this_machine(&start) => match loader(&start) {
            Some(loader) => return is_executable(Path::new(&loader)),
            None => return true,
        },
        None => return false,
    };
    let asked = asked.map(PathBuf::from);
    depth > 0 && asked.is_some_and(|asked| is_executable(&asked) && starts(&asked, depth - 1))
}

fn start_of(program: &Path) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    let file = File::open(program).ok()?;
    file.take(START).read_to_end(&mut start).ok()?;
    Some(start)
}

fn named_by(start: &[u8]) -> Option<String> {
    let line = start
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let line = String::from_utf8_lossy(line);
    line.split([' ', '\t'])
        .find(|word| !word.is_empty())
        .map(str::to_owned)
}

/// It has an absolute path.
fn is_executable(program: &Path) -> bool {
    program.is_absolute() && which::which(program).is_ok()
}

/// Whether an ELF file is of the same class, byte order and machine as this program.
fn is_of_this_machine(start: &[u8]) -> bool {
    let kind = |start: &[u8]| Some((start.get(..6)?.to_vec(), start.get(18..20)?.to_vec()));
    let own = start_of(Path::new("/proc/self/exe"));
    kind(start).is_some_and(|kind_of| Some(kind_of) == own.as_deref().and_then(kind))
}

/// The loader of a 64-bit ELF file in the byte order of this machine, if it has one.
fn loader(start: &[u8]) -> Option<String> {
    let number = |at: usize, bytes: usize| -> Option<usize> {
        let mut raw = [0; 8];
        let bytes_there = start.get(at..at.checked_add(bytes)?)?;
        raw.get_mut(..bytes)?.copy_from_slice(bytes_there);
        usize::try_from(u64::from_le_bytes(raw)).ok()
    };
    let (table, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    for index in 0..count {
        let header = table.checked_add(index * size)?;
        // PT_INTERP
        if number(header, 4)? == 3 {
            let (at, bytes) = (number(header + 8, 8)?, number(header + 32, 8)?);
            let text = start.get(at..at.checked_add(bytes)?)?;
            let text = text.strip_suffix(&[0]).unwrap_or(text);
            return Some(String::from_utf8_lossy(text).into_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[track_caller]
    fn check(text: &[u8], mode: u32, expected: bool) {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("program");
        fs::write(&program, text).expect("a file");
        fs::set_permissions(&program, fs::Permissions::from_mode(mode)).expect("a mode");
        for (word, path) in [
            ("./program", "/bin"),
            ("program", &*folder.path().to_string_lossy()),
        ] {
            let env = [("PATH".to_owned(), path.to_owned())];
            let started = is_startable(&[word.to_owned()], &env, folder.path());
            let text = String::from_utf8_lossy(text);
            assert_eq!(started, expected, "{word}: {text}");
        }
    }

    #[test]
    fn a_script_needs_the_program_of_its_first_line() {
        check(b"#!/bin/sh\n", 0o755, true);
        check(b"#! /usr/bin/env python3\n", 0o755, true);
        check(b"#!/bin/sh\n", 0o644, false);
        check(b"#!/no/such/program\n", 0o755, false);
        check(b"#!sh\n", 0o755, false);
        check(b"echo\n", 0o755, false);
        check(b"", 0o755, false);
    }

    #[test]
    fn a_program_needs_its_machine_and_its_loader() {
        let own = fs::read("/proc/self/exe").expect("it");
        check(&own, 0o755, true);
        let mut other = own.clone();
        other[18] ^= 1;
        check(&other, 0o755, false);
        let loader = loader(&own).expect("a loader");
        let at = own
            .windows(loader.len())
            .position(|window| window == loader.as_bytes());
        let mut lost = own;
        lost[at.expect("its name") + 1] = b'X';
        check(&lost, 0o755, false);
    }
}
