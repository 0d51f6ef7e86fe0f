//! An order and its reason in one breath: «weigeren ken ik niet», «reject we
//! dont know her».
//!
//! Without a comma a denial may belong to either side, so the reason has to be
//! a sentence of its own: who or what, and a verb beside it, and no denial next
//! to the order.

use super::clause::{Clause, Sentence, Word};
use super::known_names::KnownNames;
use super::reason::{self, Stand};
use super::verb::{Verb, is_in, verb};

/// What stands with an order in front of its reason.
const WITH_ORDER: &str = "graag please pls plz gewoon just aub svp ajb dus this it deze dit";

const SUBJECTS: &str =
    "ik wij we hij zij ze i he she they this that it deze dit die niemand nobody";
const KNOWING: &str = "ken kennen herken herkennen vertrouw vertrouwen dont";
const VERBS: &str =
    "ken kent kennen herken herkennen vertrouw vertrouwen werkt werken is zijn heeft
    hebben hoort komt doen do dont does doesnt know knows trust work works have has havent hasnt
    left isnt arent";

/// The sentences with each such clause cut in two.
pub(super) fn cut(mut sentences: Vec<Sentence>, names: &KnownNames) -> Vec<Sentence> {
    for sentence in &mut sentences {
        let clauses = std::mem::take(&mut sentence.clauses);
        for mut clause in clauses {
            let words = order_end(&clause)
                .filter(|&end| begins_a_reason(&clause, end, names))
                .or_else(|| reason_end(&clause, names))
                .map(|at| clause.words.split_off(at));
            sentence.clauses.push(clause);
            sentence.clauses.extend(words.map(|words| Clause {
                words,
                conjunction: None,
            }));
        }
    }
    sentences
}

/// Behind how many words a bare order ends that the clause begins with.
fn order_end(clause: &Clause) -> Option<usize> {
    let at = clause.texts().position(|word| !is_in(WITH_ORDER, word))?;
    let order = clause.texts().nth(at).and_then(verb);
    let behind = clause.texts().skip(at + 1);
    let behind = behind.take_while(|word| is_in("graag please pls aub svp dus", word));
    matches!(order, Some(Verb::Reject | Verb::Rejected)).then(|| at + 1 + behind.count())
}

/// Where a reason ends that an order follows, on the next line or as the end of the clause.
fn reason_end(clause: &Clause, names: &KnownNames) -> Option<usize> {
    let is_order = |word: &Word| matches!(verb(&word.text), Some(Verb::Reject | Verb::Rejected));
    let mut words = clause.words.iter().enumerate().skip(2);
    let (at, order) = words.find(|(_, word)| word.opens_line || is_order(word))?;
    let (before, after) = clause.words.split_at_checked(at)?;
    let ends = after
        .iter()
        .skip(1)
        .all(|word| is_in(WITH_ORDER, &word.text));
    let is_order = is_order(order) || is_in(WITH_ORDER, &order.text);
    let reason = Clause {
        words: before.to_vec(),
        conjunction: None,
    };
    // «Deze klant niet», new line, «weigeren» is no reason; «not our reject» goes on.
    const GOES_ON: &str = "niet not no geen to te the a an een de het my mijn our onze your uw";
    let left_open = before.last().is_some_and(|word| is_in(GOES_ON, &word.text));
    // «Wij hebben geen recht weigeren» forgot a «te».
    let is_sentence = reason.has(VERBS) && !left_open;
    let stands_apart =
        order.opens_line || (ends && !reason.has("recht toestemming bevoegd right permission"));
    (is_order && stands_apart && is_sentence && reason::is_given(&reason, Stand::After, names))
        .then_some(at)
}

fn begins_a_reason(clause: &Clause, at: usize, names: &KnownNames) -> bool {
    let words = clause.words.get(at..).unwrap_or_default().to_vec();
    let rest = Clause {
        words,
        conjunction: None,
    };
    let texts: Vec<&str> = rest.texts().collect();
    let is_sentence = match texts.as_slice() {
        ["onbekend" | "unknown"] => true,
        ["onbekend" | "unknown", at, ..] => is_in("bij hier here to at in binnen", at),
        ["never" | "nooit", ..] => rest.has("heard gehoord"),
        [first, ..] if is_in(KNOWING, first) => true,
        // «Weigeren dit is niet aan ons» may be one sentence.
        [first, ..] if is_in("this that deze dit die", first) => {
            let denied = rest.has("niet not geen no isnt");
            rest.has(if denied { KNOWING } else { VERBS })
        }
        [first, second, ..] => is_in(SUBJECTS, first) && is_in(VERBS, second),
        _ => false,
    };
    is_sentence && reason::is_given(&rest, Stand::After, names)
}
