//! Two installations, each of which has the other's mailbox among its administrators.

use std::time::Duration;

use esecured::domain::{
    account_number::AccountNumber, email_address::EmailAddress, language::Language,
};
use esecured::workflow::manage;

use crate::support::{Database, Received, TULIPS, TestApp};

/// An installation with its own mailbox.
struct Place {
    app: TestApp,
    domain: &'static str,
    /// How many of its mails to the other one were carried there.
    carried: usize,
}

impl Place {
    async fn at(domain: &'static str) -> Self {
        let app = TestApp::start_with(Database::Sqlite, |config| {
            let mailbox = format!("esecure@{domain}");
            config.mail.from = mailbox.parse().unwrap();
            config.mail.reply_to = Some(mailbox.parse().unwrap());
            config.mail.bounce_to = Some(mailbox.parse().unwrap());
        })
        .await;
        Self {
            app,
            domain,
            carried: 0,
        }
    }

    async fn is_decided_for_by(&self, address: &str) {
        let email = EmailAddress::parse(address).unwrap();
        let account = AccountNumber::parse(TULIPS).unwrap();
        manage::add_administrator(&self.app.app, &email, &account, "Other", Language::Nl, None)
            .await
            .unwrap();
    }

    /// The mails to that domain, in the order in which they were sent.
    fn sent_to(&self, domain: &str) -> Vec<Received> {
        let mailbox = self.app.app.transport.dev_mailbox().unwrap();
        let mut mails = mailbox.all();
        mails.sort_by_key(|mail| mail.id);
        mails
            .iter()
            .filter(|mail| mail.to.ends_with(&format!("@{domain}")))
            .map(|mail| Received::parse(mail.from.as_deref(), &mail.to, &mail.bytes))
            .collect()
    }
}

/// Carries what each sends to the other, until nothing comes any more; how many mails that were.
/// `changed` is what the way does to them.
async fn exchange(places: &mut [Place; 2], changed: impl Fn(String) -> String) -> usize {
    let mut carried = 0;
    loop {
        let mut under_way = Vec::new();
        let [one, other] = places;
        for (place, to) in [(&mut *one, other.domain), (other, "ours.example")] {
            place.app.deliver_mail().await;
            let sent = place.sent_to(to);
            under_way.push(sent[place.carried..].to_vec());
            place.carried = sent.len();
        }
        let (from_other, from_one) = (under_way.remove(1), under_way.remove(0));
        if from_one.is_empty() && from_other.is_empty() {
            return carried;
        }
        for (mail, place) in from_one
            .iter()
            .map(|mail| (mail, &places[1]))
            .chain(from_other.iter().map(|mail| (mail, &places[0])))
        {
            carried += 1;
            assert!(carried < 20, "they go on for ever");
            let sender = mail.envelope_from.as_deref().unwrap_or_default();
            let text = String::from_utf8(mail.raw.clone()).unwrap();
            let text = changed(format!(
                "Return-Path: <{sender}>\r\nDelivered-To: {}\r\n{text}",
                mail.to
            ));
            place.app.arrives(text.as_bytes()).await;
        }
    }
}

/// Each decides for the other; what they had to tell each other about that has arrived.
async fn each_decides_for_the_other() -> [Place; 2] {
    let mut places = [
        Place::at("ours.example").await,
        Place::at("theirs.example").await,
    ];
    places[0].is_decided_for_by("esecure@theirs.example").await;
    places[1].is_decided_for_by("esecure@ours.example").await;
    exchange(&mut places, |mail| mail).await;
    places
}

#[tokio::test]
async fn two_that_write_to_each_other_exchange_two_mails() {
    let mut places = each_decides_for_the_other().await;
    let asked = [
        places[0].app.joris_asks().await,
        places[1].app.joris_asks().await,
    ];
    assert_eq!(exchange(&mut places, |mail| mail).await, 2);
    for (place, id) in places.iter().zip(asked) {
        assert_eq!(place.app.status_of(id).await, "pending");
    }
}

/// Somebody entered the address at which we take answers to our mail as their administrator.
#[tokio::test]
async fn what_they_write_to_our_answering_address_is_not_answered_but_once_without_its_marks() {
    for (stripped, at_most) in [(false, 2), (true, 3)] {
        let way = |mail: String| match stripped {
            true => mail.replace("Auto-Submitted:", "X-Was:"),
            false => mail,
        };
        let mut places = each_decides_for_the_other().await;
        let id = places[0].app.joris_asks().await;
        let mut carried = exchange(&mut places, way).await;
        let asked = places[0].sent_to("theirs.example").pop().unwrap();
        let answers_to = asked.reply_to.unwrap();
        places[1].is_decided_for_by(&answers_to).await;
        places[1].app.dismiss("esecure@ours.example", TULIPS).await;
        exchange(&mut places, |mail| mail).await;
        // Whatever was answered about the same until now does not count any more.
        places[0].app.pass(Duration::from_secs(3601));
        places[1].app.joris_asks().await;
        carried += exchange(&mut places, way).await;
        assert_eq!(carried, at_most, "stripped: {stripped}");
        assert_eq!(places[0].app.status_of(id).await, "pending");
    }
}
