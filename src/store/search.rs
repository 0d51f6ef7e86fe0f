//! What `LIKE … ESCAPE '!'` looks for, whatever the case, on both databases.
//!
//! SQLite's `LOWER` knows ASCII only, and so does that of a PostgreSQL with the locale C. So a text
//! is looked for in the ways in which people write letters: all small, all large, each word with one
//! large letter in front, and as it was typed; the letters of ASCII are small in all of them.

/// The patterns for a column that is put through `LOWER`; empty where nothing is looked for.
pub(super) fn patterns(search: &str) -> [String; 4] {
    let text = search.trim();
    let title: String = text
        .split_inclusive(|c: char| !c.is_alphanumeric())
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(char::to_uppercase);
            first
                .into_iter()
                .flatten()
                .chain(letters.flat_map(char::to_lowercase))
                .collect::<String>()
        })
        .collect();
    [
        text.to_lowercase(),
        text.to_uppercase(),
        title,
        text.to_owned(),
    ]
    .map(|text| like(&text.to_ascii_lowercase()))
}

fn like(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let escaped = text
        .replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_beyond_ascii_are_looked_for_in_every_case() {
        assert_eq!(
            patterns(" Müller "),
            ["%müller%", "%mÜller%", "%müller%", "%müller%"]
        );
        assert_eq!(patterns("élodie ünal")[2], "%Élodie Ünal%");
        assert_eq!(patterns("BÜCHER über")[3], "%bÜcher über%");
        assert_eq!(patterns("a_B%!"), ["%a!_b!%!!%"; 4].map(str::to_owned));
        assert_eq!(patterns("  "), [const { String::new() }; 4]);
    }
}
