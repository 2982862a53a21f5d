//! The processes of an environment: when each is started, and the events of extensions.

use super::command::{Command, Served};
use super::environment::Environment;
use super::life::Life;
use crate::protocol::{Actor, Extensions, Invoke, Moment, header};

impl Environment {
    pub(super) fn launch(&mut self, actor: Actor) {
        self.lives.insert(actor, Life::default());
        self.due.push(Command::Launch(actor));
    }

    /// Starts the runtime when each external extension has registered.
    pub(super) fn launch_runtime(&mut self) {
        let ends = self.ending.is_some();
        if !self.is_launched() && !ends && self.extensions().have_registered() {
            self.launch(Actor::Runtime);
        }
    }

    /// Whether the runtime was started.
    pub(super) fn is_launched(&self) -> bool {
        self.lives.contains_key(&Actor::Runtime)
    }

    /// Gives an event to extensions, when only the runtime has it.
    pub(super) fn tell_of(&mut self, served: &Served) {
        if self.mode.is_concurrent() {
            return;
        }
        let header = |name| served.reply.header(name);
        let deadline_ms = header(header::DEADLINE_MS).and_then(|text| text.parse().ok());
        let told = self.other_apis.extensions.invoke(&Invoke {
            request_id: &served.request_id,
            deadline_ms: deadline_ms.unwrap_or_default(),
            function_arn: header(header::FUNCTION_ARN).unwrap_or_default(),
            trace_id: header(header::TRACE_ID).filter(|trace| !trace.is_empty()),
        });
        self.tell(told);
    }

    /// Whether an event may be delivered: each extension waits for one.
    pub(super) fn may_invoke(&self) -> bool {
        self.extensions().are_ready()
    }

    /// Whether no invocation is under way, in the runtime or in an extension, or the runtime is gone.
    pub(super) fn is_idle(&self) -> bool {
        let is_over = self.moment() != Moment::OwesPoll;
        (is_over && self.may_invoke()) || self.has_exited()
    }

    pub(super) fn extensions(&self) -> &Extensions {
        &self.other_apis.extensions
    }

    pub(super) fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.other_apis.extensions
    }

    /// The external extensions.
    pub(super) fn external(&self) -> impl Iterator<Item = Actor> {
        let actors = self.lives.keys().copied();
        actors.filter(|actor| *actor != Actor::Runtime)
    }

    /// The poll of an actor that meets its next wait for one, after so many that have met others. That of the runtime is the
    /// one that has waited longest, which the script answers; the polls of an extension are answered without the script.
    pub(super) fn poll_of(&self, actor: Actor, met: usize) -> Option<usize> {
        match actor {
            Actor::Runtime => self.first_poll(),
            Actor::Extension(place) => self.extensions().poll_of(place, met),
        }
    }

    /// How many polls of an extension have come.
    pub(super) fn polls_of(&self, actor: Actor) -> usize {
        match actor {
            Actor::Runtime => 0,
            Actor::Extension(place) => self.extensions().polls(place),
        }
    }

    /// The poll of an actor that waits, the one that has waited longest.
    pub(super) fn waiting(&self, actor: Actor) -> Option<usize> {
        match actor {
            Actor::Runtime => self.first_poll(),
            Actor::Extension(place) => self.extensions().waiting(place),
        }
    }

    /// Takes that poll, to answer it with something other than an event.
    pub(super) fn take_poll_of(&mut self, actor: Actor) -> Option<usize> {
        match actor {
            Actor::Runtime => self.take_poll(),
            Actor::Extension(place) => self.extensions_mut().take_poll(place),
        }
    }

    /// The registration of an actor got another reply than the service's own.
    pub(super) fn forget(&mut self, actor: Actor) {
        match actor {
            Actor::Runtime => {}
            Actor::Extension(place) => self.extensions_mut().forget(place),
        }
    }

    /// Whether an actor waits for events that it has not asked for, so that it never polls again.
    pub(super) fn waits_for_good(&self, actor: Actor) -> bool {
        match actor {
            Actor::Runtime => false,
            Actor::Extension(place) => {
                let extensions = self.extensions();
                extensions.waiting(place).is_some() && !extensions.hears_of_invoke(place)
            }
        }
    }

    /// The call by which an actor has registered. The runtime does not.
    pub(super) fn registration_of(&self, actor: Actor) -> Option<usize> {
        match actor {
            Actor::Runtime => None,
            Actor::Extension(place) => self.extensions().registration_of(place),
        }
    }

    /// Whether a process has ended by itself.
    pub(super) fn has_ended_itself(&self, actor: Actor) -> bool {
        let life = self.life(actor);
        life.is_over && !life.was_killed
    }

    pub(super) fn life(&self, actor: Actor) -> Life {
        self.lives.get(&actor).copied().unwrap_or_default()
    }

    /// Whether the runtime has ended.
    pub(super) fn has_exited(&self) -> bool {
        self.life(Actor::Runtime).is_over
    }
}
