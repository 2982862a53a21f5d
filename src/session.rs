//! From options to a target that answers: one way for `run`, `matrix` and `test`.
//!
//! I/O. Options and configuration file become [`Settings`], checked and complete. `prepare` makes the target ready, `ready`
//! starts and probes it, and `Session` plays the cases and reports the results. Bad input and faults of this machine are a
//! [`CliError`].

mod ask;
mod attach;
mod config;
mod digests;
mod ended;
mod error;
mod event_loop;
mod files;
mod inputs;
mod losses;
mod mutants;
mod options;
mod order;
mod prepare;
mod ready;
mod reproduce;
mod run;
mod run_config;
mod sets;
mod settings;
mod shard;
mod target;
mod variables;

pub(crate) use ask::Asked;
pub(crate) use config::{config_file, fill_from_config};
pub(crate) use digests::artifacts;
pub use error::CliError;
pub(crate) use event_loop::{event_loop, event_loop_of};
pub(crate) use files::{json_files, recorded_text_of, text_of, utf8};
pub(crate) use inputs::{
    given_day, is_there, no_baseline_yet, read_baseline, read_cases, report_day, today,
};
#[cfg(feature = "mutants")]
pub(crate) use mutants::check_mutant;
#[cfg(not(feature = "mutants"))]
pub(crate) use mutants::no_mutants;
pub(crate) use options::report_help;
pub use options::{Color, ContainerOptions, MissingBaseline, RunOptions};
pub use order::ImageOrder;
pub(crate) use prepare::{Prepared, judge_fact, prepare};
pub(crate) use ready::{Ready, Unready, ready, shared_tmp};
pub(crate) use run::{Checked, Session, select};
pub(crate) use run_config::processors;
pub(crate) use sets::chosen_set;
pub use settings::Settings;
pub use target::{Target, be_helper};
