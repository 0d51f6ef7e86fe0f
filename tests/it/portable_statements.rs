//! No statement uses what a distributed PostgreSQL-compatible database lacks: the list is
//! docs/databases.md.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn in_project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The words of the list, each between backticks at the beginning of its row.
fn words() -> Vec<String> {
    let list = fs::read_to_string(in_project("docs/databases.md")).unwrap();
    list.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(word, _)| word.to_lowercase())
        .collect()
}

/// What stands in a file but for its comments.
fn statements(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let comment = match path.extension().unwrap().to_str() {
        Some("sql") => "--",
        _ => "//",
    };
    text.lines()
        .map(|line| line.split(comment).next().unwrap_or_default())
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// Which of the words stand in a text by themselves.
fn found<'a>(words: &'a [String], text: &str) -> Vec<&'a str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let stands_in = |word: &&str| {
        text.match_indices(word).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            let goes_on = word.starts_with("pg_") || !after.is_some_and(is_part);
            !before.is_some_and(is_part) && goes_on
        })
    };
    words.iter().map(String::as_str).filter(stands_in).collect()
}

fn files_in(directory: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(in_project(directory)).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

#[test]
fn no_statement_uses_what_distributed_databases_lack() {
    let words = words();
    assert!(words.len() > 20, "{words:?}");
    let files = [files_in("src/store"), files_in("migrations")].concat();
    assert!(files.len() > 60, "{}", files.len());
    for file in files {
        let used = found(&words, &statements(&file));
        assert!(used.is_empty(), "{}: {used:?}", file.display());
    }
}

#[test]
fn a_statement_that_does_is_found() {
    let words = words();
    for (statement, word) in [
        (
            "select id from message for update skip locked",
            "skip locked",
        ),
        ("select pg_advisory_xact_lock($1)", "pg_advisory"),
        ("create table t (id serial primary key)", "serial"),
        ("delete from message where ctid = $1", "ctid"),
        (
            "insert into t values (current_timestamp)",
            "current_timestamp",
        ),
    ] {
        assert!(found(&words, statement).contains(&word), "{statement}");
    }
    assert!(found(&words, "select serial_number from unlisted_notify_now").is_empty());
}
