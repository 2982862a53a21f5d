//! The page of a function that is served, as its user works with it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::browser::Browser;
use super::{FOUND, SCHEMES, SIZES, Tools, pictures};

const RICSPEC: &str = env!("CARGO_BIN_EXE_ricspec");

/// A function that is served until this is dropped.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(RICSPEC)
            .args(["serve", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut log = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        log.read_line(&mut line).expect("a line");
        // Nobody reads on, so nothing must wait for a reader.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let address = line.split("http://").nth(1);
        let address = address.and_then(|rest| rest.split('/').next());
        let address = address.expect("an address").to_owned();
        Self { child, address }
    }

    /// The reference runtime with a fault that every answer shows.
    fn faulty() -> Self {
        Self::start(&[
            "--",
            RICSPEC,
            "reference",
            "--mutant",
            "response-two-framings",
        ])
    }

    fn page(&self) -> String {
        format!("http://{}/_ricspec", self.address)
    }

    /// Invokes the function as another caller does.
    fn invoke(&self, event: &str) {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let (address, length) = (&self.address, event.len());
        write!(
            stream,
            "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             X-Amz-Client-Context: e30=\r\nContent-Length: {length}\r\n\r\n{event}"
        )
        .expect("it is read");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn echo(value: &str) -> String {
    json!({"ricspec": 1, "do": "echo", "value": value}).to_string()
}

/// Puts a text where a person types it.
fn fill(browser: &mut Browser, field: &str, text: &str) {
    let text = Value::from(text);
    browser.script(&format!(
        "{{ const field = document.getElementById('{field}'); field.value = {text}; field.dispatchEvent(new Event('input', {{bubbles: true}})); }}"
    ));
}

fn click(browser: &mut Browser, part: &str) {
    browser.script(&format!("document.querySelector(`{part}`).click()"));
}

/// What was answered to the form.
fn answered(browser: &mut Browser, kind: &str, text: &str) {
    browser.until(&format!(
        "document.querySelector('#answer .mark.{kind}') && document.querySelector('#answer').textContent.includes(`{text}`)"
    ));
}

#[track_caller]
fn sound(browser: &mut Browser, tools: &Tools, name: &str) {
    let width = browser.script("document.documentElement.scrollWidth - innerWidth");
    assert_eq!(width, 0, "{name}: it is wider than the window");
    // A fresh line has another colour for a moment.
    browser
        .script("Promise.all(document.getAnimations().map((one) => one.finished)).then(() => 0)");
    browser.script(&format!("{}; 0", tools.axe));
    let found = browser.script(FOUND);
    assert_eq!(found, Value::Array(Vec::new()), "{name}");
    assert_eq!(browser.complaints(), [""; 0], "{name}");
}

const LAST: &str = "#list > li.call:first-child";

/// For each size and scheme: invoke by the form, look at the finding, replay.
pub fn invoked(tools: &Tools) {
    for (width, height) in SIZES {
        for scheme in SCHEMES {
            let (served, mut browser) = (Served::faulty(), Browser::start(&tools.chromium));
            let name = format!("served-{width}-{scheme}");
            let picture = |part: &str| pictures().join(format!("{name}-{part}.png"));
            browser.size(width, height);
            browser.scheme(scheme);
            browser.go(&served.page());
            browser.until("document.getElementById('link').textContent === 'live'");
            sound(&mut browser, tools, &name);
            browser.picture(&picture("empty"));
            fill(&mut browser, "event", &echo("John"));
            click(&mut browser, "form .main");
            answered(&mut browser, "pass", "John");
            let row = |condition: &str| format!("document.querySelector('{LAST}')?.{condition}");
            browser.until(&row("matches('.breach')"));
            let text = browser.script(&row("innerText")).to_string();
            for part in ["ok", "John", " ms", " MB", "cold start", "1 MUST"] {
                assert!(text.contains(part), "{part}: {text}");
            }
            click(&mut browser, &format!("{LAST} summary"));
            browser.until(&row("querySelector('.finding')"));
            let detail = browser.script(&row("querySelector('.more').innerText"));
            let detail = detail.as_str().expect("a text");
            for part in [
                "RESP-06",
                "Count encoded bytes",
                "GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\n\n",
                "Transfer-Encoding: chunked\\r\\n\n",
                "{\"status\":\"OK\"}\\n",
            ] {
                assert!(detail.contains(part), "{part}: {detail}");
            }
            let source = browser.script(&row(
                "querySelector('.source a').href.startsWith('https://')",
            ));
            assert_eq!(source, true, "{name}: the source is no link");
            sound(&mut browser, tools, &name);
            browser.picture(&picture("open"));
            click(&mut browser, &format!("{LAST} [data-replay]"));
            browser.until("document.querySelectorAll('#list > .call.breach').length === 2");
            answered(&mut browser, "pass", "John");
            let facts = browser
                .script("document.getElementById('facts').innerText")
                .to_string();
            assert!(facts.contains("2 invocations"), "{facts}");
            sound(&mut browser, tools, &name);
        }
    }
}

/// Calls of others, an end of the runtime, and what was before the page was opened.
pub fn followed(tools: &Tools) {
    let served = Served::start(&["--reference"]);
    served.invoke(&echo("before"));
    let mut browser = Browser::start(&tools.chromium);
    browser.size(390, 844);
    browser.go(&served.page());
    browser.until("document.querySelector('#list').textContent.includes('before')");
    browser.until("document.getElementById('link').textContent === 'live'");
    served.invoke(r#"{"ricspec":1,"do":"fail"}"#);
    browser.until(&format!("document.querySelector('{LAST}.failed')"));
    served.invoke(r#"{"ricspec":1,"do":"exit","code":3}"#);
    browser.until("document.querySelector('#list').textContent.includes('exited with code 3')");
    click(&mut browser, ".filter [value=failed]");
    let shown =
        "[...document.querySelectorAll('#list > li')].filter((row) => row.offsetHeight > 0).length";
    assert_eq!(browser.script(shown), 2, "only what failed is shown");
    sound(&mut browser, tools, "followed");
    browser.picture(&pictures().join("served-followed.png"));
    // More than is kept.
    for number in 0..210 {
        served.invoke(&echo(&number.to_string()));
    }
    click(&mut browser, ".filter [value=all]");
    browser.until("document.querySelector('#list').textContent.includes('\"209\"')");
    let count = browser.script("document.querySelectorAll('#list > li').length");
    assert_eq!(count, 200, "it keeps more, or less");
    drop(served);
    browser.until("document.getElementById('link').textContent === 'not connected'");
}

/// An event under a name, which is there when the page is opened again, until it is deleted.
pub fn saved(tools: &Tools) {
    let (served, mut browser) = (
        Served::start(&["--reference"]),
        Browser::start(&tools.chromium),
    );
    browser.go(&served.page());
    let event = echo("saved");
    fill(&mut browser, "event", &event);
    fill(&mut browser, "context", "{\"custom\":{}}");
    fill(&mut browser, "name", "mine");
    click(&mut browser, "#keep");
    browser.go(&served.page());
    let choose = |option: &str| {
        format!(
            "{{ const choice = document.getElementById('choice'); choice.value = [...choice.options].find((one) => one.textContent === '{option}').value; choice.dispatchEvent(new Event('change')); }}"
        )
    };
    browser.script(&choose("mine"));
    let value = |field: &str| format!("document.getElementById('{field}').value");
    assert_eq!(browser.script(&value("event")), event);
    assert_eq!(browser.script(&value("context")), "{\"custom\":{}}");
    browser.script("document.getElementById('event').focus()");
    browser.chord("Enter", 13);
    answered(&mut browser, "pass", "saved");
    browser.script(&choose("SQS"));
    let filled =
        browser.script("JSON.parse(document.getElementById('event').value).Records[0].eventSource");
    assert_eq!(filled, "aws:sqs");
    browser.script(&choose("mine"));
    click(&mut browser, "#forget");
    let left = browser.script("document.querySelectorAll('#saved option').length");
    assert_eq!(left, 0);
    fill(&mut browser, "event", "{");
    let fault = browser
        .script("document.getElementById('fault').textContent")
        .to_string();
    assert!(fault.contains("not JSON"), "{fault}");
    click(&mut browser, "form .main");
    answered(&mut browser, "must", "InvalidRequestContentException");
}

/// Text of the function and its callers stays text, and a script that comes in by any way is not run.
pub fn hostile(tools: &Tools) {
    let (served, mut browser) = (
        Served::start(&["--reference"]),
        Browser::start(&tools.chromium),
    );
    browser.go(&served.page());
    let bad = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>\u{202e}";
    fill(&mut browser, "event", &echo(bad));
    click(&mut browser, "form .main");
    answered(&mut browser, "pass", "onerror");
    browser.until(&format!("document.querySelector('{LAST}.fine')"));
    click(&mut browser, &format!("{LAST} summary"));
    browser.until(&format!("document.querySelector('{LAST} .exchange')"));
    let parts = browser.script("document.querySelectorAll('main img, main script').length");
    assert_eq!(parts, 0, "text has become a part of the page");
    assert_eq!(browser.complaints(), [""; 0]);
    browser.script("document.body.append(Object.assign(document.createElement('script'), {textContent: \"document.title = 'taken'\"}))");
    browser.settle();
    assert_eq!(browser.script("document.title"), "ricspec serve");
    let complaints = browser.complaints().concat();
    assert!(
        complaints.contains("Content Security Policy"),
        "{complaints}"
    );
}
