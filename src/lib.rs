//! Checks a Lambda runtime against the AWS Lambda Runtime API by playing the other side.
//!
//! A *case* is a script for the service: what to answer, and what the runtime must do. ricspec launches the target, acts the
//! script, and writes everything that passes into a *transcript*. Only then, away from sockets and clocks, the *checks* read
//! the transcript and find breaches. The live half records, the pure half judges.
//!
//! # The tour
//!
//! The data: `specs/` (the law, the schemas, the fixture contract) and `cases/`.
//!
//! Pure rooms, without sockets, files, processes or clocks:
//! - [`calendar`]: days and dates;
//! - [`data`]: the files of data that are part of the program;
//! - [`mod@cut`]: text of the target, cut to the length that is kept;
//! - [`http1`]: reads requests byte for byte, writes replies right, or wrong on purpose;
//! - [`protocol`]: the language of the Runtime API: endpoints, headers, the service's state machine;
//! - [`law`]: the law as types;
//! - [`case`]: case files, read and checked against schema and law;
//! - [`plan`]: which cases run, and why the others do not;
//! - [`transcript`]: what happened; to JSON and back;
//! - [`check`]: transcript and case to findings, with the always-on audit;
//! - [`image`]: what must hold of a container image before it is started;
//! - [`verdict`]: from findings and baseline to verdicts and an exit code, for one run or several side by side;
//! - [`mask`]: hides the values of `--env` in all outputs;
//! - [`mod@explain`]: what is known of a requirement, a case or a code, and which runtimes fail it;
//! - [`report`]: a report as text for people, JSON, JUnit, Markdown, a page, or what GitHub shows;
//! - [`fixture`]: the functions under test that ship with ricspec.
//!
//! Rooms that act:
//! - [`mod@group`]: process groups that end with ricspec, however it ends;
//! - [`service`]: the Runtime API on a socket, and the invoke door; its script decides, its connections carry and record;
//! - [`runtime`]: the runtime as a process group or as a container;
//! - [`mod@play`]: one case from bind to transcript, the only room that knows both;
//! - [`mod@run`]: all cases side by side, and the probe before them;
//! - [`matrix`]: the runtimes to compare, and how they are installed;
//! - [`reference`](mod@reference): the embedded reference runtime;
//! - `mutation`, with the feature `mutants`: mutants and variants, one row each, and the score of all cases against them;
//! - [`files`]: files that users name, read within limits and written as a whole;
//! - [`console`], [`publish`]: the screen, and report files;
//! - [`mod@session`]: from options to a target that answers, and its run;
//! - [`mod@serve`]: a function that callers invoke, every call audited;
//! - [`harness`], [`cli`]: the faces.
//!
//! `tests/tidy.rs` checks the direction of the dependencies between rooms.

// Only `console::Stream` prints: it takes only what cannot harm a terminal or a log, and never panics.
#![deny(clippy::print_stderr, clippy::print_stdout)]

pub mod calendar;
pub mod case;
pub mod check;
pub mod cli;
pub mod console;
pub mod cut;
pub mod data;
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
pub mod serve;
pub mod service;
pub mod session;
pub mod transcript;
pub mod verdict;
