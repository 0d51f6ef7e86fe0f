//! The table of routes as `src/http` has it, so that a new route cannot be forgotten.

use std::{fs, path::Path};

use esecured::http::api::description::DOCUMENT;
use serde_json::Value;

/// A path pattern such as `/requests/{id}`, and whether it takes forms.
#[derive(Debug)]
pub struct Route {
    /// As axum has it.
    pub pattern: String,
    /// `get`, `post` or `delete`.
    pub methods: Vec<&'static str>,
}

const TABLES: [&str; 3] = [
    include_str!("../../../src/http/mod.rs"),
    include_str!("../../../src/http/portal/settings/mod.rs"),
    include_str!("../../../src/http/dev_mailbox.rs"),
];

/// Where routes may stand beside the tables: health is not for the public.
const NO_TABLE: [&str; 1] = ["health.rs"];

/// The table of the API, whose routes are those of its description.
const DESCRIBED: &str = "src/http/api/mod.rs";

/// Ways to answer that this reading of the tables does not see: nobody may take them.
const UNSEEN: [&str; 5] = [
    ".nest(",
    ".nest_service(",
    ".route_service(",
    ".fallback_service(",
    "MethodRouter",
];
const UNSEEN_METHODS: [&str; 7] = ["put", "patch", "head", "options", "trace", "any", "on"];

/// Every route there is.
pub fn all() -> Vec<Route> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let files = files_with_routes(&source);
    assert_eq!(
        files,
        TABLES.len() + NO_TABLE.len(),
        "a file with routes is not looked at"
    );
    let routes: Vec<Route> = TABLES
        .iter()
        .flat_map(|table| table.split(".route(").skip(1))
        .map(route)
        .collect();
    assert!(routes.len() > 20, "{routes:?}");
    routes.into_iter().chain(described()).collect()
}

/// The routes that are made of the description of the API.
pub fn described() -> Vec<Route> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let route = |(pattern, operations): (&String, &Value)| Route {
        pattern: pattern.clone(),
        methods: ["get", "post", "delete"]
            .into_iter()
            .filter(|method| operations.get(method).is_some())
            .collect(),
    };
    paths.iter().map(route).collect()
}

fn files_with_routes(dir: &Path) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        files += match path.is_dir() {
            true => files_with_routes(&path),
            false => {
                let text = fs::read_to_string(&path).unwrap();
                for unseen in UNSEEN {
                    assert!(!text.contains(unseen), "{}: {unseen}", path.display());
                }
                let is_described = path.ends_with(DESCRIBED);
                assert!(
                    is_described || !text.contains(".routes("),
                    "{}",
                    path.display()
                );
                usize::from(text.contains(".route("))
            }
        };
    }
    files
}

fn route(text: &str) -> Route {
    let mut quoted = text.splitn(3, '"');
    let pattern = quoted.nth(1).unwrap().to_owned();
    let handlers = quoted.next().unwrap();
    let end = handlers.find(';').unwrap_or(handlers.len());
    let handlers: String = handlers[..end].split_whitespace().collect();
    let has = |method: &str| {
        handlers.contains(&format!(",{method}(")) || handlers.contains(&format!(").{method}("))
    };
    let methods: Vec<_> = ["get", "post", "delete"]
        .into_iter()
        .filter(|method| has(method))
        .collect();
    assert!(!methods.is_empty(), "{pattern}: {handlers}");
    for unseen in UNSEEN_METHODS {
        assert!(!has(unseen), "{pattern}: {unseen} is not looked at");
    }
    Route { pattern, methods }
}
