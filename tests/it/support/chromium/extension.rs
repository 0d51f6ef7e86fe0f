//! Commands that Chromium's driver understands beyond the standard.

use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::Method;
use serde_json::Value;
use url::Url;

/// One of them, with what it is told.
#[derive(Debug)]
pub struct Extension {
    /// Its last part of the path.
    pub endpoint: &'static str,
    /// What it is told.
    pub body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap(), self.endpoint))
    }

    fn method_and_body(&self, _url: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
