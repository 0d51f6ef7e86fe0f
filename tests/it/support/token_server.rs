//! A small token server (RFC 6749) that can be asked which tokens are good (RFC 7662), and that
//! misbehaves as it is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::{
    Form, Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use esecured::config::Oauth;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const CLIENT: &str = "esecured";
pub const SECRET: &str = "s3cret";
pub const REFRESH_TOKEN: &str = "refresh-0";

type Fields = BTreeMap<String, String>;

/// A running server. Dropping it ends it.
pub struct TokenServer {
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

struct Script {
    asked: Vec<Fields>,
    answers: VecDeque<(u16, String)>,
    expires_in: u64,
    /// The number of the refresh token that is good, where they are used up.
    refreshed: Option<u32>,
    good: BTreeSet<String>,
    user: String,
}

impl TokenServer {
    /// Its tokens open the mailbox of this user, for an hour.
    pub async fn start(user: &str) -> Self {
        let script = Arc::new(Mutex::new(Script {
            asked: Vec::new(),
            answers: VecDeque::new(),
            expires_in: 3600,
            refreshed: None,
            good: BTreeSet::new(),
            user: user.to_owned(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new()
            .route("/token", post(grant))
            .route("/introspect", post(introspect))
            .with_state(script.clone());
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            address,
            script,
            server,
        }
    }

    /// What it takes to be granted a token by the client's credentials.
    pub fn credentials(&self) -> Oauth {
        Oauth {
            token_url: format!("http://{}/token", self.address).parse().unwrap(),
            client_id: CLIENT.to_owned(),
            client_secret: Some(SECRET.into()),
            scope: Some("mail".to_owned()),
            refresh_token: None,
            refresh_token_kept_in: None,
            user: self.script.lock().unwrap().user.clone(),
        }
    }

    /// The same with a refresh token.
    pub fn refreshing(&self) -> Oauth {
        Oauth {
            refresh_token: Some(REFRESH_TOKEN.into()),
            ..self.credentials()
        }
    }

    /// The next question is answered like this.
    pub fn answers(&self, status: u16, body: &str) {
        let mut script = self.script.lock().unwrap();
        script.answers.push_back((status, body.to_owned()));
    }

    /// How long the tokens say that they are good, in seconds.
    pub fn grants_for(&self, seconds: u64) {
        self.script.lock().unwrap().expires_in = seconds;
    }

    /// Each refresh token is used up, and a new one comes with the access token.
    pub fn uses_up_refresh_tokens(&self) {
        self.script.lock().unwrap().refreshed = Some(0);
    }

    /// It begins anew.
    pub fn is_at_its_first_refresh_token(&self) {
        self.script.lock().unwrap().refreshed = Some(0);
    }

    /// No token so far is good any more.
    pub fn takes_back_all(&self) {
        self.script.lock().unwrap().good.clear();
    }

    /// Every question for a token.
    pub fn asked(&self) -> Vec<Fields> {
        self.script.lock().unwrap().asked.clone()
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn grant(State(script): State<Arc<Mutex<Script>>>, Form(fields): Form<Fields>) -> Response {
    let mut script = script.lock().unwrap();
    script.asked.push(fields.clone());
    if let Some((status, body)) = script.answers.pop_front() {
        return (StatusCode::from_u16(status).unwrap(), body).into_response();
    }
    let is = |name: &str, value: &str| fields.get(name).is_some_and(|given| given == value);
    let expected = format!("refresh-{}", script.refreshed.unwrap_or(0));
    let is_granted = is("grant_type", "client_credentials")
        || is("grant_type", "refresh_token") && is("refresh_token", &expected);
    if !is_granted || !is("client_id", CLIENT) || !is("client_secret", SECRET) {
        let refused = json!({ "error": "invalid_client", "error_description": SECRET });
        return (StatusCode::UNAUTHORIZED, Json(refused)).into_response();
    }
    let token = format!("token-{}", script.asked.len());
    script.good.insert(token.clone());
    let mut granted = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": script.expires_in,
    });
    if let Some(number) = &mut script.refreshed {
        *number += 1;
        granted["refresh_token"] = json!(format!("refresh-{number}"));
    }
    Json(granted).into_response()
}

async fn introspect(
    State(script): State<Arc<Mutex<Script>>>,
    Form(fields): Form<Fields>,
) -> Json<serde_json::Value> {
    let script = script.lock().unwrap();
    let is_good = fields
        .get("token")
        .is_some_and(|token| script.good.contains(token));
    Json(json!({ "active": is_good, "username": script.user }))
}
