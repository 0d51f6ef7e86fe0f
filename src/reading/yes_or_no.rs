//! Replies without a verb of command: «nee», «ja», «nee, kennen wij niet».

use super::Decision;
use super::clause::Sentence;
use super::{meaning, phrases, vocabulary};

/// «Nee» and «ja» decide only a short reply.
const MAX_WORDS_AROUND_NO: usize = 14;
const MAX_WORDS_AROUND_YES: usize = 10;
const MAX_WORDS_SAYING_NO: usize = 6;

/// Reads a reply by its first word. `doubtful` says that something in it takes
/// the rest back.
pub(super) fn decide(sentences: &[Sentence], all_words: usize, doubtful: bool) -> Decision {
    let words = || sentences.iter().flat_map(Sentence::words);
    let first = words().next().unwrap_or_default();
    if vocabulary::is_no(first) && all_words <= MAX_WORDS_AROUND_NO {
        return if !doubtful && is_clear_no(sentences) {
            Decision::Reject
        } else {
            Decision::Ambiguous
        };
    }
    if vocabulary::is_yes(first) && all_words <= MAX_WORDS_AROUND_YES {
        let clear = sentences.iter().all(|sentence| {
            !sentence.question
                && !meaning::has_doubt(sentence)
                && !sentence.clauses.iter().any(meaning::is_denied)
        });
        let contradicted = words().skip(1).any(vocabulary::is_no);
        return if words().any(vocabulary::is_put_off) {
            Decision::None
        } else if clear && !doubtful && !contradicted {
            Decision::ApproveAsked
        } else {
            Decision::Ambiguous
        };
    }
    if is_said_no(sentences) && !doubtful {
        return Decision::Reject;
    }
    if words().any(vocabulary::is_hint) {
        return Decision::Ambiguous;
    }
    Decision::None
}

/// «No, we do not allow this», but not «no, I can't approve this», which may
/// only say that somebody has tried.
pub(super) fn says_no_to_approval(sentences: &[Sentence], all_words: usize) -> bool {
    let words = || sentences.iter().flat_map(Sentence::words);
    let first = words().next().unwrap_or_default();
    vocabulary::is_no(first)
        && all_words <= MAX_WORDS_AROUND_NO
        && !sentences.iter().any(|sentence| sentence.question)
        && !words().skip(1).any(vocabulary::is_open_no)
        && !words().any(|word| matches!(word, "mag" | "cannot" | "cant" | "able" | "lukt"))
}

/// «Nee» with nothing, a courtesy or a reason behind it.
fn is_clear_no(sentences: &[Sentence]) -> bool {
    if sentences.iter().any(|sentence| sentence.question) {
        return false;
    }
    let mut rest = sentences.iter().flat_map(Sentence::words).skip(1);
    let is_courtesy = |word: &str| {
        matches!(
            word,
            "nee" | "no" | "dus" | "hoor" | "echt" | "sorry" | "bedankt" | "dank"
        )
    };
    if rest.clone().all(is_courtesy) {
        return true;
    }
    let mut clauses = sentences.iter().flat_map(|sentence| &sentence.clauses);
    let unknown = clauses
        .clone()
        .any(|clause| clause.texts().any(vocabulary::is_negation) && meaning::tells_why(clause));
    let limited =
        clauses.any(|clause| matches!(clause.conjunction.as_deref(), Some("maar" | "but")));
    let spoken: String = sentences.iter().map(Sentence::spoken).collect();
    let reason = unknown || phrases::has_reason_for_no(&spoken.replace("  ", " "));
    let contradicted = rest.clone().any(vocabulary::is_yes);
    reason && !limited && !contradicted && !rest.any(vocabulary::is_open_no)
}

/// «Hierop zeg ik nee», «our answer is no».
fn is_said_no(sentences: &[Sentence]) -> bool {
    let [only] = sentences else {
        return false;
    };
    let words: Vec<&str> = only.words().collect();
    let says = words
        .iter()
        .any(|word| matches!(*word, "zeg" | "zeggen" | "antwoord" | "answer" | "say"));
    let denied = words
        .iter()
        .any(|word| vocabulary::is_negation(word) || vocabulary::is_yes(word));
    let ends = words.last().is_some_and(|word| vocabulary::is_no(word));
    words.len() <= MAX_WORDS_SAYING_NO && says && ends && !denied && !only.question
}
