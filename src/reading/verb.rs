//! The verbs of command in both languages, and slips of the finger in them.
//! All words are folded as [`super::clause::fold`] does: lower case, no
//! accents, no apostrophes.

use super::clause::Clause;

/// What a word may be by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// An order or wish: weigeren, afwijzen, reject.
    Reject,
    /// A state or the order in short: geweigerd, afgewezen, rejected.
    Rejected,
    /// Told of another person or of the past: weigerde, rejects, weigering.
    RejectTold,
    /// An order, wish or state of approval.
    Approve,
}

const REJECT: &str = "weiger weigeren afwijzen afwijs afkeuren afkeur reject rejecting decline
    declining deny denying refuse refusing";
const REJECTED: &str = "geweigerd afgewezen afgekeurd rejected declined denied refused";
const REJECT_TOLD: &str = "weigert weigerde weigerden weigering weigeringen geweigerde afwijst
    afwees afwezen afwijzing afwijzingen afkeurt afkeurde afkeuring afgekeurde rejects rejection
    rejections declines denies denial refuses refusal";
const APPROVE: &str = "goedkeuren goedgekeurd goedkeuring goedkeur goedkeurt akkoord accoord akoord
    accorderen geaccordeerd accepteren accepteer accepteert geaccepteerd toestaan toegestaan
    toestemming toelaten toegelaten approve approved approves approving approval accept accepted
    accepting allow allowed grant granted permit permitted permission authorize authorise
    authorized authorised autoriseren geautoriseerd machtigen";

/// A longer word is no slip of one of these.
const MAX_SLIP: usize = 12;

/// The words in which slips are looked for, and real words that only look like one.
const SLIP_OF: &str = "weiger weigeren geweigerd afwijzen afgewezen afkeuren afgekeurd reject
    rejected decline declined";
const NO_SLIP: &str = "afwijken afgeweken eject ejected recline reclined weigerde afkeurend
    afwijzend neiger steiger";

/// The words of command in a clause, separable verbs put together. A mistyped
/// one is an order only where `slips_count`.
pub(super) fn verbs(clause: &Clause, slips_count: bool) -> Vec<Verb> {
    let has = |particle: &str| clause.words.iter().any(|word| word.text == particle);
    clause
        .words
        .iter()
        .filter_map(|word| match word.text.as_str() {
            "wijs" | "wijzen" | "keur" | "keuren" if has("af") => Some(Verb::Reject),
            "wijst" | "wees" | "wezen" | "keurt" | "keurde" | "keurden" if has("af") => {
                Some(Verb::RejectTold)
            }
            "keur" | "keurt" | "keuren" if has("goed") => Some(Verb::Approve),
            "sta" | "staat" | "staan" if has("toe") => Some(Verb::Approve),
            text if is_nearly_reject(text) && slips_count => Some(Verb::Reject),
            text if is_nearly_reject(text) => Some(Verb::RejectTold),
            text => verb(text),
        })
        .collect()
}

/// What the word is by itself.
pub(super) fn verb(word: &str) -> Option<Verb> {
    let lists = [
        (REJECT, Verb::Reject),
        (REJECTED, Verb::Rejected),
        (REJECT_TOLD, Verb::RejectTold),
        (APPROVE, Verb::Approve),
    ];
    lists
        .into_iter()
        .find_map(|(list, verb)| is_in(list, word).then_some(verb))
}

/// A word of rejection, whatever its form, or the stem of a separable one.
pub(super) fn is_reject_word(word: &str) -> bool {
    matches!(
        verb(word),
        Some(Verb::Reject | Verb::Rejected | Verb::RejectTold)
    ) || is_in("wijs wijst wijzen keur keurt keuren", word)
        || is_nearly_reject(word)
}

/// Whether the word stands in a list of words between spaces. Most do not, which is seen fastest
/// without taking the list apart.
pub(super) fn is_in(list: &str, word: &str) -> bool {
    list.contains(word) && list.split_ascii_whitespace().any(|known| known == word)
}

/// A slip of the finger in a word of rejection.
fn is_nearly_reject(word: &str) -> bool {
    (5..=MAX_SLIP).contains(&word.len())
        && !is_in(NO_SLIP, word)
        && verb(word).is_none()
        && SLIP_OF
            .split_ascii_whitespace()
            .any(|known| is_slip_of(word, known))
}

/// One letter missing, added or wrong, or two swapped.
pub(super) fn is_slip_of(word: &str, known: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), known.chars().collect());
    if a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let a_rest = a.get(head..).unwrap_or_default();
    let b_rest = b.get(head..).unwrap_or_default();
    let pairs = a_rest.iter().rev().zip(b_rest.iter().rev());
    let tail = pairs.take_while(|(x, y)| x == y).count();
    let a_middle = a_rest.get(..a_rest.len() - tail).unwrap_or_default();
    let b_middle = b_rest.get(..b_rest.len() - tail).unwrap_or_default();
    match (a_middle, b_middle) {
        ([x, y], [v, w]) => x == w && y == v,
        (a, b) => a.len() <= 1 && b.len() <= 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_known_and_other_words_are_not() {
        for word in [
            "weigern",
            "wiegeren",
            "weigerren",
            "wegeren",
            "afwijzn",
            "rejct",
            "rejekt",
            "declien",
        ] {
            assert!(is_nearly_reject(word), "{word}");
        }
        for word in [
            "afwijken", "select", "steiger", "define", "project", "wegen", "akkoord", "weigeren",
        ] {
            assert!(!is_nearly_reject(word), "{word}");
        }
    }
}
