"""Invokes a function that ricspec serves by boto3, and checks what comes back. Arguments: the endpoint, `stream` for a
function that streams, and `late` if its runtime tells the service of failures in mid-stream."""

import base64
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

LARGEST = 6 * 1024 * 1024

client = boto3.client(
    "lambda",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="a",
    aws_secret_access_key="b",
    config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
)


def same(what, seen, expected):
    if seen != expected:
        sys.exit(f"{what}: {seen!r:.300}, not {expected!r:.300}")


def event(do, **members):
    return json.dumps({"ricspec": 1, "do": do, **members})


def invoke(payload, **more):
    answer = client.invoke(FunctionName="function", Payload=payload, **more)
    return answer, answer["Payload"].read()


def streamed(payload, **more):
    """The data, and what the end says. A prelude, as every stream of lambda_runtime has, is left out."""
    answer = client.invoke_with_response_stream(FunctionName="function", Payload=payload, **more)
    same("the version of a stream", answer["ExecutedVersion"], "$LATEST")
    data, end = b"", None
    for part in answer["EventStream"]:
        data += part.get("PayloadChunk", {}).get("Payload", b"")
        end = part.get("InvokeComplete", end)
    return data.decode().rpartition("\0" * 8)[2], end


if "stream" in sys.argv[2:]:
    chunks = ["a", "b", "c" * 100_000]
    data, end = streamed(event("stream", chunks=chunks, delay_ms=1), LogType="Tail")
    same("a stream", data, "".join(chunks))
    same("its failure", end.get("ErrorCode"), None)
    same("its log", "LogResult" in end, True)

if "late" in sys.argv[2:]:
    data, end = streamed(event("stream", chunks=["a"], delay_ms=1, type="LateError", message="as asked"))
    same("a stream before its failure", data, "a")
    same("a failure in mid-stream", end.get("ErrorCode"), "Unhandled")
    same("what it says", "as asked" in end["ErrorDetails"], True)

if "stream" in sys.argv[2:]:
    sys.exit()

data, end = streamed(event("echo", value=1))
same("a whole answer as a stream", (data, end.get("ErrorCode")), ("1", None))

answer, result = invoke(event("echo", value={"name": "John"}))
same("a result", json.loads(result), {"name": "John"})
same("its status", answer["StatusCode"], 200)
same("its version", answer["ExecutedVersion"], "$LATEST")
same("a function error", answer.get("FunctionError"), None)

answer, _ = invoke(event("log", stdout="to be seen\n"), LogType="Tail")
log = base64.b64decode(answer["LogResult"]).decode()
same("the log", "to be seen" in log, True)

for kind, status in [("Event", 202), ("DryRun", 204)]:
    answer, result = invoke(event("echo", value=1), InvocationType=kind)
    same(kind, (answer["StatusCode"], result), (status, b""))

answer, result = invoke(event("fail", type="OrderError", message="as asked"))
same("a failure", answer["FunctionError"], "Unhandled")
same("its message", json.loads(result)["errorMessage"], "as asked")

context = base64.b64encode(b'{"custom": {"a": "b"}}').decode()
_, result = invoke(event("context"), ClientContext=context)
same("the client context", json.loads(result)["client_context"]["custom"], {"a": "b"})

frame = len(event("echo", value=""))
_, result = invoke(event("echo", value="x" * (LARGEST - frame)))
same("6 MB", len(result), LARGEST - frame + 2)
try:
    invoke(event("echo", value="x" * (LARGEST - frame + 1)))
    sys.exit("an event of more than 6 MB was taken")
except ClientError as error:
    same("too large", error.response["Error"]["Code"], "RequestTooLargeException")

answer, result = invoke(event("sleep", ms=60000))
same("a time-out", answer["FunctionError"], "Unhandled")
same("its message", "Task timed out after 3.00 seconds" in result.decode(), True)
_, result = invoke(event("echo", value=2))
same("the next call", json.loads(result), 2)
