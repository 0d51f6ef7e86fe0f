//! Many at once: exactly one decision, one request, one answer, and everybody is told the truth.

mod every_door;
mod guard;
mod removal;
mod same_question;

use std::time::Duration;

use esecured::{
    domain::{
        account_number::AccountNumber, email_address::EmailAddress, people::AdministratorId,
        request::MailDoor,
    },
    store::people,
    workflow::decide::ByMail,
};

use crate::support::{TULIPS, TestApp};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn tulips() -> AccountNumber {
    AccountNumber::parse(TULIPS).unwrap()
}

async fn administrator(app: &TestApp, email: &str) -> AdministratorId {
    let mut conn = app.app.store.read().await.unwrap();
    let email = EmailAddress::parse(email).unwrap();
    let found = people::by_email(&mut conn, &email).await.unwrap();
    found.unwrap().0.id
}

fn by_link(administrator: AdministratorId) -> ByMail {
    ByMail {
        administrator,
        door: MailDoor::Link,
        evidence: vec![("keyId", "k1".to_owned())],
    }
}
