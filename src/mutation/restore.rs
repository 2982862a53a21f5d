//! Mutants: snapshots and restores.

use std::future::pending;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::exit;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use super::change::{AtRestore, FoundClosed, Prepare, Shown, json_of, own_client};
use super::mutant::Mutant;
use crate::protocol::{credentials, header};
use crate::reference::client::{Call, Client, Reply};
use crate::reference::hooked::unix_ms;
use crate::reference::hooks::{Hooks, Later, Replied};
use crate::reference::restoring::{Part, Restoring};
use crate::reference::settings::{Settings, Side};
use crate::reference::told::{HookGoes, Refused};

mutants! {
    "restore-not-awaited": "Runs its hooks and polls at once, without a call to /restore/next.",
        breaks ["SNAP-01"] => Restores(Course(|parts| parts.retain(|part| *part != Part::Wait)));
    "restore-then-nothing": "Does nothing more after it is restored.",
        breaks ["SNAP-04"] => AtRestore(|_, _| Box::pin(pending()));
    "restore-again": "Waits for a second restore after the first.",
        breaks ["SNAP-04"] => Restores(Course(|parts| parts.push(Part::Wait)));
    "restore-hooks-late": "Runs the hooks before the snapshot only after the restore.",
        breaks ["SNAP-01", "SNAP-04", "SNAP-05"] => Restores(Course(|parts| {
            parts.retain(|part| *part != Part::Wait);
            parts.insert(0, Part::Wait);
        }));
    "restore-hooks-early": "Runs the hooks after the restore before the snapshot.",
        breaks ["SNAP-04"] => Restores(Course(|parts| {
            parts.retain(|part| *part != Part::Wait);
            parts.push(Part::Wait);
        }));
    "restore-without-hooks-before": "Runs no hooks before the snapshot.",
        breaks ["SNAP-01", "SNAP-05"] => Restores(Course(|parts| parts.retain(|part| !is_hook(*part, Side::Before))));
    "restore-without-hooks-after": "Runs no hooks after the restore.",
        breaks ["SNAP-04", "SNAP-06"] => Restores(Course(|parts| parts.retain(|part| !is_hook(*part, Side::After))));
    "restore-hooks-after-twice": "Runs the hooks after the restore twice.",
        breaks ["SNAP-04"] => Restores(Course(|parts| {
            let again: Vec<Part> = parts.iter().copied().filter(|part| is_hook(*part, Side::After)).collect();
            parts.extend(again);
        }));
    "restore-first-hook-only": "Runs one hook after the restore, however many there are.",
        breaks ["SNAP-04"] => Restores(Course(|parts| parts.retain(|part| *part != Part::Hook(Side::After, 2))));
    "restore-hooks-before-in-order": "Runs the hooks before the snapshot in the order of their registration.",
        breaks ["SNAP-15"] => Restores(Course(|parts| reverse(parts, Side::Before)));
    "restore-hooks-after-reversed": "Runs the hooks after the restore in the reverse order of their registration.",
        breaks ["SNAP-15"] => Restores(Course(|parts| reverse(parts, Side::After)));
    "restore-times-out": "Gives /restore/next up after two seconds, and calls again.",
        breaks ["SNAP-03"] => Restores(Awaits(|client, call| Box::pin(async move {
            let first = tokio::select! {
                biased;
                reply = client.send(call) => Some(reply),
                () = awake(2000) => None,
            };
            match first {
                Some(reply) => reply,
                None => client.send(call).await,
            }
        })));
    "restore-dies-when-late": "Exits when it is restored more than half a minute after its call.",
        breaks ["SNAP-03"] => Restores(Awaits(|client, call| Box::pin(async move {
            let began = SystemTime::now();
            let reply = client.send(call).await;
            if began.elapsed().is_ok_and(|waited| waited > HALF_A_MINUTE) {
                exit(1);
            }
            reply
        })));
    "restore-polls-meanwhile": "Polls while it waits for its restore.",
        breaks ["SNAP-01"] => Restores(Awaits(|client, call| Box::pin(async move {
            let wait = client.send(call);
            tokio::pin!(wait);
            tokio::select! {
                biased;
                reply = &mut wait => return reply,
                () = awake(1000) => {}
            }
            let mut other = own_client(&Settings::from_environment());
            drop(other.send(&Call::get("/invocation/next")).await);
            wait.await
        })));
    "restore-wants-an-event": "Takes a reply to /restore/next only with a request id.",
        breaks ["SNAP-04"] => Restores(Believes(|reply| reply.headers.contains_key(header::REQUEST_ID)));
    "restore-wants-a-body": "Takes a reply to /restore/next only with a body.",
        breaks ["SNAP-04"] => Restores(Believes(|reply| reply.body.as_ref().is_some_and(|body| !body.is_empty())));
    "restore-refused-again": "Makes a refused call for a restore again, at once and forever.",
        breaks ["SNAP-13"] => Restores(AtRefusal(|| Box::pin(async { Refused::Again })));
    "restore-refused-hangs": "Does nothing more when its call for a restore is refused.",
        breaks ["SNAP-13"] => Restores(AtRefusal(|| Box::pin(pending())));
    "restore-refused-exits-zero": "Exits with code 0 when its call for a restore is refused.",
        breaks ["SNAP-13"] => Restores(AtRefusal(|| exit(0)));
    "restore-hook-before-ignored": "Goes on when a hook before the snapshot fails.",
        breaks ["SNAP-05"] => Restores(Failing(Side::Before, |_| None, |_| Box::pin(async { HookGoes::On })));
    "restore-hook-before-silent": "Exits without a report when a hook before the snapshot fails.",
        breaks ["SNAP-05"] => Restores(Failing(Side::Before, |_| None, ends));
    "restore-hook-before-exits-zero": "Reports a failed hook before the snapshot and exits with code 0.",
        breaks ["SNAP-05"] => Restores(Failing(Side::Before, Some, |_| exit(0)));
    "restore-hook-before-hangs": "Reports a failed hook before the snapshot and does not exit.",
        breaks ["SNAP-05"] => Restores(Failing(Side::Before, Some, |_| Box::pin(pending())));
    "restore-hook-before-then-call": "Waits for its restore after it has reported a failed hook before the snapshot.",
        breaks ["SNAP-05"] => Restores(Failing(Side::Before, Some, |client| Box::pin(async {
            drop(client.send(&Call::get("/restore/next")).await);
            HookGoes::Ends
        })));
    "restore-hook-before-elsewhere": "Reports a failed hook before the snapshot on /restore/error.",
        breaks ["SNAP-05"] => Restores(Failing(Side::Before, |call| moved(call, "restore"), ends));
    "restore-hook-after-ignored": "Goes on when a hook after the restore fails.",
        breaks ["SNAP-06"] => Restores(Failing(Side::After, |_| None, |_| Box::pin(async { HookGoes::On })));
    "restore-hook-after-silent": "Exits without a report when a hook after the restore fails.",
        breaks ["SNAP-06"] => Restores(Failing(Side::After, |_| None, ends));
    "restore-hook-after-exits-zero": "Reports a failed hook after the restore and exits with code 0.",
        breaks ["SNAP-06"] => Restores(Failing(Side::After, Some, |_| exit(0)));
    "restore-hook-after-hangs": "Reports a failed hook after the restore and does not exit.",
        breaks ["SNAP-06"] => Restores(Failing(Side::After, Some, |_| Box::pin(pending())));
    "restore-hook-after-polls": "Polls after it has reported a failed hook after the restore.",
        breaks ["SNAP-06"] => Restores(Failing(Side::After, Some, |client| Box::pin(async {
            drop(client.send(&Call::get("/invocation/next")).await);
            HookGoes::Ends
        })));
    "restore-hook-after-elsewhere": "Reports a failed hook after the restore on /init/error.",
        breaks ["SNAP-06"] should() => Restores(Failing(Side::After, |call| moved(call, "init"), ends));
    "restore-report-without-type": "Reports a failed hook after the restore without the error type header.",
        breaks ["SNAP-14"] => Restores(Failing(Side::After, |mut call| {
            call.remove(header::ERROR_TYPE);
            Some(call)
        }, ends));
    "restore-report-of-bare-type": "Reports a failed hook before the snapshot with a type that has no category.",
        breaks ["SNAP-14"] => Restores(Failing(Side::Before, |mut call| {
            call.replace(header::ERROR_TYPE, "BeforeSnapshotError");
            Some(call)
        }, ends));
    "restore-report-as-text": "Reports a failed hook before the snapshot in plain text.",
        breaks ["SNAP-14"] => Restores(Failing(Side::Before, |mut call| {
            call.body = Some("the before-snapshot hook failed as asked".into());
            Some(call)
        }, ends));
    "restore-report-without-message": "Reports a failed hook after the restore without its message.",
        breaks ["SNAP-14"] => Restores(Failing(Side::After, |mut call| {
            let mut document = json_of(call.body.as_deref().unwrap_or_default())?;
            document["errorMessage"] = json!("the restore failed");
            call.body = Some(document.to_string().into());
            Some(call)
        }, ends));
    "restore-report-empty": "Reports a failed hook after the restore with an empty body.",
        breaks ["SNAP-14"] => Restores(Failing(Side::After, |mut call| {
            call.body = Some("".into());
            Some(call)
        }, ends));
    "restore-slow": "Polls only 21 seconds after its restore.",
        breaks ["SNAP-07"] => AtRestore(|_, _| Box::pin(tokio::time::sleep(Duration::from_secs(21))));
    "restore-call-on-demand": "Makes a call for a restore in ordinary functions, too, and polls when it is refused.",
        breaks ["SNAP-02"] => Restores(CallsElsewhere(|kind| kind != Some("lambda-managed-instances")));
    "restore-call-on-managed-instances": "Makes a call for a restore on Managed Instances, and polls when it is refused.",
        breaks ["SNAP-02"] => Restores(CallsElsewhere(|kind| kind != Some("on-demand")));
    "restore-call-without-a-type": "Makes a call for a restore where no initialization type is set.",
        breaks ["SNAP-02"] => Restores(CallsElsewhere(|kind| kind.is_none()));
    "restore-needs-log-group": "Does not start without AWS_LAMBDA_LOG_GROUP_NAME in an environment that is restored.",
        breaks ["SNAP-10"] => NeedsThere("AWS_LAMBDA_LOG_GROUP_NAME");
    "restore-makes-log-names-up": "Shows a log group and a log stream of its own where there are none.",
        breaks ["SNAP-10"] should() => Shown(|view| if is_there() {
            view["log_group"] = json!("/aws/lambda/unknown");
            view["log_stream"] = json!("unknown");
        });
    "restore-needs-credentials": "Does not start without AWS_ACCESS_KEY_ID in an environment that is restored.",
        breaks ["SNAP-09"] => NeedsThere("AWS_ACCESS_KEY_ID");
    "restore-keeps-credentials": "Gets the credentials at the start, and shows them to the function for good.",
        breaks ["SNAP-09"] => Prepare(|settings| if let Some(key) = key_of_now(settings) {
            settings.variables.insert("AWS_ACCESS_KEY_ID".to_owned(), key);
        });
    "restore-hides-credentials": "Keeps the address of the credentials from the function.",
        breaks ["SNAP-09"] => Prepare(|settings| drop(settings.variables.remove(credentials::ADDRESS_VARIABLE)));
    "restore-clock-of-snapshot": "Computes the remaining time with the clock of the moment before the snapshot.",
        breaks ["SNAP-11"] => StoppedClock;
    "restore-random-of-snapshot": "Gives the random number that was drawn before the snapshot again.",
        breaks ["SNAP-11"] => OneNumber;
    "restore-dies-of-silent-close": "Exits when its connection is gone after the restore without notice.",
        breaks ["SNAP-12"] => FoundClosed(|announced| if !announced && is_there() { exit(1) });
    "restore-dies-of-announced-close": "Exits when its connection is closed with the restore, as it was announced.",
        breaks ["SNAP-12"] => FoundClosed(|announced| if announced && is_there() { exit(1) });
}

/// A limit that many clients have.
const HALF_A_MINUTE: Duration = Duration::from_secs(30);

/// The length of a tick, and how late a tick may be of a process that is not frozen.
const TICK: Duration = Duration::from_millis(100);
const TICK_MAX: Duration = Duration::from_millis(700);

/// Waits for so many milliseconds; if the process is frozen meanwhile, forever.
async fn awake(ms: u128) {
    for _ in 0..ms / TICK.as_millis() {
        let began = Instant::now();
        tokio::time::sleep(TICK).await;
        if began.elapsed() > TICK_MAX {
            return pending().await;
        }
    }
}

/// Whether this environment is one that is restored.
fn is_there() -> bool {
    std::env::var("AWS_LAMBDA_INITIALIZATION_TYPE").is_ok_and(|kind| kind == "snap-start")
}

fn is_hook(part: Part, wanted: Side) -> bool {
    matches!(part, Part::Hook(side, _) if side == wanted)
}

/// Reverses the order of the hooks of a side.
fn reverse(parts: &mut [Part], side: Side) {
    let places = parts.iter_mut().filter(|part| is_hook(**part, side));
    let mut places: Vec<&mut Part> = places.collect();
    let reversed: Vec<Part> = places.iter().rev().map(|part| **part).collect();
    for (place, part) in places.iter_mut().zip(reversed) {
        **place = part;
    }
}

/// The report, at another path.
fn moved(mut call: Call, area: &str) -> Option<Call> {
    call.path = format!("/2018-06-01/runtime/{area}/error");
    Some(call)
}

fn ends<'a>(_: &'a mut Client) -> Later<'a, HookGoes> {
    Box::pin(async { HookGoes::Ends })
}

/// The id of the key that the credentials endpoint gives.
pub(super) fn key_of_now(settings: &Settings) -> Option<String> {
    let address = settings.variable(credentials::ADDRESS_VARIABLE)?;
    let token = settings.variable(credentials::TOKEN_VARIABLE)?;
    let (host, path) = address.strip_prefix("http://")?.split_once('/')?;
    let mut stream = TcpStream::connect(host).ok()?;
    let head = format!(
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).ok()?;
    let (_, body) = reply.split_once("\r\n\r\n")?;
    Some(
        json_of(body.as_bytes())?["AccessKeyId"]
            .as_str()?
            .to_owned(),
    )
}

/// Changes what happens around a snapshot.
pub(super) struct Restores<T>(pub(super) T);

impl<T: Restoring> Hooks for Restores<T> {
    fn restoring(&self) -> &dyn Restoring {
        &self.0
    }
}

/// Changes the way from the setup to the first poll.
struct Course(fn(&mut Vec<Part>));

impl Restoring for Course {
    fn course(&self, parts: &mut Vec<Part>) {
        (self.0)(parts);
    }
}

/// Changes how the runtime waits for its restore.
struct Awaits(for<'a> fn(&'a mut Client, &'a Call) -> Later<'a, Replied>);

impl Restoring for Awaits {
    fn await_restore<'a>(&'a self, client: &'a mut Client, call: &'a Call) -> Later<'a, Replied> {
        (self.0)(client, call)
    }
}

/// Changes which replies mean that the environment is restored.
pub(super) struct Believes(pub(super) fn(&Reply) -> bool);

impl Restoring for Believes {
    fn says_restored(&self, reply: &Reply) -> bool {
        (self.0)(reply)
    }
}

/// Changes what the runtime does when its call is refused.
pub(super) struct AtRefusal(pub(super) fn() -> Later<'static, Refused>);

impl Restoring for AtRefusal {
    fn restore_refused<'a>(&'a self, _: hyper::StatusCode) -> Later<'a, Refused> {
        (self.0)()
    }
}

/// Changes the report of a failed hook of one side, and what follows it.
pub(super) struct Failing(
    pub(super) Side,
    pub(super) fn(Call) -> Option<Call>,
    pub(super) for<'a> fn(&'a mut Client) -> Later<'a, HookGoes>,
);

impl Restoring for Failing {
    fn hook_report(&self, side: Side, call: Call) -> Option<Call> {
        match side == self.0 {
            true => (self.1)(call),
            false => Some(call),
        }
    }

    fn after_hook_report<'a>(&'a self, client: &'a mut Client, side: Side) -> Later<'a, HookGoes> {
        match side == self.0 {
            true => (self.2)(client),
            false => ends(client),
        }
    }
}

/// Makes the call in environments of other types as well, and runs no hooks there.
struct CallsElsewhere(fn(Option<&str>) -> bool);

impl Restoring for CallsElsewhere {
    fn is_restored(&self, kind: Option<&str>) -> bool {
        kind == Some("snap-start") || (self.0)(kind)
    }

    fn course(&self, parts: &mut Vec<Part>) {
        if !is_there() {
            parts.retain(|part| *part == Part::Wait);
        }
    }

    fn restore_refused<'a>(&'a self, _: hyper::StatusCode) -> Later<'a, Refused> {
        Box::pin(async { Refused::GoesOn })
    }
}

/// Does not start without a variable in an environment that is restored.
struct NeedsThere(&'static str);

impl Hooks for NeedsThere {
    fn prepare(&self, settings: &mut Settings) {
        if is_there() && settings.variable(self.0).is_none() {
            exit(1);
        }
    }
}

/// The moment before the snapshot, in milliseconds since 1970.
static STOPPED: OnceLock<u64> = OnceLock::new();

struct StoppedClock;

impl Restoring for StoppedClock {
    fn await_restore<'a>(&'a self, client: &'a mut Client, call: &'a Call) -> Later<'a, Replied> {
        STOPPED.get_or_init(unix_ms);
        Box::pin(client.send(call))
    }
}

impl Hooks for StoppedClock {
    fn restoring(&self) -> &dyn Restoring {
        self
    }

    fn view(&self, view: Box<serde_json::value::RawValue>) -> Box<serde_json::value::RawValue> {
        let Some(stopped) = STOPPED.get() else {
            return view;
        };
        let Some(mut shown) = json_of(view.get().as_bytes()) else {
            return view;
        };
        let deadline = shown["deadline_ms"].as_u64().unwrap_or_default();
        shown["remaining_ms"] = json!(deadline.saturating_sub(*stopped));
        serde_json::value::RawValue::from_string(shown.to_string()).unwrap_or(view)
    }
}

struct OneNumber;

impl Hooks for OneNumber {
    fn random(&self) -> u64 {
        static FIRST: OnceLock<u64> = OnceLock::new();
        *FIRST.get_or_init(unix_ms)
    }
}
