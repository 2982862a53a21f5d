//! Checks a Lambda runtime against the AWS Lambda Runtime API by playing the other side.
//!
//! A *case* is a script for the service: what to answer, and what the runtime must do. The target is launched, the script
//! acted, and all that passes is written down in a *transcript*. Only then, away from sockets and clocks, the *checks* read
//! the transcript and find breaches. The live half records, the pure half judges.
//!
//! # The tour
//!
//! What is known, as data: `specs/` (the law, the schemas, the fixture contract) and `cases/`.
//!
//! Pure rooms, without sockets, files, processes or clocks:
//! - [`calendar`]: days and dates;
//! - [`mod@cut`]: text of the target, as far as it is kept;
//! - [`http1`]: requests read byte for byte, replies written as they are asked for;
//! - [`protocol`]: the language of the Runtime API: endpoints, headers, the service's state machine;
//! - [`law`]: the law as types;
//! - [`case`]: case files, read and held to schema and law;
//! - [`plan`]: which cases run, and why the others do not;
//! - [`transcript`]: what happened, JSON both ways;
//! - [`check`]: transcript and case to findings, with the always-on audit;
//! - [`image`]: what must hold of a container image before it is started;
//! - [`verdict`]: findings and baseline to verdicts, and those to an exit code, of one run or of many side by side;
//! - [`mask`]: the values of `--env`, hidden in whatever is written down;
//! - [`mod@explain`]: what is known of a requirement, a case or a code, and which runtimes fail it;
//! - [`report`]: a report as text for people, JSON, JUnit, Markdown, a page, or what GitHub shows;
//! - [`fixture`]: the functions under test that ship with ricspec.
//!
//! Rooms that act:
//! - [`mod@group`]: process groups that end with ricspec, however it ends;
//! - [`service`]: the Runtime API on a socket; its script decides, its connections carry and record;
//! - [`runtime`]: the runtime as a process group or as a container;
//! - [`mod@play`]: one case from bind to transcript, the only room that knows both;
//! - [`mod@run`]: all cases side by side, and the probe before them;
//! - [`matrix`]: the runtimes to compare, and how they get onto this machine;
//! - [`reference`](mod@reference): the embedded reference runtime;
//! - `mutation`, with the feature `mutants`: its mutants and variants, one row each, and all cases against all of them;
//! - [`files`]: files that users name, read within bounds and written whole;
//! - [`console`], [`publish`]: the screen, and report files;
//! - [`mod@session`]: from options to a target that answers, and a run of it;
//! - [`harness`], [`cli`]: the faces.
//!
//! `tests/tidy.rs` holds the rooms to the direction of their dependencies.

// Nothing is printed but through `console::Stream`, which takes only what cannot harm a terminal or a log, and never panics.
#![deny(clippy::print_stderr, clippy::print_stdout)]

pub mod calendar;
pub mod case;
pub mod check;
pub mod cli;
pub mod console;
pub mod cut;
pub mod explain;
pub mod files;
pub mod fixture;
pub mod group;
pub mod harness;
pub mod http1;
pub mod image;
pub mod law;
pub mod mask;
pub mod matrix;
#[cfg(feature = "mutants")]
pub mod mutation;
pub mod plan;
pub mod play;
pub mod protocol;
pub mod publish;
pub mod reference;
pub mod report;
pub mod run;
pub mod runtime;
pub mod service;
pub mod session;
pub mod transcript;
pub mod verdict;
