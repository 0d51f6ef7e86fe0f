//! Our own mail server refuses whom a mail goes to.

use esecured::{
    config::{self, Config},
    mail::smtp::SmtpUrl,
};

use super::{address_of, shown, states};
use crate::support::{
    ANNA, BRAM, Database, Received, TestApp, invariants, on_both_databases,
    scripted_smtp::{Fault, Moment, ScriptedSmtp},
};

async fn over(server: &ScriptedSmtp, database: Database) -> TestApp {
    let address = server.address;
    let configure = |config: &mut Config| {
        config.mail.transport = config::Transport::Smtp;
        config.requests.notify_requester = false;
        config.smtp = Some(config::Smtp {
            url: SmtpUrl::parse(&format!("smtp://{address}")).unwrap(),
            connections: 1,
            timeout: std::time::Duration::from_secs(30),
            authorities: Vec::new(),
            oauth: None,
        });
    };
    TestApp::start_with(database, configure).await
}

async fn a_refused_recipient_is_unreachable_and_the_others_are_told(database: Database) {
    let server = ScriptedSmtp::start().await;
    let app = over(&server, database).await;
    // One connection: the two mails go in turn.
    server.once(Moment::Rcpt, Fault::Reply("550 5.1.1 no such user"));
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let mut known = [address_of(&app, ANNA).await, address_of(&app, BRAM).await];
    known.sort_unstable();
    assert_eq!(known, ["fine", "unreachable"]);
    assert_eq!(app.events("administrator.unreachable").await.len(), 1);
    assert_eq!(shown(&app, id).await["reachable"], true);
    assert!(states(&app, id).await.contains("failed"));
    let subjects = server
        .arrived()
        .into_iter()
        .map(|mail| Received::parse(None, "", mail.text.as_bytes()).subject);
    let told = subjects.filter(|subject| subject.contains("cannot be reached"));
    assert_eq!(told.count(), 1);
    invariants::hold(&app.app).await;
}

async fn a_refusal_of_ourselves_says_nothing_of_an_address(database: Database) {
    let server = ScriptedSmtp::start().await;
    let app = over(&server, database).await;
    for _ in 0..2 {
        server.once(Moment::Rcpt, Fault::Reply("554 5.7.1 relaying denied"));
    }
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    assert_eq!(states(&app, id).await, "a failed, b failed");
    for one in [ANNA, BRAM] {
        assert_eq!(address_of(&app, one).await, "fine");
    }
    assert!(app.events("administrator.unreachable").await.is_empty());
    // Nobody heard of it nevertheless.
    assert_eq!(shown(&app, id).await["reachable"], false);
    assert_eq!(app.events("access_request.unreachable").await.len(), 1);
    invariants::hold(&app.app).await;
}

async fn a_full_mailbox_is_tried_until_there_is_room(database: Database) {
    let server = ScriptedSmtp::start().await;
    let app = over(&server, database).await;
    server.once(Moment::Rcpt, Fault::Reply("552 5.2.2 mailbox full"));
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let before = states(&app, id).await;
    assert!(
        before.contains("queued") && before.contains("delivered"),
        "{before}"
    );
    assert_eq!(shown(&app, id).await["reachable"], true);
    app.pass(std::time::Duration::from_secs(3600));
    app.deliver_mail().await;
    assert_eq!(states(&app, id).await, "a delivered, b delivered");
    for one in [ANNA, BRAM] {
        assert_eq!(address_of(&app, one).await, "fine");
    }
    invariants::hold(&app.app).await;
}

on_both_databases! {
    a_refused_recipient_is_unreachable_and_the_others_are_told,
    a_refusal_of_ourselves_says_nothing_of_an_address,
    a_full_mailbox_is_tried_until_there_is_room,
}
