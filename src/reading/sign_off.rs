//! A name below «Thanks,» that the headers do not know: the writer signs a mail
//! that comes from an office.

use super::clause::fold;
use super::line::Line;
use super::vocabulary;

/// Fewer letters may be part of any address.
const MIN_NAME: usize = 3;

/// Whether the first of the lines in `rest` is the last of the mail, is a name that
/// stands in the writer's address, and has thanks above it.
pub(super) fn is_name_below_thanks(kept: &[Line], rest: &[&Line], address: &str) -> bool {
    let mut written = rest.iter().filter(|line| !line.is_blank());
    let (Some(name), None) = (written.next(), written.next()) else {
        return false;
    };
    let before = kept.iter().rev().find(|line| !line.is_blank());
    before.is_some_and(|line| is_thanks(&line.text)) && is_in_address(&name.text, address)
}

/// «Thanks,», «Alvast bedankt» and nothing else on the line.
fn is_thanks(line: &str) -> bool {
    matches!(
        line.trim()
            .trim_end_matches(['.', ',', '!', ' '])
            .to_lowercase()
            .as_str(),
        "thanks"
            | "thank you"
            | "thanks again"
            | "many thanks"
            | "thanks in advance"
            | "thx"
            | "bedankt"
            | "alvast bedankt"
            | "dank"
            | "dank je"
            | "dank je wel"
            | "dank u"
            | "dank u wel"
            | "dankjewel"
            | "merci"
    )
}

/// One or two words of the writer's address: «Thea», from thea@example.org.
fn is_in_address(line: &str, address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_lowercase();
    let words: Vec<String> = line.split_whitespace().map(fold).collect();
    let of_the_address = |word: &String| {
        word.len() >= MIN_NAME && local.contains(word.as_str()) && !vocabulary::is_negation(word)
    };
    (1..=2).contains(&words.len()) && words.iter().all(of_the_address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::line::of_text;

    fn signs(text: &str) -> bool {
        let lines = of_text(text, false, false);
        let (kept, rest) = lines.split_at(1);
        let rest: Vec<&Line> = rest.iter().collect();
        is_name_below_thanks(kept, &rest, "niet.thea.bakker@example.org")
    }

    #[test]
    fn a_name_of_the_address_signs_and_nothing_else_does() {
        assert!(signs("Alvast bedankt,\nThea"));
        assert!(signs("Thanks\n\nThea Bakker"));
        for text in [
            "Thanks,\nBob",
            "Thanks,\nniet",
            "Reject\nThea",
            "Thanks,\nThea\nnot",
        ] {
            assert!(!signs(text), "{text}");
        }
    }
}
