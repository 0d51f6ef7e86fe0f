//! Replies without a verb of command: «nee», «ja», «nee, kennen wij niet».

use super::Decision;
use super::clause::Sentence;
use super::known_names::KnownNames;
use super::{company, meaning, vocabulary};

/// «Nee» and «ja» decide only a short reply.
const MAX_WORDS_AROUND_NO: usize = 14;
const MAX_WORDS_AROUND_YES: usize = 10;

/// Reads a reply by its first word. `doubtful` says that something in it takes
/// the rest back.
pub(super) fn decide(
    sentences: &[Sentence],
    all_words: usize,
    doubtful: bool,
    names: &KnownNames,
) -> Decision {
    let words = || sentences.iter().flat_map(Sentence::words);
    let first = first_word(sentences);
    if vocabulary::is_no(first) && all_words <= MAX_WORDS_AROUND_NO {
        return if !doubtful && is_clear_no(sentences, names) {
            Decision::Reject
        } else {
            Decision::Ambiguous
        };
    }
    if vocabulary::is_yes(first) && all_words <= MAX_WORDS_AROUND_YES {
        let clear = sentences.iter().all(|sentence| {
            !sentence.question
                && !meaning::has_doubt(sentence, names)
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
    if words().any(vocabulary::is_hint) {
        return Decision::Ambiguous;
    }
    Decision::None
}

/// «No, we do not allow this», but not «no, I can't approve this», which may
/// only say that somebody has tried.
pub(super) fn says_no_to_approval(
    sentences: &[Sentence],
    all_words: usize,
    names: &KnownNames,
) -> bool {
    let words = || sentences.iter().flat_map(Sentence::words);
    vocabulary::is_no(first_word(sentences))
        && all_words <= MAX_WORDS_AROUND_NO
        && !words().skip(1).any(vocabulary::is_open_no)
        && !words().any(|word| matches!(word, "mag" | "cannot" | "cant" | "able" | "lukt"))
        && is_clear_no(sentences, names)
}

fn first_word(sentences: &[Sentence]) -> &str {
    let mut words = sentences.iter().flat_map(Sentence::words);
    words
        .find(|word| !vocabulary::is_regret(word))
        .unwrap_or_default()
}

/// «Nee» with nothing, a courtesy or a reason behind it.
fn is_clear_no(sentences: &[Sentence], names: &KnownNames) -> bool {
    !sentences.iter().any(|sentence| sentence.question) && company::follows_no(sentences, names)
}
