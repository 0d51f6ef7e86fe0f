//! A shipping system's endpoint: it keeps what it is told, and answers as the test wants.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64;
use esecured::domain::webhook_secret::WebhookSecret;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

/// A running endpoint. Dropping it ends it.
pub struct Receiver {
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Script {
    told: Vec<Told>,
    answers: VecDeque<(u16, Option<(&'static str, String)>)>,
    usual: u16,
}

/// One call.
#[derive(Clone, Debug)]
pub struct Told {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Told {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Whether one of the signatures is by this secret, over what came.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let bytes = BASE64
            .decode(secret.strip_prefix("whsec_").unwrap().as_bytes())
            .unwrap();
        let secret = WebhookSecret::from_bytes(bytes.try_into().unwrap());
        let at = self.header("webhook-timestamp").parse().unwrap();
        let at = esecured::domain::timestamp::Timestamp::from_seconds(at);
        let id = self.header("webhook-id").parse().unwrap();
        let signed = secret.sign(id, at, self.body.as_bytes());
        self.header("webhook-signature")
            .split(' ')
            .any(|one| one == signed)
    }
}

impl Receiver {
    /// It takes everything.
    pub async fn start() -> Self {
        let (listener, script, routes) = Self::prepare().await;
        Self {
            address: listener.local_addr().unwrap(),
            script,
            server: tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() }),
        }
    }

    /// The same over TLS, with this certificate and its key.
    pub async fn start_behind_tls(certificate: &Path, key: &Path) -> Self {
        let (listener, script, routes) = Self::prepare().await;
        let chain = CertificateDer::pem_file_iter(certificate).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                chain.map(Result::unwrap).collect(),
                PrivateKeyDer::from_pem_file(key).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, routes) = (acceptor.clone(), routes.clone());
                tokio::spawn(async move {
                    // Whoever does not believe us hangs up.
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let service = TowerToHyperService::new(routes);
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service);
                    let _ = connection.await;
                });
            }
        });
        Self {
            address,
            script,
            server,
        }
    }

    async fn prepare() -> (TcpListener, Arc<Mutex<Script>>, Router) {
        let script = Arc::new(Mutex::new(Script {
            usual: 204,
            ..Script::default()
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let routes = Router::new().fallback(hear).with_state(script.clone());
        (listener, script, routes)
    }

    /// Where it is called.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What it was told, in order.
    pub fn told(&self) -> Vec<Told> {
        self.script.lock().unwrap().told.clone()
    }

    /// The types of what it was told, in order.
    pub fn kinds(&self) -> Vec<String> {
        self.told().iter().map(Told::kind).collect()
    }

    /// The next call is answered like this.
    pub fn answers(&self, status: u16) {
        let mut script = self.script.lock().unwrap();
        script.answers.push_back((status, None));
    }

    /// The same, with a header.
    pub fn answers_with(&self, status: u16, name: &'static str, value: &str) {
        let mut script = self.script.lock().unwrap();
        let header = Some((name, value.to_owned()));
        script.answers.push_back((status, header));
    }

    /// Every call from now on is answered like this.
    pub fn always_answers(&self, status: u16) {
        self.script.lock().unwrap().usual = status;
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn hear(
    State(script): State<Arc<Mutex<Script>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut script = script.lock().unwrap();
    script.told.push(Told {
        path: uri.to_string(),
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let usual = script.usual;
    let (status, header) = script.answers.pop_front().unwrap_or((usual, None));
    let status = StatusCode::from_u16(status).unwrap();
    match header {
        Some(header) => (status, [header]).into_response(),
        None => status.into_response(),
    }
}
