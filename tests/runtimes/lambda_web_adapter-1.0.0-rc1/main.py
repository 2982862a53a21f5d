"""The fixture for Python as a web application behind the Lambda Web Adapter, whose program is the argument.

In Lambda the application is the process of the runtime, and the adapter an extension beside it, which has registered
before the application is started. Here the application starts the adapter, and ends with it.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fixture

# So often it is not ready, so that the adapter registers before its first poll: the adapter does both at a time, asks
# every 10 ms, and ends if it comes too late to register.
NOT_READY = 20

# The application serialises its result itself, and finds no function by name.
LEFT_OUT = ("unserializable", "nan", "missing-handler")


def describe(event, context):
    described = fixture.describe(event, context)
    described["verbs"] = [verb for verb in described["verbs"] if verb not in LEFT_OUT]
    return described


def client_context(shown):
    client = {re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): value
              for name, value in shown["client"].items()}
    return {"client": client, "custom": shown["custom"], "env": shown["environment"]}


def show_context(event, context):
    """The header x-amzn-lambda-context shows the deadline, and no remaining time."""
    def remaining():
        return int(context["deadline"] - time.time() * 1000)

    settings, identity, client = context["env_config"], context["identity"], context["client_context"]
    shown = {
        "request_id": context["request_id"],
        "deadline_ms": context["deadline"],
        "remaining_ms": remaining(),
        "remaining_later_ms": None,
        "invoked_function_arn": context["invoked_function_arn"],
        "function_name": settings["function_name"],
        "function_version": settings["version"],
        "memory_limit_mb": settings["memory"],
        "log_group": settings["log_group"],
        "log_stream": settings["log_stream"],
        "client_context": client and client_context(client),
        "identity": identity and {"cognitoIdentityId": identity["identityId"],
                                  "cognitoIdentityPoolId": identity["identityPoolId"]},
        "tenant_id": context.get("tenant_id"),
        "trace_id": context["xray_trace_id"],
    }
    if "wait_ms" in event:
        time.sleep(event["wait_ms"] / 1000)
        shown["remaining_later_ms"] = remaining()
    return shown


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self):
        """The adapter asks whether the application is ready."""
        Application.asked += 1
        self.answer(200 if Application.asked > NOT_READY else 503, "ready?")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            context = json.loads(self.headers["x-amzn-lambda-context"])
            self.answer(200, fixture.handler(json.loads(body), context))
        except Exception as error:
            self.answer(500, str(error))

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *message):
        """Says nothing of each request."""


fixture.RUNTIME = "lambda_web_adapter/1.0.0-rc1"
fixture.VERBS.update(describe=describe, context=show_context)
server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
adapter = subprocess.Popen([sys.argv[1]], env={**os.environ, "AWS_LWA_PORT": str(server.server_port)})
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(adapter.wait())
