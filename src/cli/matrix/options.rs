//! The options of `ricspec matrix`, and the options of each runtime's run.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use crate::matrix::{Installing, Network, Subject};
use crate::publish::Destination;
use crate::runtime::Pull;
use crate::session::{Color, ContainerOptions, MissingBaseline, RunOptions, report_help};

pub(in crate::cli) const HELP: &str = "\
A folder NAME/ with a runtime.toml is a runtime; baseline.toml in the same folder has its known failures:
  name = \"awslambdaric 4.2.2\"
  kind = \"official\"                  # or community, or ours (the default)
  about = \"what a reader should know\"
  language = \"python\"                # whose fixture is used; or task_root = DIR
  requires = [\"python3\"]             # programs that must be in PATH
  install = [[\"python3\", \"-m\", \"venv\", \"{root}/venv\"], [\"{root}/venv/bin/pip\", \"install\", \"awslambdaric==4.2.2\"]]
  command = [\"{root}/venv/bin/python3\", \"-m\", \"awslambdaric\", \"fixture.handler\"]
  handler = \"fixture.handler\"        # also: env, baseline, strict, time_scale, startup_timeout
A ricspec.toml has a [[target]] with the same members for each runtime; `install` may be left out.
Instead of `command` there may be an image:
  image = \"localhost/ours\"
  language = \"python\"                # its fixture is laid over the image, if it needs no build
  install = [[\"podman\", \"build\", \"--tag\", \"localhost/ours\", \"{folder}\"]]  # run each time
  arguments = [\"app.handler\"]        # replace the image's own
  no_fixture = true                  # use its own function, with event = [\"order.json\"]
  engine = \"podman\"                  # also, as in `run`: entrypoint, memory, network, platform,
                                     # user, workdir, writable; and task_root, in the image
Paths: {root} the runtime's own folder in the cache, {fixture} the function, {shared} a folder for all runtimes, {folder} the
folder of the file, {ricspec} this program. ricspec runs the `install` commands as they are: read other people's first.

Exit codes:
  0    every runtime is as its baseline says
  1    a runtime is not
  2    bad usage, case, manifest or baseline
  3    a runtime could not be installed, started or probed (unless --allow-missing), or ricspec or the machine failed
  4    nothing could be judged
  130  interrupted";

/// Which runtimes to compare, and how.
#[derive(Args, Debug)]
pub(in crate::cli) struct MatrixOptions {
    /// A folder that holds one folder for each runtime, or a file with [[target]].
    #[arg(value_name = "FOLDER|FILE", default_value = "ricspec.toml")]
    pub(super) path: PathBuf,
    /// Only these runtimes, by the names of their folders (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Runtimes")]
    pub(super) runtime: Vec<String>,
    /// Where runtimes are installed [default: ricspec in your cache folder].
    #[arg(long, value_name = "DIR", help_heading = "Runtimes")]
    pub(super) cache: Option<PathBuf>,
    /// Install nothing: a runtime that is not in the cache, or an image that is not here, is missing.
    #[arg(long, help_heading = "Runtimes")]
    pub(super) no_install: bool,
    /// Tell installers (cargo, go, mvn, npm, pip) to use no network, and pull no image.
    #[arg(long, help_heading = "Runtimes", conflicts_with = "no_install")]
    pub(super) offline: bool,
    /// Do not fail if a runtime cannot be installed, started or probed.
    #[arg(long, help_heading = "Runtimes")]
    pub(super) allow_missing: bool,

    /// Only cases of this profile (repeatable) [default: as `run`].
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub(super) profile: Vec<String>,
    /// Only these cases: an area, an id, a requirement or a glob (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(super) filter: Vec<String>,
    /// Not these cases (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(super) skip: Vec<String>,
    /// A folder with more cases, in addition to the built-in ones (repeatable).
    #[arg(long, value_name = "DIR", help_heading = "Selection")]
    pub(super) cases: Vec<PathBuf>,

    /// Measure by this set of requirements only: its name, or a file (.json).
    #[arg(long, value_name = "NAME", help_heading = "Verdict")]
    pub(super) set: Option<String>,

    /// How many cases are played at a time [default: as `run`].
    #[arg(long, short, value_name = "N", help_heading = "Run")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Play a case that does not pass up to N times more; if it then passes, it is flaky.
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub(super) retries: Option<u32>,
    /// Multiply every deadline by this factor, and by the runtime's own [default: 1].
    #[arg(long, value_name = "FACTOR", help_heading = "Run")]
    pub(super) time_scale: Option<f64>,

    #[arg(long, value_name = "FORMAT=PATH", help = report_help(), help_heading = "Output")]
    pub(super) report: Vec<Destination>,
    /// Write the transcript of every case into this folder, with a folder for each runtime.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) transcripts: Option<PathBuf>,
    /// Do not mask the values (eight bytes or more) of a manifest's `env` in reports and transcripts.
    #[arg(long, help_heading = "Output")]
    pub(super) show_env: bool,
    /// Colour the output.
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(super) color: Color,
    /// Print every case, and in full those that are not as expected.
    #[arg(long, short, help_heading = "Output")]
    pub(super) verbose: bool,
}

impl MatrixOptions {
    /// The options for screen and report files.
    pub(super) fn outer(&self) -> RunOptions {
        RunOptions {
            report: self.report.clone(),
            transcripts: self.transcripts.clone(),
            color: Some(self.color),
            quiet: !self.verbose,
            ..RunOptions::default()
        }
    }

    /// The options for the run of one runtime.
    pub(super) fn inner(&self, subject: &Subject) -> RunOptions {
        let manifest = &subject.manifest;
        let scale = self.time_scale.unwrap_or(1.0) * manifest.time_scale.unwrap_or(1.0);
        let transcripts = self.transcripts.as_ref();
        RunOptions {
            handler: subject.handler(),
            env: subject.env(),
            extension: subject.extension().into_iter().collect(),
            image: manifest.image.clone(),
            no_fixture: manifest.no_fixture,
            event: subject.events(),
            container: self.container(subject),
            task_root: subject.task_root(),
            startup_timeout: manifest.startup_timeout,
            profile: self.profile.clone(),
            filter: self.filter.clone(),
            skip: self.skip.clone(),
            cases: self.cases.clone(),
            jobs: self.jobs.map(NonZeroUsize::get),
            retries: self.retries,
            time_scale: Some(scale),
            baseline: subject.baseline(),
            missing_baseline: MissingBaseline::IsEmpty,
            strict: manifest.strict,
            set: self.set.clone(),
            show_env: self.show_env,
            // They name digests of the program and of the transcripts.
            report: self.report.clone(),
            transcripts: transcripts.map(|folder| folder.join(&subject.key)),
            command: subject.command(),
            verbose: self.verbose,
            ..RunOptions::default()
        }
    }

    /// A shell command that installs and checks one runtime again, also on another machine.
    pub(super) fn reproduce(&self, subject: &Subject) -> String {
        let mut words = vec!["ricspec".to_owned(), "matrix".to_owned()];
        words.push(self.path.display().to_string());
        words.extend(["--runtime".to_owned(), subject.key.clone()]);
        let paths = |paths: &[PathBuf]| -> Vec<String> {
            let shown = paths.iter().map(|path| path.display().to_string());
            shown.collect()
        };
        let given = [
            ("--profile", self.profile.clone()),
            ("--filter", self.filter.clone()),
            ("--skip", self.skip.clone()),
            ("--cases", paths(&self.cases)),
            ("--set", self.set.iter().cloned().collect()),
        ];
        for (name, values) in given {
            words.extend(
                values
                    .into_iter()
                    .flat_map(|value| [name.to_owned(), value]),
            );
        }
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
    }

    /// How the containers of an image are made.
    fn container(&self, subject: &Subject) -> ContainerOptions {
        let manifest = &subject.manifest;
        if manifest.image.is_none() {
            return ContainerOptions::default();
        }
        ContainerOptions {
            engine: manifest.engine,
            fixture: subject.laid_over().map(|language| language.name.to_owned()),
            entrypoint: manifest.entrypoint.clone(),
            workdir: manifest.workdir.clone(),
            platform: manifest.platform.clone(),
            user: manifest.user.clone(),
            memory: manifest.memory,
            writable: manifest.writable,
            no_extensions: false,
            network: manifest.network.clone(),
            // A pull would use the network.
            pull: match self.no_install || self.offline {
                true => Pull::Never,
                false => Pull::Missing,
            },
        }
    }

    pub(super) fn installing(&self) -> Installing {
        match (self.no_install, self.offline) {
            (true, _) => Installing::Forbidden,
            (false, true) => Installing::Allowed(Network::Offline),
            (false, false) => Installing::Allowed(Network::Online),
        }
    }
}
