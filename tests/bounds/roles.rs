//! Runtimes that attack ricspec.

use std::env;
use std::io::Write;
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getpgid, getppid, getrlimit, setpgid, setrlimit};

/// More connections than ricspec accepts.
const CROWD: usize = 1100;

/// How long a crowd stays.
pub const STAY: Duration = Duration::from_secs(4);

/// The argument before the name of a role.
pub const WORD: &str = "in-the-role-of";

/// Plays a role.
pub fn play(role: &str) -> ExitCode {
    match role {
        "one-who-joins-its-parent" => join_parent(),
        "one-who-ends-no-body" => drop(unfinished_bodies()),
        "one-who-comes-often" => {
            let _held = connections(CROWD);
            std::thread::sleep(STAY);
        }
        "one-who-comes-and-goes" => {
            let held = connections(100);
            std::thread::sleep(STAY);
            drop(held);
        }
        "one-who-reads-no-reply" => drop(unread()),
        "one-who-never-stops" => flood(),
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

/// Moves from its own process group to that of its parent, and stays.
fn join_parent() {
    let group = getpgid(getppid()).expect("a group");
    setpgid(None, Some(group)).expect("it may");
    println!("joined");
    std::thread::sleep(Duration::from_secs(600));
}

fn call() -> TcpStream {
    let api = env::var("AWS_LAMBDA_RUNTIME_API").expect("its address");
    TcpStream::connect(api).expect("it listens")
}

/// Begins to send a body of nearly six mebibytes, as often as the service listens.
fn unfinished_bodies() -> Vec<TcpStream> {
    const BYTES: usize = 6_000_000;
    let head = format!(
        "POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nHost: x\r\nContent-Length: {BYTES}\r\n\r\n"
    );
    let body = vec![b'x'; BYTES - 1];
    let mut held = Vec::new();
    for _ in 0..150 {
        let mut stream = call();
        // When the service has had enough, it reads no more.
        let sent = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(&body));
        if sent.is_err() {
            break;
        }
        held.push(stream);
    }
    std::thread::sleep(STAY);
    held
}

fn connections(number: usize) -> Vec<TcpStream> {
    let all = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: all,
        maximum: all,
    };
    setrlimit(Resource::Nofile, limit).expect("it may");
    let held = (0..number).map(|_| call()).collect();
    println!("{number} connections");
    held
}

/// Asks again and again to be told to go on, and reads nothing of what it is told.
fn unread() -> TcpStream {
    let asked = "POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx";
    let many = asked.repeat(1000);
    let mut stream = call();
    while stream.write_all(many.as_bytes()).is_ok() {}
    println!("the service reads no more");
    stream
}

/// Calls from several threads until it is killed, so that calls come while the case ends.
fn flood() {
    let calls = std::array::from_fn::<_, 8, _>(|_| {
        std::thread::spawn(|| {
            loop {
                let head = b"GET /none HTTP/1.1\r\nHost: x\r\n\r\n";
                let called = env::var("AWS_LAMBDA_RUNTIME_API").map(TcpStream::connect);
                let sent = called.map(|stream| stream.and_then(|mut one| one.write_all(head)));
                drop(sent);
            }
        })
    });
    calls.into_iter().for_each(|call| drop(call.join()));
}
