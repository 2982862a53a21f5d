//! A file whose text is printed, for libraries that write to a file and end the process if they cannot.

use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, pipe};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use super::Stream;
use crate::report::Printable;

/// Between a library and standard output. All that is written comes out, made printable line by line, and whoever
/// writes never meets a failure.
#[derive(Debug)]
pub struct Relay {
    writer: PipeWriter,
    printer: JoinHandle<()>,
}

impl Relay {
    /// Begins to print what comes.
    pub fn start() -> io::Result<Self> {
        let (reader, writer) = pipe()?;
        let printer = thread::spawn(move || print(reader));
        Ok(Self { writer, printer })
    }

    /// The file to write to.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/dev/fd/{}", self.writer.as_raw_fd()))
    }

    /// Prints the rest. Whoever opened the file must have closed it.
    pub fn finish(self) {
        drop(self.writer);
        // A printer that panicked has said so.
        let _ = self.printer.join();
    }
}

fn print(reader: PipeReader) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .is_ok_and(|bytes| bytes > 0)
    {
        Stream::Out.print(&Printable::coloured(&String::from_utf8_lossy(&line)));
        line.clear();
    }
}
