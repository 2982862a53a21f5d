// Invokes a function that ricspec serves by the AWS SDK for JavaScript, and checks what comes back. Arguments: the endpoint, and
// `stream` for a function that streams, and `late` if its runtime tells the service of failures in mid-stream.

import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import assert from "node:assert/strict";

const LARGEST = 6 * 1024 * 1024;

const client = new LambdaClient({
  endpoint: process.argv[2],
  region: "us-east-1",
  credentials: { accessKeyId: "a", secretAccessKey: "b" },
  maxAttempts: 1,
});

const event = (verb, members = {}) => JSON.stringify({ ricspec: 1, do: verb, ...members });

async function invoke(Payload, more = {}) {
  const answer = await client.send(new InvokeCommand({ FunctionName: "function", Payload, ...more }));
  return [answer, answer.Payload == null ? "" : Buffer.from(answer.Payload).toString()];
}

// The data, and what the end says. A prelude, as every stream of lambda_runtime has, is left out.
async function streamed(Payload, more = {}) {
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "function", Payload, ...more }));
  let [data, end] = ["", undefined];
  for await (const part of answer.EventStream) {
    data += Buffer.from(part.PayloadChunk?.Payload ?? []).toString();
    end = part.InvokeComplete ?? end;
  }
  return [data.split("\0".repeat(8)).at(-1), end];
}

if (process.argv.includes("stream")) {
  const chunks = ["a", "b", "c".repeat(100_000)];
  let [data, end] = await streamed(event("stream", { chunks, delay_ms: 1 }), { LogType: "Tail" });
  assert.equal(data, chunks.join(""));
  assert.equal(end.ErrorCode, undefined);
  assert.notEqual(end.LogResult, undefined);
  if (!process.argv.includes("late")) process.exit();
  [data, end] = await streamed(event("stream", { chunks: ["a"], delay_ms: 1, type: "LateError", message: "as asked" }));
  assert.equal(data, "a");
  assert.equal(end.ErrorCode, "Unhandled");
  assert.match(end.ErrorDetails, /as asked/);
  process.exit();
}

const [whole, complete] = await streamed(event("echo", { value: 1 }));
assert.deepEqual([whole, complete.ErrorCode], ["1", undefined]);

let [answer, result] = await invoke(event("echo", { value: { name: "John" } }));
assert.deepEqual(JSON.parse(result), { name: "John" });
assert.equal(answer.StatusCode, 200);
assert.equal(answer.ExecutedVersion, "$LATEST");
assert.equal(answer.FunctionError, undefined);

[answer] = await invoke(event("log", { stdout: "to be seen\n" }), { LogType: "Tail" });
assert.match(Buffer.from(answer.LogResult, "base64").toString(), /to be seen/);

for (const [InvocationType, status] of [["Event", 202], ["DryRun", 204]]) {
  [answer, result] = await invoke(event("echo", { value: 1 }), { InvocationType });
  assert.deepEqual([answer.StatusCode, result], [status, ""]);
}

[answer, result] = await invoke(event("fail", { type: "OrderError", message: "as asked" }));
assert.equal(answer.FunctionError, "Unhandled");
assert.equal(JSON.parse(result).errorMessage, "as asked");

const ClientContext = Buffer.from('{"custom": {"a": "b"}}').toString("base64");
[, result] = await invoke(event("context"), { ClientContext });
assert.deepEqual(JSON.parse(result).client_context.custom, { a: "b" });

const frame = event("echo", { value: "" }).length;
[, result] = await invoke(event("echo", { value: "x".repeat(LARGEST - frame) }));
assert.equal(result.length, LARGEST - frame + 2);
await assert.rejects(invoke(event("echo", { value: "x".repeat(LARGEST - frame + 1) })), {
  name: "RequestTooLargeException",
});

[answer, result] = await invoke(event("sleep", { ms: 60000 }));
assert.equal(answer.FunctionError, "Unhandled");
assert.match(result, /Task timed out after 3.00 seconds/);
[, result] = await invoke(event("echo", { value: 2 }));
assert.equal(result, "2");
