//! The default: an answer counts when our own mail server says that its sender is proven.

use super::{ANNA, Journey};
use crate::support::{Database, process::eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_counts_where_our_server_proved_its_sender_and_only_there() {
    let mut journey = Journey::begin(Database::Sqlite, "authserv_id = \"mx.example.com\"");
    let request = journey.asks("joris@example.com").await;
    let number = request["number"].as_str().unwrap();
    let mail = journey.mail(ANNA, number, "/r/");
    let verdict = |server: &str, domain: &str| {
        format!("Authentication-Results: {server};\r\n\tdmarc=pass header.from={domain}\r\n")
    };

    // Postfix has no filter here: it says nothing about the sender.
    let unproven = mail.answer(ANNA, "weigeren");
    journey.sends(ANNA, &unproven, &mail).await;
    // Others may have said it, or it is about somebody else.
    for (text, top) in [
        (
            "weigeren graag",
            verdict("mx.elsewhere.example", "example.com"),
        ),
        (
            "weigeren alsjeblieft",
            verdict("mx.example.com", "elsewhere.example"),
        ),
        (
            "nu weigeren",
            format!(
                "Received: from x by y\r\n{}",
                verdict("mx.example.com", "example.com")
            ),
        ),
    ] {
        journey.dovecot.drop_in(&mail.answer_with(ANNA, text, &top));
    }
    let ignored = || {
        journey
            .logged(number)
            .iter()
            .filter(|event| *event == "inbox.ignored")
            .count()
    };
    assert!(
        eventually(|| ignored() == 4),
        "{:?}",
        journey.logged(number)
    );
    assert_eq!(journey.request(number)["status"], "pending");

    // What was not proven the first time may come again with a proof.
    let proof = verdict("mx.example.com", "example.com");
    journey
        .dovecot
        .drop_in(&mail.answer_with(ANNA, "weigeren", &proof));
    let shown = journey.becomes(number, "rejected");
    assert_eq!(shown["decision"]["door"], "reply");
}
