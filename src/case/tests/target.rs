//! Cases whose target is an extension.

use serde_json::{Value, json};

use super::{refused, taken};

/// The members of a case whose target is an extension, with these actors.
fn of_extension(actors: &Value) -> Value {
    json!({"subject": "extension", "requirements": ["EXT-01"], "actors": actors})
}

/// An extension under test with these steps.
fn target(steps: &Value) -> Value {
    json!({"kind": "extension", "target": true, "steps": steps})
}

fn register() -> Value {
    json!({"expect": {"call": "register", "cites": "EXT-01"}})
}

#[test]
fn an_extension_under_test_has_waits_and_silences() {
    let quiet = json!({"quiet": {"ms": 100, "cites": "EXT-01"}});
    let serve = json!([{"serve": {}}, {"expect": {"call": "response"}}]);
    let whole = target(&json!([register(), quiet]));
    taken(&serve, &of_extension(&json!([whole])));
    let fault_of = |step: Value, message: &str| {
        let actors = json!([target(&json!([step]))]);
        refused(&serve, &of_extension(&actors), "/actors/0/steps/0", message);
    };
    fault_of(json!({"expect": {"call": "next"}}), "`cites` is missing");
    let of_runtime = json!({"expect": {"call": "next", "cites": "NEXT-01"}});
    let message = "NEXT-01 binds a runtime, but the target of this case is an extension";
    fault_of(of_runtime, message);
}

#[test]
fn a_case_has_at_most_one_extension_under_test() {
    let one = target(&json!([register()]));
    let fault_of = |actors: Value, pointer: &str, message: &str| {
        refused(
            &json!([{"serve": {}}]),
            &of_extension(&actors),
            pointer,
            message,
        );
    };
    fault_of(json!([one, one]), "/actors/1/target", "one target");
    let mut named = one.clone();
    named["name"] = "watcher".into();
    fault_of(json!([named]), "/actors/0/name", "leave out `name`");
    let nameless = json!([one, {"kind": "extension", "steps": [{"expect": {"call": "register"}}]}]);
    fault_of(nameless, "/actors/1/name", "needs a `name`");
    let beside =
        json!([{"kind": "extension", "name": "a", "steps": [{"expect": {"call": "register"}}]}]);
    fault_of(beside, "/subject", "needs `\"target\": true`");
    let mut caught = of_extension(&json!([one]));
    caught["trap"] = json!({"cites": "EXT-01", "code": "x", "expected": "x"});
    refused(&json!([{"serve": {}}]), &caught, "/trap", "a decoy");
    let runtime = json!({"actors": [one]});
    let message = "only a case with `\"subject\": \"extension\"`";
    refused(
        &json!([{"serve": {}}]),
        &runtime,
        "/actors/0/target",
        message,
    );
}

#[test]
fn nothing_is_judged_of_the_runtime_beside_an_extension() {
    let members = of_extension(&json!([target(&json!([register()]))]));
    let cited = json!([{"serve": {}}, {"expect": {"call": "response", "cites": "EXT-01"}}]);
    refused(&cited, &members, "/steps/1", "nothing is judged");
    let bare = json!([{"serve": {}}, {"expect": {"call": "response"}}]);
    refused(&bare, &json!({}), "/steps/1", "`cites` is missing");
}
