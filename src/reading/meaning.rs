//! What the words around a command make of it.

use super::clause::{self, Clause, GREETINGS, Sentence, Word};
use super::known_names::KnownNames;
use super::phrases;
use super::reason::{self, Stand};
use super::verb::{Verb, is_in, is_reject_word, verb, verbs};
use super::vocabulary;

/// An addition as short as this belongs to what stands before it.
const SHORT_ADDITION: usize = 3;

/// A greeting has no more words than this.
const MAX_GREETING: usize = 6;

/// What a question begins with, and whom it asks.
const ASKING: &str = "gaat kan kun kunt kunnen wil wilt willen moet moeten mag mogen zal zullen is heb heeft
    hebben weigert weigeren was waren werd can could would should shall do does did may are have has will";
const ORDERS_TURNED: &str = "weiger wijs wijst wijzen keur keurt keuren ga gaan afwijzen afkeuren";
const ASKED: &str = "ik je jij u we wij jullie dit deze dat het iemand weigeren i you they this it
    that someone";

/// Whether the clause denies what it says.
pub(super) fn is_denied(clause: &Clause) -> bool {
    let words: Vec<&str> = clause.texts().collect();
    // «No rejection», «no need to reject», but not «No reject it».
    let as_article = words.iter().enumerate().any(|(at, word)| {
        let order = match words.get(at + 1..) {
            Some([]) => true,
            Some([verb, object, ..]) => {
                (is_in("reject deny decline refuse", verb) && is_in("it this them her him", object))
                    || (*verb == "please" && is_in("reject deny decline refuse", object))
            }
            _ => false,
        };
        *word == "no" && !order
    });
    // «N I E T weigeren»
    let spelt_out = words
        .windows(3)
        .any(|letters| letters.iter().all(|word| word.len() == 1));
    as_article || spelt_out || words.iter().any(|word| vocabulary::is_negation(word))
}

/// «Don't go and reject», «please do not, whatever happens, reject»: the denial
/// goes on into this clause.
pub(super) fn takes_over_denial(clause: &Clause, before: &[Clause]) -> bool {
    const BARE_FORMS: &str =
        "weigeren afwijzen afkeuren reject deny decline refuse goedkeuren approve accept";
    let bare = clause
        .texts()
        .next()
        .is_some_and(|word| is_in(BARE_FORMS, word));
    let joined = matches!(clause.conjunction.as_deref(), Some("en" | "and"));
    let goes_on = before
        .last()
        .is_some_and(|last| is_denied(last) && !tells_why(last));
    (bare && joined && goes_on) || before.iter().any(is_left_open)
}

/// Nothing but a denial, of something that is yet to be named.
fn is_left_open(clause: &Clause) -> bool {
    let words: Vec<&str> = clause
        .texts()
        .filter(|word| !is_in("please svp aub graag alsjeblieft nu", word))
        .collect();
    match words.as_slice() {
        ["niet" | "nooit" | "not" | "never" | "dont"] => true,
        ["absolutely" | "certainly" | "definitely" | "of", _] => false,
        [_, "not" | "dont" | "never"] | [.., "dont" | "never"] => true,
        _ => false,
    }
}

/// «We don't know them and reject this»: the denial is the reason.
pub(super) fn tells_why(clause: &Clause) -> bool {
    const KNOWING: &str = "ken kennen herken herkennen bekend vertrouw vertrouwen klopt akkoord
        goedkeuren recognise recognize known trust approve";
    const WHOM: &str = "them her him this that the these who";
    // «I don't know» is no reason, «I don't know them» is.
    let knows = clause.words.windows(2).any(|pair| {
        let [know, object] = pair else {
            return false;
        };
        know.text == "know" && (object.is_name || is_in(WHOM, &object.text))
    });
    knows || clause.texts().any(|word| is_in(KNOWING, word))
}

/// «Weigeren, nee», «reject, or not», «weigeren, Carla niet».
pub(super) fn is_contradicted(after: &[Clause], names: &KnownNames) -> bool {
    after.iter().any(|clause| {
        let gives_reason = || {
            tells_why(clause)
                || clause.texts().any(vocabulary::is_reason)
                || reason::is_given(clause, Stand::After, names)
        };
        let first = clause.texts().next().unwrap_or_default();
        let short = clause.words.len() <= SHORT_ADDITION && is_denied(clause);
        let denies = short || is_in("niet not behalve except", first);
        let limits = matches!(clause.conjunction.as_deref(), Some("maar" | "but"))
            && !clause
                .texts()
                .any(|word| is_in("bedankt dank thanks thank", word) || is_reject_word(word));
        limits || (denies && !gives_reason()) || phrases::is_afterthought(&clause.spoken())
    })
}

/// Words anywhere in the sentence that take the certainty out of it. What a reason is made of
/// does not: «weigeren, alleen onze eigen mensen mogen het gebruiken».
pub(super) fn has_doubt(sentence: &Sentence, names: &KnownNames) -> bool {
    let is_reason = |clause: &&Clause| {
        !clause.texts().any(is_reject_word) && reason::is_given(clause, Stand::After, names)
    };
    sentence.clauses.iter().any(says_have_done)
        || sounds_doubtful(sentence.clauses.iter())
            && sounds_doubtful(sentence.clauses.iter().filter(|clause| !is_reason(clause)))
}

fn sounds_doubtful<'a>(clauses: impl Iterator<Item = &'a Clause>) -> bool {
    let spoken = phrases::without_wish(&clause::spoken(clauses));
    let words: Vec<&str> = spoken.split_whitespace().collect();
    words.iter().any(|word| vocabulary::is_doubt(word)) || is_dutch_or(&words)
}

/// Words in this clause, at the head of the sentence or in a short addition
/// after it that make it tell of other people, requests or times.
pub(super) fn has_local_doubt(sentence: &Sentence, number: usize, names: &KnownNames) -> bool {
    let spoken = sentence.spoken();
    // «Wat mij betreft» asks nothing.
    let concerns =
        spoken.starts_with(" wat mij betreft ") || spoken.starts_with(" wat ons betreft ");
    let head = sentence.words().next().unwrap_or_default();
    let skipped = if concerns && number == 0 { 3 } else { 0 };
    let own = sentence.clauses.get(number).is_some_and(|clause| {
        // «Opnieuw weigeren» is an order, «opnieuw geweigerd» is told.
        let ordered = || {
            verbs(clause, false)
                .iter()
                .all(|verb| *verb == Verb::Reject)
        };
        let repeats = |word| is_in("opnieuw weer alweer again", word) && ordered();
        let mut words = clause.texts().skip(skipped);
        words.any(|word| vocabulary::is_local_doubt(word) && !repeats(word))
    });
    let mut additions = sentence.clauses.iter().skip(number + 1);
    own || (vocabulary::is_question_word(head) && !concerns)
        || additions.any(|clause| {
            clause.words.len() < SHORT_ADDITION
                && clause.texts().any(vocabulary::is_local_doubt)
                && !reason::is_given(clause, Stand::After, names)
        })
}

/// Dutch «of» is «or» and «whether»; English «of» is neither.
fn is_dutch_or(words: &[&str]) -> bool {
    const ENGLISH: &str =
        "the this not i please is our ours she they them to for it are an reject we";
    const DUTCH: &str =
        "de het een ik niet dit deze wij weigeren afwijzen goedkeuren is we dat weet moet";
    const BEFORE: &str =
        "behalf use because outside user owner request number name kind out all part";
    const AFTER: &str = "the our my this that them these your it his her a any";
    let count = |list: &str| words.iter().filter(|word| is_in(list, word)).count();
    let in_english = |before: &str, after: &str| is_in(BEFORE, before) || is_in(AFTER, after);
    let ofs = words.iter().enumerate().filter(|(_, word)| **word == "of");
    count(ENGLISH) <= count(DUTCH)
        && ofs.into_iter().any(|(at, _)| {
            let before = at.checked_sub(1).and_then(|at| words.get(at));
            let after = words.get(at + 1);
            !in_english(before.unwrap_or(&""), after.unwrap_or(&""))
        })
}

/// «Ik heb dit geweigerd», «I have rejected it»: told, not ordered.
fn says_have_done(clause: &Clause) -> bool {
    // «Please have this rejected» and «it has to be rejected» are still to be done.
    let mut bare = clause.texts().skip_while(|word| is_in("please pls", word));
    let has_it_done =
        bare.next() == Some("have") && bare.next().is_some_and(|it| is_in("it this", it));
    let to_be = clause.spoken().contains("to be ") || clause.has("wil willen wens wensen");
    !has_it_done
        && !to_be
        && clause
            .texts()
            .any(|word| verb(word) == Some(Verb::Rejected))
        && clause
            .texts()
            .any(|word| is_in("heb hebben heeft hebt have has ive weve", word))
}

/// A question without its mark: «Moet ik dit weigeren», «Jan, kun jij dit weigeren».
pub(super) fn asks(sentence: &Sentence) -> bool {
    sentence.clauses.iter().enumerate().any(|(number, clause)| {
        // «Dus ik moet weigeren», «so I need to reject»: asks for a yes.
        let concluding = matches!(clause.conjunction.as_deref(), Some("dus" | "so"));
        let opening = clause.texts().take(2).collect::<Vec<_>>();
        let about_me = matches!(
            opening.as_slice(),
            ["ik" | "i", "moet" | "need" | "have" | "hoef"]
        );
        if number == 0 && concluding && about_me {
            return true;
        }
        let mut words = clause
            .texts()
            .skip_while(|word| is_in("please hallo hoi hi dag ja ok", word));
        let first = words.next().unwrap_or_default();
        let second = words.next().unwrap_or_default();
        let wish = first == "wil" && !is_in("je u jij iemand", second);
        let order = (first, second) == ("do", "it");
        // «Heb ik niet aangevraagd, weigeren» leaves out what was not asked for.
        let dropped = is_in("heb hebben", first)
            && is_in("ik we wij", second)
            && is_denied(clause)
            && !clause.texts().any(is_reject_word);
        // «Weiger ik dit nu», «wijst u dit af», «wordt deze aanvraag geweigerd».
        // «Ga je gang» asks nothing.
        let turned = (is_in(ORDERS_TURNED, first)
            && is_in("ik je jij u we wij", second)
            && words.next() != Some("gang"))
            || (is_in("wordt worden must", first) && is_in(ASKED, second))
            || (first == "wil" && second == "ik" && !is_denied(clause));
        // «Dus dit wordt geweigerd», «en dan wordt het geweigerd»: wants to hear yes.
        let drawn = number == 0
            && clause.texts().any(|word| word == "wordt")
            && (concluding || is_in("dus dan", first));
        if turned || drawn {
            return true;
        }
        // «Have this rejected».
        let caused = first == "have"
            && is_in("it this that", second)
            && clause.texts().last().and_then(verb) == Some(Verb::Rejected);
        let statement =
            dropped || caused || (is_in("weigeren", first) && !is_in("we wij jullie", second));
        is_in(ASKING, first) && is_in(ASKED, second) && !wish && !order && !statement
    })
}

/// «Ik weiger toestemming»: permission is what is refused.
pub(super) fn is_refused_permission(clause: &Clause) -> bool {
    let refused = clause
        .texts()
        .any(|word| matches!(verb(word), Some(Verb::Reject | Verb::Rejected)));
    let other_approvals = clause
        .texts()
        .any(|word| verb(word) == Some(Verb::Approve) && !is_in("toestemming permission", word));
    let separable = clause.texts().any(|word| word == "goed" || word == "toe");
    refused && !other_approvals && !separable
}

/// A greeting without anything else in it: after its first word only names and
/// words that people are addressed with.
pub(super) fn greets(clause: &Clause, names: &KnownNames) -> bool {
    const ADDRESSED: &str = "heer mevrouw meneer mw dhr mr mrs ms sir madam or of team all allen
        allemaal collega collegas colleague colleagues there again nogmaals";
    let words: Vec<&str> = clause.texts().collect();
    let rest = match words.as_slice() {
        ["good", "morning" | "afternoon" | "evening" | "day", ..] => 2,
        ["l", "s", ..] => 2,
        ["heer" | "mevrouw" | "meneer" | "sir" | "madam"] => 0,
        [first, ..] if is_in(GREETINGS, first) => 1,
        _ => return clause.spoken() == "to whom it may concern",
    };
    let addressed = |word: &Word| {
        let plain = !vocabulary::is_doubt(&word.text) && !vocabulary::is_local_doubt(&word.text);
        is_in(ADDRESSED, &word.text) || names.has(&word.text) || (word.is_name && plain)
    };
    words.len() <= MAX_GREETING && clause.words.iter().skip(rest).all(addressed)
}
