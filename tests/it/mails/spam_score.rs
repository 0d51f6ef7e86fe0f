//! What SpamAssassin, with its local rules, makes of the mails that we send.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use esecured::{
    domain::{language::Language, message::MessageKind},
    mail::compose::preview,
    templates::Templates,
};

use crate::support::process::{installed, run};

/// A mail of ours should be this far from being taken for spam, which begins at 5.
const MOST_OF_ONE_RULE: f64 = 1.0;
const MOST_OF_ALL: f64 = 2.0;

/// What the servers on the way write above a mail; without it the mail would be spared the rules
/// about who handed it over. (The networks set apart for examples are a rule of their own.)
const RECEIVED: &str = "Received: from relay.example.net (relay.example.net [145.0.0.10])\r\n\
    \tby mx.example.com with ESMTPS id 4711; Tue, 12 May 2026 07:14:04 +0000\r\n\
    Received: from esecure.example.net (esecure.example.net [10.1.2.3])\r\n\
    \tby relay.example.net with ESMTPS id 4710; Tue, 12 May 2026 07:14:03 +0000\r\n";

/// The test mail of SpamAssassin's own: whatever else is true, this is spam.
const GTUBE: &str = "From: <a@example.com>\r\nSubject: x\r\n\r\n\
    XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n";

/// It keeps a directory in the home that the system has for the user, whatever the environment says.
const WITH_A_HOME_OF_ITS_OWN: &str = r#"
    sub Mail::SpamAssassin::Util::_getpwuid_wrapper {
        my @user = getpwuid($_[0]);
        ($user[7]) = $ENV{HOME} =~ /(.*)/;
        return @user;
    }
    do "/usr/bin/spamassassin";
    die $@ if $@;
"#;

/// The score of each mail by the name of its file, with the rules and what each of them counts.
type Scores = BTreeMap<String, (f64, Vec<(String, f64)>)>;

/// Has all of them scored by one process.
fn scores(home: &Path, names: &[String]) -> Scores {
    installed(&["/usr/bin/spamassassin"], "spamassassin");
    let mut spamassassin = Command::new("perl");
    let template = "add_header all Scores score=_SCORE_ tests=_TESTSSCORES(,)_";
    let printed = run(spamassassin
        .current_dir(home)
        .env("HOME", home)
        .args(["-T", "-e", WITH_A_HOME_OF_ITS_OWN, "--"])
        .args(["--local", "--test-mode", "--nocreate-prefs"])
        .args([
            "--cf",
            template,
            "--cf",
            "use_bayes 0",
            "--cf",
            "fold_headers 0",
        ])
        .args(names));
    let printed = String::from_utf8_lossy(&printed).into_owned();
    let lines = printed
        .lines()
        .filter_map(|line| line.strip_prefix("X-Spam-Scores: score="));
    let scored = lines.map(|line| {
        let (score, rules) = line.split_once(" tests=").expect(line);
        let rules = rules.split(',').filter_map(|rule| rule.split_once('='));
        let rules = rules.map(|(name, counts)| (name.to_owned(), counts.parse().unwrap()));
        (score.parse().unwrap(), rules.collect())
    });
    let scored: Vec<_> = scored.collect();
    assert_eq!(scored.len(), names.len(), "{printed}");
    names.iter().cloned().zip(scored).collect()
}

#[test]
fn no_mail_of_ours_is_near_to_being_taken_for_spam() {
    let home = tempfile::tempdir().unwrap();
    let templates = Templates::load().unwrap();
    let mut names = Vec::new();
    for &kind in MessageKind::ALL {
        // Both languages are in each mail; most of the rules know English, so it stands first.
        let mail = preview::preview(&templates, kind, Language::En).unwrap();
        let name = kind.as_str().to_owned();
        fs::write(
            home.path().join(&name),
            [RECEIVED.as_bytes(), &mail.bytes].concat(),
        )
        .unwrap();
        names.push(name);
    }
    let (spam, careless) = ("spam".to_owned(), "careless".to_owned());
    fs::write(home.path().join(&spam), GTUBE).unwrap();
    let shouting = "From: a@example.com\r\nSubject: BUY NOW!!! FREE MONEY\r\n\
        Date: Tue, 12 May 2020 07:14:03 +0000\r\n\r\nCLICK HERE\r\n";
    fs::write(home.path().join(&careless), format!("{RECEIVED}{shouting}")).unwrap();
    names.extend([spam.clone(), careless.clone()]);

    let users_own = std::env::home_dir().unwrap().join(".spamassassin");
    let before = users_own.exists();
    let mut scores = scores(home.path(), &names);
    assert_eq!(
        users_own.exists(),
        before,
        "it left its traces at the user's"
    );

    // The rules are there and count.
    assert!(scores.remove(&spam).unwrap().0 > 100.0);
    let (careless, rules) = scores.remove(&careless).unwrap();
    assert!(careless > MOST_OF_ALL, "{careless} {rules:?}");
    assert!(
        rules.iter().any(|(_, counts)| *counts > MOST_OF_ONE_RULE),
        "{rules:?}"
    );
    for (name, (score, rules)) in &scores {
        println!("{score:>5} {name}: {rules:?}");
        assert!(*score < MOST_OF_ALL, "{name}: {score} {rules:?}");
        for (rule, counts) in rules {
            assert!(
                *counts <= MOST_OF_ONE_RULE,
                "{name}: {rule} counts {counts}"
            );
        }
    }
}
