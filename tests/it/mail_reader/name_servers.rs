//! Name servers that do not answer hold up nobody but the mail that they are asked about.

use std::sync::Arc;
use std::time::Duration;

use esecured::config::RequireAuth;
use esecured::mail::own_check::OwnCheck;

use super::{Reader, inbox_at, rejected_by_mail, until, until_rejected};
use crate::support::dovecot::Dovecot;
use crate::support::scripted_dns::ScriptedDns;
use crate::support::signed_mail::Signer;
use crate::support::{Database, TestApp};

/// Longer than the story.
const LOOK_UPS_MAX: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_mail_is_read_while_the_one_before_it_waits_for_a_name_server() {
    let dns = ScriptedDns::silent().await;
    let mut app = TestApp::start_with(Database::Sqlite, |config| {
        config.replies.require_auth = RequireAuth::Dmarc;
        config.replies.authserv_id = Some("mx.example.com".to_owned());
    })
    .await;
    app.app.own_check = Arc::new(OwnCheck::asking(dns.address, LOOK_UPS_MAX).unwrap());
    let (waiting, signed) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let (second, proven) = rejected_by_mail(&app, "mia@elsewhere.example").await;
    let pass = "Authentication-Results: mx.example.com; dmarc=pass header.from=tulips.example\r\n";
    let mut dovecot = Dovecot::start();
    dovecot.drop_in(&Signer::new().sign("tulips.example", &signed));
    dovecot.drop_in(&[pass.as_bytes(), &proven].concat());
    let _reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until_rejected(&app, second).await;
    until("the name server is asked", || !dns.asked().is_empty()).await;
    assert_eq!(app.status_of(waiting).await, "pending");
}
