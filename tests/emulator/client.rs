//! The fake runtime, and fake extensions beside it: each makes its calls of a script and logs the replies, one line of JSON for
//! each, then `end`.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::script::{Call, Http, LookAt, RUNTIME, Script, Seen, scripts};
use crate::wire::{Reply, Wire};

/// The first argument of the test's own program as a fake process; the script, the name of the process, and the log of the
/// runtime follow.
pub const MARK: &str = "--fake-process";

/// Longer than another process needs for its calls.
const OTHER_MAX: Duration = Duration::from_secs(30);

/// The last line of a log.
const END: &str = "end";

/// Plays the part of a script that the arguments name.
pub fn main(arguments: &[String]) -> ExitCode {
    let [name, process, log] = arguments else {
        eprintln!("{MARK} SCRIPT PROCESS LOG");
        return ExitCode::from(2);
    };
    match play(name, process, Path::new(log)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("the fake {process}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The words that start a process of a script.
pub fn command(script: &Script, process: &str, log: &Path) -> io::Result<Vec<String>> {
    let own = env::current_exe()?;
    let parts = [
        own.as_path(),
        MARK.as_ref(),
        script.name.as_ref(),
        process.as_ref(),
        log,
    ];
    let words = parts.map(|part| part.to_string_lossy().into_owned());
    Ok(words.to_vec())
}

/// The log of a process, by that of the runtime.
fn log_of(log: &Path, process: &str) -> PathBuf {
    match process {
        RUNTIME => log.to_owned(),
        _ => PathBuf::from(format!("{}.{process}", log.display())),
    }
}

/// What the processes of a script have seen, in the order of [`Script::all_calls`]; `Err` if a log is not complete.
pub fn read(script: &Script, log: &Path) -> Result<Vec<Seen>, String> {
    let mut all = Vec::new();
    for process in script.processes() {
        all.extend(read_one(&log_of(log, process)).map_err(|error| format!("{process}: {error}"))?);
    }
    Ok(all)
}

fn read_one(log: &Path) -> Result<Vec<Seen>, String> {
    let text = fs::read_to_string(log).map_err(|error| format!("no log: {error}"))?;
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.pop() != Some(END) {
        return Err(format!("the log breaks off:\n{text}"));
    }
    let seen = lines.into_iter().map(serde_json::from_str);
    seen.collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

/// Whether the script has been played to its end.
pub fn has_ended(script: &Script, log: &Path) -> bool {
    let mut processes = script.processes();
    processes.all(|process| has_made(&log_of(log, process), None))
}

/// Whether a process has made so many of its calls, or all.
fn has_made(log: &Path, calls: Option<usize>) -> bool {
    let text = fs::read_to_string(log).unwrap_or_default();
    match calls {
        Some(calls) => text.lines().count() >= calls,
        None => text.lines().next_back() == Some(END),
    }
}

/// Waits for another process, as `after` of a call says.
fn wait_for(after: &str, log: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let (process, calls) = match after.split_once(' ') {
        Some((process, calls)) => (process, Some(calls.parse()?)),
        None => (after, None),
    };
    let other = log_of(log, process);
    let until = Instant::now() + OTHER_MAX;
    while !has_made(&other, calls) {
        if Instant::now() > until {
            return Err(format!("`{after}` never came").into());
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// Makes the calls; gives the exit code.
fn play(name: &str, process: &str, log: &Path) -> Result<u8, Box<dyn std::error::Error>> {
    let scripts = scripts()?;
    let script = scripts.iter().find(|script| script.name == name);
    let script = script.ok_or("no such script")?;
    let calls = script.calls_of(process).ok_or("no such process")?;
    // A service that starts the process again finds the log of the first, which counts.
    let mut own = File::create_new(log_of(log, process))?;
    let mut runtime = Runtime {
        api: env::var("AWS_LAMBDA_RUNTIME_API")?,
        connections: BTreeMap::new(),
        ids: Vec::new(),
        extensions: Vec::new(),
        was_told: false,
    };
    for call in calls {
        if let Some(after) = &call.after {
            wait_for(after, log)?;
        }
        let seen = runtime.make(call)?;
        writeln!(own, "{}", serde_json::to_string(&seen)?)?;
    }
    // It lives for as long as the service that keeps this open.
    let stays = script.stays(process) && !runtime.was_told;
    let open = stays.then(|| TcpStream::connect(&runtime.api));
    writeln!(own, "{END}")?;
    let mut extensions = script.extensions.iter();
    let code = extensions.find_map(|known| known.ends.filter(|_| known.name == process));
    if let Some(open) = open.filter(|_| code.is_none()) {
        io::copy(&mut open?, &mut io::sink())?;
    }
    Ok(code.unwrap_or_default())
}

struct Runtime {
    api: String,
    connections: BTreeMap<String, Wire>,
    /// Request ids in the order of their delivery.
    ids: Vec<String>,
    /// Identifiers of extensions in the order of their registration.
    extensions: Vec<String>,
    /// Whether an event said that the environment ends.
    was_told: bool,
}

impl Runtime {
    fn make(&mut self, call: &Call) -> io::Result<Seen> {
        if let Some(on) = &call.receive {
            return self.receive(on, call);
        }
        if let Some(on) = &call.end {
            // A service may have replied and closed before the end; its reply counts.
            let _ = self.left_on(on)?.end();
            return self.receive(on, call);
        }
        let mut wire = match self.connections.remove(&call.on) {
            Some(wire) => wire,
            None => Wire::open(&self.api)?,
        };
        let head = self.head(call);
        let body = body(call);
        if call.leave {
            wire.leave(&head, body.as_deref(), call.framing)?;
            self.connections.insert(call.on.clone(), wire);
            return Ok(status("left"));
        }
        let method = call.send.split(' ').next().unwrap_or_default();
        let reply = wire.exchange(method, &head, body.as_deref(), call.framing)?;
        let Some(reply) = reply else {
            return Ok(status("none"));
        };
        let seen = self.look(&reply, call.look_at);
        if !reply.closes() && !call.framing.is_cut() {
            self.connections.insert(call.on.clone(), wire);
        }
        Ok(seen)
    }

    /// The reply to a request that was left.
    fn receive(&mut self, on: &str, call: &Call) -> io::Result<Seen> {
        match self
            .left_on(on)?
            .receive(call.within_ms.map(Duration::from_millis))
        {
            Ok(Some(reply)) => Ok(self.look(&reply, call.look_at)),
            Ok(None) => Ok(status("none")),
            Err(error) if call.within_ms.is_some() && error.kind() == io::ErrorKind::WouldBlock => {
                Ok(status("waits"))
            }
            Err(error) => Err(error),
        }
    }

    /// The connection with a request that was left.
    fn left_on(&mut self, on: &str) -> io::Result<&mut Wire> {
        let wire = self.connections.get_mut(on);
        wire.ok_or_else(|| io::Error::other(format!("nothing was left on `{on}`")))
    }

    fn head(&self, call: &Call) -> String {
        let (method, target) = call.send.split_once(' ').unwrap_or((&call.send, ""));
        let target = match target.starts_with(['/', '*']) || target.contains("://") {
            true => target.to_owned(),
            false => format!("/2018-06-01/runtime/{target}"),
        };
        let version = match call.http {
            Http::Old => "1.0",
            Http::Usual | Http::Hostless => "1.1",
        };
        let mut head = format!("{method} {} HTTP/{version}\r\n", self.fill(&target));
        if call.http != Http::Hostless {
            head.push_str(&format!("Host: {}\r\n", self.api));
        }
        for (name, value) in &call.headers {
            head.push_str(&format!("{name}: {}\r\n", self.fill(value)));
        }
        if call.header_bytes > 0 {
            head.push_str(&format!("X-Long: {}\r\n", "x".repeat(call.header_bytes)));
        }
        for number in 0..call.header_lines {
            head.push_str(&format!("X-Line-{number}: {number}\r\n"));
        }
        head
    }

    fn fill(&self, target: &str) -> String {
        let token = env::var("AWS_LAMBDA_METADATA_TOKEN").unwrap_or_default();
        let mut target = target.replace("{api}", &self.api);
        target = target.replace("{metadata token}", &token);
        let token = env::var("AWS_CONTAINER_AUTHORIZATION_TOKEN").unwrap_or_default();
        target = target.replace("{credentials token}", &token);
        for (index, identifier) in self.extensions.iter().enumerate() {
            let number = index + 1;
            target = target
                .replace(&format!("{{extension {number}}}"), identifier)
                .replace(
                    &format!("{{upper extension {number}}}"),
                    &identifier.to_uppercase(),
                )
                .replace(
                    &format!("{{bare extension {number}}}"),
                    &identifier.replace('-', ""),
                );
        }
        for (index, id) in self.ids.iter().enumerate() {
            let number = index + 1;
            target = target
                .replace(&format!("{{{number}}}"), id)
                .replace(&format!("{{upper {number}}}"), &id.to_uppercase())
                .replace(&format!("{{percent {number}}}"), &id.replace('-', "%2D"));
        }
        target
    }

    fn look(&mut self, reply: &Reply, look_at: LookAt) -> Seen {
        let mut seen = Seen::new();
        let mut note = |field: &str, value: String| seen.insert(field.to_owned(), value);
        note("status", reply.status.to_string());
        let identifier = reply.header("lambda-extension-identifier");
        self.extensions.extend(identifier.map(str::to_owned));
        let mut text = String::from_utf8_lossy(&reply.body).into_owned();
        self.learn(&text);
        for (index, identifier) in self.extensions.iter().enumerate() {
            text = text.replace(identifier, &format!("{{extension {}}}", index + 1));
        }
        for (index, id) in self.ids.iter().enumerate() {
            text = text.replace(id, &format!("{{{}}}", index + 1));
        }
        if look_at != LookAt::NoBody {
            note("body", without_deadline(&text));
        }
        if let Some(error_type) = reply.error_type() {
            note("error_type", error_type);
        }
        if let Some(media) = reply.header("content-type") {
            note("content_type", media.to_owned());
        }
        if let Some(allow) = reply.header("allow") {
            note("allow", allow.to_owned());
        }
        if let Some(id) = reply.header("lambda-runtime-aws-request-id") {
            let known = self.ids.iter().position(|known| known == id);
            let index = known.unwrap_or(self.ids.len());
            if known.is_none() {
                self.ids.push(id.to_owned());
            }
            note("id", format!("{{{}}}", index + 1));
        }
        if reply.interim > 0 {
            note("interim", reply.interim.to_string());
        }
        if reply.closes() {
            note("connection", "closes".to_owned());
        }
        if look_at == LookAt::Headers {
            let mut names: Vec<&str> = reply.headers.iter().map(|(name, _)| &**name).collect();
            names.sort_unstable();
            note("headers", names.join(", "));
        }
        seen
    }
}

impl Runtime {
    /// What an event for an extension tells: the request id of an invocation, or the end.
    fn learn(&mut self, text: &str) {
        let event: Value = serde_json::from_str(text).unwrap_or_default();
        self.was_told |= event["eventType"] == "SHUTDOWN";
        let id = event["requestId"].as_str().map(str::to_owned);
        self.ids.extend(id.filter(|id| !self.ids.contains(id)));
    }
}

fn status(word: &str) -> Seen {
    Seen::from([("status".to_owned(), word.to_owned())])
}

/// The event of an extension without the time in it.
fn without_deadline(text: &str) -> String {
    let member = "\"deadlineMs\":";
    match text.split_once(member) {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
            format!("{before}{member}{{deadline}}{rest}")
        }
        None => text.to_owned(),
    }
}

fn body(call: &Call) -> Option<Vec<u8>> {
    match call.body_bytes {
        Some(bytes) => Some(vec![b'1'; bytes]),
        None => call.body.clone().map(String::into_bytes),
    }
}
