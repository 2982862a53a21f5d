//! The time limits of a case: when each begins, and what happens when it is reached.

use super::Script;
use crate::service::engine::command::{Command, Timer};
use crate::service::engine::track::Track;
use crate::transcript::EndReason;

impl Script {
    pub(super) fn scaled(&self, ms: u64) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "deadlines are small"
        )]
        let scaled = (ms as f64 * self.options.time_scale) as u64;
        scaled.max(1)
    }

    /// Whether a timer is a limit that is long for any runtime that gets processor time, and is still waited for. The limit
    /// of a step is short, because the step is about time.
    pub fn may_be_extended(&self, timer: Timer) -> bool {
        match timer {
            Timer::Startup => self.environment.calls() == 0,
            Timer::Case => true,
            Timer::Step(_)
            | Timer::Pause(_)
            | Timer::Invocation(_)
            | Timer::Shutdown(_)
            | Timer::Batch { .. }
            | Timer::Again { .. }
            | Timer::Drain
            | Timer::Reply { .. } => false,
        }
    }

    pub(super) fn on_timer(&mut self, timer: Timer, commands: &mut Vec<Command>) {
        match timer {
            Timer::Startup if self.environment.calls() == 0 => {
                self.end(EndReason::NeverCalled, commands);
            }
            // No invocation of a case times out by itself.
            Timer::Startup | Timer::Invocation(_) => {}
            Timer::Case => self.end(EndReason::Deadline, commands),
            Timer::Step(place) => {
                if self.tracks.iter().any(|track| track.place() == place) {
                    self.end(EndReason::Deadline, commands);
                }
            }
            Timer::Pause(place) => {
                for track in &mut self.tracks {
                    track.end_pause(place);
                }
            }
            Timer::Shutdown(actor) => self.environment.is_late(actor),
            Timer::Batch { .. } | Timer::Again { .. } | Timer::Drain => {
                self.environment.take_time(timer);
            }
            Timer::Reply { exchange } => {
                if let Some(reply) = self.kept_back.remove(&exchange) {
                    commands.push(Command::Reply { exchange, reply });
                } else {
                    self.environment.refuse_poll(exchange);
                }
            }
        }
    }

    /// The first call has come: the time of the case and of its first steps begins.
    pub(super) fn begin_time(&self, commands: &mut Vec<Command>) {
        commands.push(Command::Arm {
            timer: Timer::Case,
            after_ms: self.scaled(self.deadline_ms),
        });
        for track in &self.tracks {
            self.arm_step(track, commands);
        }
    }

    pub(super) fn arm_step(&self, track: &Track, commands: &mut Vec<Command>) {
        let limit = track.waited_for().and_then(|expect| expect.within_ms);
        if let Some(within_ms) = limit.filter(|_| self.environment.calls() > 0) {
            commands.push(Command::Arm {
                timer: Timer::Step(track.place()),
                after_ms: self.scaled(within_ms),
            });
        }
    }
}
