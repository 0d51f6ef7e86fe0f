//! `webhook`: the operator's hand on where shipping systems are told.

use super::operator::Operator;

#[test]
fn an_endpoint_is_added_tried_switched_and_removed() {
    let operator = Operator::with_account();
    operator.says("client add booking").done();
    let url = "https://booking.example.com/hook";
    for (line, code, said) in [
        (
            format!("webhook add {url} --client nobody"),
            1,
            "there is no client \"nobody\"",
        ),
        (
            "webhook add http://example.com/ --client booking".to_owned(),
            2,
            "the URL: expected https",
        ),
        (
            "webhook add https://127.0.0.1/ --client booking".to_owned(),
            2,
            "expected a public address",
        ),
        ("webhook test x".to_owned(), 2, "invalid value 'x'"),
    ] {
        operator.says(&line).refused(code, said);
    }
    let add = format!("webhook add {url} --client booking");
    let secret = operator.says(&add).done();
    assert!(secret.starts_with("whsec_"), "{secret}");
    assert_eq!(secret.lines().count(), 1);
    operator
        .says(&add)
        .refused(1, "has an endpoint with this URL already");

    let listed = operator.says("webhook list --json").json();
    assert_eq!(listed[0]["client"], "booking");
    assert_eq!(listed[0]["url"], url);
    assert_eq!(listed[0]["status"], "working");
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    let table = operator.says("webhook list").done();
    assert!(table.contains("works") && table.contains(url), "{table}");

    operator.says(&format!("webhook test {id}")).done();
    let waiting = operator.says("queue list --queue webhooks --json").json();
    assert_eq!(waiting[0]["type"], "webhook_endpoint.test");
    assert_eq!(waiting[0]["endpointId"], id.as_str());
    let delivery = waiting[0]["id"].as_str().unwrap().to_owned();
    let queue = operator.says("queue list --queue webhooks").done();
    assert!(queue.contains("has not been tried yet"), "{queue}");
    let last = queue.lines().last().unwrap();
    assert_eq!(
        last,
        "1 waiting, 0 given up; 0 delivered, 0 dropped as obsolete"
    );
    operator.says(&format!("queue retry {delivery}")).done();
    operator
        .says(&format!("queue retry {id}"))
        .refused(1, "there is no webhook delivery");
    let log = operator.says(&format!("webhook deliveries {id}")).done();
    assert!(log.contains("webhook_endpoint.test"), "{log}");

    let new = operator.says(&format!("webhook rotate {id}")).done();
    assert!(new.starts_with("whsec_") && new != secret, "{new}");
    operator.says(&format!("webhook disable {id}")).done();
    operator
        .says(&format!("webhook disable {id}"))
        .refused(1, "this endpoint is so already");
    let table = operator.says("webhook list").done();
    assert!(table.contains("disabled (operator)"), "{table}");
    operator
        .says(&format!("webhook replay {id}"))
        .refused(1, "enable it first");
    operator.says(&format!("webhook enable {id}")).done();
    operator
        .says(&format!("webhook replay {id} --since 2d"))
        .done();
    operator
        .says(&format!(
            "webhook replay {id} --since 2d --event {delivery}"
        ))
        .refused(2, "cannot be used with");
    operator.says(&format!("webhook remove {id}")).done();
    operator
        .says(&format!("webhook remove {id}"))
        .refused(1, "there is no such webhook endpoint");
    assert!(operator.says("webhook list --json").json().is_empty());
}
