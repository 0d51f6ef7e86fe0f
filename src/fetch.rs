//! One question to another server over HTTP, such as an identity provider or a token server: no
//! redirects, ten seconds, one mebibyte, and TLS unless it runs on this machine.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Request, Response, Uri, header},
};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::{Host, Url};

use crate::trust;

/// How long one question may take, from the name of the host to the last octet of the answer.
const LIMIT: Duration = Duration::from_secs(10);
/// The longest answer, in octets.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Asks. Copies share their TLS.
#[derive(Clone)]
pub struct Fetch {
    tls: Arc<ClientConfig>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is not one that is asked.
    #[error("{0} is neither https nor on this machine")]
    Address(String),
    /// It took too long.
    #[error("no answer within {} seconds", LIMIT.as_secs())]
    TooSlow,
    /// The connection.
    #[error("{0}")]
    Connection(#[from] std::io::Error),
    /// What was spoken over it.
    #[error("{0}")]
    Http(#[from] hyper::Error),
    /// The answer is too long, or broke off.
    #[error("{0}")]
    Body(#[from] axum::Error),
}

impl Fetch {
    /// Trusts whom the system trusts, and `extra_roots` beside.
    pub fn trusting(extra_roots: &[CertificateDer<'static>]) -> Self {
        Self {
            tls: trust::trusting(extra_roots),
        }
    }

    /// Asks; whatever the server answers, a redirect too, is an answer.
    ///
    /// # Errors
    /// There is none, or none that ends in time.
    pub async fn ask(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        tokio::time::timeout(LIMIT, self.connect_and_ask(request))
            .await
            .unwrap_or(Err(FetchError::TooSlow))
    }

    async fn connect_and_ask(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, FetchError> {
        let place = Place::of(request.uri())?;
        let stream = TcpStream::connect((place.host.as_str(), place.port)).await?;
        if !place.is_https {
            return exchange(stream, &place, request).await;
        }
        let name = ServerName::try_from(place.host.clone()).map_err(std::io::Error::other)?;
        let stream = TlsConnector::from(self.tls.clone())
            .connect(name, stream)
            .await?;
        exchange(stream, &place, request).await
    }
}

/// Where a question goes.
struct Place {
    is_https: bool,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    /// As it stands in the `Host` header.
    authority: String,
    /// Path and query.
    target: String,
}

impl Place {
    fn of(uri: &Uri) -> Result<Self, FetchError> {
        let refused = || {
            FetchError::Address(
                uri.authority()
                    .map_or_else(String::new, ToString::to_string),
            )
        };
        let url = Url::parse(&uri.to_string()).map_err(|_| refused())?;
        let host = url.host().ok_or_else(refused)?;
        let is_https = url.scheme() == "https";
        let is_asked = match url.scheme() {
            "https" => true,
            "http" => is_here(&host),
            _ => false,
        };
        if !is_asked {
            return Err(refused());
        }
        let bare = match host {
            Host::Ipv6(address) => address.to_string(),
            other => other.to_string(),
        };
        Ok(Self {
            is_https,
            port: url.port_or_known_default().ok_or_else(refused)?,
            authority: match url.port() {
                Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
                None => url.host_str().unwrap_or_default().to_owned(),
            },
            target: url[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
            host: bare,
        })
    }
}

fn is_here(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    place: &Place,
    mut request: Request<Vec<u8>>,
) -> Result<Response<Vec<u8>>, FetchError> {
    *request.uri_mut() = place
        .target
        .parse()
        .map_err(|_| FetchError::Address(place.authority.clone()))?;
    let (answer, _connection) = speak(stream, &place.authority, request).await?;
    let (parts, body) = answer.into_parts();
    // A redirect is an answer like any other: whoever asked did not expect it.
    let body = axum::body::to_bytes(Body::new(body), LONGEST_ANSWER).await?;
    Ok(Response::from_parts(parts, body.to_vec()))
}

/// Asks over a connection that is there already: the status and the headers of the answer. Its body
/// is read to be polite, at most so many octets of it.
///
/// # Errors
/// There is no answer.
pub(crate) async fn status_of(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    authority: &str,
    request: Request<Vec<u8>>,
    longest_answer: usize,
) -> Result<(u16, HeaderMap), FetchError> {
    let (answer, _connection) = speak(stream, authority, request).await?;
    let (parts, body) = answer.into_parts();
    let _ = axum::body::to_bytes(Body::new(body), longest_answer).await;
    Ok((parts.status.as_u16(), parts.headers))
}

/// What an exchange over HTTP goes on by; dropping it ends the connection.
type Connection = AbortOnDropHandle<Result<(), hyper::Error>>;

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    authority: &str,
    request: Request<Vec<u8>>,
) -> Result<(Response<Incoming>, Connection), FetchError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let (mut parts, body) = request.into_parts();
    let host =
        HeaderValue::from_str(authority).map_err(|_| FetchError::Address(authority.to_owned()))?;
    parts.headers.insert(header::HOST, host);
    let agent = HeaderValue::from_static("esecured");
    parts.headers.insert(header::USER_AGENT, agent);
    let request = Request::from_parts(parts, Body::from(body));
    Ok((sender.send_request(request).await?, connection))
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// Asks a server that says this, whatever it is asked; also what it was asked.
    async fn asked(answer: Vec<u8>) -> (Result<Response<Vec<u8>>, FetchError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut question = vec![0; 4096];
            let length = stream.read(&mut question).await.unwrap();
            question.truncate(length);
            // Whoever asked may have heard enough.
            let _ = stream.write_all(&answer).await;
            String::from_utf8(question).unwrap()
        });
        let answer = ask(&format!("http://{address}/a?b=c")).await;
        (answer, server.await.unwrap())
    }

    async fn ask(url: &str) -> Result<Response<Vec<u8>>, FetchError> {
        let request = Request::get(url).body(Vec::new()).unwrap();
        Fetch::trusting(&[]).ask(request).await
    }

    #[tokio::test]
    async fn a_question_names_its_host_and_asks_for_a_path() {
        let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec();
        let (answer, question) = asked(ok).await;
        assert_eq!(answer.unwrap().body(), b"ok");
        assert!(
            question.starts_with("GET /a?b=c HTTP/1.1\r\n"),
            "{question}"
        );
        assert!(question.contains("host: 127.0.0.1:"), "{question}");
    }

    #[tokio::test]
    async fn a_redirect_is_followed_nowhere() {
        let away =
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n";
        let (answer, _) = asked(away.to_vec()).await;
        assert_eq!(answer.unwrap().status(), 302);
    }

    #[tokio::test]
    async fn an_answer_has_an_end() {
        let mut long = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        long.resize(long.len() + LONGEST_ANSWER + 1, b'x');
        let (answer, _) = asked(long).await;
        assert!(matches!(answer, Err(FetchError::Body(_))), "{answer:?}");
        let (broken, _) = asked(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok".to_vec()).await;
        assert!(matches!(broken, Err(FetchError::Body(_))), "{broken:?}");
    }

    #[tokio::test]
    async fn plain_http_is_for_this_machine_alone() {
        for url in [
            "http://login.example.com/",
            "http://192.0.2.1/",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com/",
            "http://[2001:db8::1]/",
            "ftp://127.0.0.1/",
        ] {
            let refused = ask(url).await;
            assert!(matches!(refused, Err(FetchError::Address(_))), "{url}");
        }
    }
}
