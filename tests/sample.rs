//! The cases that a relative of another runtime plays: what its baseline names, and a fixed part of the others.

use std::collections::BTreeSet;
use std::fs;

use libtest_mimic::Failed;
use ricspec::case::{embedded, read};
use ricspec::matrix::Subject;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Older releases of a runtime of the table, and runtimes that are built on one. They show that the cases tell releases
/// apart, which the cases of their baselines do; what all of them pass, the newest release passes too.
const RELATIVES: [&str; 13] = [
    "aws-lambda-go-1.18.0",
    "aws-lambda-ric-3.3.0",
    "awslambdaric-2.0.4",
    "awslambdaric-4.0.1",
    "cdk-lambda-bash-2.0.327",
    "cobrastyle-0.0.3",
    "lambda-runtime-graalvm-2.6.0",
    "lambda_runtime-0.3.0",
    "lambda_runtime-0.6.0",
    "lambda_runtime-1.3.0",
    "lambda_runtime-1.5.0-graceful-shutdown",
    "pure-lambda-ric-1.0.1",
    "serverless-stack-aws-lambda-ric-2.0.13",
];

/// One in so many of the cases that a baseline does not name.
const OTHERS: u8 = 4;

#[derive(Deserialize)]
struct Baseline {
    known: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    case: String,
}

/// The ids of the cases that this runtime plays; none if it plays all of them.
///
/// # Errors
///
/// If its baseline cannot be read.
pub fn of(subject: &Subject) -> Result<Vec<String>, Failed> {
    let whole = std::env::var_os("RICSPEC_WHOLE").is_some();
    if whole || !RELATIVES.contains(&subject.key.as_str()) {
        return Ok(Vec::new());
    }
    let path = subject.baseline().ok_or("a relative has a baseline")?;
    let baseline: Baseline = toml::from_str(&fs::read_to_string(path)?)?;
    let known: BTreeSet<&str> = baseline.known.iter().map(|one| one.case.as_str()).collect();
    let cases = read(&embedded()).map_err(|faults| format!("{faults:?}"))?;
    let ids = cases.into_iter().map(|case| case.id);
    Ok(ids
        .filter(|id| known.contains(id.as_str()) || is_drawn(&subject.key, id))
        .collect())
}

/// The choice depends only on the names, so that a sample is always the same.
fn is_drawn(key: &str, id: &str) -> bool {
    let digest = Sha256::digest(format!("{key}\n{id}"));
    digest
        .first()
        .is_some_and(|byte| byte.is_multiple_of(OTHERS))
}
