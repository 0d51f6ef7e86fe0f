//! The line with which a mail program introduces a quote: «Op … schreef …:»,
//! «On … wrote:», whatever the language of its interface.

use super::line::Line;

/// An attribution may be wrapped over so many lines.
const MAX_LINES: usize = 3;
const MAX_CHARS: usize = 300;

/// Whether an attribution begins with the first of these lines.
pub(super) fn begins(lines: &[Line]) -> bool {
    let Some(first) = lines
        .first()
        .filter(|line| !line.is_blank() && line.text.len() <= MAX_CHARS)
    else {
        return false;
    };
    let quote_follows = |after: usize| {
        lines
            .iter()
            .skip(after)
            .take(3)
            .find(|line| !line.is_blank())
            .is_some_and(|line| line.quoted)
    };
    if is_attribution(&first.text, quote_follows(1)) {
        return true;
    }
    if !may_open(&first.text) {
        return false;
    }
    let mut joined = first.text.clone();
    for (more, line) in lines.iter().enumerate().take(MAX_LINES).skip(1) {
        if line.is_blank()
            || line.quoted != first.quoted
            || joined.len() + line.text.len() > MAX_CHARS
        {
            return false;
        }
        joined.push(' ');
        joined.push_str(&line.text);
        if is_attribution(&joined, quote_follows(more + 1)) {
            return true;
        }
    }
    false
}

/// A wrapped attribution has its date or address on the first line already,
/// which keeps somebody's last sentence out of it.
fn may_open(text: &str) -> bool {
    let text = text.trim();
    !text.ends_with(['.', '!', '?']) && (text.contains('@') || has_date(text))
}

fn is_attribution(text: &str, quote_follows: bool) -> bool {
    let lower = text.to_lowercase();
    let lower = lower
        .trim()
        .trim_start_matches(['*', '_', '-', '>', ' '])
        .trim_end_matches(['*', '_', ' ']);
    let ends_as_one = lower.ends_with([':', '：']);
    if !ends_as_one && !quote_follows {
        return false;
    }
    let has_address = lower.contains('@') || lower.contains("mailto");
    let dated = has_date(lower);
    let says_wrote =
        words(lower).any(is_wrote) || lower.contains("写道") || lower.contains("のメール");
    let quotes = [
        "citeren ",
        "citaat van ",
        "quoting ",
        "zitat von ",
        "quoted from ",
    ]
    .iter()
    .any(|word| lower.starts_with(word));
    // The last one needs no language: «11 mei 2026 09:14:03 a <a@example.org>:».
    // A date and a colon above a quote need no word that anybody knows.
    (dated && ends_as_one && quote_follows)
        || (says_wrote && (dated || has_address || words(lower).count() <= 8))
        || quotes
        || (has_address && dated)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn is_wrote(word: &str) -> bool {
    matches!(
        word,
        "schreef"
            | "geschreven"
            | "schreven"
            | "wrote"
            | "writes"
            | "written"
            | "schrieb"
            | "schreibt"
            | "geschrieben"
            | "écrit"
            | "ecrit"
            | "escribió"
            | "escribio"
            | "scritto"
            | "scrive"
            | "escreveu"
            | "skrev"
            | "kirjoitti"
            | "napisał"
            | "pisze"
            | "napisała"
            | "napisal"
            | "napsal"
            | "napísal"
            | "írta"
            | "scris"
            | "написал"
            | "написала"
            | "пишет"
            | "yazdı"
    )
}

/// A clock time, a year, or a date in figures.
fn has_date(text: &str) -> bool {
    let figures = |word: &str| {
        !word.is_empty() && word.len() <= 4 && word.bytes().all(|b| b.is_ascii_digit())
    };
    text.split(|c: char| c.is_whitespace() || ",()".contains(c))
        .any(|word| {
            let word = word.trim_end_matches([':', '.']);
            let parts =
                |separator: char| word.split(separator).filter(|part| figures(part)).count();
            parts(':') >= 2
                || parts('-') >= 3
                || parts('/') >= 3
                || parts('.') >= 3
                || (word.len() == 4 && word.starts_with("20") && figures(word))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins_text(text: &str) -> bool {
        begins(&crate::reading::line::of_text(text, false, false))
    }

    #[test]
    fn attributions_of_many_languages_are_known() {
        for text in [
            "Op ma 11 mei 2026 om 09:14 schreef esecured <esecure@mail.example.net>:",
            "Op 11 mei 2026 om 09:14 heeft esecured\n<esecure@mail.example.net> het volgende geschreven:",
            "Op 11-5-2026 om 09:14 schreef esecured:",
            "esecured schreef op 2026-05-11 09:14:",
            "esecured <esecure@mail.example.net> schreef op ma 11 mei\n2026 om 09:14:",
            "Citeren esecured <esecure@mail.example.net>:",
            "On Mon, May 11, 2026 at 9:14 AM esecured <esecure@mail.example.net>\nwrote:",
            "On 2026-05-12 09:14, esecured wrote:",
            "Am Mo., 14. Mai 2026 um 09:14 Uhr schrieb esecured <a@b.example>:",
            "Le lun. 11 mai 2026 à 09:14, esecured <a@b.example> a écrit :",
            "El lun, 11 may 2026 a las 9:14, esecured (<a@b.example>) escribió:",
            "11 mei 2026 09:14:03 esecured <esecure@mail.example.net>:",
            "V po 11. 5. 2026 v 9:14 odesílatel esecured <a@b.example>\nnapsal:",
            "On Monday, esecured wrote\n> hello",
            "W dniu 12.05.2026 o 09:14, esecured pisze:",
            "Op 2026-05-12 09:14 zei iemand dit:\n> hello",
        ] {
            assert!(begins_text(text), "{text}");
        }
    }

    #[test]
    fn what_people_write_is_no_attribution() {
        for text in [
            "Weigeren.\nOp ma 11 mei 2026 om 09:14 schreef esecured <a@b.example>:",
            "Weigeren:",
            "Ik schreef je al eerder over dit bedrijf.",
            "Op verzoek van Jan: weigeren",
            "Afwijzen per 11-5-2026",
            "",
        ] {
            assert!(!begins_text(text), "{text}");
        }
    }
}
