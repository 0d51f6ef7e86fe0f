//! Three people ask: one is rejected by the red button, one by an answer, one is approved.

use super::{ACCOUNT, ANNA, BRAM, Journey, PASSWORD};
use crate::support::{Database, Received, on_both_databases, process::eventually};

async fn link_reply_and_portal(database: Database) {
    let journey = Journey::begin(database, "require_auth = \"token\"");
    the_red_button(&journey).await;
    an_answer(&journey).await;
    approval_needs_the_portal(&journey).await;
    what_the_operator_sees(&journey);
}

async fn the_red_button(journey: &Journey) {
    let request = journey.asks("joris@example.com").await;
    let number = request["number"].as_str().unwrap();
    let mail = journey.mail(ANNA, number, "/r/");
    asks_in_two_languages(&mail, "nl, en");
    asks_in_two_languages(&journey.mail(BRAM, number, "/r/"), "en, nl");

    let browser = journey.browser();
    let link = mail.path("/r/");
    let page = browser.open(&link).await;
    page.shows("WEIGEREN / Reject").shows("joris@example.com");
    assert_eq!(
        journey.request(number)["status"],
        "pending",
        "looking changes nothing"
    );
    let done = browser
        .submit(&link, &[("nonce", &page.field("nonce"))])
        .await;
    assert_eq!(done.status, 200);
    let shown = journey.request(number);
    assert_eq!(shown["status"], "rejected");
    assert_eq!(shown["decision"]["door"], "link");
    assert_eq!(shown["decision"]["by"], ANNA);
    for notification in shown["notifications"].as_array().unwrap() {
        assert_eq!(notification["state"], "delivered");
    }
    // Everybody is told: who pressed gets the way back, the colleague that it is done.
    journey.mail(ANNA, number, "/u/");
    journey.mail(BRAM, number, "Anna de Wit");
    journey.mail("joris@example.com", number, "rejected");
}

/// Chapter 2.5, as the mail arrived.
fn asks_in_two_languages(mail: &Received, languages: &str) {
    let header = |name: &str| {
        let text = String::from_utf8_lossy(&mail.raw)
            .replace("\r\n ", " ")
            .replace("\n ", " ");
        let line = text
            .lines()
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}"))
    };
    let reply_to = header("Reply-To");
    let token = reply_to
        .trim_start_matches("esecure+")
        .trim_end_matches("@example.com");
    assert!(
        token.len() > 30 && reply_to.len() > token.len(),
        "{reply_to}"
    );
    assert!(
        token
            .chars()
            .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit()),
        "{token}"
    );
    // The server writes the envelope sender here.
    assert!(
        header("Return-Path").starts_with("<esecure+b."),
        "{}",
        header("Return-Path")
    );
    assert!(header("Message-ID").ends_with("@example.com>"));
    assert_eq!(header("Content-Language"), languages);
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("X-Auto-Response-Suppress"), "OOF, AutoReply");
    assert!(header("From").ends_with("<esecure@example.com>"));
    assert!(
        mail.raw.len() <= 16_000,
        "{} octets with what the servers added",
        mail.raw.len()
    );
    assert!(!mail.subject.contains(ACCOUNT), "{}", mail.subject);
    assert!(mail.html.contains("v:roundrect") && mail.html.contains("WEIGEREN"));
}

async fn an_answer(journey: &Journey) {
    let request = journey.asks("marie@example.com").await;
    let number = request["number"].as_str().unwrap();
    let mail = journey.mail(BRAM, number, "/r/");
    let answer = mail.answer(BRAM, "Reject, please.");
    journey.sends(BRAM, &answer, &mail).await;
    let shown = journey.becomes(number, "rejected");
    assert_eq!(shown["decision"]["door"], "reply");
    assert_eq!(shown["decision"]["by"], BRAM);
    let moved = || {
        let processed = journey.dovecot.messages("Processed");
        processed
            .iter()
            .any(|mail| contains(mail, b"Reject, please."))
    };
    assert!(eventually(moved));
    journey.mail(BRAM, number, "/u/");
    journey.mail(ANNA, number, "Bram Smith");
}

async fn approval_needs_the_portal(journey: &Journey) {
    let request = journey.asks("kees@example.com").await;
    let number = request["number"].as_str().unwrap();
    let mail = journey.mail(ANNA, number, "/r/");
    let answer = mail.answer(ANNA, "Akkoord, goedkeuren.");
    journey.sends(ANNA, &answer, &mail).await;

    // The friendly answer to the answer: the way to the portal, and not to be answered again.
    let link = format!("/requests/{}", request["id"].as_str().unwrap());
    let mut friendly = None;
    assert!(eventually(|| {
        friendly = journey
            .mails()
            .into_iter()
            .find(|mail| mail.to == ANNA && contains(&mail.raw, b"Auto-Submitted: auto-replied"));
        friendly.is_some()
    }));
    let friendly = friendly.unwrap();
    assert!(contains(&friendly.raw, b"Return-Path: <>"));
    assert_eq!(friendly.path("/requests/"), link);
    assert_eq!(journey.request(number)["status"], "pending");

    // Through the sign-in straight to that request.
    let browser = journey.browser();
    let page = browser.open(&link).await;
    assert!(page.location.unwrap().starts_with("/login?next="));
    let signed_in = browser.sign_in(ANNA, PASSWORD, &link).await;
    assert_eq!(signed_in.location.as_deref(), Some(link.as_str()));
    browser.open(&link).await.shows("kees@example.com");
    let list = browser
        .decides(&[request["id"].as_str().unwrap()], "approve")
        .await;
    list.shows("kees@example.com").shows("goedgekeurd");
    let shown = journey.request(number);
    assert_eq!(shown["status"], "approved");
    assert_eq!(shown["decision"]["door"], "portal");
    journey.mail("kees@example.com", number, "approved");
    journey.mail(BRAM, number, "Anna de Wit");

    // From now on the number may be used, and nobody is asked.
    let explained = journey.installation.says(&[
        "--json",
        "explain",
        "--account",
        ACCOUNT,
        "--email",
        "kees@example.com",
    ]);
    assert!(explained.contains("authorized-user"), "{explained}");

    // All of it stands in the log, findable by the number of the request.
    let logged = journey.logged(number);
    let mut rest = logged.iter();
    for event in [
        "access_request.created",
        "outbox.delivered",
        "inbox.received",
        "outbox.delivered",
        "access_request.decided",
        "outbox.delivered",
    ] {
        assert!(
            rest.any(|logged| logged == event),
            "no {event} in {logged:?}"
        );
    }
}

fn what_the_operator_sees(journey: &Journey) {
    let operator = &journey.installation;
    assert!(operator.says(&["audit", "verify"]).starts_with("intact: "));
    let tail = operator.says(&["audit", "tail", "-n", "50"]);
    for event in [
        "access_request.created",
        "access_request.rejected",
        "access_request.approved",
    ] {
        assert!(tail.contains(event), "{tail}");
    }
    let sent = || {
        operator
            .says(&["queue", "list"])
            .starts_with("0 waiting, 0 held, 0 given up")
    };
    assert!(eventually(sent), "{}", operator.says(&["queue", "list"]));
    let read = || journey.dovecot.count("INBOX") == 0;
    assert!(eventually(read));
    assert_eq!(journey.dovecot.count("Quarantine"), 0);

    // No address, link or token in any line of the log.
    let mail = journey.mails().pop().unwrap();
    for line in journey.daemon.log_lines() {
        let line = line.to_string();
        assert!(
            !line.contains("joris@") && !line.contains("anna@"),
            "{line}"
        );
        assert!(!line.contains(ACCOUNT) && !line.contains("/r/"), "{line}");
        if let Some(address) = &mail.reply_to {
            assert!(!line.contains(address.as_str()), "{line}");
        }
    }
}

fn contains(mail: &[u8], text: &[u8]) -> bool {
    mail.windows(text.len()).any(|window| window == text)
}

on_both_databases!(link_reply_and_portal);
