//! Checks a Lambda runtime against the Runtime API by playing the other side.

pub mod case;
pub mod check;
pub mod cli;
pub mod console;
pub mod fixture;
pub mod harness;
pub mod plan;
pub mod play;
pub mod protocol;
pub mod publish;
pub mod reference;
pub mod report;
pub mod run;
pub mod score;
pub mod service;
pub mod spec;
pub mod target;
pub mod transcript;
pub mod verdict;
