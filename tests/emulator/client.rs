//! The fake runtime: makes the calls of a script and logs the replies, one line of JSON for each, then `end`.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crate::script::{Call, Framing, Http, LookAt, Seen, scripts};
use crate::wire::{Reply, Wire};

/// The first argument of the test's own program as the fake runtime; the script and the log follow.
pub const MARK: &str = "--fake-runtime";

/// The last line of a log.
const END: &str = "end";

/// Plays the script that the arguments name.
pub fn main(arguments: &[String]) -> ExitCode {
    let [name, log] = arguments else {
        eprintln!("{MARK} SCRIPT LOG");
        return ExitCode::from(2);
    };
    match play(name, Path::new(log)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the fake runtime: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The content of a log; `Err` if it is not complete.
pub fn read(log: &Path) -> Result<Vec<Seen>, String> {
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
pub fn has_ended(log: &Path) -> bool {
    fs::read_to_string(log).is_ok_and(|text| text.lines().next_back() == Some(END))
}

fn play(name: &str, log: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let script = scripts()?
        .into_iter()
        .find(|script| script.name == name)
        .ok_or("no such script")?;
    // A service that starts the runtime again finds the log of the first, which counts.
    let mut log = File::create_new(log)?;
    let mut runtime = Runtime {
        api: env::var("AWS_LAMBDA_RUNTIME_API")?,
        connections: BTreeMap::new(),
        ids: Vec::new(),
        extensions: Vec::new(),
    };
    for call in &script.calls {
        let seen = runtime.make(call)?;
        writeln!(log, "{}", serde_json::to_string(&seen)?)?;
    }
    writeln!(log, "{END}")?;
    Ok(())
}

struct Runtime {
    api: String,
    connections: BTreeMap<String, Wire>,
    /// Request ids in the order of their delivery.
    ids: Vec<String>,
    /// Identifiers of extensions in the order of their registration.
    extensions: Vec<String>,
}

impl Runtime {
    fn make(&mut self, call: &Call) -> io::Result<Seen> {
        if let Some(on) = &call.receive {
            return self.receive(on, call);
        }
        if let Some(on) = &call.end {
            self.left_on(on)?.end()?;
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
        if !reply.closes() && call.framing != Framing::Short {
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
        for (index, identifier) in self.extensions.iter().enumerate() {
            text = text.replace(identifier, &format!("{{extension {}}}", index + 1));
        }
        for (index, id) in self.ids.iter().enumerate() {
            text = text.replace(id, &format!("{{{}}}", index + 1));
        }
        note("body", without_deadline(&text));
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
