//! Rules by mail domain, as shipping systems, requesters and administrators meet them.

mod look_alikes;
mod my_domain;
mod trusted_domain;

use esecured::{
    domain::{account_number::AccountNumber, domain_name::DomainName, domain_rule::DomainKind},
    workflow::domain_rules::{self, By, DomainRuleError},
};
use serde_json::{Value, json};

use crate::support::{TULIPS, TestApp};

/// The operator adds a rule to the account of the stories.
async fn add(app: &TestApp, kind: DomainKind, name: &str) -> Result<(), DomainRuleError> {
    let account = AccountNumber::parse(TULIPS).unwrap();
    let domain = DomainName::parse(name).unwrap();
    domain_rules::add(&app.app, By::Operator, &account, kind, &domain).await
}

async fn trusts(app: &TestApp, name: &str) {
    add(app, DomainKind::Authorized, name).await.unwrap();
}

async fn owns(app: &TestApp, name: &str) {
    add(app, DomainKind::My, name).await.unwrap();
}

/// A shipping system asks for somebody whose address it has verified, or has not.
async fn ask(app: &TestApp, email: &str, verified: bool) -> (u16, Value) {
    let body = json!({ "accountNumber": TULIPS, "email": email, "emailVerified": verified });
    let answer = app.post("/v1/access-requests", &body).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Decision and rule of a check.
async fn check(app: &TestApp, email: &str, verified: bool) -> [String; 2] {
    let body = json!({ "accountNumber": TULIPS, "email": email, "emailVerified": verified });
    let answer = app.post("/v1/access-checks", &body).await;
    let answer: Value = answer.json().await.unwrap();
    ["decision", "rule"].map(|member| answer[member].as_str().unwrap().to_owned())
}
