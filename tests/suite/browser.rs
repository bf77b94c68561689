//! A headless Chromium that is told what to do over a pipe, in the protocol of its developer tools.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What Chromium is called.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// How long an answer may take; only a browser that hangs takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page.
pub struct Browser {
    process: Child,
    input: ChildStdin,
    answers: Receiver<Value>,
    /// Who is asked: the browser, and the page once there is one.
    session: Option<String>,
    asked: u64,
    /// What it has told without being asked, in order.
    events: Vec<Value>,
    /// Its profile, and the downloads.
    folder: TempDir,
}

impl Browser {
    /// Starts a browser; `None`, with a word about it, where there is none.
    ///
    /// # Panics
    /// If there is none though `CI` is set, unless `SGDLAB_NO_BROWSER=1` says that it is meant.
    pub fn start() -> Option<Self> {
        let Some(program) = find() else {
            let meant = std::env::var_os("SGDLAB_NO_BROWSER").is_some();
            assert!(meant || std::env::var_os("CI").is_none(), "no Chromium is installed");
            eprintln!("SKIPPED: pages are not looked at, since no Chromium is installed");
            return None;
        };
        let folder = TempDir::new().expect("a temporary folder");
        let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
        // The protocol is spoken on the descriptors 3 and 4, which become this process's pipes.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1"])
            .arg(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-sync",
                "--hide-scrollbars",
            ])
            .args(["--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"])
            .arg(profile)
            .arg("about:blank")
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let input = process.stdin.take().expect("a pipe");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("answers are JSON");
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut browser = Self { process, input, answers, session: None, asked: 0, events: Vec::new(), folder };
        browser.begin();
        Some(browser)
    }

    fn begin(&mut self) {
        let downloads = self.downloads();
        std::fs::create_dir(&downloads).expect("a folder");
        self.ask(
            "Browser.setDownloadBehavior",
            json!({ "behavior": "allow", "downloadPath": downloads, "eventsEnabled": true }),
        );
        let target = self.ask("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let session = self.ask("Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        self.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            self.ask(&format!("{domain}.enable"), json!({}));
        }
    }

    fn downloads(&self) -> PathBuf {
        self.folder.path().join("downloads")
    }

    /// Sends a command and waits for its result; what happens in between is kept.
    pub fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).expect("the browser listens");
        loop {
            let mut answer = self.answers.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no answer to {method}"));
            if answer["id"] == self.asked {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    /// Waits until something has happened since `from` events ago.
    fn wait(&mut self, from: usize, what: &str, happened: impl Fn(&Value) -> bool) -> Value {
        let mut next = from;
        loop {
            while next < self.events.len() {
                if happened(&self.events[next]) {
                    return self.events[next].clone();
                }
                next += 1;
            }
            let event = self.answers.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{what} did not happen"));
            self.events.push(event);
        }
    }

    /// How large the page is seen, in pixels.
    pub fn resize(&mut self, width: u32, height: u32) {
        let mobile = width < 600;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.ask("Emulation.setDeviceMetricsOverride", size);
    }

    /// Which medium is shown, `screen` or `print`, and whether the system is `light` or `dark`.
    pub fn media(&mut self, medium: &str, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.ask("Emulation.setEmulatedMedia", json!({ "media": medium, "features": features }));
    }

    /// Opens a file and waits until it is there.
    pub fn open(&mut self, path: &Path) {
        let from = self.events.len();
        self.ask("Page.navigate", json!({ "url": format!("file://{}", path.display()) }));
        self.wait(from, "loading", |event| event["method"] == "Page.loadEventFired");
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub fn value(&mut self, expression: &str) -> Value {
        let request = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.ask("Runtime.evaluate", request);
        let complaints = self.complaints();
        assert!(
            answer["exceptionDetails"].is_null() && complaints.is_empty(),
            "{expression}: {answer:#} {complaints:#?}"
        );
        answer["result"]["value"].take()
    }

    /// The value of an expression once it is neither false nor nothing.
    #[track_caller]
    pub fn until(&mut self, expression: &str) -> Value {
        let poll = format!(
            "new Promise((done, late) => {{ let frames = 0; const look = () => {{ const found = ({expression}); \
             if (found) done(found); else if ((frames += 1) > 600) late({expression:?}); \
             else requestAnimationFrame(look); }}; look(); }})"
        );
        self.value(&poll)
    }

    /// The middle of an element, which is scrolled to.
    #[track_caller]
    pub fn middle(&mut self, selector: &str) -> [f64; 2] {
        let place = self.value(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{ block: 'center' }}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        [0, 1].map(|i| place[i].as_f64().unwrap_or_else(|| panic!("{selector} is nowhere")))
    }

    /// A mouse event: `mouseMoved`, `mousePressed` or `mouseReleased`.
    pub fn mouse(&mut self, kind: &str, [x, y]: [f64; 2], clicks: u32) {
        let button = if kind == "mouseMoved" && clicks == 0 { "none" } else { "left" };
        let event =
            json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": clicks.min(1), "clickCount": clicks });
        self.ask("Input.dispatchMouseEvent", event);
    }

    /// Clicks the middle of an element.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        let at = self.middle(selector);
        self.mouse("mouseMoved", at, 0);
        self.mouse("mousePressed", at, 1);
        self.mouse("mouseReleased", at, 1);
    }

    /// Draws with the mouse from one point to another.
    pub fn drag(&mut self, from: [f64; 2], to: [f64; 2]) {
        self.mouse("mouseMoved", from, 0);
        self.mouse("mousePressed", from, 1);
        self.mouse("mouseMoved", to, 1);
        self.mouse("mouseReleased", to, 1);
    }

    /// Presses and releases a key by its name, such as `Tab` or `+`.
    pub fn key(&mut self, name: &str) {
        let code = match name {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            _ => 0,
        };
        let text = if name == "Enter" {
            "\r"
        } else if code == 0 {
            name
        } else {
            ""
        };
        let down = json!({ "type": "keyDown", "key": name, "code": name, "windowsVirtualKeyCode": code, "text": text });
        self.ask("Input.dispatchKeyEvent", down);
        self.ask(
            "Input.dispatchKeyEvent",
            json!({ "type": "keyUp", "key": name, "code": name, "windowsVirtualKeyCode": code }),
        );
    }

    /// Clicks an element that hands out a file: its name and its bytes.
    #[track_caller]
    pub fn download(&mut self, selector: &str) -> (String, Vec<u8>) {
        let from = self.events.len();
        self.click(selector);
        let begun = self.wait(from, "a download", |event| event["method"] == "Browser.downloadWillBegin");
        self.wait(from, "the end of a download", |event| {
            event["method"] == "Browser.downloadProgress" && event["params"]["state"] == "completed"
        });
        let name = begun["params"]["suggestedFilename"].as_str().expect("a name").to_owned();
        let path = self.downloads().join(&name);
        let bytes = std::fs::read(&path).expect("the download");
        std::fs::remove_file(path).expect("the download");
        (name, bytes)
    }

    /// A picture of the page, whole or of what is seen, as PNG.
    pub fn picture(&mut self, whole: bool) -> Vec<u8> {
        let answer = self.ask("Page.captureScreenshot", json!({ "format": "png", "captureBeyondViewport": whole }));
        decoded(&answer["data"])
    }

    /// The page on paper, as PDF.
    pub fn paper(&mut self) -> Vec<u8> {
        let answer = self.ask("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": true }));
        decoded(&answer["data"])
    }

    /// What went wrong in the page: errors and warnings on its console, and exceptions.
    pub fn complaints(&self) -> Vec<String> {
        let of_console = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.consoleAPICalled") => {
                ["error", "warning", "assert"].contains(&event["params"]["type"].as_str().unwrap_or(""))
            }
            Some("Runtime.exceptionThrown" | "Log.entryAdded") => true,
            _ => false,
        };
        self.events.iter().filter(of_console).map(|event| event["params"].to_string()).collect()
    }

    /// Everything that the page has asked for.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        requests.filter_map(|event| event["params"]["request"]["url"].as_str()).map(str::to_owned).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its children end with it; where it does not listen any more, it has ended.
        let _ = self.input.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        for _ in 0..500 {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn decoded(data: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(data.as_str().expect("base64")).expect("base64")
}

/// The path of Chromium.
fn find() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
}
