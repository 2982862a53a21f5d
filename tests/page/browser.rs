//! Headless Chromium, controlled through two pipes: one page, its size and scheme, keys, scripts and pictures.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A browser with one page. Dropping it ends the browser.
pub struct Browser {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    session: String,
    number: u64,
    complaints: Vec<String>,
    _profile: TempDir,
}

/// Chromium uses the descriptors 3 and 4; the shell passes ours on as these.
const START: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null"#;

/// As root it runs only without a sandbox, and it must not call its makers on a closed network.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
];

/// Longer than anything takes that a page waits for.
const UNTIL_MAX_MS: u32 = 60_000;

/// An error of the page, if a message tells of one.
fn complaint(told: &Value) -> Option<String> {
    let params = &told["params"];
    let is_error = match told["method"].as_str()? {
        "Runtime.exceptionThrown" => true,
        "Runtime.consoleAPICalled" => params["type"] == "error",
        "Log.entryAdded" => params["entry"]["level"] == "error",
        _ => false,
    };
    is_error.then(|| params.to_string())
}

impl Browser {
    pub fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let mut child = Command::new("sh")
            .args(["-c", START])
            .arg(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let orders = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        let mut browser = Self {
            child,
            orders,
            answers,
            session: String::new(),
            number: 0,
            complaints: Vec::new(),
            _profile: profile,
        };
        let target = browser.order("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.order("Target.attachToTarget", attach);
        browser.session = attached["sessionId"]
            .as_str()
            .expect("a session")
            .to_owned();
        for part in ["Page", "Runtime", "Log"] {
            browser.order(&format!("{part}.enable"), json!({}));
        }
        browser
    }

    /// Sends a command, and waits for its result.
    fn order(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let mut order = json!({"id": self.number, "method": method, "params": params});
        if !self.session.is_empty() {
            order["sessionId"] = self.session.as_str().into();
        }
        write!(self.orders, "{order}\0").expect("the browser lives");
        self.orders.flush().expect("the browser lives");
        let number = self.number;
        let answer = self.hear(|told| told["id"] == number);
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    /// The next message that is `wanted`.
    fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let mut text = Vec::new();
            self.answers
                .read_until(0, &mut text)
                .expect("the browser lives");
            assert_eq!(text.pop(), Some(0), "the browser has ended");
            let told: Value = serde_json::from_slice(&text).expect("JSON");
            self.complaints.extend(complaint(&told));
            if wanted(&told) {
                return told;
            }
        }
    }

    pub fn size(&mut self, width: u32, height: u32) {
        let is_narrow = width < 600;
        self.order(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_narrow}),
        );
    }

    /// `light` or `dark`.
    pub fn scheme(&mut self, scheme: &str) {
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        self.order("Emulation.setEmulatedMedia", json!({"features": [feature]}));
    }

    /// Opens a file, and waits until it is loaded.
    pub fn open(&mut self, file: &Path) {
        self.go(&format!("file://{}", file.display()));
    }

    /// Opens an address, and waits until the page is loaded.
    pub fn go(&mut self, url: &str) {
        let answer = self.order("Page.navigate", json!({"url": url}));
        assert!(answer["errorText"].is_null(), "{answer}");
        self.script("document.readyState === 'complete' || new Promise((done) => addEventListener('load', () => done(true)))");
    }

    /// What the page wrote to the console as an error, threw, or tried against its policy, so far.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// Waits until a condition holds, which it does after a change of the page.
    pub fn until(&mut self, condition: &str) {
        let is_so = self.script(&format!(
            "new Promise((done) => {{
                const look = () => {{ if ({condition}) done(true); }};
                new MutationObserver(look).observe(document, {{subtree: true, childList: true, attributes: true, characterData: true}});
                setTimeout(() => done(document.body.innerText), {UNTIL_MAX_MS});
                look();
            }})"
        ));
        assert_eq!(is_so, true, "never: {condition}");
    }

    /// Shows the page as it is printed, on a sheet of this width.
    pub fn as_printed(&mut self) {
        self.size(794, 1123);
        self.order("Emulation.setEmulatedMedia", json!({"media": "print"}));
    }

    /// Prints the page into a file (PDF).
    pub fn print(&mut self, file: &Path) {
        let options = json!({"preferCSSPageSize": true, "printBackground": true});
        let printed = self.order("Page.printToPDF", options);
        let data = printed["data"].as_str().expect("a document");
        let document = STANDARD.decode(data).expect("base64");
        assert!(document.starts_with(b"%PDF"), "it is not a document");
        std::fs::write(file, document).expect("a file");
    }

    /// The value of an expression, or of its promise.
    pub fn script(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let done = self.order("Runtime.evaluate", params);
        assert!(done["exceptionDetails"].is_null(), "{expression}: {done}");
        done["result"]["value"].clone()
    }

    /// Presses and releases a key, as a person does.
    pub fn press(&mut self, key: &str, code: u32) {
        for kind in ["keyDown", "keyUp"] {
            let mut params =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            if kind == "keyDown" && key == "Enter" {
                params["text"] = "\r".into();
            }
            self.order("Input.dispatchKeyEvent", params);
        }
    }

    /// Presses a key together with the control key.
    pub fn chord(&mut self, key: &str, code: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            let params = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 2});
            self.order("Input.dispatchKeyEvent", params);
        }
    }

    /// Waits until the page is rendered.
    pub fn settle(&mut self) {
        let frame = "requestAnimationFrame";
        self.script(&format!(
            "new Promise((done) => {frame}(() => {frame}(() => done(true))))"
        ));
    }

    /// The content of the window, as a PNG file.
    pub fn picture(&mut self, file: &Path) {
        let shot = self.order("Page.captureScreenshot", json!({"format": "png"}));
        let data = shot["data"].as_str().expect("a picture");
        let bytes = STANDARD.decode(data).expect("base64");
        std::fs::write(file, bytes).expect("a file");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = write!(
            self.orders,
            "{}\0",
            json!({"id": 0, "method": "Browser.close"})
        );
        let _ = self.orders.flush();
        let _ = self.child.wait();
    }
}
