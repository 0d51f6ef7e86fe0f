//! The first look: one command, and everything can be done with what it prints.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Browser, process::run};

/// A demo that is kept, so that the command line can look into it.
struct Demo {
    child: Child,
    welcome: Vec<String>,
    started: Instant,
    directory: TempDir,
}

impl Demo {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let log = File::create(directory.path().join("log")).unwrap();
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_esecured"))
            .current_dir(directory.path())
            .args(["demo", "--listen", "127.0.0.1:0", "--data", "kept"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut welcome = Vec::new();
        while !welcome
            .last()
            .is_some_and(|line: &String| line.starts_with("curl"))
        {
            welcome.push(printed.next().unwrap().unwrap());
        }
        Self {
            child,
            welcome,
            started,
            directory,
        }
    }

    /// What stands on the line that begins so.
    fn printed(&self, begins: &str) -> &str {
        let line = self
            .welcome
            .iter()
            .find_map(|line| line.strip_prefix(begins));
        line.unwrap_or_else(|| panic!("no {begins} in {:?}", self.welcome))
            .trim()
    }

    fn browser(&self) -> Browser {
        Browser::at(self.printed("Portal").trim_end_matches('/'))
    }

    /// A command beside the demo.
    fn says(&self, words: &[&str]) -> String {
        let config = self.directory.path().join("esecured.toml");
        let text = "[server]\npublic_url = \"http://127.0.0.1\"\n\
                    [database]\nurl = \"sqlite:kept/esecured.db\"\n\
                    [keys]\nfile = \"kept/esecured.keys\"\n\
                    [mail]\nfrom = \"esecure@example.com\"\ntransport = \"dev\"\n";
        fs::write(config, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_esecured"));
        command.current_dir(self.directory.path());
        let said = run(command.args(["-c", "esecured.toml"]).args(words));
        String::from_utf8(said).unwrap()
    }

    /// The requests: address, number and id.
    fn requests(&self) -> Vec<Value> {
        let listed = self.says(&["--json", "request", "list"]);
        let lines = listed.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().unwrap()
    }

    /// Where a request stands, and by which door it came there.
    fn outcome(&self, request: &Value) -> (String, String) {
        let number = request["number"].as_str().unwrap();
        let shown = self.says(&["--json", "request", "show", number]);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&shown["status"]), text(&shown["decision"]["door"]))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_can_be_tried_with_what_the_demo_prints() {
    let demo = Demo::start();
    let browser = demo.browser();
    let mails = async || -> Vec<Value> {
        let listed: Value =
            serde_json::from_str(&browser.open("/api/v1/messages").await.body).unwrap();
        listed["messages"].as_array().unwrap().clone()
    };
    while mails().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Two seconds are promised of the built release; this build is not optimized.
    assert!(
        demo.started.elapsed() < Duration::from_secs(5),
        "{:?}",
        demo.started.elapsed()
    );
    assert!(demo.welcome.len() <= 8, "{:?}", demo.welcome);

    // Its health and its metrics are on the one port.
    let metrics = browser.open("/metrics").await;
    assert_eq!(metrics.status, 200);
    metrics.shows("esecured_outbox_mails_total{outcome=\"delivered\"}");

    // The printed command asks for access, and its administrators get a mail.
    let curl = format!("curl{}", demo.printed("curl"));
    let curl = curl.replacen("curl-sS", "curl -sS", 1);
    let asked: Value =
        serde_json::from_slice(&run(Command::new("sh").args(["-c", &curl]))).unwrap();
    assert_eq!(asked["status"], "pending", "{asked}");
    let number = asked["number"].as_str().unwrap().to_owned();

    let mail_about = async |number: &str| -> Value {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            for mail in mails().await {
                let path = format!("/api/v1/message/{}", mail["ID"].as_str().unwrap());
                let whole: Value = serde_json::from_str(&browser.open(&path).await.body).unwrap();
                let subject = whole["Subject"].as_str().unwrap();
                if subject.contains(number) && whole["Text"].as_str().unwrap().contains("/r/") {
                    return whole;
                }
            }
            assert!(Instant::now() < deadline, "no mail about {number}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let requests = demo.requests();
    let of = |email: &str| {
        let found = requests.iter().find(|request| request["email"] == email);
        found.unwrap().clone()
    };

    // The red button of one mail; it counts when the page was shown for two seconds.
    let mail = mail_about(&number).await;
    let text = mail["Text"].as_str().unwrap();
    let link = text
        .split_whitespace()
        .find(|word| word.contains("/r/"))
        .unwrap();
    let link = &link[link.find("/r/").unwrap()..];
    let page = browser.open(link).await;
    let shown = Instant::now();

    // Meanwhile an answer, written in the mailbox.
    let liam = of("liam.murphy@example.org");
    let mail = mail_about(liam["number"].as_str().unwrap()).await;
    let fields = [
        ("text", "Reject"),
        ("client", "outlook"),
        ("language", "en"),
    ];
    let path = format!("/dev/mailbox/{}/reply", mail["ID"].as_str().unwrap());
    let answered = browser.submit(&path, &fields).await;
    assert_eq!(answered.status, 200, "{}", answered.body);

    // And an approval, with the printed sign-in.
    let (who, password) = demo
        .printed("Sign in")
        .split_once(" with the password ")
        .unwrap();
    let signed_in = browser.sign_in(who, password, "/").await;
    assert_eq!(signed_in.status, 303, "{}", signed_in.body);
    let emily = of("emily.carter@example.net");
    browser
        .decides(&[emily["id"].as_str().unwrap()], "approve")
        .await
        .shows("emily.carter@example.net");

    tokio::time::sleep(Duration::from_millis(2_050).saturating_sub(shown.elapsed())).await;
    let done = browser
        .submit(link, &[("nonce", &page.field("nonce"))])
        .await;
    assert_eq!(done.status, 200, "{}", done.body);

    for (request, status, door) in [
        (&asked, "rejected", "link"),
        (&liam, "rejected", "reply"),
        (&emily, "approved", "portal"),
    ] {
        assert_eq!(demo.outcome(request), (status.to_owned(), door.to_owned()));
    }
    // A shipping system is told of each, within moments.
    let authorization = format!("Bearer {}", demo.printed("API key"));
    let headers = [("authorization", authorization.as_str())];
    let deadline = Instant::now() + Duration::from_secs(10);
    let told = loop {
        let feed = browser.send(Method::GET, "/v1/events", &headers).await.body;
        let feed: Value = serde_json::from_str(&feed).unwrap();
        let told: Vec<String> = feed["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| format!("{} {}", event["type"], event["data"]["number"]))
            .collect();
        let number = &asked["number"];
        if told.contains(&format!("\"access_request.rejected\" {number}")) {
            break told;
        }
        assert!(Instant::now() < deadline, "{told:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let tell = |kind: &str| told.iter().filter(|one| one.contains(kind)).count();
    assert_eq!(tell("access_request.created"), 4, "{told:?}");
    assert_eq!(tell("access_request.rejected"), 2, "{told:?}");
    assert_eq!(tell("access_request.approved"), 1, "{told:?}");

    let tail = demo.says(&["audit", "tail", "-n", "100"]);
    let count = |what: &str| tail.lines().filter(|line| line.contains(what)).count();
    assert_eq!(count("access_request.created"), 4, "{tail}");
    assert_eq!(count("access_request.rejected"), 2, "{tail}");
    assert_eq!(count("access_request.approved"), 1, "{tail}");
    assert!(demo.says(&["audit", "verify"]).starts_with("intact: "));
}
