//! Requests that become events, and results that become answers.

use serde_json::json;

use super::*;

fn event(path: &str, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Value {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| own(name, value))
        .collect();
    let request = UrlRequest {
        method: "POST",
        path,
        query,
        protocol: "HTTP/1.1",
        headers: &headers,
        body,
        source_ip: "127.0.0.1",
        request_id: "id",
        at_unix_ms: 1_583_348_638_390,
    };
    serde_json::from_slice(&request.event()).expect("JSON")
}

#[test]
fn a_request_becomes_an_event() {
    let headers = [
        ("Host", "desk.local:8080"),
        ("Cookie", "a=1; b=2"),
        ("X-Many", "1"),
        ("x-many", "2"),
        ("User-Agent", "agent"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ];
    let expected = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/my/p%20ath",
        "rawQueryString": "p=v1&p=v+2&q=%C3%A4&r",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "host": "desk.local:8080", "x-many": "1,2", "user-agent": "agent",
            "content-type": "text/plain; charset=utf-8",
        },
        "queryStringParameters": {"p": "v1,v 2", "q": "ä", "r": ""},
        "requestContext": {
            "accountId": "anonymous", "apiId": "desk", "domainName": "desk.local", "domainPrefix": "desk",
            "http": {
                "method": "POST", "path": "/my/p%20ath", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": "agent",
            },
            "requestId": "id", "routeKey": "$default", "stage": "$default",
            "time": "04/Mar/2020:19:03:58 +0000", "timeEpoch": 1_583_348_638_390_u64,
        },
        "body": "Hello", "isBase64Encoded": false,
    });
    let query = "p=v1&p=v+2&q=%C3%A4&r";
    assert_eq!(event("/my/p%20ath", query, &headers, b"Hello"), expected);
}

#[test]
fn what_may_be_binary_is_in_base64() {
    let binary = event("/", "", &[("Content-Type", "image/png")], b"abc");
    assert_eq!(
        (&binary["body"], &binary["isBase64Encoded"]),
        (&json!("YWJj"), &json!(true))
    );
    let broken = event("/", "", &[], &[0xff]);
    assert_eq!(broken["isBase64Encoded"], json!(true));
    let empty = event("/", "%zz=%", &[], b"");
    assert_eq!(empty.get("body"), None);
    assert_eq!(empty["queryStringParameters"], json!({"%zz": "%"}));
}

#[test]
fn a_result_becomes_an_answer() {
    let of = |result: &str| UrlAnswer::of(&Bytes::copy_from_slice(result.as_bytes()));
    let plain = |body: &str| UrlAnswer {
        status: 200,
        headers: vec![own("Content-Type", "application/json")],
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    for body in ["\"John\"", "{\"message\": 1}", "null", "7"] {
        assert_eq!(of(body), plain(body));
    }
    let chosen = of(
        r#"{"statusCode": 201, "headers": {"X-A": 1, "content-type": "text/html"}, "cookies": ["a=1", "b=2"], "body": "PGI+", "isBase64Encoded": true}"#,
    );
    let headers = [
        ("X-A", "1"),
        ("content-type", "text/html"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ];
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| own(name, value))
        .collect();
    assert_eq!((chosen.status, chosen.headers), (201, headers));
    assert_eq!(chosen.body, "<b>");
    assert_eq!(of(r#"{"statusCode": "404"}"#).status, 404);
    for bad in [
        r#"{"statusCode": 99}"#,
        r#"{"statusCode": 200, "headers": {"a": []}}"#,
        r#"{"statusCode": 200, "body": "?", "isBase64Encoded": true}"#,
    ] {
        assert_eq!(of(bad), UrlAnswer::bad_gateway(), "{bad}");
    }
}
