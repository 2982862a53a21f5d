//! The processes of a case: each is started when the script says so, and watched until it ends.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use tempfile::TempDir;

use super::recorder::Recorder;
use super::{Stage, StageFault};
use crate::case::Case;
use crate::protocol::{Actor, COMPANION_VARIABLE, Companion, given_to_extensions};
use crate::runtime::{
    Ending, Household, Launch, LaunchError, Listener, Running, Stopped, layer_of,
};
use crate::transcript::{Offset, Signal};

/// The processes of a case.
pub(super) struct Cast {
    /// Those that have not been started.
    ready: BTreeMap<Actor, Launch>,
    members: BTreeMap<Actor, Member>,
    /// The folder with the files of the extensions.
    _files: Option<TempDir>,
}

struct Member {
    running: Running,
    has_ended: bool,
}

impl Cast {
    /// The runtime and the extensions of a case.
    pub(super) fn new(case: &Case, stage: &Stage, mut runtime: Launch) -> Result<Self, StageFault> {
        runtime.layers = layers(case);
        let mut ready = BTreeMap::new();
        let files = match case.actors.is_empty() {
            true => None,
            false => Some(lay_out(case, stage).map_err(StageFault::Extension)?),
        };
        if let Some(files) = &files {
            let users = case
                .actors
                .iter()
                .filter_map(|actor| actor.command.as_ref());
            let users: Vec<String> = users.flatten().cloned().collect();
            for (place, actor) in case.actors.iter().enumerate() {
                let command = match &actor.command {
                    // It lies in a folder of extensions already.
                    Some(command) => command.clone(),
                    None => {
                        let program = files.path().join(&actor.name).display().to_string();
                        let arguments = stage.extension.iter().skip(1).cloned();
                        std::iter::once(program).chain(arguments).collect()
                    }
                };
                let mut launch = extension(&runtime, command, place, actor.does);
                launch.is_program = true;
                // They share their files.
                launch.beside.extend(users.iter().cloned());
                ready.insert(Actor::Extension(place), launch);
            }
        }
        ready.insert(Actor::Runtime, runtime);
        Ok(Self {
            ready,
            members: BTreeMap::new(),
            _files: files,
        })
    }

    /// From its start on, each is heard.
    pub(super) fn heard_by(&mut self, listener: &Listener) {
        for (actor, launch) in &mut self.ready {
            launch.ear = Some(listener.ear(actor.place()));
        }
    }

    /// How each is started.
    pub(super) fn launches(&self) -> impl Iterator<Item = (Actor, &Launch)> {
        self.ready.iter().map(|(actor, launch)| (*actor, launch))
    }

    /// How the extensions are started.
    pub(super) fn extensions(&self) -> impl Iterator<Item = &Launch> {
        let extensions = self.launches();
        let extensions = extensions.filter(|(actor, _)| *actor != Actor::Runtime);
        extensions.map(|(_, launch)| launch)
    }

    /// Starts one of them.
    pub(super) async fn start(&mut self, actor: Actor) -> Result<(), LaunchError> {
        if let Some(launch) = self.ready.remove(&actor) {
            let member = Member {
                running: launch.start().await?,
                has_ended: false,
            };
            self.members.insert(actor, member);
        }
        Ok(())
    }

    /// A started process.
    pub(super) fn get(&self, actor: Actor) -> Option<&Running> {
        let member = self.members.get(&actor)?;
        Some(&member.running)
    }

    /// All started processes.
    pub(super) fn all(&self) -> impl Iterator<Item = (Actor, &Running)> {
        let members = self.members.iter();
        members.map(|(actor, member)| (*actor, &member.running))
    }

    /// The runtime.
    pub(super) fn runtime(&self) -> Option<&Running> {
        self.get(Actor::Runtime)
    }

    /// Sends a signal to one of them, and records it. It is not waited for.
    pub(super) fn signal(&self, actor: Actor, signal: Signal, recorder: &mut Recorder, at: Offset) {
        if let Some(running) = self.get(actor) {
            recorder.signal(actor, signal, running.written(), at);
            drop(running.send(signal));
        }
    }

    /// Whether one has ended.
    pub(super) fn has_ended(&self, actor: Actor) -> bool {
        let member = self.members.get(&actor);
        member.is_some_and(|member| member.has_ended)
    }

    /// Notes that one has ended.
    pub(super) fn note_end(&mut self, actor: Actor) {
        if let Some(member) = self.members.get_mut(&actor) {
            member.has_ended = true;
        }
    }

    /// Waits for the next end of one of them. Cancel safe.
    pub(super) async fn ended(&mut self) -> (Actor, Ending) {
        let alive = self.members.iter_mut();
        let mut alive = alive.filter(|(_, member)| !member.has_ended);
        let Some(first) = alive.next() else {
            return std::future::pending().await;
        };
        // Mostly there is only one, and this is asked with each call.
        let Some(second) = alive.next() else {
            return (*first.0, first.1.running.ended().await);
        };
        let mut ends: Vec<_> = [first, second]
            .into_iter()
            .chain(alive)
            .map(|(actor, member)| {
                let end = async { (*actor, member.running.ended().await) };
                Box::pin(end) as Pin<Box<dyn Future<Output = (Actor, Ending)> + Send + '_>>
            })
            .collect();
        std::future::poll_fn(|context| {
            let mut ends = ends.iter_mut();
            let ended = ends.find_map(|end| match end.as_mut().poll(context) {
                Poll::Ready(ended) => Some(ended),
                Poll::Pending => None,
            });
            ended.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// How one of them ended, if it has ended and this is not known yet.
    pub(super) async fn unheard_end(&mut self, actor: Actor) -> Option<Ending> {
        let member = self.members.get_mut(&actor)?;
        match member.has_ended {
            true => None,
            false => member.running.unheard_end().await,
        }
    }

    /// Ends all of them, the runtime first.
    pub(super) async fn kill(self) -> Vec<(Actor, Stopped)> {
        let mut stopped = Vec::new();
        for (actor, member) in self.members {
            stopped.push((actor, member.running.kill().await));
        }
        stopped
    }
}

/// The layers of the user's extensions.
fn layers(case: &Case) -> Vec<PathBuf> {
    let commands = case
        .actors
        .iter()
        .filter_map(|actor| actor.command.as_ref());
    let programs = commands.filter_map(|command| command.first());
    let mut layers: Vec<PathBuf> = programs
        .filter_map(|program| layer_of(Path::new(program)))
        .collect();
    layers.sort();
    layers.dedup();
    layers
}

/// Writes the files of the extensions under their names: an extension registers under the name of its file.
fn lay_out(case: &Case, stage: &Stage) -> io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let program = stage.extension.first().map(fs::canonicalize).transpose()?;
    let program = program.ok_or(io::ErrorKind::NotFound)?;
    let ours = case.actors.iter().filter(|actor| actor.command.is_none());
    for actor in ours {
        symlink(&program, folder.path().join(&actor.name))?;
    }
    Ok(folder)
}

/// How an extension is started with a runtime: in the same files, with those of its variables that Lambda gives to
/// extensions.
fn extension(runtime: &Launch, command: Vec<String>, place: usize, does: Companion) -> Launch {
    let order = (COMPANION_VARIABLE.to_owned(), does.word().to_owned());
    let order = (does != Companion::Usual).then_some(order);
    let env = runtime.env.iter();
    let env = env.filter(|(name, _)| given_to_extensions(name)).cloned();
    let env = env.chain(order);
    let mark = format!("{} extension {place}", runtime.mark);
    let values = runtime.env.iter().map(|(_, value)| value.clone());
    Launch {
        command,
        env: env.collect(),
        household: Arc::new(Household::of(&mark)),
        mark,
        beside: runtime.command.iter().cloned().chain(values).collect(),
        ..runtime.clone()
    }
}
