//! The warning that a mail gateway puts above every mail from outside.

use super::line::Line;
use super::verb::is_reject_word;

/// A shorter line may be what a person wrote.
const MIN_WORDS: usize = 6;

/// A line this long may go on in the next.
const WRAPPED_AT: usize = 55;

/// The lines without a warning at their beginning.
pub(super) fn without(lines: &[Line]) -> &[Line] {
    let blank = lines.iter().take_while(|line| line.is_blank()).count();
    let written = lines.get(blank..).unwrap_or_default();
    if !written.first().is_some_and(|line| is_warning(&line.text)) {
        return lines;
    }
    let goes_on = |line: &&Line| line.wrappable && line.text.chars().count() >= WRAPPED_AT;
    let full = written.iter().take_while(goes_on).count();
    let wrapped = written
        .get(full)
        .filter(|line| full > 0 && !line.is_blank());
    let length = if wrapped.is_some() {
        full + 1
    } else {
        full.max(1)
    };
    written.get(length..).unwrap_or_default()
}

fn is_warning(text: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "let op",
        "pas op",
        "waarschuwing",
        "belangrijk",
        "extern",
        "deze e-mail",
        "deze mail",
        "dit bericht",
        "u ontvangt niet vaak",
        "je ontvangt niet vaak",
        "caution",
        "warning",
        "attention",
        "notice",
        "external",
        "this email",
        "this e-mail",
        "this message",
        "you don't often get",
        "some people who received",
        "achtung",
        "vorsicht",
        "diese e-mail",
        "diese nachricht",
        "sie erhalten nicht oft",
        "cet e-mail",
        "ce message",
        "vous n'obtenez pas souvent",
        "uwaga",
    ];
    const WARNED_OF: &[&str] = &[
        "buiten de organisatie",
        "buiten onze organisatie",
        "van buiten",
        "externe afzender",
        "klik niet",
        "open geen",
        "vaak e-mail van",
        "outside of the organi",
        "outside the organi",
        "outside of your organi",
        "outside your organi",
        "outside our organi",
        "external sender",
        "external source",
        "do not click",
        "don't click",
        "often get email from",
        "außerhalb",
        "externen absender",
        "oft e-mails von",
        "expéditeur externe",
        "extérieur",
        "ne cliquez pas",
        "souvent d'e-mail",
        "spoza organizacji",
    ];
    let lower = text.to_lowercase();
    let bare = lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    let words = || bare.split(|c: char| !c.is_alphanumeric());
    words().filter(|word| !word.is_empty()).count() >= MIN_WORDS
        && BEGINNINGS
            .iter()
            .any(|beginning| bare.starts_with(beginning))
        && WARNED_OF.iter().any(|danger| bare.contains(danger))
        && !words().any(is_reject_word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::line::of_text;

    fn left(text: &str) -> String {
        let lines = of_text(text, false, false);
        let kept: Vec<&str> = without(&lines)
            .iter()
            .map(|line| line.text.as_str())
            .collect();
        kept.join("\n").trim().to_owned()
    }

    #[test]
    fn a_warning_is_left_out_however_it_is_wrapped() {
        for warning in [
            "LET OP: Deze e-mail komt van buiten de organisatie. Open geen bijlagen.",
            "CAUTION: This email originated from outside of the organization. Do not click\nlinks or open attachments unless you recognize the sender.",
            "[U ontvangt niet vaak e-mail van anna@example.org. Ontdek waarom dit belangrijk is]",
        ] {
            assert_eq!(
                left(&format!("{warning}\n\nWeigeren")),
                "Weigeren",
                "{warning}"
            );
        }
    }

    #[test]
    fn what_a_person_writes_stays() {
        for text in [
            "Let op: dit is geen klant van ons en wordt het ook niet.",
            "Let op, weigeren: deze komt van buiten de organisatie.",
            "Weigeren",
            "",
        ] {
            assert_eq!(left(text), text);
        }
    }
}
