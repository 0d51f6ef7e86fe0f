use proptest::prelude::*;

use super::*;

/// What was understood: the addresses as typed, and what is none.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let list = AddressList::read(text);
    (
        list.addresses
            .iter()
            .map(|one| one.as_typed().to_owned())
            .collect(),
        list.faults.into_iter().map(|one| one.text).collect(),
    )
}

#[track_caller]
fn all_good(text: &str, addresses: &[&str]) {
    let (good, bad) = read(text);
    assert_eq!(good, addresses, "{text:?}");
    assert!(bad.is_empty(), "{text:?}: {bad:?}");
}

#[test]
fn lists_are_read_however_they_are_separated() {
    let both = ["a@x.nl", "b@y.nl"];
    for text in [
        "a@x.nl,b@y.nl",
        "a@x.nl, b@y.nl",
        "a@x.nl;b@y.nl;",
        "a@x.nl b@y.nl",
        "a@x.nl\tb@y.nl",
        "a@x.nl\nb@y.nl\n",
        "a@x.nl\r\n\r\n  b@y.nl\r\n",
        "a@x.nl\u{a0};\u{a0}b@y.nl",
        "a@x.nl，b@y.nl",
        ";,a@x.nl,,;,b@y.nl,",
        "a@x.nl & b@y.nl",
        "a@x.nl\u{2028}b@y.nl",
    ] {
        all_good(text, &both);
    }
}

#[test]
fn names_and_decoration_fall_away() {
    let one = ["anna@x.nl"];
    for text in [
        "Anna <anna@x.nl>",
        "Anna de Wit <anna@x.nl>",
        "\"Wit, Anna de\" <anna@x.nl>",
        "Wit, Anna de <anna@x.nl>",
        "\"Anna\"<anna@x.nl>",
        "J.P. de Wit <anna@x.nl>;",
        "<anna@x.nl>",
        "< anna@x.nl >",
        "mailto:anna@x.nl",
        "MAILTO:anna@x.nl?subject=hallo",
        "<mailto:anna@x.nl>",
        "'anna@x.nl'",
        "'Anna de Wit' <anna@x.nl>",
        "\"anna@x.nl\"",
        "“anna@x.nl”",
        "(anna@x.nl)",
        "anna@x.nl (Anna de Wit)",
        "anna@x.nl.",
        "anna@x.nl?!",
        "- anna@x.nl",
        "* anna@x.nl",
        "•anna@x.nl",
        "\u{2022}\tanna@x.nl",
        "1. anna@x.nl",
        "12) anna@x.nl",
        "(3) anna@x.nl",
        "To: anna@x.nl",
        "Aan: Anna <anna@x.nl>",
        "\u{feff}anna@x.nl\u{200b}",
        "[anna@x.nl]",
        "**anna@x.nl**",
    ] {
        all_good(text, &one);
    }
}

#[test]
fn a_whole_address_book_is_read() {
    all_good(
        "1. Anna de Wit <anna@x.nl>;\n2. \"Smith, Bram\" <bram@y.nl>,\n3. carla@z.nl (Carla)\n\n\
         To: Dirk <dirk@x.nl>, Visser, Els <els@x.nl>; 'femke@x.nl'\n\
         o'brien@x.ie\tx.y+z@sub.x.co.uk",
        &[
            "anna@x.nl",
            "bram@y.nl",
            "carla@z.nl",
            "dirk@x.nl",
            "els@x.nl",
            "femke@x.nl",
            "o'brien@x.ie",
            "x.y+z@sub.x.co.uk",
        ],
    );
}

#[test]
fn the_same_address_counts_once_as_it_was_typed_first() {
    let list = AddressList::read("Anna@x.nl, anna@X.NL; b@x.nl anna@x.nl<mailto:anna@x.nl>");
    let (good, _) = read("Anna@x.nl, anna@X.NL; b@x.nl");
    assert_eq!(good, ["Anna@x.nl", "b@x.nl"]);
    assert_eq!(list.repeated.len(), 3);
    // Two different addresses are never one grant.
    all_good(
        "mike@x.nl m\u{131}ke@x.nl",
        &["mike@x.nl", "m\u{131}ke@x.nl"],
    );
}

#[test]
fn what_is_no_address_is_named_with_its_reason() {
    let list = AddressList::read("a@x.nl, jan.example.com, b@, @x.nl; c@x..nl d@x.nl");
    let faults: Vec<(&str, InvalidEmailAddress)> = list
        .faults
        .iter()
        .map(|one| (one.text.as_str(), one.reason))
        .collect();
    assert_eq!(
        faults,
        [
            ("jan.example.com", InvalidEmailAddress::NoAt),
            ("b@", InvalidEmailAddress::Domain),
            ("@x.nl", InvalidEmailAddress::LocalPart),
            ("c@x..nl", InvalidEmailAddress::Domain),
        ]
    );
    assert_eq!(list.addresses.len(), 2);
    for (text, bad) in [
        ("piet", vec!["piet"]),
        ("Anna de Wit", vec!["Anna de Wit"]),
        ("Anna de Wit anna@x.nl", vec!["Anna de Wit"]),
        // A forgotten `@` does not hide as somebody's name.
        ("jan.example.com, Piet <piet@x.nl>", vec!["jan.example.com"]),
        ("Anna <anna>", vec!["Anna anna"]),
        ("a@x.nl/b@x.nl", vec!["a@x.nl/b@x.nl"]),
        ("a\u{200b}b@x.nl", vec!["a\u{200b}b@x.nl"]),
        ("\"a b\"@x.nl", vec!["a b", "@x.nl"]),
        ("example.com: a@x.nl", vec!["example.com:"]),
        ("Anna <", vec!["Anna"]),
        ("a@x@y.nl", vec!["a@x@y.nl"]),
        // Another mailbox than without the sign.
        ("-a@x.nl", vec!["-a@x.nl"]),
        ("b@x.nl, !a@x.nl", vec!["!a@x.nl"]),
        (
            "*a@x.nl `b@x.nl {c}@x.nl",
            vec!["*a@x.nl", "`b@x.nl", "{c}@x.nl"],
        ),
        ("Piet\tjan.example.com\tp@x.nl", vec!["jan.example.com"]),
        ("Piet\nAnna\ta@x.nl", vec!["Piet"]),
    ] {
        assert_eq!(read(text).1, bad, "{text:?}");
    }
    let columns =
        "Naam\tE-mail\tPlaats\nPiet de Vries\tpiet@x.nl\tBreda\nAnna\t<anna@x.nl>\n\tq@x.nl\t";
    let (good, bad) = read(columns);
    assert_eq!(good, ["piet@x.nl", "anna@x.nl", "q@x.nl"]);
    assert_eq!(bad, Vec::<String>::new());
    for nothing in ["", " \n\t ", ",;,", "- \n1. \n*", "<>", "\"\"", "()"] {
        assert_eq!(read(nothing), (vec![], vec![]), "{nothing:?}");
    }
}

fn address() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9+_.'-]{0,10}[a-z0-9]@[a-z0-9]{1,10}\\.(nl|com|example)"
        .prop_filter("no empty atom", |text| !text.contains(".."))
}

/// An address as some program writes it.
fn written(address: &str, form: usize) -> String {
    match form {
        0 => address.to_owned(),
        1 => format!("<{address}>"),
        2 => format!("Anna de Wit <{address}>"),
        3 => format!("\"Wit, Anna\" <{address}>"),
        4 => format!("'{address}'"),
        5 => format!("mailto:{address}"),
        6 => format!("Wit, Anna <{address}>"),
        _ => format!("{address}."),
    }
}

proptest! {
    #[test]
    fn every_address_of_a_list_is_found_whatever_the_form(
        parts in proptest::collection::vec(
            (address(), 0..8usize, prop_oneof![
                Just("; "), Just(";"), Just("\n"), Just("\r\n- "), Just("\n1. "), Just("\n\n")
            ]),
            1..40,
        )
    ) {
        let text: String = parts
            .iter()
            .map(|(address, form, behind)| written(address, *form) + behind)
            .collect();
        let mut known = HashSet::new();
        let expected: Vec<String> = parts
            .iter()
            .filter(|(address, ..)| known.insert(address.clone()))
            .map(|(address, ..)| address.clone())
            .collect();
        let (good, bad) = read(&text);
        prop_assert_eq!(good, expected);
        prop_assert_eq!(bad, Vec::<String>::new());
    }

    #[test]
    fn whatever_is_pasted_is_read_and_nothing_is_made_up(text in "\\PC{0,200}|[a@.,;<>\"'( )\n1-]{0,200}") {
        let list = AddressList::read(&text);
        for address in list.addresses.iter().chain(&list.repeated) {
            prop_assert!(text.contains(address.as_typed()));
            prop_assert!(EmailAddress::parse(address.as_typed()).as_ref() == Ok(address));
        }
        // No `@` is lost: each stands in an address or in what is named, but for a quoted name.
        let found = list.addresses.len() + list.repeated.len()
            + list.faults.iter().map(|fault| fault.text.matches('@').count()).sum::<usize>();
        let typed = text.matches('@').count();
        let has_name = text.contains(['"', '“', '„']) && text.contains('<');
        prop_assert!(found == typed || text.contains('?') || has_name, "{found} of {typed}: {list:?}");
    }
}
