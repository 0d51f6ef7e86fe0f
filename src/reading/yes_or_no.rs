//! Replies without a verb of command: «nee», «ja», «nee, kennen wij niet».

use super::Decision;
use super::clause::Sentence;
use super::known_names::KnownNames;
use super::verb::is_in;
use super::{company, meaning, vocabulary};

/// «Nee» and «ja» decide only a short reply.
const MAX_WORDS_AROUND_NO: usize = 14;
const MAX_WORDS_AROUND_YES: usize = 10;
const MAX_WORDS_SAYING_NO: usize = 6;

/// Reads a reply by its first word. `doubtful` says that something in it takes
/// the rest back.
pub(super) fn decide(
    sentences: &[Sentence],
    all_words: usize,
    doubtful: bool,
    names: &KnownNames,
) -> Decision {
    let words = || sentences.iter().flat_map(Sentence::words);
    let first = words().next().unwrap_or_default();
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
pub(super) fn says_no_to_approval(
    sentences: &[Sentence],
    all_words: usize,
    names: &KnownNames,
) -> bool {
    let words = || sentences.iter().flat_map(Sentence::words);
    let first = words().next().unwrap_or_default();
    vocabulary::is_no(first)
        && all_words <= MAX_WORDS_AROUND_NO
        && !words().skip(1).any(vocabulary::is_open_no)
        && !words().any(|word| matches!(word, "mag" | "cannot" | "cant" | "able" | "lukt"))
        && is_clear_no(sentences, names)
}

/// «Nee» with nothing, a courtesy or a reason behind it.
fn is_clear_no(sentences: &[Sentence], names: &KnownNames) -> bool {
    !sentences.iter().any(|sentence| sentence.question) && company::follows_no(sentences, names)
}

/// «Hierop zeg ik nee», «our answer is no».
fn is_said_no(sentences: &[Sentence]) -> bool {
    const SAYING: &str = "zeg zeggen antwoord answer say";
    const SAID: &str =
        "hierop hierbij hier op daarop ik wij we i mijn ons my our is het the dus so to
        this dit verzoek aanvraag request graag nee neen no";
    let [only] = sentences else {
        return false;
    };
    let words: Vec<&str> = only.words().collect();
    let says = words.iter().any(|word| is_in(SAYING, word));
    let understood = words
        .iter()
        .all(|word| is_in(SAYING, word) || is_in(SAID, word));
    let ends = words.last().is_some_and(|word| vocabulary::is_no(word));
    words.len() <= MAX_WORDS_SAYING_NO && says && ends && understood && !only.question
}
