//! Header names of the Runtime API, in the case in which the service sends them.

/// The id of the invocation; opaque.
pub const REQUEST_ID: &str = "Lambda-Runtime-Aws-Request-Id";
/// When the invocation times out, in milliseconds since the Unix epoch.
pub const DEADLINE_MS: &str = "Lambda-Runtime-Deadline-Ms";
/// The ARN, version or alias as invoked.
pub const FUNCTION_ARN: &str = "Lambda-Runtime-Invoked-Function-Arn";
/// The X-Ray tracing header.
pub const TRACE_ID: &str = "Lambda-Runtime-Trace-Id";
/// The client context: JSON text, not base64.
pub const CLIENT_CONTEXT: &str = "Lambda-Runtime-Client-Context";
/// The Cognito identity: JSON text.
pub const COGNITO_IDENTITY: &str = "Lambda-Runtime-Cognito-Identity";
/// The tenant of a tenant-isolated function.
pub const TENANT_ID: &str = "Lambda-Runtime-Aws-Tenant-Id";
/// One attempt at an invocation; the runtime must echo it if it comes (INVID-01).
pub const INVOCATION_ID: &str = "Lambda-Runtime-Invocation-Id";
/// The headers of an event.
pub const OF_EVENTS: [&str; 8] = [
    REQUEST_ID,
    DEADLINE_MS,
    FUNCTION_ARN,
    TRACE_ID,
    CLIENT_CONTEXT,
    COGNITO_IDENTITY,
    TENANT_ID,
    INVOCATION_ID,
];

/// How the runtime sends its response; the only legal value is `streaming` (RESP-18).
pub const RESPONSE_MODE: &str = "Lambda-Runtime-Function-Response-Mode";
/// The error type of `/error` and `/init/error`.
pub const ERROR_TYPE: &str = "Lambda-Runtime-Function-Error-Type";
/// The error document behind a stream, in base64: a trailer.
pub const ERROR_BODY: &str = "Lambda-Runtime-Function-Error-Body";
/// The content type of a stream that begins with a prelude: status, headers and cookies for a caller by HTTP.
pub const HTTP_INTEGRATION: &str = "application/vnd.awslambda.http-integration-response";
/// The X-Ray cause of an error: JSON text.
pub const XRAY_ERROR_CAUSE: &str = "Lambda-Runtime-Function-XRay-Error-Cause";

/// The name with which an extension registers.
pub const EXTENSION_NAME: &str = "Lambda-Extension-Name";
/// The identifier of a registered extension: a UUID.
pub const EXTENSION_IDENTIFIER: &str = "Lambda-Extension-Identifier";
/// What an extension wants to be told when it registers, such as `accountId`.
pub const EXTENSION_FEATURES: &str = "Lambda-Extension-Accept-Feature";
/// The error type of an extension.
pub const EXTENSION_ERROR_TYPE: &str = "Lambda-Extension-Function-Error-Type";
/// One event of an extension: a UUID.
pub const EXTENSION_EVENT_IDENTIFIER: &str = "Lambda-Extension-Event-Identifier";
