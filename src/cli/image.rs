//! An image made ready: engine, description, network, and the stages on which its cases can be played.

use std::path::PathBuf;
use std::sync::Arc;

use super::settings::ImageOrder;
use super::{Settings, Stop, Target};
use crate::play::Stage;
use crate::run::chain;
use crate::target::{Containers, Engine, EngineError, Inspected, Network, Premises, Site};

/// Where the code of a function lies in an image that does not say so.
const TASK_ROOT: &str = "/var/task";

/// The handler of the shipped fixtures.
const HANDLER: &str = "fixture.handler";

/// The stages that may do, the best first. Dropping the last of them removes what was made for it.
pub(crate) async fn furnish(settings: &Settings) -> Result<Vec<Arc<Stage>>, Stop> {
    match &settings.target {
        Target::Process | Target::Reference(_) => Ok(vec![Arc::clone(&settings.stage)]),
        Target::Image(order) => image_stages(order, &settings.stage)
            .await
            .map_err(|error| Stop::fault(chain(&error))),
    }
}

async fn image_stages(order: &ImageOrder, plain: &Stage) -> Result<Vec<Arc<Stage>>, EngineError> {
    let engine = Engine::find(order.engine).await?;
    let platform = order.tuning.platform.as_deref();
    let inspected = Inspected::of(&engine, &order.image, platform).await?;
    let premises = Arc::new(Premises::open(&engine).await?);
    let networks = Network::candidates(&engine, &order.network, &premises).await?;
    let stages = networks.into_iter().map(|network| {
        let containers = Containers {
            engine: engine.clone(),
            image: order.image.clone(),
            inspected: inspected.clone(),
            tuning: order.tuning.clone(),
            network,
            premises: Arc::clone(&premises),
        };
        Arc::new(stage(order, plain, containers))
    });
    Ok(stages.collect())
}

/// Arguments, handler and task root are the image's own where nothing else was asked for.
fn stage(order: &ImageOrder, plain: &Stage, containers: Containers) -> Stage {
    let inspected = &containers.inspected;
    // An entry point of ours takes the image's arguments away, as the engines have it.
    let command = match plain.command.is_empty() && order.tuning.entrypoint.is_empty() {
        true => inspected.arguments().to_vec(),
        false => plain.command.clone(),
    };
    let last = command.last().filter(|_| {
        let entrypoint = inspected.config.entrypoint.as_ref();
        entrypoint.is_some_and(|words| !words.is_empty()) || !order.tuning.entrypoint.is_empty()
    });
    let handler = order.handler.as_ref().or(last).cloned();
    let task_root = order.task_root.clone();
    let own = || PathBuf::from(inspected.variable("LAMBDA_TASK_ROOT").unwrap_or(TASK_ROOT));
    Stage {
        handler: handler.unwrap_or_else(|| HANDLER.to_owned()),
        task_root: task_root.unwrap_or_else(own),
        command,
        site: Site::Container(Arc::new(containers)),
        ..plain.clone()
    }
}
