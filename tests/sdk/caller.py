"""Invokes a function that ricspec serves by boto3, and checks what comes back. Arguments: the endpoint."""

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
