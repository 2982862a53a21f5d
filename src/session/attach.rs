//! A runtime that its author starts: where ricspec waits for it, and with which variables it is started.

use std::time::Duration;

use super::RunOptions;
use crate::play::Stage;
use crate::protocol::{Function, Mode, documented_environment};

/// The port of AWS's emulator, which people know.
const PORT: u16 = 9001;

/// In effect no limit: nobody debugs longer than this.
const TIME_SCALE: f64 = 1000.0;
const STARTUP: Duration = Duration::from_secs(7 * 24 * 3600);

/// The options with the port at which ricspec waits.
pub(super) fn with_port(mut options: RunOptions) -> RunOptions {
    if options.attach {
        options.port = options.port.or(Some(PORT));
    }
    options
}

/// The command, in words for reports.
pub(super) fn command(options: &RunOptions) -> Vec<String> {
    let port = options.port.unwrap_or(PORT);
    vec![format!("(attached to 127.0.0.1:{port})")]
}

/// A stage without limits.
pub(super) fn without_limits(stage: Stage) -> Stage {
    Stage {
        startup: STARTUP,
        time_scale: TIME_SCALE,
        ..stage
    }
}

/// What the author must know before the first case.
pub(crate) fn instructions(stage: &Stage) -> Vec<String> {
    let api = format!("127.0.0.1:{}", stage.port.unwrap_or(PORT));
    let mut lines = vec![
        format!("ricspec waits for your runtime at {api}; there are no time limits, and Ctrl-C ends the run"),
        "start it with these variables, and again for each case (a loop will do: while true; do ./bootstrap; done)"
            .to_owned(),
    ];
    let function = Function {
        memory_mb: stage.memory_mb,
        handler: stage.handler.clone(),
        task_root: stage.task_root.display().to_string(),
        ..Function::named()
    };
    let variables = documented_environment(&function, Mode::OnDemand, &api);
    lines.extend(variables.iter().map(|(name, value)| {
        let value = shlex::try_quote(value).unwrap_or_default();
        format!("  export {name}={value}")
    }));
    lines
}
