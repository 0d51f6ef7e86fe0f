//! The description of the API is that of what is served, and so are the pages about problems.

use esecured::http::{api::description::DOCUMENT, problem::Problem};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, call};
use crate::support::{
    Database, TestApp,
    routes::{self, Route},
};

const DESCRIPTION: &str = "/v1/openapi.json";

#[tokio::test]
async fn every_path_takes_the_methods_that_are_described_and_no_other() {
    let app = TestApp::start(Database::Sqlite).await;
    let described = routes::described();
    assert_eq!(described.len(), 12);
    for Route { pattern, methods } in described {
        let path = pattern.replace("{id}", "0198c3a0-0000-7000-8000-000000000000");
        for method in ["GET", "POST", "DELETE", "PUT", "PATCH"] {
            let answer = call(&app, method.parse().unwrap(), &path, &[], "").await;
            if methods.contains(&method.to_lowercase().as_str()) {
                // It asks for a key.
                answer.is_problem(401, &path);
                continue;
            }
            answer.is_problem(405, &path);
            let named = answer.header("allow").to_lowercase();
            let allowed: Vec<&str> = named.split(',').filter(|name| *name != "head").collect();
            assert_eq!(allowed.len(), methods.len(), "{path}: {allowed:?}");
            assert!(methods.iter().all(|name| allowed.contains(name)), "{path}");
        }
    }
}

#[tokio::test]
async fn the_description_is_public_may_be_kept_and_is_what_the_command_prints() {
    let app = TestApp::start(Database::Sqlite).await;
    let served = call(&app, Method::GET, DESCRIPTION, &[], "").await;
    assert_eq!(served.status, 200);
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.header("cache-control"), "public, max-age=3600");
    let known = [("if-none-match", served.header("etag"))];
    assert_eq!(
        call(&app, Method::GET, DESCRIPTION, &known, "")
            .await
            .status,
        304
    );

    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_esecured"))
        .arg("openapi")
        .output()
        .unwrap();
    assert!(printed.status.success());
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed, served.body);
    assert_eq!(printed["openapi"], "3.1.0");
}

#[test]
fn every_operation_says_what_somebody_needs_who_calls_it() {
    for path in DOCUMENT["paths"].as_object().unwrap().values() {
        let operations = path.as_object().unwrap().iter();
        for (_, operation) in operations.filter(|(name, _)| *name != "parameters") {
            for said in ["operationId", "summary", "description"] {
                assert!(operation[said].as_str().unwrap().len() > 8, "{operation}");
            }
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let content = answer["content"].as_object().into_iter().flatten();
                for (_, content) in content {
                    let shown = [&content["example"], &content["examples"]];
                    assert!(
                        shown.iter().any(|example| example.is_object()),
                        "{status}: {operation}"
                    );
                }
            }
            if let Some(body) = operation.get("requestBody") {
                let content = &body["content"]["application/json"];
                assert!(content["example"].is_object(), "{operation}");
                let name = content["schema"]["$ref"].as_str().unwrap();
                let schema = DOCUMENT.pointer(name.trim_start_matches('#')).unwrap();
                assert_eq!(schema["additionalProperties"], json!(false), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn every_problem_has_a_page_at_its_type_in_both_languages() {
    let app = TestApp::start(Database::Sqlite).await;
    let browser = app.browser();
    let docs = browser.open("/docs").await;
    for problem in Problem::ALL {
        let path = problem.path();
        assert!(docs.body.contains(&format!("href=\"{path}\"")), "{path}");
        let mut pages = Vec::new();
        for (language, question) in [("nl", "Wat je doet"), ("en", "What to do")] {
            let headers = [("accept-language", language)];
            let page = browser.send(Method::GET, &path, &headers).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(
                page.body.contains(&format!("<html lang=\"{language}\"")),
                "{path}"
            );
            page.shows(question);
            page.shows(problem.title());
            // What it means and what to do are said.
            let paragraphs = page.body.split("<p>").skip(1);
            let words = paragraphs.map(|rest| rest.split("</p>").next().unwrap());
            assert_eq!(words.filter(|words| words.len() > 20).count(), 2, "{path}");
            pages.push(page.body);
        }
        assert_ne!(pages[0], pages[1]);
    }
    assert_eq!(browser.open("/problems/nothing").await.status, 404);
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_page() {
    let app = TestApp::start(Database::Sqlite).await;
    let refused = Answer::of(app.post("/v1/access-checks", &json!({})).await).await;
    let address = refused.body["type"].as_str().unwrap();
    let page = app.http.get(address).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("invalid-body"));
}
