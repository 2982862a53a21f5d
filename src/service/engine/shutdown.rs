//! How an environment ends: first the runtime, which gets SIGTERM if an extension is registered, then the extensions. A
//! process that does not end in time is killed.

use super::command::{Command, Timer};
use super::environment::Environment;
use super::life::Ending;
use crate::protocol::{Actor, OtherReply};
use crate::service::Outgoing;

impl Environment {
    /// Begins the end.
    pub(super) fn shut_down(&mut self, reason: &'static str, budget_ms: u64, now_unix_ms: u64) {
        self.ending = Some(Ending {
            reason,
            until_unix_ms: now_unix_ms.saturating_add(budget_ms),
            drains: false,
        });
        if reason == "timeout" {
            self.telemetry_mut().timed_out(now_unix_ms);
        }
        if self.has_exited() || !self.is_launched() {
            self.end_extensions(now_unix_ms);
        } else if self.extensions().shutdown_ms() == 0 {
            self.kill(Actor::Runtime);
        } else {
            self.due.push(Command::Terminate(Actor::Runtime));
            self.limit(Actor::Runtime, self.extensions().runtime_ms(budget_ms));
        }
    }

    /// A process has ended. If it is an extension, and the environment is not ending, that is a crash.
    pub(super) fn has_ended(&mut self, actor: Actor, now_unix_ms: u64) {
        self.lives.entry(actor).or_default().is_over = true;
        self.note_end(actor);
        match actor {
            Actor::Runtime => {
                if self.is_drained() {
                    self.end_extensions(now_unix_ms);
                }
            }
            Actor::Extension(_) if self.ending.is_none() && !self.has_exited() => {
                self.crashed.get_or_insert(actor);
            }
            Actor::Extension(_) => {}
        }
    }

    /// The time of a process is up.
    pub(super) fn is_late(&mut self, actor: Actor) {
        if !self.life(actor).is_over {
            self.kill(actor);
        }
    }

    /// Whether the runtime has ended, or will not be started, and nothing more follows by itself.
    pub(super) fn is_over(&self) -> bool {
        let over = |actor| self.life(actor).is_over;
        let ends = self.ending.is_some();
        let gone = self.has_exited() || (ends && !self.is_launched());
        gone && (!ends || self.external().all(over))
    }

    /// Whether the end is in progress.
    pub(super) fn is_ending(&self) -> bool {
        self.ending.is_some() && !self.is_over()
    }

    /// Gives the event to the extensions that asked for it, and kills the others.
    pub(super) fn end_extensions(&mut self, now_unix_ms: u64) {
        let Some(ending) = &self.ending else {
            return;
        };
        let (reason, until) = (ending.reason, ending.until_unix_ms);
        let told = self.extensions_mut().shut_down(reason, until);
        self.tell(told);
        let alive = self.external().filter(|actor| !self.life(*actor).is_over);
        let alive: Vec<Actor> = alive.collect();
        for actor in alive {
            match self.hears_of_shutdown(actor) {
                true => self.limit(actor, until.saturating_sub(now_unix_ms)),
                false => self.kill(actor),
            }
        }
    }

    fn hears_of_shutdown(&self, actor: Actor) -> bool {
        match actor {
            Actor::Extension(place) => self.extensions().hears_of_shutdown(place),
            Actor::Runtime => false,
        }
    }

    fn limit(&mut self, actor: Actor, after_ms: u64) {
        let timer = Timer::Shutdown(actor);
        self.due.push(Command::Arm { timer, after_ms });
    }

    fn kill(&mut self, actor: Actor) {
        self.lives.entry(actor).or_default().was_killed = true;
        self.due.push(Command::Kill(actor));
    }

    /// Answers polls of extensions.
    pub(super) fn tell(&mut self, told: Vec<(usize, OtherReply)>) {
        let replies = told.into_iter().map(|(exchange, reply)| Command::Reply {
            exchange,
            reply: Outgoing::from(reply),
        });
        self.due.extend(replies);
    }
}
