//! Operations as the reference page shows them, each with a call that can be copied.

use serde_json::{Value, json};

use super::{
    said,
    schema_view::{bounds, kind, members, referred},
};

/// The operations below the names that group them.
pub(super) fn groups(document: &Value, origin: &str) -> Value {
    let groups = document["tags"].as_array().into_iter().flatten();
    groups
        .map(|group| {
            let paths = document["paths"].as_object().into_iter().flatten();
            let operations = paths.flat_map(|(path, item)| {
                let operations = item.as_object().into_iter().flatten();
                // What makes something stands before what shows it: POST before GET.
                operations
                    .rev()
                    .filter(|(_, operation)| operation["tags"][0] == group["name"])
                    .map(move |(method, operation)| view(document, origin, path, method, operation))
            });
            json!({
                "name": group["name"],
                "said": said(&group["description"]),
                "operations": operations.collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn view(document: &Value, origin: &str, path: &str, method: &str, operation: &Value) -> Value {
    let body = &operation["requestBody"]["content"]["application/json"];
    let shape = referred(&body["schema"]);
    let answers = operation["responses"].as_object().into_iter().flatten();
    let (refusals, answers): (Vec<_>, Vec<_>) =
        answers.partition(|(status, _)| status.as_str() >= "400");
    let curl = curl(origin, path, method, operation);
    json!({
        "id": operation["operationId"],
        "method": method.to_uppercase(),
        "path": path,
        "summary": operation["summary"],
        "said": said(&operation["description"]),
        "parameters": parameters(operation),
        "body": shape.map(|name| members(&document["components"]["schemas"][name])),
        "curl": curl,
        "answers": answers.into_iter().map(answer).collect::<Vec<_>>(),
        "refusals": refusals.into_iter().flat_map(refusal).collect::<Vec<_>>(),
    })
}

fn parameters(operation: &Value) -> Value {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .map(|parameter| {
            let schema = &parameter["schema"];
            let text = match &parameter["description"] {
                Value::Null => &schema["description"],
                text => text,
            };
            json!({
                "name": parameter["name"],
                "place": parameter["in"],
                "kind": kind(schema),
                "bounds": bounds(schema),
                "said": said(text),
            })
        })
        .collect()
}

fn answer((status, answer): (&String, &Value)) -> Value {
    let content = &answer["content"]["application/json"];
    let single = content.get("example").into_iter();
    let named = content["examples"].as_object().into_iter().flatten();
    let examples = single.chain(named.map(|(_, example)| &example["value"]));
    let headers = answer["headers"].as_object().into_iter().flatten();
    let own_headers = headers
        .filter(|(_, header)| referred(header).is_none())
        .map(|(name, header)| json!({ "name": name, "said": said(&header["description"]) }));
    json!({
        "status": status,
        "said": said(&answer["description"]),
        "shape": referred(&content["schema"]),
        "headers": own_headers.collect::<Vec<_>>(),
        "examples": examples.map(|example| format!("{example:#}")).collect::<Vec<_>>(),
    })
}

fn refusal((status, refusal): (&String, &Value)) -> Vec<Value> {
    let problems = &refusal["content"]["application/problem+json"]["examples"];
    let problems = problems.as_object().into_iter().flatten();
    problems
        .map(|(word, _)| json!({ "status": status, "word": word }))
        .collect()
}

/// A call with the values of the examples, for a shell.
fn curl(origin: &str, path: &str, method: &str, operation: &Value) -> String {
    let mut path = path.to_owned();
    let mut lines = vec!["-H \"Authorization: Bearer $ESECURED_KEY\"".to_owned()];
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (Some(name), Some(example)) =
            (parameter["name"].as_str(), parameter["example"].as_str())
        else {
            continue;
        };
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), example),
            // Whoever copies this knows no answer yet.
            Some("header") if name != "If-None-Match" => {
                lines.push(format!("-H \"{name}: {example}\""));
            }
            _ => {}
        }
    }
    let body = operation.pointer("/requestBody/content/application~1json/example");
    match (method, body) {
        ("get", _) => {}
        (_, Some(body)) => {
            lines.push("-H \"Content-Type: application/json\"".to_owned());
            lines.push(format!("-d '{body:#}'"));
        }
        (method, None) => lines.insert(0, format!("-X {}", method.to_uppercase())),
    }
    format!("curl -sS {origin}{path} \\\n  {}", lines.join(" \\\n  "))
}
