//! Prints on a thread of its own: who has something to say never waits for a reader.

use std::mem::take;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::Stream;
use crate::report::Printable;

/// How many bytes wait for a slow reader; what comes on top of it is lost, and counted.
const WAITING_MAX: usize = 8 * 1024 * 1024;

/// Texts that come within this time go out together.
const TOGETHER: Duration = Duration::from_millis(2);

/// How long the end waits for a reader.
const END_MAX: Duration = Duration::from_secs(2);

/// Prints what it is told, in its order.
#[derive(Clone, Debug, Default)]
pub struct Scribe(Arc<Tray>);

#[derive(Debug, Default)]
struct Tray {
    sheet: Mutex<Sheet>,
    turned: Condvar,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct Sheet {
    texts: Vec<Printable>,
    /// How many bytes wait, with those that are being printed.
    bytes: usize,
    /// How many texts were lost.
    lost: usize,
    /// Whether nothing is printed until there is something to print.
    waits: bool,
    /// Whether nothing follows.
    ends: bool,
    /// Whether all is printed.
    is_done: bool,
}

impl Scribe {
    /// Starts to print to a stream. `lost` says how many texts nobody read in time.
    pub fn start(out: Stream, lost: impl Fn(usize) -> Printable + Send + 'static) -> Self {
        let scribe = Self::default();
        let tray = Arc::clone(&scribe.0);
        thread::spawn(move || tray.print(&|text| out.print(text), &lost));
        scribe
    }

    /// Prints a text soon, unless too much waits.
    pub fn say(&self, text: &Printable) {
        let mut sheet = self.0.sheet();
        let bytes = text.bytes();
        if sheet.bytes + bytes > WAITING_MAX {
            sheet.lost += 1;
            return;
        }
        sheet.bytes += bytes;
        sheet.texts.push(text.clone());
        if take(&mut sheet.waits) {
            self.0.turned.notify_all();
        }
    }

    /// Waits until all is printed, for a while at most. Says whether it is.
    pub fn finish(&self) -> bool {
        let mut sheet = self.0.sheet();
        sheet.ends = true;
        self.0.turned.notify_all();
        self.0.ended.notify_all();
        let ended = &self.0.ended;
        let waited = ended.wait_timeout_while(sheet, END_MAX, |sheet| !sheet.is_done);
        let (sheet, _) = waited.unwrap_or_else(PoisonError::into_inner);
        sheet.is_done
    }
}

impl Tray {
    fn sheet(&self) -> MutexGuard<'_, Sheet> {
        self.sheet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn print(&self, out: &dyn Fn(&Printable), lost: &dyn Fn(usize) -> Printable) {
        let mut printed = 0;
        loop {
            let mut sheet = self.sheet();
            sheet.bytes -= printed;
            let waited = self.turned.wait_while(sheet, |sheet| {
                sheet.waits = sheet.texts.is_empty() && sheet.lost == 0 && !sheet.ends;
                sheet.waits
            });
            sheet = waited.unwrap_or_else(PoisonError::into_inner);
            let (texts, count) = (take(&mut sheet.texts), take(&mut sheet.lost));
            if texts.is_empty() && count == 0 {
                sheet.is_done = true;
                self.ended.notify_all();
                return;
            }
            drop(sheet);
            printed = texts.iter().map(Printable::bytes).sum();
            let mut text = texts
                .into_iter()
                .fold(Printable::default(), |all, one| all + one);
            if count > 0 {
                text += lost(count);
            }
            out(&text);
            let waited = self
                .ended
                .wait_timeout_while(self.sheet(), TOGETHER, |sheet| !sheet.ends);
            drop(waited);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    /// A scribe whose reader takes the next text only when it is let.
    fn slow() -> (Scribe, std::sync::mpsc::Sender<()>, Receiver<String>) {
        let (go, gate) = channel::<()>();
        let (sender, texts) = channel();
        let scribe = Scribe::default();
        let tray = Arc::clone(&scribe.0);
        thread::spawn(move || {
            let out = |text: &Printable| {
                // The test may have ended.
                let _ = sender.send(text.to_string());
                let _ = gate.recv();
            };
            tray.print(&out, &|count| {
                Printable::whole_line(&format!("{count} lost"))
            });
        });
        (scribe, go, texts)
    }

    #[test]
    fn who_speaks_does_not_wait_for_a_reader_and_what_is_lost_is_counted() {
        let (scribe, go, texts) = slow();
        let line = Printable::whole_line(&"a".repeat(1024 * 1024 - 1));
        scribe.say(&line);
        // Now the reader is busy with it, so it still counts.
        assert!(texts.recv().is_ok());
        (0..11).for_each(|_| scribe.say(&line));
        drop(go);
        assert!(scribe.finish());
        let text: String = texts.try_iter().collect();
        assert_eq!(text.matches('a').count(), 7 * (1024 * 1024 - 1));
        assert!(text.ends_with("4 lost\n"), "{}", text.len());
    }

    #[test]
    fn all_is_printed_in_its_order_before_the_end() {
        let (scribe, go, texts) = slow();
        drop(go);
        (0..100).for_each(|number| scribe.say(&Printable::whole_line(&number.to_string())));
        assert!(scribe.finish());
        let text: String = texts.try_iter().collect();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        assert_eq!(
            lines,
            Vec::from_iter((0..100).map(|number| number.to_string()))
        );
    }
}
