//! The container engine for the tests: builds images, runs ricspec, and checks what is left.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use libtest_mimic::Failed;
use tempfile::TempDir;

use super::run::{Started, WAIT_MAX, within};

/// An engine that builds and runs images here.
pub struct Engine {
    pub program: &'static str,
    /// Its client's environment: a podman configuration for machines whose usual one does not work, or the address of a
    /// daemon.
    env: Option<(&'static str, String)>,
    folder: TempDir,
    /// The base of the other images.
    pub base: String,
}

/// Programs of this machine that go into the images.
const TOOLS: [&str; 5] = ["/bin/sh", "/bin/bash", "/bin/cat", "/bin/sleep", "/bin/dd"];

static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();

impl Engine {
    /// The engine of the tests, podman before docker; or why there is none.
    pub fn get() -> &'static Result<Self, String> {
        ENGINE.get_or_init(|| {
            let mut reasons = Vec::new();
            for program in ["podman", "docker"] {
                match Self::of(program) {
                    Ok(engine) => return Ok(engine),
                    Err(reason) => reasons.push(format!("{program}: {reason}")),
                }
            }
            Err(format!(
                "no container engine works here; {}",
                reasons.join("; ")
            ))
        })
    }

    /// The engine of this program.
    pub fn of(program: &'static str) -> Result<Self, String> {
        Self::set_up(program, |folder| conf(program, folder))
    }

    /// Docker with the daemon at this address.
    pub fn at(host: String) -> Result<Self, String> {
        Self::set_up("docker", |_| Ok(Some(("DOCKER_HOST", host))))
    }

    fn set_up(
        program: &'static str,
        env: impl FnOnce(&Path) -> io::Result<Option<(&'static str, String)>>,
    ) -> Result<Self, String> {
        let said = |error: io::Error| error.to_string();
        let folder = tempfile::tempdir().map_err(said)?;
        let engine = Self {
            program,
            env: env(folder.path()).map_err(said)?,
            base: name_of("base"),
            folder,
        };
        engine.ask(&["ps", "--quiet"])?;
        engine.build_base().map_err(said)?;
        let context = engine.folder.path().join("base");
        engine.build_folder("base", &context).map_err(|failed| {
            let message = failed.message();
            message.unwrap_or("the base cannot be built").to_owned()
        })?;
        let tried = engine.ask(&[
            "run",
            "--rm",
            "--network",
            "none",
            &engine.base,
            "/bin/sh",
            "-c",
            "echo works",
        ])?;
        match tried.as_str() {
            "works" => Ok(engine),
            other => Err(format!("a container printed `{other}`")),
        }
    }

    fn build_base(&self) -> io::Result<()> {
        let root = self.folder.path().join("base/root");
        let own = Path::new(env!("CARGO_BIN_EXE_ricspec"));
        place(own, &root.join("ricspec"))?;
        for library in libraries(own)? {
            place(&library, &inside(&root, &library))?;
        }
        install(&root, &TOOLS.map(Path::new))?;
        fs::create_dir_all(root.join("var/task"))?;
        fs::create_dir_all(root.join("tmp"))?;
        fs::write(
            self.folder.path().join("base/Containerfile"),
            "FROM scratch\nCOPY root /\nENV PATH=/bin\n",
        )
    }

    pub fn is_podman(&self) -> bool {
        self.program == "podman"
    }

    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        command.envs(self.env.clone());
        command
    }

    pub fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.command(self.program).args(arguments).output();
        let output = output.map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout)
                .trim_end()
                .to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr)
                .trim_end()
                .to_owned()),
        }
    }

    /// Builds an image with a script in it, and gives its name.
    pub fn build(
        &self,
        name: &str,
        lines: &str,
        script: &str,
        mode: u32,
        options: &[&str],
    ) -> Result<String, Failed> {
        let context = self.folder.path().join(name);
        fs::create_dir_all(&context)?;
        let start = context.join("start");
        fs::write(&start, script)?;
        fs::set_permissions(&start, fs::Permissions::from_mode(mode))?;
        let from = match options {
            [] => self.base.as_str(),
            _ => "scratch",
        };
        fs::write(
            context.join("Containerfile"),
            format!("FROM {from}\nCOPY start /start\n{lines}\n"),
        )?;
        let tag = name_of(name);
        let context = context.display().to_string();
        let file = format!("{context}/Containerfile");
        let words = [
            &["build", "--quiet", "--tag", &tag, "--file", &file][..],
            options,
            &[&context],
        ];
        self.ask(&words.concat())?;
        Ok(tag)
    }

    /// Builds an image from a folder with a Containerfile, and gives its name.
    pub fn build_folder(&self, name: &str, context: &Path) -> Result<String, Failed> {
        let tag = name_of(name);
        let file = context.join("Containerfile").display().to_string();
        let context = context.display().to_string();
        self.ask(&["build", "--quiet", "--tag", &tag, "--file", &file, &context])?;
        Ok(tag)
    }

    /// Starts `ricspec run`.
    pub fn ricspec(&'static self, options: &[&str]) -> Result<Started, Failed> {
        let engine = ["--engine", self.program];
        self.start("run", &[&engine, options].concat(), None)
    }

    /// Starts `ricspec matrix` over a folder of runtimes.
    pub fn matrix(&'static self, folder: &Path, options: &[&str]) -> Result<Started, Failed> {
        let folder = folder.display().to_string();
        let cache = self.folder.path().join("cache").display().to_string();
        let words = [&folder, "--cache", &cache];
        self.start("matrix", &[&words, options].concat(), None)
    }

    /// Starts it with our own client of this name first in PATH.
    pub fn ricspec_with_client(
        &'static self,
        program: &str,
        script: &str,
        options: &[&str],
    ) -> Result<Started, Failed> {
        let folder = tempfile::tempdir()?;
        let client = folder.path().join(program);
        fs::write(&client, script)?;
        fs::set_permissions(&client, fs::Permissions::from_mode(0o755))?;
        self.start("run", options, Some(folder))
    }

    fn start(
        &'static self,
        verb: &str,
        options: &[&str],
        path: Option<TempDir>,
    ) -> Result<Started, Failed> {
        let mut command = self.command(env!("CARGO_BIN_EXE_ricspec"));
        command
            .args([verb, "--color", "never", "--time-scale", "3"])
            .args(options);
        if let Some(folder) = &path {
            let usual = std::env::var("PATH").unwrap_or_default();
            command.env("PATH", format!("{}:{usual}", folder.path().display()));
        }
        let child = command
            .current_dir(self.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        Ok(Started {
            engine: self,
            child,
            _path: path,
        })
    }

    /// Removes the images of this test run.
    pub fn clean_up(&self) {
        let part = format!("ricspec-test-{}-", std::process::id());
        let images = self
            .ask(&["image", "ls", "--format", "{{.Repository}}"])
            .unwrap_or_default();
        let own: Vec<&str> = images.lines().filter(|name| name.contains(&part)).collect();
        let _ = self.ask(&[&["rmi", "--force"], own.as_slice()].concat());
        let _ = fs::remove_dir_all(self.folder.path());
    }

    /// Containers, networks, volumes and processes of a run of ricspec; their names contain its process id.
    pub fn left_by(&self, pid: u32) -> Result<Vec<String>, String> {
        let part = format!("-{pid}-");
        let containers = self.ask(&[
            "ps",
            "--all",
            "--filter",
            "label=ricspec",
            "--format",
            "{{.Names}}",
        ])?;
        let networks = self.ask(&[
            "network",
            "ls",
            "--filter",
            "label=ricspec",
            "--format",
            "{{.Name}}",
        ])?;
        let volumes = self.ask(&[
            "volume",
            "ls",
            "--filter",
            "label=ricspec",
            "--format",
            "{{.Name}}",
        ])?;
        let named = containers.lines().chain(networks.lines());
        let named = named.chain(volumes.lines());
        let mut left: Vec<String> = named.map(str::to_owned).collect();
        left.extend(command_lines().filter(|line| line.contains("ricspec-")));
        left.retain(|name| name.contains(&part));
        Ok(left)
    }

    pub fn must_be_clean(&self, pid: u32) -> Result<(), Failed> {
        let clean = || Ok(self.left_by(pid)?.is_empty());
        match within(WAIT_MAX, clean) {
            Ok(()) => Ok(()),
            Err(_) => Err(format!("left behind: {:?}", self.left_by(pid)?).into()),
        }
    }
}

/// The name of an image of this test run.
pub fn name_of(image: &str) -> String {
    format!("localhost/ricspec-test-{}-{image}", std::process::id())
}

/// Removes everything of this test run from the usual engine.
pub fn clean_up() {
    if let Some(Ok(engine)) = ENGINE.get() {
        engine.clean_up();
    }
}

/// In a sandbox, podman's usual limits and runtime may not be available.
fn conf(program: &str, folder: &Path) -> io::Result<Option<(&'static str, String)>> {
    let usual = program == "docker" || std::env::var_os("CONTAINERS_CONF").is_some();
    if usual || !Path::new("/usr/sbin/runc").exists() {
        return Ok(None);
    }
    let path = folder.join("containers.conf");
    fs::write(
        &path,
        "[containers]\ndefault_ulimits = [\"nofile=20000:20000\", \"nproc=10000:10000\"]\n\
         [engine]\nruntime = \"runc\"\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n",
    )?;
    Ok(Some(("CONTAINERS_CONF", path.display().to_string())))
}

fn command_lines() -> impl Iterator<Item = String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
}

fn inside(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn place(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    fs::copy(from, to)?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o755))
}

/// Copies programs of this machine, with their libraries, into a root folder.
pub fn install(root: &Path, programs: &[&Path]) -> io::Result<()> {
    for program in programs {
        place(program, &inside(root, program))?;
        for library in libraries(program)? {
            place(&library, &inside(root, &library))?;
        }
    }
    Ok(())
}

/// The libraries of a program and its loader, as `ldd` finds them.
fn libraries(program: &Path) -> io::Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(program).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = text.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(words.map(PathBuf::from).collect())
}
