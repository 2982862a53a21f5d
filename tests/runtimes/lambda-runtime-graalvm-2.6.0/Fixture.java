// The ricspec fixture, contract version 1, for Java and the loop of lambda-runtime-graalvm: the handler is `Fixture`. It
// takes the event as a stream, since the runtime's reading into a Map makes every number a double.

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

public class Fixture implements RequestStreamHandler {
    // What is serialised is serialised by the function: there is no `unserializable` and no `nan`.
    static final List<String> VERBS = List.of("describe", "echo", "context", "env", "fail", "null", "sleep", "exit",
            "abort", "log", "large", "count", "spawn", "late", "init-fail", "init-exit", "init-sleep",
            "missing-handler");

    static final Gson GSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
    static int inits;
    static int events;

    static {
        inits++;
        String init = System.getenv().getOrDefault("RICSPEC_INIT", "ok");
        if (init.equals("exit")) {
            Runtime.getRuntime().halt(3);
        } else if (init.startsWith("sleep:")) {
            pause(Integer.parseInt(init.substring("sleep:".length())));
        }
    }

    /** The runtime reports what the constructor throws, and dies of what a static block throws. */
    public Fixture() {
        if ("fail".equals(System.getenv("RICSPEC_INIT"))) {
            throw new IllegalStateException("ricspec: init failed as asked");
        }
    }

    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
        events++;
        JsonElement read = JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        JsonObject event = read.isJsonObject() ? read.getAsJsonObject() : new JsonObject();
        String verb = event.has("do") ? event.get("do").getAsString() : "";
        out.write(GSON.toJson(run(verb, event, context)).getBytes(StandardCharsets.UTF_8));
    }

    static Object run(String verb, JsonObject event, Context context) throws IOException {
        switch (verb) {
            case "describe":
                return Map.of("ricspec", 1, "verbs", VERBS, "runtime", "lambda-runtime-graalvm/2.6.0");
            case "echo":
                return event.get("value");
            case "context":
                return show(context, event.get("wait_ms"));
            case "env":
                Map<String, Object> values = new HashMap<>();
                for (JsonElement name : event.getAsJsonArray("names")) {
                    values.put(name.getAsString(), variable(name.getAsString()));
                }
                return values;
            case "fail":
                throw new IllegalStateException(event.get("message").getAsString());
            case "null":
                return null;
            case "sleep":
                pause(event.get("ms").getAsInt());
                return Map.of("slept_ms", event.get("ms"));
            case "exit":
                Runtime.getRuntime().halt(event.get("code").getAsInt());
                return null;
            case "abort":
                new ProcessBuilder("kill", "-s", "ABRT", String.valueOf(ProcessHandle.current().pid())).start();
                pause(10_000);
                return null;
            case "log":
                System.out.print(event.has("stdout") ? event.get("stdout").getAsString() : "");
                System.err.print(event.has("stderr") ? event.get("stderr").getAsString() : "");
                System.out.print("x".repeat(event.has("bytes") ? event.get("bytes").getAsInt() : 0));
                System.out.flush();
                return Map.of("logged", true);
            case "large":
                return "x".repeat(event.get("bytes").getAsInt());
            case "count":
                return Map.of("count", events, "inits", inits);
            case "spawn":
                return spawn(event.get("seconds").getAsString());
            case "late":
                new Thread(() -> {
                    pause(50);
                    throw new IllegalStateException("ricspec: raised late, as asked");
                }).start();
                return Map.of("late", true);
            default:
                throw new IllegalArgumentException("ricspec: no such verb: " + verb);
        }
    }

    /** Java cannot set variables of its own process: the runtime shows the trace id as a property. */
    static Map<String, Object> spawn(String seconds) {
        ProcessBuilder builder = new ProcessBuilder("sleep", seconds);
        try {
            return Map.of("pid", builder.redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD).start().pid());
        } catch (IOException e) {
            return Map.of("cannot", e.getMessage());
        }
    }

    static String variable(String name) {
        boolean trace = name.equals("_X_AMZN_TRACE_ID");
        return trace ? System.getProperty("com.amazonaws.xray.traceHeader") : System.getenv(name);
    }

    /** What the context shows; nothing where it throws. */
    static Object shown(Supplier<Object> member) {
        try {
            return member.get();
        } catch (UnsupportedOperationException e) {
            return null;
        }
    }

    static Map<String, Object> show(Context context, JsonElement wait) {
        Map<String, Object> shown = new HashMap<>();
        shown.put("request_id", context.getAwsRequestId());
        shown.put("remaining_ms", shown(context::getRemainingTimeInMillis));
        shown.put("invoked_function_arn", shown(context::getInvokedFunctionArn));
        shown.put("function_name", context.getFunctionName());
        shown.put("function_version", context.getFunctionVersion());
        shown.put("memory_limit_mb", context.getMemoryLimitInMB());
        shown.put("log_group", context.getLogGroupName());
        shown.put("log_stream", context.getLogStreamName());
        shown.put("client_context", shown(context::getClientContext));
        shown.put("identity", shown(context::getIdentity));
        shown.put("tenant_id", null); // not in this version of the interface
        shown.put("trace_id", variable("_X_AMZN_TRACE_ID"));
        if (wait != null) {
            pause(wait.getAsInt());
            shown.put("remaining_later_ms", shown(context::getRemainingTimeInMillis));
        }
        return shown;
    }

    static void pause(int ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
