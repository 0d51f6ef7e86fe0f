//! What stands beside a rejection and turns it round: it grants what is refused,
//! speaks well of who asked («hij mag het, weigeren») or ill of rejecting
//! («weigeren: onnodig»).

use super::clause::{Clause, Sentence};
use super::meaning;
use super::verb::{is_in, is_reject_word};
use super::vocabulary;

const GRANTS: &str = "mag mogen may doorlaten doorgaan toelaten toelaat prima welkom welcome
    vertrouwd vertrouwen betrouwbaar trusted trust let laat geef geven give gegeven given ken
    kennen kende know knew known bekend bekende legit legitimate gebruiken okay collega colleague
    deserves verdient wel";

/// What is said of a rejection that nobody wants.
const JUDGEMENTS: &str = "nodig onnodig overbodig onzin onzinnig zinloos nutteloos fout verkeerd
    ongewenst onterecht onjuist onverstandig onredelijk dom slecht belachelijk absurd mislukt
    gek bizar overdreven unnecessary needless pointless useless wrong wrongly nonsense stupid
    silly unfair unwise bad ridiculous unwanted undesirable haha hahaha hihi lol lmao rofl joke
    kidding grap geintje";

/// As short as this, it is read word by word.
const SHORT: usize = 3;

/// Turns of phrase with such a word in them that grant nothing.
const COURTESIES: [&str; 6] = [
    " let me know ",
    " let us know ",
    " letting me know ",
    " letting us know ",
    " laat weten ",
    " laat me weten ",
];

/// Whether a clause without a rejection grants, or a whole sentence only agrees.
pub(super) fn is_in_any(sentences: &[Sentence]) -> bool {
    sentences
        .iter()
        .any(|sentence| is_granting(sentence) || judges(sentence))
}

fn is_granting(sentence: &Sentence) -> bool {
    let has_order = sentence.words().any(is_reject_word);
    let agrees = !has_order && sentence.words().all(vocabulary::is_yes);
    let opening_yes = |number: usize, clause: &Clause| {
        number == 0 && has_order && clause.texts().all(vocabulary::is_yes)
    };
    let mut clauses = sentence.clauses.iter().enumerate();
    agrees || clauses.any(|(number, clause)| !opening_yes(number, clause) && grants(clause))
}

fn grants(clause: &Clause) -> bool {
    if is_not_unknown(clause) {
        return true;
    }
    if clause.texts().any(is_reject_word) || meaning::is_denied(clause) {
        return false;
    }
    let spoken = format!(" {} ", clause.spoken());
    let spoken = COURTESIES
        .iter()
        .fold(spoken, |text, courtesy| text.replace(courtesy, " "));
    let mut words = spoken.split_whitespace();
    words.any(|word| is_in(GRANTS, word))
}

/// «Ze is niet onbekend», «no unknown person».
fn is_not_unknown(clause: &Clause) -> bool {
    let denied = |word| vocabulary::is_negation(word) || word == "no";
    let unknown = |word| is_in("onbekend onbekende unknown", word);
    clause.texts().any(denied) && clause.texts().any(unknown)
}

/// «Weigeren, overbodig»: a few words beside the order are understood entirely
/// or not at all, and no others may blame the rejection. A short line of its own
/// may be the writer's function.
fn judges(sentence: &Sentence) -> bool {
    let has_order = sentence.words().any(is_reject_word);
    sentence.clauses.iter().any(|clause| {
        let ordered = clause.texts().any(is_reject_word);
        let short = has_order && clause.words.len() <= SHORT && !is_thanks(clause);
        let unclear = short
            && !clause
                .words
                .iter()
                .all(|word| word.is_name || is_clear(&word.text));
        let blames = !about_request(clause) && clause.texts().any(|word| is_in(JUDGEMENTS, word));
        let discourages = ["goed idee", "good idea"]
            .iter()
            .any(|idea| clause.spoken().contains(idea));
        !ordered && (unclear || blames || discourages)
    })
}

fn is_thanks(clause: &Clause) -> bool {
    let first = clause.texts().next().unwrap_or_default();
    is_in("thanks thank bedankt dank", first)
}

fn is_clear(word: &str) -> bool {
    vocabulary::is_neutral(word)
        || vocabulary::is_plain_reason(word)
        || vocabulary::is_negation(word)
        || vocabulary::is_question_word(word)
}

/// «Onterecht verzoek» blames the request.
fn about_request(clause: &Clause) -> bool {
    clause
        .texts()
        .any(|word| is_in("verzoek aanvraag request application", word))
}
