//! Who may call the service that ricspec plays: the runtime, through any of its own processes, and nobody else.
//!
//! The callers are this program itself.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

/// The argument before those of a caller: an address, and the file for the reply.
const WORD: &str = "call";

/// Far longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Runtimes that call through another process, whose command line is in the arguments of the script.
const WAYS: &[(&str, &str)] = &[
    ("a_child", "\"$@\""),
    ("a_child_in_a_session_of_its_own", "setsid \"$@\""),
    ("a_daemon", "(setsid \"$@\" &)"),
    (
        "a_daemon_with_an_empty_environment",
        "(env -i setsid \"$@\" &)",
    ),
    ("the_runtime_itself", "exec \"$@\""),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    if let [_, word, api, file] = arguments.as_slice()
        && word == WORD
    {
        return match call(api).and_then(|reply| write_at_once(file.as_ref(), &reply)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let of_a_way = |(name, way): &(&'static str, &'static str)| {
        let way = *way;
        Trial::test(format!("{name}_may_call"), move || may_call(way))
    };
    let mut trials: Vec<Trial> = WAYS.iter().map(of_a_way).collect();
    trials.push(Trial::test("somebody_else_may_not", somebody_else));
    trials.push(Trial::test("an_open_door_is_told_of", open_door));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The first line of the reply to a ping.
fn call(api: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(api)?;
    stream.write_all(b"GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
    let mut reply = Vec::new();
    // Bytes before a reset count.
    let _ = stream.read_to_end(&mut reply);
    let reply = String::from_utf8_lossy(&reply).into_owned();
    Ok(reply.lines().next().unwrap_or_default().to_owned())
}

/// A reader of the file finds all of it or nothing.
fn write_at_once(file: &Path, text: &str) -> std::io::Result<()> {
    let draft = file.with_extension("draft");
    fs::write(&draft, text)?;
    fs::rename(draft, file)
}

/// ricspec with a runtime that is a script.
struct Run {
    folder: TempDir,
    ricspec: Child,
}

impl Run {
    fn of(script: &str) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let own = env::current_exe()?;
        let reply = folder.path().join("reply");
        let start =
            format!("echo $AWS_LAMBDA_RUNTIME_API >draft; mv draft api; {script}\nexec sleep 600");
        let ricspec = Command::new(env!("CARGO_BIN_EXE_ricspec"))
            .args([
                "run",
                "--filter",
                "next/five_in_a_row",
                "--startup-timeout",
                "600",
                "--",
            ])
            .args(["sh", "-c", &start, "sh"])
            .arg(own)
            .arg(WORD)
            .arg(reply)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        Ok(Self { folder, ricspec })
    }

    /// The content of a file, when it exists.
    fn wait_for(&self, name: &str) -> Result<String, Failed> {
        let path = self.folder.path().join(name);
        let began = Instant::now();
        while !path.is_file() {
            if began.elapsed() > LIMIT {
                return Err(format!("no `{name}` came").into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(fs::read_to_string(path)?.trim().to_owned())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // The processes that it started end with it.
        let _ = self.ricspec.kill();
        let _ = self.ricspec.wait();
    }
}

fn may_call(way: &str) -> Result<(), Failed> {
    let run = Run::of(&format!(
        "set -- \"$1\" \"$2\" $AWS_LAMBDA_RUNTIME_API \"$3\"; {way}"
    ))?;
    match run.wait_for("reply")?.as_str() {
        "HTTP/1.1 200 OK" => Ok(()),
        other => Err(format!("it got `{other}`").into()),
    }
}

fn somebody_else() -> Result<(), Failed> {
    let mut run = Run::of("while [ ! -f called ]; do sleep 0.05; done; exit 0")?;
    let api = run.wait_for("api")?;
    let got = call(&api)?;
    fs::write(run.folder.path().join("called"), "")?;
    let mut said = String::new();
    if let Some(stderr) = &mut run.ricspec.stderr {
        stderr.read_to_string(&mut said)?;
    }
    let own = format!("`{} ", std::process::id());
    let is_told = said.contains(&own) && said.contains("called and was refused");
    match got.as_str() {
        "HTTP/1.1 403 Forbidden" if is_told => Ok(()),
        other => Err(format!("it got `{other}`, and ricspec said: {said}").into()),
    }
}

fn open_door() -> Result<(), Failed> {
    for (filter, is_open) in [
        ("boot/proxy_lower_case", true),
        ("boot/address_ipv6", false),
    ] {
        let done = Command::new(env!("CARGO_BIN_EXE_ricspec"))
            .args(["run", "--reference", "-v", "--filter", filter])
            .current_dir(env::temp_dir())
            .output()?;
        let said =
            [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        let told = said
            .concat()
            .contains("other machines can reach the service of boot/proxy");
        // A machine without such an address cannot show anything.
        if told != is_open && !said.concat().contains("no address but loopback") {
            return Err(format!("{filter}: {}", said.concat()).into());
        }
    }
    Ok(())
}
