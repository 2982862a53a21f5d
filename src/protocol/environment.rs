//! The environment with which a runtime process is started (part E of the law's sources).

use super::{Mode, credentials, metadata};

/// The function as the service describes it to the runtime.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its version: `$LATEST` or a number.
    pub version: String,
    /// The account that it belongs to.
    pub account: String,
    /// Its memory, in MB.
    pub memory_mb: u32,
    /// The handler, as in `_HANDLER`.
    pub handler: String,
    /// The folder of its code.
    pub task_root: String,
    /// The log stream: one for each execution environment, so it also marks the processes of one case.
    pub log_stream: String,
}

impl Function {
    /// The function of all cases, only by its name, version and account.
    pub fn named() -> Self {
        Self {
            name: "ricspec-function".to_owned(),
            version: "$LATEST".to_owned(),
            account: "123456789012".to_owned(),
            memory_mb: 0,
            handler: String::new(),
            task_root: String::new(),
            log_stream: String::new(),
        }
    }

    /// Its ARN, without a version or an alias.
    pub fn arn(&self) -> String {
        let Self { account, name, .. } = self;
        format!("arn:aws:lambda:us-east-1:{account}:function:{name}")
    }

    /// One for tests.
    #[cfg(test)]
    pub(crate) fn of_tests() -> Self {
        let text = str::to_owned;
        Self {
            name: text("function"),
            version: text("$LATEST"),
            account: text("123456789012"),
            memory_mb: 128,
            handler: text("main.handler"),
            task_root: text("/var/task"),
            log_stream: text("stream"),
        }
    }
}

/// The credentials of the environment, name and value, which no runtime should print.
pub const SECRETS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "ASIARICSPEC000000000"),
    ("AWS_SECRET_ACCESS_KEY", "ricspec-not-a-secret"),
    ("AWS_SESSION_TOKEN", "ricspec-not-a-token"),
];

/// Variables that Lambda sets itself, whatever the function or its image says; sorted.
pub const RESERVED: [&str; 18] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

/// Those that differ for each case, so that a run cannot set them.
pub const OF_EACH_CASE: [&str; 2] = ["AWS_LAMBDA_RUNTIME_API", "_HANDLER"];

/// Variables that a function with SnapStart does not have: the log group and stream of an environment are not known before it
/// is restored, and credentials come from an address.
const NOT_WITH_SNAP_START: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// The variables of [`documented_environment`] in other modes that a function in this mode does not have.
pub fn absent_in(mode: Mode) -> &'static [&'static str] {
    match mode {
        Mode::SnapStart => &NOT_WITH_SNAP_START,
        Mode::OnDemand | Mode::ManagedInstances { .. } => &[],
    }
}

/// Every documented variable of a function in this mode, with its value.
pub fn documented_environment(function: &Function, mode: Mode, api: &str) -> Vec<(String, String)> {
    let memory = function.memory_mb.to_string();
    let log_group = format!("/aws/lambda/{}", function.name);
    let pairs: &[(&str, &str)] = &[
        ("AWS_LAMBDA_RUNTIME_API", api),
        ("_HANDLER", &function.handler),
        ("LAMBDA_TASK_ROOT", &function.task_root),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("AWS_LAMBDA_FUNCTION_NAME", &function.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", &function.version),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", &function.log_stream),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", mode.initialization_type()),
        ("AWS_LAMBDA_METADATA_API", api),
        ("AWS_LAMBDA_METADATA_TOKEN", metadata::TOKEN),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
        ("AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129:2000"),
        ("_AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129"),
        ("_AWS_XRAY_DAEMON_PORT", "2000"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
    ];
    let pairs = pairs.iter().copied().chain(SECRETS);
    let pairs = pairs.filter(|(name, _)| !absent_in(mode).contains(name));
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut variables: Vec<_> = pairs.map(own).collect();
    match mode {
        Mode::OnDemand => {}
        Mode::SnapStart => {
            let address = credentials::address(api);
            let of_mode = [
                (credentials::ADDRESS_VARIABLE, &*address),
                (credentials::TOKEN_VARIABLE, credentials::TOKEN),
            ];
            variables.extend(of_mode.map(own));
        }
        Mode::ManagedInstances { max_concurrency } => {
            let of_mode = [
                ("AWS_LAMBDA_MAX_CONCURRENCY", &*max_concurrency.to_string()),
                ("AWS_LAMBDA_LOG_FORMAT", "json"),
                ("AWS_ACCOUNT_ID", &function.account),
            ];
            variables.extend(of_mode.map(own));
        }
    }
    variables
}

/// Variables of the runtime that no extension has, and the ones whose names begin with an underscore.
const NOT_FOR_EXTENSIONS: [&str; 7] = [
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Whether an extension is given a variable that the runtime has.
pub fn given_to_extensions(name: &str) -> bool {
    !name.starts_with('_') && !NOT_FOR_EXTENSIONS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(mode: Mode) -> Vec<String> {
        let variables = documented_environment(&Function::of_tests(), mode, "127.0.0.1:9001");
        variables.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn with_snap_start_credentials_come_from_an_address_and_there_are_no_log_names() {
        let (usual, restored) = (names(Mode::OnDemand), names(Mode::SnapStart));
        let lacking = usual.iter().filter(|name| !restored.contains(name));
        let mut lacking: Vec<&str> = lacking.map(String::as_str).collect();
        lacking.sort_unstable();
        assert_eq!(lacking, NOT_WITH_SNAP_START);
        let more = restored.iter().filter(|name| !usual.contains(name));
        assert!(more.eq([credentials::ADDRESS_VARIABLE, credentials::TOKEN_VARIABLE]));
    }
}
