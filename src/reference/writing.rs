//! What the function writes to a stream, piece by piece.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;

use super::failure::Failure;
use super::parts::Written;

/// How many letters are written at once, in bytes.
const PIECE: usize = 64 * 1024;

/// A stream that begins.
pub(super) struct Writing {
    pub(super) chunks: Vec<String>,
    /// The pause after each chunk.
    pub(super) pause: Duration,
    /// How many letters follow.
    pub(super) letters: usize,
    /// How many of them at once.
    pub(super) piece: Option<usize>,
    /// The content type.
    pub(super) kind: Option<String>,
    /// What a stream of the HTTP integration begins with.
    pub(super) prelude: Option<Prelude>,
    /// How it fails at the end, if it does.
    pub(super) failure: Option<Failure>,
}

/// Status, headers and cookies for a caller by HTTP.
pub(super) struct Prelude {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) cookies: Vec<String>,
}

impl Writing {
    /// Begins to write.
    pub(super) fn begin(mut self) -> Written {
        let (writer, parts) = mpsc::channel(1);
        let prelude = self.prelude.take();
        let prelude = prelude.map(|prelude| prelude.document(self.kind.as_deref()));
        let kind = self.kind.take();
        tokio::spawn(self.write(writer));
        Written {
            kind: kind.unwrap_or_else(|| "application/octet-stream".to_owned()),
            prelude,
            parts,
        }
    }

    async fn write<T: From<String>>(self, writer: mpsc::Sender<Result<T, Failure>>) {
        for chunk in self.chunks {
            if writer.send(Ok(chunk.into())).await.is_err() {
                return;
            }
            tokio::time::sleep(self.pause).await;
        }
        let mut left = self.letters;
        let piece = self.piece.unwrap_or(PIECE).max(1);
        while left > 0 {
            let letters = left.min(piece);
            left -= letters;
            if writer.send(Ok("x".repeat(letters).into())).await.is_err() {
                return;
            }
        }
        if let Some(failure) = self.failure {
            // Who no longer reads is told nothing.
            let _ = writer.send(Err(failure)).await;
        }
    }
}

impl Prelude {
    fn document(mut self, kind: Option<&str>) -> Vec<u8> {
        let kind = kind.map(|kind| ("Content-Type".to_owned(), kind.to_owned()));
        self.headers.extend(kind);
        let document = json!({
            "statusCode": self.status,
            "headers": self.headers,
            "cookies": self.cookies,
        });
        document.to_string().into_bytes()
    }
}
