//! A program that does nothing: it holds the network of an environment until the containers of its processes have joined it.
//!
//! An image need not have such a program, so it is written out here, as the smallest file that the kernel starts.

use std::env::consts::ARCH;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Where the program is mapped, and the size of the headers before its instructions.
const BASE: u64 = 0x40_0000;
const HEADERS: u64 = 64 + 56;

/// Waits for a signal, again and again.
const X86_64: [u8; 9] = [
    0xb8, 34, 0, 0, 0, // the number of pause
    0x0f, 0x05, // the call
    0xeb, 0xf7, // again
];

/// The same; there is no pause, but a wait for no event.
const AARCH64: [u32; 8] = [
    0xd280_0000, // no files
    0xd280_0001,
    0xd280_0002, // no limit
    0xd280_0003,
    0xd280_0004,
    0xd280_0928, // the number of ppoll
    0xd400_0001, // the call
    0x17ff_fff9, // again
];

/// Writes the program, for everybody to start.
///
/// # Errors
/// It cannot be written, or is unknown for this processor.
pub(super) fn write(path: &Path) -> io::Result<()> {
    let unknown = || {
        let what = format!("ricspec has no program for {ARCH} that holds a network");
        io::Error::new(io::ErrorKind::Unsupported, what)
    };
    let program = program(ARCH).ok_or_else(unknown)?;
    fs::write(path, program)?;
    fs::set_permissions(path, Permissions::from_mode(0o755))
}

/// The bytes of the file: an ELF header, one program header, and the instructions.
fn program(architecture: &str) -> Option<Vec<u8>> {
    let (machine, code) = match architecture {
        "x86_64" => (62_u16, X86_64.to_vec()),
        "aarch64" => {
            let words = AARCH64.iter().flat_map(|word| word.to_le_bytes());
            (183, words.collect())
        }
        _ => return None,
    };
    let size = HEADERS + code.len() as u64;
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0];
    bytes.resize(16, 0);
    // An executable file of version 1.
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(machine.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    // Where it begins, where its program header lies, and no section header.
    bytes.extend([BASE + HEADERS, 64, 0].map(u64::to_le_bytes).concat());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend([64_u16, 56, 1, 0, 0, 0].map(u16::to_le_bytes).concat());
    // The whole file, to be read and executed.
    bytes.extend([1_u32, 5].map(u32::to_le_bytes).concat());
    let segment = [0, BASE, BASE, size, size, 0x1_0000];
    bytes.extend(segment.map(u64::to_le_bytes).concat());
    bytes.extend(code);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::process::Command;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn it_runs_until_it_is_killed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hold");
        write(&path).expect("the program");
        let mut child = Command::new(&path).spawn().expect("it starts");
        thread::sleep(Duration::from_millis(50));
        assert!(child.try_wait().expect("its state").is_none());
        child.kill().expect("it lives");
        let status = child.wait().expect("its end");
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(9)
        );
    }

    #[test]
    fn the_headers_have_their_sizes() {
        for (architecture, code) in [("x86_64", 9), ("aarch64", 32)] {
            let bytes = program(architecture).expect("a program");
            assert_eq!(bytes.len() as u64, HEADERS + code);
        }
        assert_eq!(program("vax"), None);
    }
}
