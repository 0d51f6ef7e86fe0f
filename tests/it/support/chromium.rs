//! A real Chromium without a window and without script, driven as a person drives it: by what can
//! be read, clicked and typed.

mod extension;

use std::time::Duration;

use extension::Extension;
use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{TestApp, free_port::free_address, process::Process, screen::DESKTOP};

/// The tab key, as WebDriver writes it.
pub const TAB: &str = "\u{e004}";

/// The browser.
pub struct Chromium {
    pub(super) client: Client,
    base: String,
    // In this order: the program ends before its files go.
    _driver: Process,
    _profile: TempDir,
}

impl Chromium {
    /// Starts one whose owner reads this language, `nl` or `en`, in a window on a desk.
    pub async fn start(app: &TestApp, language: &str) -> Self {
        Self::at(&app.base, language).await
    }

    /// The same for a daemon that people reach at `base`.
    pub async fn at(base: &str, language: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let address = free_address();
        let port = format!("--port={}", address.port());
        let log = profile.path().join("driver.log");
        let driver = Process::start("chromedriver", [port], address, &log);
        let capabilities = json!({
            // Whom the company's browsers trust is the company's affair.
            "acceptInsecureCerts": true,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": {
                "args": arguments(&profile),
                "prefs": { "intl.accept_languages": language },
            },
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://{address}"))
            .await
            .unwrap();
        let chromium = Self {
            client,
            base: base.to_owned(),
            _driver: driver,
            _profile: profile,
        };
        chromium.width(DESKTOP).await;
        chromium.lets_pages_run_script(false).await;
        // What it did before anybody asked for anything is its own affair.
        chromium.log("performance").await;
        chromium
    }

    /// Ends it, and asserts that all the time no page broke its own policy, wrote to the console,
    /// or asked anybody but us for anything.
    pub async fn quit(self) {
        for entry in self.log("browser").await {
            // Whether a page may answer 404 is for the story to say; for the rest see below.
            assert_eq!(entry["source"], "network", "{entry}");
        }
        for entry in self.log("performance").await {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            let event = &event["message"];
            let seen = &event["params"];
            match event["method"].as_str().unwrap() {
                "Network.requestWillBeSent" => {
                    let url = seen["request"]["url"].as_str().unwrap();
                    // The browser's own picture of a calendar comes from nowhere.
                    let is_built_in = url.starts_with("data:image/svg+xml;base64,");
                    assert!(
                        is_built_in || self.is_ours(url),
                        "the browser asked for {url}"
                    );
                }
                "Network.responseReceived" => {
                    let answer = &seen["response"];
                    let is_fine = answer["status"].as_u64().unwrap() < 400;
                    // Only a mail, shown alone, names no icon.
                    let is_icon = answer["url"] == format!("{}/favicon.ico", self.base);
                    assert!(is_fine || is_icon || seen["type"] == "Document", "{answer}");
                }
                _ => {}
            }
        }
        self.client.close().await.unwrap();
    }

    /// Ends it after it was elsewhere.
    pub async fn leave(self) {
        self.client.close().await.unwrap();
    }

    fn is_ours(&self, url: &str) -> bool {
        url.strip_prefix(&self.base)
            .is_some_and(|path| path.starts_with('/'))
    }

    /// Opens a page of ours.
    pub async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.base);
        self.client.goto(&url).await.unwrap();
    }

    /// The language that somebody chose in it.
    pub async fn chosen_language(&self) -> Option<String> {
        let cookie = self.client.get_named_cookie("language").await.ok()?;
        Some(cookie.value().to_owned())
    }

    /// Loads the page once more, by the form that led to it where one did, as for somebody who has
    /// chosen this language or none.
    pub async fn reads_it_in(&self, language: Option<&str>) {
        let mut cookie = json!({ "name": "language", "url": self.base });
        match language {
            Some(language) => {
                cookie["value"] = language.into();
                self.tells("Network.setCookie", &cookie).await;
            }
            None => {
                self.tells("Network.deleteCookies", &cookie).await;
            }
        }
        self.client.refresh().await.unwrap();
    }

    /// Opens a page of another site.
    pub async fn open_elsewhere(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// The path of the page that is open, with its query.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        assert!(self.is_ours(url.as_str()), "{url}");
        url[url::Position::BeforePath..].to_owned()
    }

    /// Asserts that this can be read on the page.
    pub async fn shows(&self, text: &str) -> &Self {
        let page = self.text().await;
        assert!(page.contains(text), "no {text:?} in\n{page}");
        self
    }

    /// What can be read on the page.
    pub async fn text(&self) -> String {
        let body = self.client.find(Locator::Css("body")).await.unwrap();
        body.text().await.unwrap()
    }

    /// Clicks the one link, button or menu that reads exactly so, and waits for the page that a
    /// link or a button leads to.
    pub async fn press(&self, label: &str) -> &Self {
        self.click(Locator::XPath(&reading(label))).await
    }

    /// Clicks the one thing, and waits for the page that a link or a button leads to.
    pub async fn click(&self, what: Locator<'_>) -> &Self {
        let target = self.only(what).await;
        match target.tag_name().await.unwrap().as_str() {
            "a" | "button" => self.leads_on(async || target.click().await.unwrap()).await,
            _ => target.click().await.unwrap(),
        }
        self
    }

    /// Clicks the one link or button that reads exactly so and leaves the page where it is.
    pub async fn press_in_vain(&self, label: &str) {
        let target = self.only(Locator::XPath(&reading(label))).await;
        target.click().await.unwrap();
    }

    async fn only(&self, what: Locator<'_>) -> Element {
        let mut found = self.client.find_all(what).await.unwrap();
        if found.len() != 1 {
            let page = self.text().await;
            panic!("{} of {what:?} in\n{page}", found.len());
        }
        found.remove(0)
    }

    /// Does what leads to another page, and waits until that one is there. The driver's own wait
    /// ends too early when it is busy.
    async fn leads_on(&self, step: impl AsyncFnOnce()) {
        self.asks("window.isLeft = true", Vec::new()).await;
        step().await;
        let script = "return !window.isLeft && document.readyState === 'complete'";
        for _ in 0..1_000 {
            // While pages change there is nobody to ask.
            let arrived = self.client.execute(script, Vec::new()).await;
            if arrived.is_ok_and(|arrived| arrived == true) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no other page after\n{}", self.text().await);
    }

    /// Ticks the box in the row of this address.
    pub async fn tick(&self, email: &str) -> &Self {
        let path = format!("//tr[.//*[normalize-space()=\"{email}\"]]//input[@type=\"checkbox\"]");
        self.click(Locator::XPath(&path)).await
    }

    /// Ticks the box in front of this account number.
    pub async fn tick_account(&self, number: &str) -> &Self {
        let path = format!("//label[.//*[normalize-space()=\"{number}\"]]");
        self.click(Locator::XPath(&path)).await
    }

    /// Chooses the one of several that reads exactly so.
    pub async fn choose(&self, label: &str) -> &Self {
        let path = format!("//label[normalize-space()=\"{label}\"]");
        self.click(Locator::XPath(&path)).await
    }

    /// Types into the field of this name, in place of what is there.
    pub async fn fill(&self, name: &str, text: &str) -> &Self {
        let path = format!("[name=\"{name}\"]");
        let field = self.client.find(Locator::Css(&path)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
        self
    }

    /// Types into the field whose label reads exactly so, in place of what is there.
    pub async fn fill_labelled(&self, label: &str, text: &str) -> &Self {
        let path = format!("//label[normalize-space()=\"{label}\"]");
        let label = self.only(Locator::XPath(&path)).await;
        let id = label.attr("for").await.unwrap().unwrap();
        let field = self.only(Locator::Id(&id)).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
        self
    }

    /// Types where the focus is what leads to another page.
    pub async fn keys_lead_on(&self, keys: &str) {
        self.leads_on(async || {
            self.keys(keys).await;
        })
        .await;
    }

    /// Types where the focus is.
    pub async fn keys(&self, keys: &str) -> &Self {
        let focus = self.client.active_element().await.unwrap();
        focus.send_keys(keys).await.unwrap();
        self
    }

    /// Signs in on the page that asks for it.
    pub async fn signs_in(&self, email: &str, password: &str) -> &Self {
        self.fill("email", email).await;
        self.fill("password", password).await;
        self.click(Locator::Css("form button.primary")).await
    }

    /// Opens somebody's newest mail in the development mailbox.
    pub async fn opens_newest_mail_to(&self, address: &str) {
        self.open("/dev/mailbox").await;
        let theirs = format!("nav a[href*=\"{}\"]", percent(address));
        self.click(Locator::Css(&theirs)).await;
        self.click(Locator::Css(".letters li:first-child a")).await;
    }

    /// Goes on inside the frame of the page.
    pub async fn enter_frame(&self) {
        self.client.enter_frame(0).await.unwrap();
    }

    /// Gives it a device that keeps passkeys, and whose owner is always there to be verified
    /// (Web Authentication, section 11).
    pub async fn has_device_for_passkeys(&self) {
        let device = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
        });
        self.extension("webauthn/authenticator", device).await;
    }

    /// Waits until this can be read, where a script leads to it by itself.
    pub async fn comes_to_show(&self, text: &str) -> &Self {
        let script = "return document.body ? document.body.innerText : ''";
        for _ in 0..1_000 {
            // While pages change there is nobody to ask.
            let said = self.client.execute(script, Vec::new()).await;
            if said.is_ok_and(|said| said.as_str().is_some_and(|said| said.contains(text))) {
                return self;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{text:?} never came; now it shows\n{}", self.text().await);
    }

    /// What a script of the test, run from outside, says about the page.
    pub async fn asks(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// The same for a script that calls its last argument with what it has to say.
    pub async fn asks_and_waits(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.lets_pages_run_script(true).await;
        let says = self.client.execute_async(script, arguments).await.unwrap();
        self.lets_pages_run_script(false).await;
        says
    }

    pub(super) async fn takes_picture(&self) -> Vec<u8> {
        self.client.screenshot().await.unwrap()
    }

    /// From the next page on this script of the test is there before the page is.
    pub async fn runs_on_every_page(&self, script: &str) {
        let script = json!({ "source": script });
        self.tells("Page.addScriptToEvaluateOnNewDocument", &script)
            .await;
    }

    /// Everything but passkeys works without script, so pages do without it until told otherwise.
    pub async fn lets_pages_run_script(&self, may: bool) {
        let disabled = json!({ "value": !may });
        self.tells("Emulation.setScriptExecutionDisabled", &disabled)
            .await;
    }

    pub(super) async fn tells(&self, method: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": method, "params": parameters });
        self.extension("goog/cdp/execute", body).await
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.extension("se/log", json!({ "type": kind })).await;
        entries.as_array().unwrap().clone()
    }

    async fn extension(&self, endpoint: &'static str, body: Value) -> Value {
        let command = Extension { endpoint, body };
        self.client.issue_cmd(command).await.unwrap()
    }
}

fn reading(label: &str) -> String {
    format!("//*[self::a or self::button or self::summary][normalize-space()=\"{label}\"]")
}

fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn arguments(profile: &TempDir) -> Vec<String> {
    let mut arguments = vec![
        // As root there is no other way.
        "--no-sandbox".to_owned(),
        "--headless=new".to_owned(),
        "--hide-scrollbars".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        // Nobody else has a name.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE 127.0.0.2".to_owned(),
    ];
    arguments.push(format!(
        "--user-data-dir={}",
        profile.path().join("profile").display()
    ));
    arguments
}
