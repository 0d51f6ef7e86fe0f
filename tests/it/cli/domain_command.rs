//! `domain`, and what `explain` says of it.

use serde_json::{Value, json};

use super::Operator;

fn explained(operator: &Operator, rest: &str) -> Value {
    let line = format!("--json explain --account 112233445 --email {rest}");
    let mut said = operator.says(&line).json();
    assert_eq!(said.len(), 1);
    said.remove(0)
}

#[test]
fn rules_by_domain_are_added_listed_and_removed() {
    let operator = Operator::with_account();
    operator
        .says("domain list")
        .refused(0, "There is no rule by domain");
    for rule in ["Example.com --kind my", "@bücher.example --kind my"] {
        let line = format!("domain add {rule} --account 112233445");
        operator.says(&line).done();
        operator
            .says(&line)
            .refused(1, "the account has this rule already");
    }
    let listed = operator.says("domain list --json").json();
    let rules: Vec<_> = listed
        .iter()
        .map(|rule| ["accountNumber", "kind", "domain"].map(|name| rule[name].as_str().unwrap()))
        .collect();
    assert_eq!(
        rules,
        [
            ["112233445", "my", "example.com"],
            ["112233445", "my", "xn--bcher-kva.example"],
        ]
    );
    let table = operator.says("domain list --account 112233445").done();
    assert!(table.starts_with("ACCOUNT    KIND  DOMAIN"), "{table}");
    operator
        .says("domain remove bücher.example --account 112233445 --kind my")
        .done();
    operator
        .says("domain remove bücher.example --account 112233445 --kind my")
        .refused(1, "the account has no such rule");
    assert_eq!(operator.says("domain list --json").json().len(), 1);
    let both = operator.says("domain add example.com --account 112233445 --kind authorized");
    assert!(!both.stderr.contains("no effect"), "{both:?}");
    both.done();
    operator
        .says("domain remove example.com --account 112233445")
        .done();
    assert!(operator.says("domain list --json").json().is_empty());
    let events = operator.says("audit export").json();
    let names: Vec<_> = events
        .iter()
        .map(|event| event["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names[2..],
        [
            "domain.added",
            "domain.added",
            "domain.removed",
            "domain.added",
            "domain.removed",
            "domain.removed"
        ]
    );
    operator.says("audit verify").done();
}

#[test]
fn a_rule_that_can_never_have_effect_is_named() {
    let operator = Operator::with_account();
    let trusts = "domain add partner.example --account 112233445 --kind authorized";
    let said = operator.says(trusts);
    assert!(!said.stderr.contains("no effect"), "{said:?}");
    operator
        .says("domain add example.com --account 112233445 --kind my")
        .refused(
            0,
            "But partner.example has no effect as an Authorized Domain",
        );
    let listed = operator.says("domain list --json").json();
    let effects: Vec<_> = listed.iter().map(|rule| &rule["hasEffect"]).collect();
    assert_eq!(effects, [&json!(false), &json!(true)]);
    let table = operator.says("domain list").done();
    assert!(
        table.contains("none: it is not of kind my as well"),
        "{table}"
    );
    let said = operator.says("domain add partner.example --account 112233445 --kind my");
    assert!(!said.stderr.contains("no effect"), "{said:?}");
    said.done();
}

#[test]
fn what_cannot_be_a_rule_is_refused_with_the_reason() {
    let operator = Operator::with_account();
    for (rule, code, reason) in [
        (
            "gmail.com --account 112233445 --kind authorized",
            1,
            "anybody can get an address at gmail.com",
        ),
        (
            "examp1e.com --account 112233445 --kind authorized",
            1,
            "examp1e.com looks like example.com",
        ),
        (
            "münchen.de --account 112233445 --kind authorized",
            1,
            "xn--mnchen-3ya.de stands for a name with letters that are not plain ones",
        ),
        (
            "example.nl --account 987654321 --kind my",
            1,
            "there is no such account",
        ),
        (
            "example.nl --account 112233445 --kind their",
            2,
            "expected my or authorized",
        ),
        (
            "example --account 112233445 --kind my",
            2,
            "expected a domain name such as example.com",
        ),
        ("example.nl --account 112233445", 2, "--kind"),
    ] {
        operator
            .says(&format!("domain add {rule}"))
            .refused(code, reason);
    }
    operator
        .says("domain add gmail.com --account 112233445 --kind my")
        .done();
}

#[test]
fn explain_says_which_rule_why_and_what_a_domain_looks_like() {
    let operator = Operator::with_account();
    for rule in [
        "partner.example --kind authorized",
        "example.com --kind my",
        "partner.example --kind my",
    ] {
        operator
            .says(&format!("domain add {rule} --account 112233445"))
            .done();
    }
    let said = explained(&operator, "joris@elsewhere.example");
    assert_eq!(
        (&said["decision"], &said["rule"]),
        (&json!("deny"), &json!("outside-my-domain"))
    );
    let said = explained(&operator, "joris@partner.example");
    assert_eq!(
        (&said["decision"], &said["rule"]),
        (&json!("allow"), &json!("authorized-domain"))
    );
    assert_eq!(said["emailVerified"], true);
    let said = explained(&operator, "joris@partner.example --unverified");
    assert_eq!(
        (&said["decision"], &said["rule"]),
        (&json!("ask"), &json!("ask"))
    );
    assert!(
        said["why"].as_str().unwrap().contains("not verified"),
        "{said}"
    );
    assert!(said.get("looksLike").is_none());

    let said = explained(&operator, "joris@exarnple.com");
    assert_eq!(
        (&said["rule"], &said["looksLike"]),
        (&json!("outside-my-domain"), &json!("example.com"))
    );
    let facts = operator
        .says("explain --account 112233445 --email joris@exarnple.com")
        .done();
    assert!(facts.contains("looks like  example.com\n"), "{facts}");
    assert!(
        facts.contains("why         the address is of none of the account's own domains\n"),
        "{facts}"
    );
    // What is asked by hand is decided by the same rules.
    operator
        .says("request add --account 112233445 --email joris@elsewhere.example")
        .refused(
            0,
            "Nobody is asked: it is rejected by the rule outside-my-domain.",
        );
    let listed = operator.says("request list --json").json();
    assert_eq!(
        (&listed[0]["status"], &listed[0]["rule"]),
        (&json!("rejected"), &json!("outside-my-domain"))
    );
}
