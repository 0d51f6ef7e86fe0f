//! The text part of every mail: what a program makes links of, and what an answer quotes.

use esecured::mail::compose::preview::preview;

use super::{every_mail, templates};

#[test]
fn every_url_in_the_text_part_has_a_line_of_its_own() {
    let templates = templates();
    for (kind, language) in every_mail() {
        let mail = preview(&templates, kind, language).unwrap();
        for line in mail.text.lines().filter(|line| line.contains("://")) {
            assert!(line.starts_with("https://"), "{line}");
            assert!(!line.contains(' '), "{line}");
        }
    }
}

/// Answers quote our text. A reader subtracts its lines, but only those with 25 characters and
/// four words: a shorter one must not hold a word that reads as a command.
#[test]
fn no_short_line_of_the_text_part_reads_as_a_command() {
    let stems = [
        "weiger",
        "geweiger",
        "afwijz",
        "afgewez",
        "afkeur",
        "nee",
        "goedkeur",
        "goedgekeur",
        "akkoord",
        "prima",
        "ja",
        "reject",
        "declin",
        "deny",
        "denied",
        "refus",
        "no",
        "approv",
        "accept",
        "yes",
        "ok",
    ];
    let templates = templates();
    for (kind, language) in every_mail() {
        let mail = preview(&templates, kind, language).unwrap();
        for line in mail.text.lines() {
            let words: Vec<String> = line
                .split(|c: char| !c.is_alphabetic())
                .filter(|word| !word.is_empty())
                .map(str::to_lowercase)
                .collect();
            if line.chars().count() >= 25 && words.len() >= 4 || line.contains("://") {
                continue;
            }
            for word in &words {
                let whole_words = ["nee", "ja", "no", "ok", "yes"];
                let command = stems.iter().any(|stem| {
                    word == stem || (!whole_words.contains(stem) && word.starts_with(stem))
                });
                assert!(!command, "{kind} {language}: {line}");
            }
        }
    }
}
