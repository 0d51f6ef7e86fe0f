//! What mail programs do not know of what our mails are made of, beside the list of what is accepted.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use esecured::domain::message::MessageKind;
use serde_json::Value;

use crate::support::process::run;

#[test]
fn what_some_mail_programs_do_not_know_is_accepted_in_writing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut node = Command::new("node");
    node.arg(root.join("tests/peers/can_i_email.mjs"));
    for kind in MessageKind::ALL {
        node.arg(root.join(format!("tests/golden/mail/{kind}.nl.html")));
    }
    let said: Value = serde_json::from_slice(&run(&mut node)).unwrap();
    assert!(said["looked"].as_u64().unwrap() >= 30, "{}", said["looked"]);
    let found: BTreeSet<&str> = said["found"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();

    let accepted = fs::read_to_string(root.join("docs/mail-programs.md")).unwrap();
    let accepted: BTreeSet<&str> = accepted
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let odd: Vec<&&str> = found.symmetric_difference(&accepted).collect();
    assert!(odd.is_empty(), "not both found and accepted: {odd:?}");
}
