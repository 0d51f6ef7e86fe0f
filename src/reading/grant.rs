//! What stands beside a rejection and turns it round: it grants what is refused,
//! speaks well of who asked («hij mag het, weigeren») or ill of rejecting
//! («weigeren: onnodig»).

use super::clause::{Clause, Sentence};
use super::known_names::KnownNames;
use super::reason::{self, Stand};
use super::verb::{is_in, is_reject_word};
use super::{company, courtesy, meaning, vocabulary};

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

/// Whether a clause without a rejection grants, or a whole sentence only agrees.
pub(super) fn is_in_any(sentences: &[Sentence], names: &KnownNames) -> bool {
    sentences
        .iter()
        .any(|sentence| is_granting(sentence, names) || judges(sentence))
}

fn is_granting(sentence: &Sentence, names: &KnownNames) -> bool {
    let has_order = sentence.words().any(is_reject_word);
    let agrees = !has_order && sentence.words().all(vocabulary::is_yes);
    let opening_yes =
        |number: usize, clause: &Clause| number == 0 && has_order && company::is_yes(clause);
    let mut clauses = sentence.clauses.iter().enumerate();
    agrees || clauses.any(|(number, clause)| !opening_yes(number, clause) && grants(clause, names))
}

fn grants(clause: &Clause, names: &KnownNames) -> bool {
    if is_not_unknown(clause) {
        return true;
    }
    let grants = clause.has(GRANTS) && !clause.texts().any(is_reject_word);
    // «Zij moet haar eigen nummer gebruiken» grants nothing.
    grants
        && !meaning::is_denied(clause)
        && !courtesy::is_thanks(clause)
        && !reason::is_given(clause, Stand::After, names)
}

/// «Ze is niet onbekend», «no unknown person».
fn is_not_unknown(clause: &Clause) -> bool {
    let denied = |word| vocabulary::is_negation(word) || word == "no";
    let unknown = |word| is_in("onbekend onbekende unknown", word);
    clause.texts().any(denied) && clause.texts().any(unknown)
}

/// «Weigeren is onzin», «weigeren, geen goed idee»: the rejection is blamed.
fn judges(sentence: &Sentence) -> bool {
    sentence.clauses.iter().any(|clause| {
        let ordered = clause.texts().any(is_reject_word);
        let blames = !about_request(clause) && clause.texts().any(|word| is_in(JUDGEMENTS, word));
        let discourages = ["goed idee", "good idea"]
            .iter()
            .any(|idea| clause.spoken().contains(idea));
        !ordered && (blames || discourages)
    })
}

/// «Onterecht verzoek», «verkeerde bedrijf» blame the request.
fn about_request(clause: &Clause) -> bool {
    clause.texts().any(|word| {
        is_in(
            "verzoek aanvraag request application bedrijf firma company firm",
            word,
        )
    })
}
