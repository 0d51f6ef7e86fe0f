//! `/docs`: the reference page of the API for shipping systems. What it says of operations and shapes
//! is what the description says; the chapters around them stand in `templates/page/docs/`.

mod operation_view;
mod schema_view;

use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::{Value, json};

use super::{
    Web, api::description::DOCUMENT, errors::Failure, pages, portal::view, problem::Problem,
    reading_language,
};
use crate::domain::announced::Announced;

/// Shows it.
pub(super) async fn show(
    State(web): State<Web>,
    Query(asked): Query<reading_language::Asked>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let language = asked.or_usual(&web, &headers);
    let view = view::signed_out(&web, content(&web.app.config.server.origin()));
    let page = web.app.templates.page("docs", language, &view)?;
    Ok(asked.remember(&web, pages::html(page)))
}

/// What the page shows of an API that is served there.
fn content(origin: &str) -> Value {
    let problems = Problem::ALL.iter().map(|problem| {
        json!({
            "word": problem.as_str(),
            "path": problem.path(),
            "status": problem.status().as_u16(),
        })
    });
    json!({
        "origin": origin,
        "language_links": reading_language::links("/docs"),
        "groups": operation_view::groups(&DOCUMENT, origin),
        "shapes": schema_view::shapes(&DOCUMENT),
        "events": Announced::ALL.iter().map(|kind| event(kind.as_str())).collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
    })
}

fn event(kind: &str) -> Value {
    let meaning = &DOCUMENT["webhooks"][kind]["post"]["description"];
    json!({ "kind": kind, "said": said(meaning) })
}

/// A text of the description: paragraphs' pieces, of which those between backticks are code.
fn said(text: &Value) -> Value {
    let pieces = text.as_str().unwrap_or_default().split('`').enumerate();
    pieces
        .map(|(at, text)| json!({ "code": at % 2 == 1, "text": text }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::language::Language, templates::Templates};

    fn pages() -> [String; 2] {
        let mut view = content("https://esecure.example");
        view["product_name"] = json!("eSecure");
        view["signed_in"] = Value::Null;
        let templates = Templates::load().unwrap();
        [Language::Nl, Language::En]
            .map(|language| templates.page("docs", language, &view).unwrap())
    }

    #[test]
    fn every_link_within_the_page_leads_to_one_place() {
        for page in pages() {
            let targets: Vec<&str> = page
                .split("href=\"#")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .collect();
            assert!(targets.len() > 50, "{}", targets.len());
            for target in targets {
                assert_eq!(
                    page.matches(&format!(" id=\"{target}\"")).count(),
                    1,
                    "{target}"
                );
            }
        }
    }

    #[test]
    fn every_operation_and_every_shape_stands_on_the_page() {
        for page in pages() {
            for (path, operations) in DOCUMENT["paths"].as_object().unwrap() {
                for (method, operation) in operations.as_object().unwrap() {
                    let Some(id) = operation["operationId"].as_str() else {
                        continue;
                    };
                    let (_, article) = page.split_once(&format!("<article id=\"{id}\"")).unwrap();
                    let (article, _) = article.split_once("</article>").unwrap();
                    assert!(article.contains(path), "{method} {path}");
                    assert!(article.contains("curl -sS https://esecure.example/v1/"));
                    for status in operation["responses"].as_object().unwrap().keys() {
                        assert!(article.contains(status), "{id}: {status}");
                    }
                }
            }
            for name in DOCUMENT["components"]["schemas"]
                .as_object()
                .unwrap()
                .keys()
            {
                assert!(page.contains(&format!(" id=\"shape-{name}\"")), "{name}");
            }
        }
    }

    #[test]
    fn the_page_needs_no_script_and_no_foreign_host() {
        for page in pages() {
            assert!(!page.contains("<script"));
            assert!(!page.contains(" style="));
            // Nothing is loaded but what is ours; other hosts stand in examples alone.
            for kind in ["src=\"", "href=\""] {
                for target in page.split(kind).skip(1) {
                    assert!(target.starts_with(['/', '#']), "{}", &target[..40]);
                }
            }
        }
    }
}
