//! `client`: what a key is for.

use serde_json::json;

use super::operator::Operator;

#[test]
fn a_key_for_tests_asks_nobody_and_its_requests_are_listed_apart() {
    let operator = Operator::with_account();
    operator
        .says("client add x --mode demo")
        .refused(2, "expected live or test");
    operator.says("client add booking").done();
    let key = operator.says("client add erp --mode test").done();
    assert!(key.starts_with("esk_"), "{key}");
    let clients = operator.says("client list --json").json();
    let modes: Vec<_> = clients
        .iter()
        .map(|client| (client["name"].clone(), client["mode"].clone()))
        .collect();
    assert_eq!(json!(modes), json!([["booking", "live"], ["erp", "test"]]));
    let table = operator.says("client list").done();
    assert!(table.contains("erp      test  works  all"), "{table}");
    operator
        .says("request list --mode test")
        .refused(0, "There is no such access request.");
    operator
        .says("request list --mode other")
        .refused(2, "expected live or test");
}
