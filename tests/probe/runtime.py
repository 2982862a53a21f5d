"""A small runtime with the fixture in it. Its argument names what one of the two does wrong."""

import http.client
import json
import os
import sys
import time

FAULT = sys.argv[1]
VERBS = ["describe", "echo", "count", "log", "env", "large", "sleep", "null", "context"]
PATH = "/2018-06-01/runtime/invocation/"
events = 0

# The wrong answer of a verb.
ANSWERS = {
    "count-number": ("count", 3),
    "count-from-zero": ("count", {"count": 0, "inits": 1}),
    "log-null": ("log", None),
    "env-list": ("env", []),
    "large-number": ("large", 4),
    "sleep-null": ("sleep", None),
    "null-object": ("null", {"nothing": True}),
    "context-list": ("context", []),
}


class Context:
    """What the runtime shows; the accessor of the time raises where it is asked to be wrong."""

    def __init__(self, headers):
        self.headers = headers

    def remaining_ms(self):
        if FAULT == "context-raises":
            raise AttributeError("no remaining time")
        return int(self.headers["Lambda-Runtime-Deadline-Ms"]) - int(time.time() * 1000)

    def show(self):
        shown = {
            "request_id": self.headers["Lambda-Runtime-Aws-Request-Id"],
            "deadline_ms": int(self.headers["Lambda-Runtime-Deadline-Ms"]),
            "remaining_ms": self.remaining_ms(),
            "invoked_function_arn": self.headers["Lambda-Runtime-Invoked-Function-Arn"],
        }
        names = ["function_name", "function_version", "memory_limit_mb", "log_group", "log_stream", "client_context",
                 "identity", "tenant_id", "trace_id"]
        return shown | dict.fromkeys(names)


def function(event, context):
    verb = event["do"]
    wrong = ANSWERS.get(FAULT)
    if wrong and verb == wrong[0]:
        return wrong[1]
    match verb:
        case "describe":
            return {"ricspec": 1, "verbs": VERBS, "runtime": "probed/1"}
        case "echo":
            return event["value"]
        case "count":
            return {"count": events, "inits": 1}
        case "log":
            sys.stdout.write(event.get("stdout", "") + "x" * event.get("bytes", 0))
            sys.stdout.flush()
            sys.stderr.write(event.get("stderr", ""))
            return {"logged": True}
        case "env":
            return {name: os.environ.get(name) for name in event["names"]}
        case "large":
            return "x" * event["bytes"]
        case "sleep":
            time.sleep(event["ms"] / 1000)
            return {"slept_ms": event["ms"]}
        case "null":
            return None
        case "context":
            return context.show()
        case _:
            raise ValueError(f"no such verb: {verb}")


def post(service, path, value, headers):
    body = json.dumps(value).encode()
    service.putrequest("POST", path)
    for name, text in headers.items():
        service.putheader(name, text)
    service.putheader("Content-Type", "application/json")
    service.putheader("User-Agent", "probed/1")
    if FAULT == "streaming":
        service.putheader("Transfer-Encoding", "streaming")
    else:
        service.putheader("Content-Length", str(len(body)))
    service.endheaders(body)
    service.getresponse().read()


service = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    service.request("GET", PATH + "next", headers={"User-Agent": "probed/1"})
    reply = service.getresponse()
    event = json.loads(reply.read())
    events += 1
    id = reply.headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        answer = function(event, Context(reply.headers))
        if FAULT == "wraps":
            answer = {"statusCode": 200, "body": answer}
    except Exception as error:
        document = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
        post(service, f"{PATH}{id}/error", document, {"Lambda-Runtime-Function-Error-Type": "Runtime.Raised"})
    else:
        post(service, f"{PATH}{id}/response", answer, {})
