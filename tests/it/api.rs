//! The API for shipping systems, as they see it: what is answered, and what never is.

mod answers;
mod cancelling;
mod described;
mod events;
mod forgetting;
mod kept_apart;
mod keys;
mod listing;
mod once;
mod problems;
mod rate_limits;
mod scope;
mod test_mode;
mod waiting;

use esecured::domain::{
    account::{Account, Esecure},
    account_number::AccountNumber,
    email_address::EmailAddress,
    language::Language,
};
use esecured::http::api::description::DOCUMENT;
use esecured::workflow::{
    authorized_users,
    manage::{self, Existence},
};
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{JORIS, TULIPS, TestApp};

/// An answer of the API.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: header::HeaderMap,
    body: Value,
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        Self {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that this is a problem as RFC 9457 has it, and says where in the body it lies.
    #[track_caller]
    fn is_problem(&self, status: u16, path: &str) -> Vec<&str> {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["instance"], path);
        assert_eq!(self.body["requestId"], self.header("x-request-id"));
        for member in ["type", "title", "detail"] {
            assert!(self.body[member].as_str().unwrap().len() > 2, "{self:?}");
        }
        self.is_described(status, path);
        let errors = self.body["errors"].as_array();
        errors
            .into_iter()
            .flatten()
            .map(|error| {
                assert!(!error["detail"].as_str().unwrap().is_empty());
                error["pointer"].as_str().unwrap()
            })
            .collect()
    }
}

impl Answer {
    /// Asserts that an operation at this path says that it can be refused like that.
    #[track_caller]
    fn is_described(&self, status: u16, path: &str) {
        let mut parts: Vec<&str> = path.split('/').collect();
        if let Some(id) = parts.get_mut(3) {
            *id = "{id}";
        }
        let operations = &DOCUMENT["paths"][parts.join("/")];
        let problem = self.body["type"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap();
        // What has no operation, 404 and 405 answer.
        if operations.is_object() && status != 405 {
            let examples = |operation: &Value| {
                let content = &operation["responses"][status.to_string()]["content"];
                content["application/problem+json"]["examples"][problem].is_object()
            };
            let described = operations.as_object().unwrap().values().any(examples);
            assert!(described, "{path} does not say {status} {problem}");
        }
    }
}

/// One call with everything the test wants to choose.
async fn call(
    app: &TestApp,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    let mut request = app
        .http
        .request(method, format!("{}{path}", app.base))
        .body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await.unwrap()).await
}

/// Asks with the key of the story.
async fn ask(app: &TestApp, body: &Value) -> Answer {
    Answer::of(app.post("/v1/access-requests", body).await).await
}

async fn check(app: &TestApp, email: &str) -> Value {
    let body = json!({ "accountNumber": TULIPS, "email": email });
    let answer = Answer::of(app.post("/v1/access-checks", &body).await).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn joris_for_tulips() -> Value {
    json!({ "accountNumber": TULIPS, "email": JORIS })
}

/// The operator makes somebody an authorized user.
async fn authorize(app: &TestApp, email: &str) {
    let account = AccountNumber::parse(TULIPS).unwrap();
    let email = EmailAddress::parse(email).unwrap();
    authorized_users::add_by_operator(&app.app, &account, &email, None)
        .await
        .unwrap();
}

/// A second account, with nobody to decide for it.
pub async fn add_account(app: &TestApp, number: &str, esecure: Esecure) -> AccountNumber {
    let account = Account {
        number: AccountNumber::parse(number).unwrap(),
        name: "Rozenkwekerij Vos".to_owned(),
        language: Language::En,
        time_zone: "Europe/Amsterdam".to_owned(),
        esecure,
        requester_mails: true,
    };
    manage::put_account(&app.app, &account, Existence::New)
        .await
        .unwrap();
    account.number
}
