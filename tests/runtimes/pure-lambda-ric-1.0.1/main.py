"""The fixture for Python, served by pure-lambda-ric, which loads its handlers when it asks for the map of them."""

import json
import logging
import types
from importlib.metadata import version

from fa_purity import Cmd, FrozenDict, Result
from fa_purity.json import JsonUnfolder, JsonValueFactory
from pure_lambda_ric import HandlerId, start_lambda_listener


def shown(context):
    """The context under the names that the fixture reads; there is no deadline and no trace id in it."""
    this = context.this
    return types.SimpleNamespace(
        aws_request_id=context.request_id.raw,
        function_name=this.function_name,
        function_version=this.function_version,
        memory_limit_in_mb=this.memory_limit_in_mb,
        log_group_name=this.log_group_name.value_or(None),
        log_stream_name=this.log_stream_name.value_or(None),
        invoked_function_arn=None,
        client_context=None,
        identity=None,
        get_remaining_time_in_millis=lambda: None,
    )


def handlers():
    """Loads the fixture, so that the runtime reports what goes wrong there."""
    import fixture

    fixture.RUNTIME = f"pure-lambda-ric/{version('pure-lambda-ric')}"

    def describe(event, context):
        # The function makes JSON values of its result itself, so there is no value that the runtime could refuse; and
        # `_HANDLER` is not read.
        left_out = ("unserializable", "missing-handler")
        described = fixture.describe(event, context)
        described["verbs"] = [verb for verb in described["verbs"] if verb not in left_out]
        return described

    def answer(event, context):
        # Its types allow only objects as results; what it sends is whatever it can write.
        read = json.loads(JsonUnfolder.dumps(event.raw))
        result = fixture.handler(read, shown(context))
        if read["do"] == "echo":
            return Result.success(event.raw["value"])  # as it is: to make it anew takes long
        return JsonValueFactory.from_any(result).map(Result.success).to_union()

    fixture.VERBS["describe"] = describe
    return FrozenDict({
        HandlerId("fixture.handler"): lambda event, context: Cmd.wrap_impure(lambda: answer(event, context)),
    })


start_lambda_listener(logging.getLogger(), handlers).compute()
