//! `/docs`: the reference page of the API for shipping systems. One page without script, whose
//! anchors the `type` of every problem leads to.

use axum::{extract::State, response::Response};
use serde_json::json;

use super::{Web, errors::Failure, pages};
use crate::domain::language::Language;

/// Shows it; in English, as the members and codes it explains.
pub(super) async fn show(State(web): State<Web>) -> Result<Response, Failure> {
    let view = json!({
        "product_name": web.app.config.portal.product_name,
        "signed_in": null,
        "origin": web.app.config.server.origin(),
    });
    let page = web.app.templates.page("docs", Language::En, &view)?;
    Ok(pages::html(page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::Templates;

    fn page() -> String {
        let view = json!({
            "product_name": "eSecure",
            "signed_in": null,
            "origin": "https://esecure.example",
        });
        Templates::load()
            .unwrap()
            .page("docs", Language::En, &view)
            .unwrap()
    }

    /// The codes as they stand in the source of the failures: texts between quotes that are made of
    /// small letters and hyphens, which nothing else there is.
    fn codes_of_failures() -> Vec<&'static str> {
        let source = include_str!("errors.rs");
        let made = source.split("impl Failure {").nth(1).unwrap();
        let made = made.split("impl From<StoreError>").next().unwrap();
        let is_code = |text: &&str| {
            text.len() > 3
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        made.split('"').skip(1).step_by(2).filter(is_code).collect()
    }

    #[test]
    fn the_type_of_every_problem_leads_to_its_explanation() {
        let page = page();
        let codes = codes_of_failures();
        assert!(codes.contains(&"idempotency-key-reused"), "{codes:?}");
        assert!(codes.len() >= 11, "{codes:?}");
        for code in codes {
            assert_eq!(page.matches(&format!("id=\"{code}\"")).count(), 1, "{code}");
        }
    }

    #[test]
    fn every_link_of_the_contents_leads_somewhere() {
        let page = page();
        let targets: Vec<&str> = page
            .split("href=\"#")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(targets.len() > 10);
        for target in targets {
            assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
        }
    }

    #[test]
    fn the_page_needs_no_script_and_no_foreign_host() {
        let page = page();
        assert!(!page.contains("<script"));
        assert!(!page.contains(" style="));
        for url in page.split("://").skip(1) {
            assert!(
                url.starts_with("esecure.example"),
                "{}",
                url.get(..40).unwrap_or(url)
            );
        }
    }
}
