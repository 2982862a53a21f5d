//! Makes an image ready: engine, description, files, network, and the stages on which its cases can be played.

mod beside;

use std::path::PathBuf;
use std::sync::Arc;

use super::{CliError, ImageOrder, Settings, Target};
use crate::case::Case;
use crate::image::{self, Description, Files, Image};
use crate::play::Stage;
use crate::run::chain;
use crate::runtime::{
    Containers, Engine, EngineError, Overlay, Premises, Site, architecture, describe, files,
    networks,
};
use crate::verdict::{CaseResult, Outcome};

/// The folder of the function's code, if the image does not name it.
const TASK_ROOT: &str = "/var/task";

/// The handler of the shipped fixtures.
const HANDLER: &str = "fixture.handler";

/// A target with all that its cases need.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The stages to try, the best first. Dropping the last stage removes what was made for it.
    pub(crate) stages: Vec<Arc<Stage>>,
    /// What is known of the image, if it is one.
    pub(crate) image: Option<Image>,
}

/// Makes the target ready.
pub(crate) async fn prepare(settings: &Settings) -> Result<Prepared, CliError> {
    match &settings.target {
        Target::Process
        | Target::Reference(_)
        | Target::Extension
        | Target::ReferenceExtension(_) => Ok(Prepared {
            stages: vec![Arc::clone(&settings.stage)],
            image: None,
        }),
        Target::Image(order) => prepare_image(order, &settings.stage)
            .await
            .map_err(|error| CliError::fault(chain(&error))),
    }
}

/// Judges a case about a fact.
pub(crate) fn judge_fact(case: &Case, image: Option<&Image>) -> CaseResult {
    let outcome = match (case.fact, image) {
        (Some(fact), Some(image)) => {
            let mut findings = image::findings(fact, image);
            for finding in &mut findings {
                finding.level = case.capped(&finding.requirement, finding.level);
            }
            Outcome::Judged {
                findings,
                inconclusive: None,
            }
        }
        (_, None) | (None, _) => Outcome::Skipped(
            "the case is about a container image, and this target is not an image".to_owned(),
        ),
    };
    CaseResult::new(case, outcome, 0)
}

async fn prepare_image(order: &ImageOrder, plain: &Stage) -> Result<Prepared, EngineError> {
    let engine = Engine::find(order.engine).await?;
    let platform = order.tuning.platform.as_deref();
    let description = describe(&engine, &order.image, platform, order.pull).await?;
    let premises = Arc::new(Premises::open(&engine).await?);
    let files = files(&engine, &order.image, platform, &premises).await?;
    let networks = networks(&engine, &order.network, &premises).await?;
    let task_root = task_root(order, &description);
    let overlay = match order.fixture {
        Some(fixture) => Some(Arc::new(
            Overlay::new(fixture.files, &task_root).map_err(EngineError::Overlay)?,
        )),
        None => None,
    };
    let laid = beside::laid(&plain.beside).map_err(EngineError::Layer)?;
    let extensions = extensions(order, plain, &files);
    let stages: Vec<Arc<Stage>> = networks
        .into_iter()
        .map(|networks| {
            let containers = Containers {
                engine: engine.clone(),
                image: order.image.clone(),
                description: description.clone(),
                tuning: order.tuning.clone(),
                overlay: overlay.clone(),
                laid: laid.clone(),
                networks,
                premises: Arc::clone(&premises),
            };
            Arc::new(Stage {
                beside: extensions.clone(),
                ..stage(order, plain, containers)
            })
        })
        .collect();
    let meant_for = match platform.and_then(|platform| platform.split('/').nth(1)) {
        Some(architecture) => architecture.to_owned(),
        None => architecture(&engine).await?,
    };
    let image = stages.first().map(|stage| Image {
        command: whole_command(order, &description, &stage.command),
        workdir: workdir(order, &description),
        task_root: stage.task_root.display().to_string(),
        architecture: meant_for,
        user: numbers(&order.tuning.user),
        files,
        description,
    });
    Ok(Prepared { stages, image })
}

/// The extensions beside the runtime, as they lie in the containers: those of the image, and those of the user.
fn extensions(order: &ImageOrder, plain: &Stage, files: &Files) -> Vec<String> {
    let mut all = match order.has_extensions {
        true => beside::of_image(files, numbers(&order.tuning.user)),
        false => Vec::new(),
    };
    for program in &plain.beside {
        let place = beside::place(program);
        if !all.contains(&place) {
            all.push(place);
        }
    }
    all
}

/// Arguments, handler and task root are the image's own unless the options say otherwise.
fn stage(order: &ImageOrder, plain: &Stage, containers: Containers) -> Stage {
    let description = &containers.description;
    // Our own entry point drops the image's arguments, as the engines do.
    let of_image = plain.command.is_empty() && order.tuning.entrypoint.is_empty();
    let mut command = match of_image {
        true => description.arguments().to_vec(),
        false => plain.command.clone(),
    };
    let has_entry_point = !entry_point(order, description).is_empty();
    if let Some(fixture) = order.fixture
        && plain.command.is_empty()
        && has_entry_point
    {
        // The image's own arguments name its own function.
        command.pop();
        command.push(
            order
                .handler
                .clone()
                .unwrap_or_else(|| fixture.handler.to_owned()),
        );
    }
    let last = command.last().filter(|_| has_entry_point);
    let usual = order.fixture.map_or(HANDLER, |fixture| fixture.handler);
    let handler = order.handler.as_ref().or(last).cloned();
    Stage {
        handler: handler.unwrap_or_else(|| usual.to_owned()),
        task_root: task_root(order, description),
        command,
        site: Site::Container(Arc::new(containers)),
        ..plain.clone()
    }
}

/// The folder of the function.
fn task_root(order: &ImageOrder, description: &Description) -> PathBuf {
    let of_image = || {
        description
            .variable("LAMBDA_TASK_ROOT")
            .unwrap_or(TASK_ROOT)
    };
    let given = order.task_root.clone();
    given.unwrap_or_else(|| PathBuf::from(of_image()))
}

fn entry_point<'a>(order: &'a ImageOrder, description: &'a Description) -> &'a [String] {
    match order.tuning.entrypoint.as_slice() {
        [] => description.config.entrypoint.as_deref().unwrap_or_default(),
        given => given,
    }
}

fn whole_command(
    order: &ImageOrder,
    description: &Description,
    arguments: &[String],
) -> Vec<String> {
    [entry_point(order, description), arguments].concat()
}

fn workdir(order: &ImageOrder, description: &Description) -> String {
    let given = order.tuning.workdir.as_ref();
    given.unwrap_or(&description.config.working_dir).clone()
}

/// `UID` or `UID:GID`; a name does not say who owns files.
fn numbers(user: &str) -> Option<(u64, u64)> {
    let (uid, gid) = user.split_once(':').unwrap_or((user, "0"));
    Some((uid.parse().ok()?, gid.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_by_numbers_has_them() {
        assert_eq!(numbers("993:990"), Some((993, 990)));
        assert_eq!(numbers("1000"), Some((1000, 0)));
        assert_eq!(numbers("nobody"), None);
    }
}
