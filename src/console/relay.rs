//! Prints the text of a file, for libraries that write to a file and end the process if they cannot.

use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, pipe};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use super::Stream;
use crate::report::Printable;

/// Stands between a library and standard output. Everything written is printed, made printable line by line; the writer
/// never meets an error.
#[derive(Debug)]
pub struct Relay {
    writer: PipeWriter,
    printer: JoinHandle<()>,
}

impl Relay {
    /// Starts to print new text.
    ///
    /// # Errors
    /// The file cannot be created, or the thread cannot start.
    pub fn start() -> io::Result<Self> {
        let (reader, writer) = pipe()?;
        let printer = thread::spawn(move || print(reader));
        Ok(Self { writer, printer })
    }

    /// The file to write to.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/dev/fd/{}", self.writer.as_raw_fd()))
    }

    /// Prints the rest. The file must be closed by then.
    pub fn finish(self) {
        drop(self.writer);
        // A printer that panicked has reported so itself.
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
