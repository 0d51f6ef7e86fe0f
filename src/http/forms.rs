//! Small things that browsers send: form bodies and cookies.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderValue, header},
};

use super::{Web, errors::Failure, whole_body::whole_body};

/// The fields of a form, in their order; a field may come several times. A body that is no form has
/// none: the page then says what is missing, as it does to a browser that left it out.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// The first value of a field; empty where it is missing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value of a field.
    pub(super) fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> + use<'f> {
        let name = name.to_owned();
        self.0
            .iter()
            .filter(move |(field, _)| *field == name)
            .map(|(_, value)| value.as_str())
    }
}

impl FromRequest<Web> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Failure> {
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| {
                kind.trim()
                    .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
        if !is_form {
            return Ok(Self(Vec::new()));
        }
        let body = whole_body(request, web).await?;
        let fields = url::form_urlencoded::parse(&body);
        Ok(Self(fields.into_owned().collect()))
    }
}

/// The value of a cookie (RFC 6265, section 4.2).
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// A cookie for our own pages only, sent over https alone where the public URL is https.
pub(super) fn set_cookie(web: &Web, name: &str, value: &str, attributes: &str) -> HeaderValue {
    let secure = if web.app.config.server.is_https() {
        "; Secure"
    } else {
        ""
    };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{attributes}");
    HeaderValue::from_str(&text).expect("callers give printable ASCII only")
}

/// No path of ours is longer; whatever is kept of what a stranger sends is bounded.
const PATH_MAX: usize = 2_000;

/// A path of ours to go on to, or the beginning: never another site.
pub(super) fn local_path(next: &str) -> &str {
    let leads_here = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= PATH_MAX
        && next
            .bytes()
            .all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    if leads_here { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_never_leads_to_another_site() {
        assert_eq!(local_path("/requests/1?a=b"), "/requests/1?a=b");
        for evil in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            &format!("/{}", "x".repeat(PATH_MAX)),
            "",
            "x",
            "/a\r\nb",
            "/\t/evil.example",
        ] {
            assert_eq!(local_path(evil), "/", "{evil:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            "xlanguage=a; language=nl; b=c".parse().unwrap(),
        );
        assert_eq!(cookie(&headers, "language"), Some("nl"));
        assert_eq!(cookie(&headers, "lang"), None);
    }
}
