//! The language of pages that anybody may read: links lead to the same page in the other one.

use axum::{
    http::{HeaderMap, header},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Web, pages, portal::language};
use crate::domain::language::Language;

/// `?language=`
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    language: String,
}

impl Asked {
    /// The language that was asked for, or that of every page.
    pub(super) fn or_usual(&self, web: &Web, headers: &HeaderMap) -> Language {
        Language::parse(&self.language).unwrap_or_else(|| pages::language(web, headers))
    }

    /// Lets the browser remember what was asked for.
    pub(super) fn remember(&self, web: &Web, mut response: Response) -> Response {
        if let Some(chosen) = Language::parse(&self.language) {
            let cookie = language::chosen(web, chosen);
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// The page at this path in each language, as `parts/language_links` takes it.
pub(super) fn links(path: &str) -> Value {
    let link = |language| format!("{path}?language={language}");
    json!({ "nl": link("nl"), "en": link("en") })
}
