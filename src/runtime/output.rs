//! Output of a process: always read, so that a full pipe never blocks it; kept up to a limit.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::JoinHandle;

use super::ear::{Ear, Lines};
use crate::transcript::Output;

/// How many bytes of the start and of the end are kept.
const KEPT: usize = 32 * 1024;

#[derive(Debug, Default)]
struct Kept {
    bytes: u64,
    head: Vec<u8>,
    tail: VecDeque<u8>,
}

/// How long we wait for the end of a dead process's output: only a surviving process can hold the pipe.
const DRAIN_MAX: Duration = Duration::from_millis(200);

/// One stream, read by a task of its own.
#[derive(Debug)]
pub(super) struct Drain {
    kept: Arc<Mutex<Kept>>,
    /// The stream, to see whether something waits in it.
    pipe: Option<OwnedFd>,
    task: JoinHandle<()>,
}

impl Drain {
    /// Reads a stream from now on; an ear hears its lines.
    pub(super) fn start(
        mut stream: impl AsFd + AsyncRead + Send + Unpin + 'static,
        ear: Option<Ear>,
    ) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let into = Arc::clone(&kept);
        let pipe = stream.as_fd().try_clone_to_owned().ok();
        let task = tokio::spawn(async move {
            let mut buffer = vec![0; 64 * 1024];
            let mut lines = ear.map(Lines::new);
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                let piece = buffer.get(..count).unwrap_or_default();
                into.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(piece);
                lines.iter_mut().for_each(|lines| lines.push(piece));
            }
            lines.into_iter().for_each(Lines::end);
        });
        Self { kept, pipe, task }
    }

    /// Waits for the end of the stream, and gives what was kept.
    pub(super) async fn ended(&mut self) {
        // Our reading task does not panic; if it is cancelled, the text so far counts.
        let _ = (&mut self.task).await;
    }

    /// Whether nothing waits in the stream: what was written has been read.
    pub(super) fn is_read(&self) -> bool {
        let waiting = self.pipe.as_ref().map(rustix::io::ioctl_fionread);
        !matches!(waiting, Some(Ok(1..)))
    }

    /// How many bytes have come.
    pub(super) fn bytes(&self) -> u64 {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes
    }

    /// The text so far; the stream is no longer read.
    pub(super) fn finish(self) -> Output {
        self.task.abort();
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .output()
    }
}

/// The output of a stream whose process has ended.
pub(super) async fn finish(drain: Option<Drain>) -> Output {
    let Some(mut drain) = drain else {
        return Output::default();
    };
    // A timeout means that a process which left the group holds the pipe; the leak check has named it.
    let _ = tokio::time::timeout(DRAIN_MAX, drain.ended()).await;
    drain.finish()
}

impl Kept {
    fn push(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        let room = KEPT.saturating_sub(self.head.len()).min(piece.len());
        let (head, rest) = piece.split_at(room);
        self.head.extend_from_slice(head);
        let rest = rest
            .get(rest.len().saturating_sub(KEPT)..)
            .unwrap_or_default();
        self.tail.extend(rest);
        let over = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..over);
    }

    fn output(&mut self) -> Output {
        Output {
            bytes: self.bytes,
            head: String::from_utf8_lossy(&self.head).into_owned(),
            tail: String::from_utf8_lossy(self.tail.make_contiguous()).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_and_tail_are_kept() {
        let mut kept = Kept::default();
        kept.push(&vec![b'a'; KEPT + 10]);
        kept.push(&vec![b'b'; KEPT - 1]);
        let output = kept.output();
        assert_eq!(output.bytes, 2 * KEPT as u64 + 9);
        assert_eq!((output.head.len(), output.tail.len()), (KEPT, KEPT));
        assert!(output.tail.starts_with("ab"));
    }
}
