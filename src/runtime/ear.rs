//! Output as it comes, line by line, for those who listen.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

/// The longest line that is heard as one, in bytes: the least size of a subscriber's buffer. A longer one comes in pieces of
/// this size.
const LINE_BYTES_MAX: usize = 256 * 1024;

/// How many bytes of lines may wait until they are heard; what comes on top of it is lost, and counted.
const WAITING_MAX: usize = 8 * 1024 * 1024;

/// What was heard of a process.
#[derive(Debug)]
pub struct Heard {
    /// The process, as the listener counts them.
    pub whose: usize,
    /// What.
    pub what: Sound,
}

/// What can be heard of a process.
#[derive(Debug)]
pub enum Sound {
    /// A line, without its line feed; the last one may have had none.
    Line(String),
    /// Lines came too fast and were lost.
    Lost {
        /// How many.
        lines: usize,
        /// How many bytes.
        bytes: usize,
    },
    /// One of its streams has ended.
    End,
}

/// Gives on what a process prints, as long as somebody listens.
#[derive(Clone, Debug)]
pub struct Ear {
    whose: usize,
    sender: mpsc::UnboundedSender<Heard>,
    waiting: Arc<AtomicUsize>,
}

/// Who listens to the output of processes.
#[derive(Debug)]
pub struct Listener {
    sender: mpsc::UnboundedSender<Heard>,
    heard: mpsc::UnboundedReceiver<Heard>,
    waiting: Arc<AtomicUsize>,
}

impl Default for Listener {
    fn default() -> Self {
        let (sender, heard) = mpsc::unbounded_channel();
        Self {
            sender,
            heard,
            waiting: Arc::default(),
        }
    }
}

impl Listener {
    /// An ear for a process.
    pub fn ear(&self, whose: usize) -> Ear {
        Ear {
            whose,
            sender: self.sender.clone(),
            waiting: Arc::clone(&self.waiting),
        }
    }

    /// Waits for the next sound. Cancel safe.
    pub async fn next(&mut self) -> Option<Heard> {
        let heard = self.heard.recv().await;
        self.took(heard)
    }

    /// The next sound, if there is one already.
    pub fn waiting(&mut self) -> Option<Heard> {
        let heard = self.heard.try_recv().ok();
        self.took(heard)
    }

    fn took(&self, heard: Option<Heard>) -> Option<Heard> {
        if let Some(Sound::Line(text)) = heard.as_ref().map(|heard| &heard.what) {
            self.waiting.fetch_sub(text.len(), Ordering::Relaxed);
        }
        heard
    }

    /// Listens no longer.
    pub fn close(&mut self) {
        self.heard.close();
    }
}

/// A stream that is cut into lines.
#[derive(Debug)]
pub(super) struct Lines {
    ear: Ear,
    /// The line that has not ended yet.
    begun: Vec<u8>,
    lost: (usize, usize),
}

impl Lines {
    pub(super) fn new(ear: Ear) -> Self {
        Self {
            ear,
            begun: Vec::new(),
            lost: (0, 0),
        }
    }

    /// More of the stream.
    pub(super) fn push(&mut self, piece: &[u8]) {
        if self.ear.sender.is_closed() {
            self.begun = Vec::new();
            return;
        }
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            let line = part.strip_suffix(b"\n");
            for chunk in line.unwrap_or(part).chunks(LINE_BYTES_MAX) {
                let room = LINE_BYTES_MAX - self.begun.len();
                let (fits, rest) = chunk.split_at(room.min(chunk.len()));
                self.begun.extend_from_slice(fits);
                if !rest.is_empty() {
                    self.end_line();
                    self.begun.extend_from_slice(rest);
                }
            }
            if line.is_some() {
                self.end_line();
            }
        }
    }

    /// The stream has ended: what is left is a line as well.
    pub(super) fn end(mut self) {
        if !self.begun.is_empty() {
            self.end_line();
        }
        self.tell_lost();
        self.send(Sound::End);
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.begun);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        let text = String::from_utf8_lossy(line).into_owned();
        let bytes = text.len();
        if self.ear.waiting.fetch_add(bytes, Ordering::Relaxed) > WAITING_MAX {
            self.ear.waiting.fetch_sub(bytes, Ordering::Relaxed);
            self.lost = (self.lost.0 + 1, self.lost.1 + bytes);
            return;
        }
        self.tell_lost();
        self.send(Sound::Line(text));
    }

    fn tell_lost(&mut self) {
        let (lines, bytes) = std::mem::take(&mut self.lost);
        if lines > 0 {
            self.send(Sound::Lost { lines, bytes });
        }
    }

    fn send(&self, what: Sound) {
        let whose = self.ear.whose;
        // Nobody may listen any more.
        let _ = self.ear.sender.send(Heard { whose, what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(pieces: &[&[u8]]) -> Vec<String> {
        let mut listener = Listener::default();
        let mut lines = Lines::new(listener.ear(0));
        pieces.iter().for_each(|piece| lines.push(piece));
        lines.end();
        let mut texts = Vec::new();
        while let Some(heard) = listener.waiting() {
            texts.push(match heard.what {
                Sound::Line(text) => text,
                Sound::Lost { lines, .. } => format!("lost {lines}"),
                Sound::End => "end".to_owned(),
            });
        }
        texts
    }

    #[test]
    fn lines_come_whole_however_the_bytes_come() {
        let texts = heard(&[b"one\ntw", b"o\r\n\n", b"thr", b"ee"]);
        assert_eq!(texts, ["one", "two", "", "three", "end"]);
        assert_eq!(heard(&[]), ["end"]);
    }

    #[test]
    fn a_very_long_line_comes_in_pieces() {
        let long = vec![b'a'; 2 * LINE_BYTES_MAX + 5];
        let texts = heard(&[b"b", &long, b"\nc\n"]);
        let lengths: Vec<usize> = texts.iter().map(String::len).collect();
        assert_eq!(lengths, [LINE_BYTES_MAX, LINE_BYTES_MAX, 6, 1, 3]);
    }

    #[test]
    fn what_nobody_can_take_is_counted() {
        let line = [vec![b'a'; 1024 * 1024 - 1], vec![b'\n']].concat();
        let texts = heard(&[line.as_slice(); 12]);
        assert_eq!(
            texts.iter().filter(|text| text.starts_with("lost")).count(),
            1
        );
        assert_eq!(texts.last().map(String::as_str), Some("end"));
    }
}
