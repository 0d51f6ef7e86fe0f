//! Texts from outside that one of the two databases does not take as they are.

use std::fmt::Write;

use serde_json::json;

use crate::support::{
    ANNA, Database, JORIS, Received, TULIPS, TestApp, invariants, on_both_databases,
};

async fn a_text_with_a_zero_byte_breaks_nothing(database: Database) {
    let app = TestApp::start(database).await;
    for (member, status) in [
        ("name", 400),
        ("reason", 400),
        ("reference", 400),
        ("email", 400),
    ] {
        let mut body = json!({"accountNumber": TULIPS, "email": JORIS});
        body[member] = json!("jo\0ris@example.com");
        let answer = app.post("/v1/access-requests", &body).await;
        assert_eq!(answer.status().as_u16() / 100, status / 100, "{member}");
    }
    let anna = app.signed_in(ANNA).await;
    let page = anna.open("/authorized-users?q=a%00b").await;
    assert_eq!(page.status, 200);
}

async fn a_mail_with_an_odd_message_id_is_read_once(database: Database) {
    let app = TestApp::start(database).await;
    // No compression makes this short enough for an index.
    let mut long = String::new();
    for number in 0..2_000_u64 {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        write!(long, "{mixed:x}").unwrap();
    }
    for (case, odd) in ["a\0b@example.com", &format!("{long}@example.com")]
        .iter()
        .enumerate()
    {
        let id = app
            .asks(&format!("p{case}@elsewhere.example"), TULIPS)
            .await;
        app.deliver_mail().await;
        let address = format!("p{case}@elsewhere.example");
        let mails = app.mails_to(ANNA);
        let asks = |mail: &&Received| mail.text.contains(&address) && mail.text.contains("/r/");
        let reply = mails.iter().find(asks).unwrap().answer(ANNA, "weigeren");
        let reply = String::from_utf8(reply).unwrap();
        let (front, rest) = reply.split_once("Message-ID: <").unwrap();
        let (_, back) = rest.split_once('>').unwrap();
        for word in ["misschien", "weigeren"] {
            let back = back.replace("\r\nweigeren\r\n", &format!("\r\n{word}\r\n"));
            let odd = format!("{front}Message-ID: <{word}{odd}>{back}");
            let read = app.arrives(odd.as_bytes()).await;
            assert_ne!(read.effect.as_str(), "ignored", "{word}: {read:?}");
        }
        assert_eq!(app.status_of(id).await, "rejected");
    }
    invariants::hold(&app.app).await;
}

on_both_databases!(
    a_text_with_a_zero_byte_breaks_nothing,
    a_mail_with_an_odd_message_id_is_read_once,
);
