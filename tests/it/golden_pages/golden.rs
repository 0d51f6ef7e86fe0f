//! Comparing a page with how it looked, whatever differs at every run.

use std::{fs, path::PathBuf};

use crate::support::browser::Page;

/// Compares a page with its golden file, without what differs at every run.
pub fn assert_golden(name: &str, page: &Page) {
    let actual = normal(&page.body);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/pages")
        .join(format!("{name}.html"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &actual).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == actual,
        "{name} is not as it was; UPDATE_GOLDEN=1 writes it anew:\n{actual}"
    );
}

/// Ids, tokens, nonces, ports and request numbers, each by its shape.
fn normal(html: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut normal = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(is_word) {
        let (before, word) = rest.split_at(at);
        let end = word.find(|c| !is_word(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        normal.push_str(before);
        normal.push_str(&of_one_run(word, before));
        rest = after;
    }
    normal.push_str(rest);
    normal
}

fn of_one_run(word: &str, before: &str) -> String {
    if let Some(id) = ["entry-", "status_"]
        .iter()
        .find(|prefix| word.strip_prefix(**prefix).is_some_and(is_uuid))
    {
        return format!("{id}ID");
    }
    if is_uuid(word) {
        return "ID".to_owned();
    }
    let is_number = word.len() == 7
        && word.starts_with("R-")
        && word[2..]
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if is_number {
        return "R-NUMBER".to_owned();
    }
    match word.len() {
        36 if before == "=\"" => "NONCE".to_owned(),
        64 if before == "=\"" => "SESSION".to_owned(),
        76 => "TOKEN".to_owned(),
        4 | 5 if before == ":" => "PORT".to_owned(),
        _ => word.to_owned(),
    }
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
