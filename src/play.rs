//! Plays one case from bind to transcript. The only room that knows service and target.

mod act;
mod beside;
mod cast;
mod deadline;
mod desk;
mod fault;
mod folder;
mod lacking;
mod launch;
mod recorder;
mod replies;
mod stage;
mod timers;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::runtime::{Lasting, Listener, was_not_confined};
use crate::service::{Clock, Decoy, Script, ScriptOptions, Service};
use crate::transcript::{ActorRecord, Transcript};

pub use act::Sequel;
use act::{Act, Teardown};
pub use beside::starts_beside;
use beside::with_extensions;
use cast::Cast;
use deadline::DeadlineExtension;
pub use desk::{Attendant, Calls, Happening, Measured};
pub use fault::StageFault;
use folder::Moved;
pub use lacking::Surroundings;
use lacking::lacking;
use launch::{
    Environment, addresses, addresses_in, doorkeeper, earlier_life, function, launch, leave,
    own_network, request_ids, script_options, set_decoy, together,
};
use recorder::Recorder;
use replies::Replies;
pub use stage::Stage;
use timers::Timers;

/// Plays one case and gives its transcript.
///
/// # Errors
/// The case could not be played, which is not the runtime's fault.
///
/// # Examples
/// ```
/// use ricspec::{case::Case, check, play};
/// use tokio_util::sync::CancellationToken;
///
/// async fn passes(case: &Case, stage: &play::Stage) -> Result<bool, play::StageFault> {
///     let transcript = play::play(case, stage, &CancellationToken::new()).await?;
///     Ok(check::judge(case, &transcript).is_empty())
/// }
/// ```
pub async fn play(
    case: &Case,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    play_on(case, None, stage, cancel).await
}

/// Like [`play`], followed in the same process by steps that depend on the transcript.
///
/// # Errors
/// The case could not be played, which is not the runtime's fault.
pub async fn play_on(
    case: &Case,
    sequel: Option<Sequel<'_>>,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    let record = act(case, sequel, stage, cancel).await;
    match stage.gone() {
        // What the runtime did without its files says nothing: in Lambda it always has them.
        Some(path) => Err(StageFault::Gone(path.display().to_string())),
        None => record,
    }
}

async fn act(
    case: &Case,
    sequel: Option<Sequel<'_>>,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    if let Some(reason) = lacking(case, &stage.site) {
        return Err(StageFault::Lacking(reason));
    }
    let with_extensions = with_extensions(case, stage)?;
    let case = with_extensions.as_ref().unwrap_or(case);
    let moved = Moved::of(case, stage)?;
    let stage = moved.as_ref().map_or(stage, |moved| &moved.stage);
    let mut environment = Environment {
        function: function(case, stage),
        lasting: None,
    };
    let mut earlier = Vec::new();
    if !case.earlier.is_empty() || !case.actors.is_empty() {
        environment.lasting = Some(Arc::new(Lasting::within(own_network(case, stage).await?)));
    }
    if !case.earlier.is_empty() {
        let before = earlier_life(case);
        let options = script_options(&before, stage, &environment.function, 0);
        let life = Life {
            case: &before,
            sequel: None,
            options,
            teardown: Teardown::Kill,
        };
        let record = live(life, stage, &environment, cancel).await?;
        let given = record.invocations.into_iter();
        earlier.extend(given.map(|delivery| delivery.request_id));
    }
    let options = script_options(case, stage, &environment.function, earlier.len());
    let life = Life {
        case,
        sequel,
        options,
        teardown: Teardown::Term,
    };
    let record = live(life, stage, &environment, cancel).await?;
    Ok(Transcript {
        earlier,
        time_scale: stage.time_scale,
        ..record
    })
}

/// What happens to one process.
struct Life<'a> {
    case: &'a Case,
    sequel: Option<Sequel<'a>>,
    options: ScriptOptions,
    teardown: Teardown,
}

/// One process, from its start to its end.
async fn live(
    life: Life<'_>,
    stage: &Stage,
    environment: &Environment,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    let case = life.case;
    let boot = stage.boots.acquire().await.ok();
    let network = stage.site.network().await?;
    let own_network = environment.own_network();
    let addresses = match own_network {
        Some(own) => addresses_in(own),
        None => addresses(network.as_ref().map(|lease| &*lease.network)),
    };
    let clock = Clock::start();
    let (sender, notes) = mpsc::unbounded_channel();
    let mut service = Service::bind(case, &addresses, stage.port, clock, sender.clone()).await?;
    let decoy = match &case.decoy {
        Some(_) => Some(Decoy::bind(&service, clock, sender).await?),
        None => None,
    };
    let with_decoy = decoy.as_ref().map(|decoy| set_decoy(case, &decoy.address));
    let case = with_decoy.as_ref().unwrap_or(case);
    let mut launch = launch(case, stage, &environment.function, &service);
    launch.network = network.map(Arc::new);
    launch.lasting.clone_from(&environment.lasting);
    let (launch, sandbox) = together(launch, case, &mut service).await?;
    let mut recorder = Recorder::new(case, &launch, &service.api, clock);
    let script = Script::new(case, life.options);
    let mut cast = Cast::new(case, stage, launch)?;
    let listener = Listener::default();
    cast.heard_by(&listener);
    for (actor, launch) in case.actors.iter().zip(cast.extensions()) {
        recorder.beside(actor, launch);
    }
    if let Some(doorkeeper) = doorkeeper(&cast, own_network) {
        service.guard(doorkeeper);
    }
    let act = Act {
        case,
        service,
        notes,
        recorder,
        replies: Replies::new(case.mode),
        script,
        cast,
        listener,
        to_start: Vec::new(),
        _decoy: decoy,
        timers: Timers::default(),
        clock,
        boot,
        extension: DeadlineExtension::default(),
        teardown: life.teardown,
        hurry: &stage.hurry,
        sequel: life.sequel,
        ids: &|used, number| request_ids(&case.id, stage, used, number),
    };
    let performed = act.perform(cancel).await;
    leave(sandbox).await;
    let transcript = performed?;
    let is_unconfined = |actor: &ActorRecord| was_not_confined(&actor.stderr);
    if transcript.actors.iter().any(is_unconfined) {
        return Err(StageFault::NotConfined);
    }
    Ok(transcript)
}
