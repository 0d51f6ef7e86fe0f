//! What runs: the daemon, the demo, and asking how they are.

use std::fs;

use crate::support::{Received, process::eventually};

use super::operator::Operator;

#[test]
fn whoever_asks_a_daemon_that_does_not_run_hears_so() {
    let operator = Operator::set_up();
    operator
        .says("health")
        .refused(69, "no daemon answers on 127.0.0.1:");
    let said = operator.says("health --json --wait 1s");
    assert_eq!(said.code, 69);
    assert!(said.stdout.contains("\"unreachable\""), "{said:?}");
}

#[test]
fn commands_work_beside_the_daemon_from_asking_to_a_rejection_by_mail() {
    let operator = Operator::with_account();
    let mut daemon = operator.starts("serve");
    assert_eq!(operator.says("health --wait 20s").done(), "ok\n");

    // The daemon sends what the command line asks for.
    let number = operator
        .says("request add --account 112233445 --email joris@example.org --language nl")
        .done();
    let number = number.trim();
    let mut mail = None;
    assert!(eventually(|| {
        mail = mail_to(&operator, "anna@example.com");
        mail.is_some()
    }));
    let answer = mail.unwrap().answer("anna@example.com", "weigeren");

    let dry = operator.hears(["mail", "ingest", "-", "--dry-run", "--json"], &answer);
    assert_eq!(dry.json()[0]["effect"], "rejected");
    let status = |number: &str| {
        operator
            .says(&format!("request show {number} --json"))
            .json()
            .remove(0)
    };
    assert_eq!(status(number)["status"], "pending");

    fs::write(operator.path("answer.eml"), &answer).unwrap();
    let read = operator
        .says("mail ingest answer.eml --json")
        .json()
        .remove(0);
    assert_eq!(read["kind"], "reply");
    assert_eq!(read["decision"], "reject");
    assert_eq!(read["replyText"], "weigeren");
    assert_eq!(read["effect"], "rejected");
    let shown = status(number);
    assert_eq!(read["requestId"], shown["id"]);
    assert_eq!(shown["status"], "rejected");
    assert_eq!(shown["decision"]["door"], "reply");
    assert_eq!(shown["decision"]["by"], "anna@example.com");
    let for_people = operator.says(&format!("request show {number}")).done();
    assert!(
        for_people.contains("rejected by Anna (reply), "),
        "{for_people}"
    );

    let again = operator.says("mail ingest answer.eml").done();
    assert!(again.contains("effect      ignored"), "{again}");
    let explained = operator
        .says("explain --account 112233445 --email joris@example.org --json")
        .json()
        .remove(0);
    assert_eq!(explained["decision"], "deny");
    assert_eq!(explained["rule"], "standing-rejection");
    assert_eq!(explained["requestNumber"], number);

    // A second daemon on the same database is refused.
    operator
        .says("serve --set server.listen=127.0.0.1:0 --set server.admin_listen=off")
        .refused(75, "another daemon already runs");

    assert_eq!(daemon.stops("-TERM"), Some(0));
    // Off a terminal the log is JSON, one event to a line.
    for line in daemon.logged().lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["event"].is_string(), "{line}");
        assert!(
            event["timestamp"].as_str().unwrap().ends_with('Z'),
            "{line}"
        );
        assert!(!line.contains("joris@example.org"), "{line}");
        assert!(!line.contains("112233445"), "{line}");
    }
}

fn mail_to(operator: &Operator, address: &str) -> Option<Received> {
    let mails = fs::read_dir(operator.path("mails")).ok()?;
    let mut mails = mails
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
    mails.find_map(|path| {
        let raw = fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&raw).into_owned();
        let mut headers = text.lines().take_while(|line| !line.is_empty());
        headers
            .any(|line| line.starts_with("To:") && line.contains(address))
            .then(|| Received::parse(None, address, &raw))
    })
}

#[tokio::test]
async fn the_demo_is_ready_within_two_seconds_and_leaves_nothing_behind() {
    let operator = Operator::new();
    let started = std::time::Instant::now();
    let mut demo = operator.starts("demo --listen 127.0.0.1:0");
    assert!(
        eventually(|| demo.printed().contains("curl")),
        "{}",
        demo.logged()
    );
    let welcome = demo.printed();
    let mailbox = after(&welcome, "Mailbox").to_owned();
    let origin = mailbox.strip_suffix("/dev/mailbox").unwrap().to_owned();
    let http = reqwest::Client::new();

    let mut mails = 0;
    while mails == 0 && started.elapsed().as_secs() < 10 {
        let found = http.get(format!("{origin}/api/v1/messages")).send().await;
        let found: serde_json::Value = found.unwrap().json().await.unwrap();
        mails = found["messages"].as_array().unwrap().len();
    }
    assert!(mails > 0);
    // The build under test is not an optimized one, so this is generous.
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());

    assert!(welcome.lines().count() <= 8, "{welcome}");
    for address in ["Portal", "Mailbox", "API reference"] {
        let answer = http.get(after(&welcome, address)).send().await.unwrap();
        assert!(answer.status().is_success(), "{address}: {answer:?}");
    }
    let asked = http
        .post(format!("{origin}/v1/access-requests"))
        .bearer_auth(after(&welcome, "API key"))
        .json(&serde_json::json!({ "accountNumber": "112233445", "email": "noor@example.org" }))
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 201);

    assert_eq!(demo.stops("-INT"), Some(0));
    let left: Vec<_> = fs::read_dir(operator.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name != "stdout" && name != "stderr")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_demo_that_is_kept_is_filled_once() {
    let operator = Operator::new();
    let mut sign_ins = Vec::new();
    for _ in 0..2 {
        let mut demo = operator.starts("demo --listen 127.0.0.1:0 --data kept");
        assert!(
            eventually(|| demo.printed().contains("curl")),
            "{}",
            demo.logged()
        );
        sign_ins.push(after(&demo.printed(), "Sign in").to_owned());
        assert_eq!(demo.stops("-INT"), Some(0));
    }
    assert_eq!(sign_ins[0], sign_ins[1]);
    operator.has(
        "esecured.toml",
        "[server]\npublic_url = \"http://127.0.0.1\"\n[database]\nurl = \"sqlite:kept/esecured.db\"\n\
         [mail]\nfrom = \"a@example.com\"\ntransport = \"dev\"\n",
    );
    assert_eq!(operator.says("request list --json").json().len(), 3);
    assert_eq!(operator.says("admin list --json").json().len(), 4);
    assert_eq!(operator.says("client list --json").json().len(), 1);
}

#[test]
fn the_demo_is_for_this_machine_alone() {
    Operator::new()
        .says("demo --listen 0.0.0.0:0")
        .refused(2, "expected an address of this machine alone");
}

/// What stands on the line that begins so.
fn after<'a>(text: &'a str, begins: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.strip_prefix(begins));
    line.unwrap().trim()
}
