//! Where what a person wrote ends and signature, sign-off of the phone or
//! disclaimer begins.

use super::device_line;

/// A closing or a name stands on a line of its own.
const MAX_CLOSING_WORDS: usize = 7;
const MIN_DISCLAIMER_WORDS: usize = 8;
const MAX_SURNAME_WORDS: usize = 4;

/// Whether nothing from this line on is the message. `first` says that it is
/// the first line with text, which only a signature mark can end; `name` are
/// the words of the writer's name.
pub(super) fn begins(line: &str, first: bool, name: &[String]) -> bool {
    let line = line.trim_start();
    let bare = line.trim();
    let lower = bare.to_lowercase();
    let is_mark = matches!(line, "-- " | "--" | "---" | "__" | "- -");
    let is_line = bare.len() >= 5
        && bare
            .chars()
            .all(|c| matches!(c, '-' | '_' | '=' | '*' | '~' | ' '));
    is_mark
        || is_line
        || device_line::is_one(&lower)
        || (!first
            && (is_closing(bare, &lower)
                || is_name(&lower, name)
                || is_full_name(bare, name)
                || is_disclaimer(&lower)))
}

fn is_closing(bare: &str, lower: &str) -> bool {
    const PHRASES: &[&str] = &[
        "met vriendelijke",
        "met de vriendelijke",
        "met hartelijke",
        "met beste",
        "met zonnige",
        "met sportieve",
        "met collegiale",
        "met groet",
        "met hoogachting",
        "vriendelijke groet",
        "hartelijke groet",
        "beste groet",
        "groet ",
        "groet,",
        "groeten",
        "groetjes",
        "gr.",
        "gr,",
        "gr ",
        "grtz",
        "grt ",
        "mvg",
        "m.v.g",
        "hoogachtend",
        "liefs",
        "kind regards",
        "best regards",
        "warm regards",
        "warmest regards",
        "with regards",
        "with kind",
        "with best",
        "regards",
        "best wishes",
        "best,",
        "all the best",
        "cheers",
        "sincerely",
        "yours ",
        "respectfully",
        "kr,",
        "br,",
        "mit freundlichen",
        "mit besten",
        "mit lieben",
        "freundliche grüße",
        "freundliche grüsse",
        "viele grüße",
        "viele grüsse",
        "beste grüße",
        "liebe grüße",
        "schöne grüße",
        "mfg",
        "lg,",
        "vg,",
        "cordialement",
        "bien cordialement",
        "bien à vous",
        "salutations",
        "meilleures salutations",
        "sincères salutations",
        "saludos",
        "cordiali saluti",
        "namens deze",
    ];
    let whole = matches!(
        lower.trim_end_matches(['.', ',', '!', ' ']),
        "groet"
            | "gr"
            | "grt"
            | "lg"
            | "best"
            | "vg"
            | "kr"
            | "br"
            | "rgds"
            | "vr gr"
            | "vr.gr"
            | "vr. gr"
            | "vriendelijk groetend"
    );
    let begins = |phrase: &&str| lower.starts_with(*phrase);
    let closes = |phrase: &str| {
        let rest = lower.get(phrase.len()..).unwrap_or_default();
        // The phrase may end inside a word: «groet» and «groetjes».
        let behind = rest.trim_start_matches(char::is_alphanumeric);
        let at = bare.len().checked_sub(behind.len());
        let spoken = at.and_then(|at| bare.get(at..)).unwrap_or(behind);
        spoken.split_whitespace().all(stands_behind_a_closing)
    };
    (whole || PHRASES.iter().copied().filter(begins).any(closes))
        && lower.split_whitespace().count() <= MAX_CLOSING_WORDS
        && !has_command(lower)
}

/// A name or a further word of closing, but not «regards, and let her in».
fn stands_behind_a_closing(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "groet",
        "groeten",
        "groetjes",
        "vriendelijke",
        "hartelijke",
        "regards",
        "wishes",
        "greetings",
        "best",
        "kind",
        "from",
        "to",
        "all",
        "the",
        "uit",
        "van",
        "de",
        "der",
        "den",
        "het",
        "namens",
        "and",
        "en",
        "und",
        "et",
        "team",
        "allemaal",
        "mij",
        "me",
        "sincerely",
        "faithfully",
        "truly",
        "grüßen",
        "grüssen",
        "grüße",
        "grüsse",
        "salutations",
        "cordialement",
        "distinguées",
        "vous",
        "saluti",
        "saludos",
    ];
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    !word.starts_with(char::is_lowercase) || WORDS.contains(&word)
}

/// «Groeten en weigeren maar» is not only a closing.
fn has_command(lower: &str) -> bool {
    [
        "weiger", "wijz", "wijs ", "keur", "reject", "declin", "deny", "refus", "approv",
        "akkoord", "accept",
    ]
    .iter()
    .any(|stem| lower.contains(stem))
}

/// The writer's own name, whole or in part, possibly with more behind it.
fn is_name(lower: &str, name: &[String]) -> bool {
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() || name.is_empty() {
        return false;
    }
    let part_of_name = words.len() <= name.len()
        && words
            .iter()
            .all(|word| name.iter().any(|known| known == word));
    let begins_with_name = name.len() >= 2
        && words.len() > name.len()
        && words.iter().zip(name).all(|(word, known)| word == known);
    part_of_name || (begins_with_name && !has_command(lower))
}

/// «Anna de Wit» where the headers call her Anna only.
fn is_full_name(bare: &str, name: &[String]) -> bool {
    const PARTICLES: [&str; 8] = ["de", "van", "der", "den", "ten", "ter", "von", "el"];
    let words: Vec<&str> = bare.split_whitespace().collect();
    let [first, rest @ ..] = words.as_slice() else {
        return false;
    };
    let written_like_a_name = |word: &&str| {
        let letters = word
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '-' | '\''));
        PARTICLES.contains(word)
            || (letters
                && word.starts_with(char::is_uppercase)
                && word.contains(char::is_lowercase))
    };
    (1..=MAX_SURNAME_WORDS).contains(&rest.len())
        && name
            .first()
            .is_some_and(|known| *known == first.to_lowercase())
        && rest.iter().all(written_like_a_name)
        && rest
            .last()
            .is_some_and(|last| last.starts_with(char::is_uppercase))
        && !has_command(&bare.to_lowercase())
}

/// What companies put under every mail.
pub(super) fn is_disclaimer(lower: &str) -> bool {
    const HEADS: &[&str] = &[
        "disclaimer",
        "confidential",
        "vertrouwelijk",
        "privacy",
        "proclaimer",
        "caution:",
        "important notice",
        "legal notice",
    ];
    const PHRASES: &[&str] = &[
        "vertrouwelijk",
        "confidential",
        "disclaimer",
        "uitsluitend bestemd",
        "alleen bestemd",
        "intended only",
        "intended solely",
        "intended recipient",
        "intended for the",
        "only for the person",
        "geadresseerde",
        "addressee",
        "ten onrechte",
        "onbevoegd",
        "kunnen geen rechten",
        "rechten worden ontleend",
        "algemene voorwaarden",
        "leveringsvoorwaarden",
        "general terms",
        "terms and conditions",
        "aansprakelijk",
        "liability",
        "viruses",
        "virussen",
        "milieu",
        "environment before printing",
        "think before you print",
        "denk aan het",
        "ingeschreven",
        "kamer van koophandel",
        "registered in",
        "registered office",
        "vertraulich",
        "confidentiel",
    ];
    // Here the words are enough: nobody writes them by hand about a request.
    const FOOTERS: &[&str] = &[
        "nieuwsbrief",
        "newsletter",
        "unsubscribe",
        "uitschrijven",
        "afmelden",
        "mailing list",
        "mailinglijst",
        "antwoord met ",
        "antwoord dan ",
        "reply with ",
        "reply stop",
        "beantwoord deze mail",
        "volg ons",
        "follow us",
        "bezoek onze",
        "visit our",
        "ontvangt u liever geen",
        "wilt u geen",
    ];
    let words = lower.split_whitespace().count();
    HEADS.iter().any(|head| lower.starts_with(head)) && words >= 3
        || words >= MIN_DISCLAIMER_WORDS && PHRASES.iter().any(|phrase| lower.contains(phrase))
        || words >= 3 && FOOTERS.iter().any(|phrase| lower.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins_below(line: &str) -> bool {
        let name: Vec<String> = ["anna", "de", "wit"].map(String::from).into();
        begins(line, false, &name)
    }

    #[test]
    fn signatures_closings_and_disclaimers_end_the_message() {
        for line in [
            "-- ",
            "Met vriendelijke groet,",
            "gr. Ruben",
            "Groeten uit Utrecht,",
            "Mvg",
            "Kind regards",
            "Best,",
            "Verstuurd vanaf mijn iPhone",
            "Outlook voor iOS<https://aka.ms/o0ukef> downloaden",
            "Anna",
            "Anna de Wit | Wit bv",
            "De Wit, Anna",
            "Anna van der Berg-Smit",
            "De inhoud van deze e-mail is vertrouwelijk en wordt zonder ons akkoord afgekeurd.",
            "CONFIDENTIALITY NOTICE - We decline responsibility.",
            "Bezwaar tegen onze nieuwsbrief? Antwoord met NEE of WEIGEREN.",
        ] {
            assert!(begins_below(line), "{line}");
        }
    }

    #[test]
    fn what_people_write_does_not() {
        for line in [
            "Weigeren graag",
            "Best reject this",
            "Groeten en weigeren maar",
            "Groet, en laat haar toe",
            "Regards, and let her in",
            "Anna kent dit bedrijf niet",
            "Anna Berg kent dit bedrijf niet",
            "Sent to the wrong person",
            "Grote onzin",
            "",
        ] {
            assert!(!begins_below(line), "{line}");
        }
        assert!(!begins("Regards", true, &[]));
        assert!(begins("Sent from my iPhone", true, &[]));
    }
}
