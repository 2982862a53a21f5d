//! `ricspec serve`: from options to a function that callers invoke.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use http::Uri;
use tokio_util::sync::CancellationToken;

use super::interrupt::interruptible;
use crate::case::Address;
use crate::console::{Scribe, Stream, note};
use crate::reference::ECHO_OTHER_EVENTS;
use crate::report::{Look, Printable};
use crate::run::chain;
#[cfg(feature = "cli")]
use crate::serve::Watch;
use crate::serve::{Allowed, Changes, Feed, LogForm, Open, Parts, Serving, serve};
use crate::session::{
    CliError, Color, ContainerOptions, RunOptions, Settings, event_loop_of, prepare, processors,
};
use crate::verdict::Conclusion;

/// The port of AWS's emulator.
const PORT: u16 = 8080;

/// How long a start may take at least, as in Lambda, in milliseconds.
const INIT_MS: u64 = 10_000;

/// The longest time limit of a function, in seconds.
const TIMEOUT_MAX_S: u64 = 900;

pub(super) const HELP: &str = "\
Examples:
  ricspec serve --reference
  curl -XPOST localhost:8080/2015-03-31/functions/function/invocations -d '\"John\"'
  ricspec serve -- ./bootstrap
  ricspec serve --port 9000 --timeout 3 -- python3 -m awslambdaric app.handler
  ricspec serve --image my-function
The page at http://localhost:8080/_ricspec shows the invocations as they happen, and invokes the function by a form.
Exit codes: 0 when it is interrupted; with --strict 1 if the runtime broke a MUST; 2 and 3 as for `run`.";

/// What to serve, and how.
#[derive(Args, Clone, Debug)]
pub(super) struct ServeOptions {
    /// Listen on this port for callers.
    #[arg(long, value_name = "PORT", default_value_t = PORT)]
    port: u16,
    /// Listen on this address; other machines may then invoke the function.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Take calls to this host name, in addition to localhost and addresses (repeatable).
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Also take HTTP requests for other paths, as at a function URL (payload format 2.0).
    #[arg(long)]
    http: bool,
    /// Let the pages of this origin invoke the function, such as http://localhost:3000 (repeatable).
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    cors: Vec<String>,
    /// The address of the Runtime API, such as 127.0.0.1:9001 [default: a free port for each environment].
    #[arg(long, value_name = "HOST:PORT", value_parser = runtime_api, conflicts_with = "image")]
    runtime_api_address: Option<(Address, u16)>,
    /// How many environments there are: so many invocations at a time; more callers wait.
    #[arg(long, value_name = "N", default_value_t = 1)]
    environments: usize,
    /// How long an invocation may take, at most 900.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
    /// The memory of the function, which its log shows; an image cannot use more.
    #[arg(long, value_name = "MB")]
    memory: Option<u32>,
    /// When a file below DIR changes, or the program, start a new environment for the next invocation [default: the
    /// folder of the function].
    #[cfg(feature = "cli")]
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with = "image")]
    watch: Option<Option<PathBuf>>,
    /// End with exit code 1 if the runtime broke a MUST.
    #[arg(long)]
    strict: bool,
    /// Record the day in parts, for `ricspec judge`: day.json becomes day-0001.json and so on.
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
    /// The form of the log: `json` prints one object a line, in the shape of Lambda's, and tells the runtime to do the same.
    #[arg(long, value_enum, value_name = "FORM", default_value = "text")]
    log_format: LogFormat,
    /// Colour the output [default: auto].
    #[arg(long, value_enum, value_name = "WHEN")]
    color: Option<Color>,

    /// Serve the embedded reference runtime; its function returns its event.
    #[arg(long, conflicts_with_all = ["image", "command"], help_heading = "Target")]
    reference: bool,
    /// Serve a container image; the words after `--` are arguments of its entry point.
    #[arg(long, value_name = "IMAGE", help_heading = "Target")]
    image: Option<String>,
    /// Start this extension beside the runtime (repeatable).
    #[arg(long, value_name = "PATH", help_heading = "Target")]
    extension: Vec<PathBuf>,
    /// The handler's name, as in _HANDLER [default: the last argument, if it looks like one, else fixture.handler].
    #[arg(long, value_name = "NAME", help_heading = "Target")]
    handler: Option<String>,
    /// Set a variable for the runtime; without `=VALUE`, pass on yours (repeatable).
    #[arg(long, value_name = "NAME[=VALUE]", help_heading = "Target")]
    env: Vec<String>,
    /// A file with a NAME=VALUE on each line; --env wins over it.
    #[arg(long, value_name = "FILE", help_heading = "Target")]
    env_file: Option<PathBuf>,
    /// The folder of the function: working directory and LAMBDA_TASK_ROOT [default: ., for an image /var/task].
    #[arg(long, value_name = "DIR", help_heading = "Target")]
    task_root: Option<PathBuf>,
    /// The command that starts the runtime, with its arguments; for an image the arguments only.
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl ServeOptions {
    fn settings(&self) -> Result<Settings, CliError> {
        let variables = match &self.env_file {
            Some(path) => variables_of(path)?,
            None => Vec::new(),
        };
        let format = match self.log_format {
            LogFormat::Text => Vec::new(),
            LogFormat::Json => vec!["AWS_LAMBDA_LOG_FORMAT=JSON".to_owned()],
        };
        let echo = self.reference.then(|| ECHO_OTHER_EVENTS.to_owned());
        let container = ContainerOptions {
            memory: self.memory.filter(|_| self.image.is_some()),
            ..ContainerOptions::default()
        };
        let mut settings = Settings::of_served(RunOptions {
            reference: self.reference,
            image: self.image.clone(),
            extension: self.extension.clone(),
            handler: self.handler.clone().or_else(|| self.last_argument()),
            env: [
                echo.into_iter().collect(),
                format,
                variables,
                self.env.clone(),
            ]
            .concat(),
            task_root: self.task_root.clone(),
            container,
            command: self.command.clone(),
            ..RunOptions::default()
        })?;
        let stage = Arc::make_mut(&mut settings.stage);
        stage.memory_mb = self.memory.unwrap_or(stage.memory_mb);
        stage.port = self.runtime_api_address.map(|(_, port)| port);
        Ok(settings)
    }

    /// The last argument of the command, if it looks like the name of a handler: AWS's emulator takes it for one, too.
    fn last_argument(&self) -> Option<String> {
        let [_, .., last] = self.command.as_slice() else {
            return None;
        };
        let is_name = |word: &&String| {
            let mut parts = word.split('.');
            let is_part = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
            word.contains('.') && !word.starts_with('-') && parts.all(is_part)
        };
        // An image has its own way.
        let is_process = self.image.is_none();
        Some(last)
            .filter(|word| is_process && is_name(word))
            .cloned()
    }

    fn log(&self) -> LogForm {
        match self.log_format {
            LogFormat::Text => LogForm::Text(self.look()),
            LogFormat::Json => LogForm::Json,
        }
    }

    fn look(&self) -> Look {
        let terminal = Stream::Out.terminal();
        let style = self.color.unwrap_or_default().style(terminal.is_some());
        match terminal {
            Some(columns) => Look { style, columns },
            None => Look::from(style),
        }
    }
}

/// An address of the Runtime API: of loopback, since only the runtime may call it.
fn runtime_api(text: &str) -> Result<(Address, u16), String> {
    let fault = || "write 127.0.0.1:PORT, localhost:PORT or [::1]:PORT".to_owned();
    let (host, port) = text.rsplit_once(':').ok_or_else(fault)?;
    let port = port.parse().ok().filter(|port| *port != 0);
    let address = match host {
        "127.0.0.1" => Address::Loopback,
        "localhost" => Address::Hostname,
        "[::1]" => Address::Ipv6,
        _ => return Err(fault()),
    };
    port.map(|port| (address, port)).ok_or_else(fault)
}

/// What a browser says of the site of a page.
fn origin(text: &str) -> Result<String, String> {
    let fault = || "write scheme and host, with the port if there is one: http://localhost:3000";
    let uri: Uri = text.parse().map_err(|_| fault())?;
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.authority()) else {
        return Err(fault().to_owned());
    };
    let origin = format!("{scheme}://{host}").to_lowercase();
    match text.eq_ignore_ascii_case(&origin) && !host.as_str().contains('@') {
        true => Ok(origin),
        false => Err(fault().to_owned()),
    }
}

/// The lines of a file of variables; empty ones and comments are left out.
fn variables_of(path: &Path) -> Result<Vec<String>, CliError> {
    let bad =
        |fault: &str| CliError::bad_input(format!("--env-file `{}`: {fault}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| bad(&error.to_string()))?;
    let mut variables = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        match line.contains('=') {
            _ if line.is_empty() || line.starts_with('#') => {}
            true => variables.push(line.to_owned()),
            false => return Err(bad(&format!("line {}: write NAME=VALUE", number + 1))),
        }
    }
    Ok(variables)
}

/// What tells of changes of the function, if that is wanted.
#[cfg(feature = "cli")]
fn changes(
    options: &ServeOptions,
    serving: &Serving,
) -> Result<Option<Box<dyn Changes>>, CliError> {
    let Some(folder) = &options.watch else {
        return Ok(None);
    };
    let folder = folder.as_deref().unwrap_or(&serving.stage.task_root);
    let program = serving.stage.command.first().map(Path::new);
    let watch = Watch::new(folder, program);
    let watch =
        watch.map_err(|fault| CliError::bad_input(format!("--watch: {}", chain(&fault))))?;
    Ok(Some(Box::new(watch)))
}

/// Only the program watches files.
#[cfg(not(feature = "cli"))]
fn changes(_: &ServeOptions, _: &Serving) -> Result<Option<Box<dyn Changes>>, CliError> {
    Ok(None)
}

/// Serves until it is interrupted.
pub(super) fn run(options: &ServeOptions) -> Result<Conclusion, CliError> {
    if !(1..=TIMEOUT_MAX_S).contains(&options.timeout) {
        let message = format!("--timeout must be from 1 to {TIMEOUT_MAX_S} seconds");
        return Err(CliError::bad_input(message));
    }
    if options.environments == 0 {
        return Err(CliError::bad_input("--environments must be at least 1"));
    }
    if options.environments > 1 && options.runtime_api_address.is_some() {
        return Err(CliError::bad_input(
            "--runtime-api-address is the address of one environment: leave out --environments",
        ));
    }
    let settings = options.settings()?;
    let event_loop = event_loop_of(options.environments.min(processors()))?;
    let cancel = CancellationToken::new();
    let work = answer(options, &settings, &cancel);
    let broke = event_loop.block_on(interruptible(&cancel, &settings.stage.hurry, work));
    drop(event_loop);
    Ok(match broke? && options.strict {
        true => Conclusion::Failed,
        false => Conclusion::AsExpected,
    })
}

async fn answer(
    options: &ServeOptions,
    settings: &Settings,
    cancel: &CancellationToken,
) -> Result<bool, CliError> {
    let prepared = prepare(settings).await?;
    let stage = prepared.stages.first().map(Arc::clone);
    let stage = stage.ok_or_else(|| CliError::fault("no network fits the image"))?;
    let parts = options.transcript.as_deref().map(Parts::at).transpose();
    let parts = parts.map_err(|fault| CliError::bad_input(format!("--transcript: {fault}")))?;
    let timeout_ms = Duration::from_secs(options.timeout).as_millis();
    let timeout_ms = u64::try_from(timeout_ms).unwrap_or(u64::MAX);
    let serving = Serving {
        stage,
        address: options.runtime_api_address.unwrap_or_default().0,
        environments: options.environments,
        timeout_ms,
        init_ms: timeout_ms.max(INIT_MS),
        log: options.log(),
        http: options.http,
        parts,
        feed: Feed::default(),
    };
    let place = SocketAddr::new(options.listen, options.port);
    let allowed = Allowed {
        hosts: options.allow_host.clone(),
        origins: options.cors.clone(),
    };
    let open = Open::at(place, allowed, &serving)
        .map_err(|error| CliError::fault(format!("{}; choose another --port", chain(&error))))?;
    let address = open.address();
    if !options.listen.is_loopback() {
        note(&format!(
            "other machines can invoke the function at {address}"
        ));
    }
    let changes = changes(options, &serving)?;
    let log = serving.log;
    let scribe = Scribe::start(Stream::Out, move |count| {
        log.note(&format!(
            "standard output was not read in time: {count} entries of this log are lost"
        ))
    });
    let writer = scribe.clone();
    let say = Arc::new(move |text: &Printable| writer.say(text));
    let served = serve(serving, open, changes, say, cancel).await;
    if !scribe.finish() {
        note("standard output is not read; the end of the log is lost");
    }
    served.map_err(|fault| CliError::fault(chain(&fault)))
}
