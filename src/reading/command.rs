//! Which command a reply contains.
//!
//! A rejection is the only command that acts, so it has to be beyond doubt:
//! one clear wish, and nothing in the whole reply that asks, denies, puts off,
//! makes a condition or takes it back. Whatever else contains a word of command
//! is ambiguous, and is answered with a link instead.

use super::Decision;
use super::clause::{Clause, Sentence, sentences};
use super::visible_reply::VisibleReply;
use super::vocabulary::{self, Verb};

/// A longer text is a letter; a word of command in it may be about anything.
const MAX_WORDS: usize = 150;

/// «Nee» decides only a short reply.
const MAX_WORDS_AROUND_NO: usize = 14;
const MAX_WORDS_AROUND_YES: usize = 10;

/// A mistyped command counts only where hardly anything else was typed.
const MAX_WORDS_AROUND_SLIP: usize = 5;

/// So many words that nobody expects may stand beside a rejection.
const MAX_UNKNOWN_WORDS: usize = 4;

/// Reads the command.
pub(super) fn decide(reply: &VisibleReply) -> Decision {
    let sentences = without_greeting(sentences(&reply.lines));
    let all_words = sentences.iter().flat_map(Sentence::words).count();
    if all_words > MAX_WORDS {
        let commands = sentences
            .iter()
            .flat_map(Sentence::words)
            .any(|word| vocabulary::verb(word).is_some());
        return if commands {
            Decision::Ambiguous
        } else {
            Decision::None
        };
    }
    let mut found = Found::default();
    for sentence in &sentences {
        found.look_at(sentence, all_words);
    }
    let doubtful = reply.truncated || is_taken_back(&sentences);
    match found {
        Found {
            rejects: 1..,
            doubted: 0,
            approves: 0,
            approves_doubted: 0,
            ..
        } if !doubtful && !tells_of_trouble(&sentences) => Decision::Reject,
        Found { rejects: 1.., .. } => Decision::Ambiguous,
        Found {
            corrected: true,
            approves: 1..,
            ..
        } if !doubtful => Decision::ApproveAsked,
        Found { doubted: 1.., .. } => Decision::Ambiguous,
        Found {
            approves: 1..,
            approves_doubted: 0,
            approves_denied: 0,
            ..
        } if !doubtful => Decision::ApproveAsked,
        Found {
            approves: 0,
            approves_doubted: 0,
            approves_denied: 1,
            ..
        } if !doubtful && is_plain_disapproval(&sentences) => Decision::Reject,
        Found {
            approves: 0,
            approves_doubted: 0,
            approves_denied: 0,
            ..
        } => yes_or_no(&sentences, all_words, doubtful),
        Found { .. } => Decision::Ambiguous,
    }
}

/// How many words of command there are, and how they are meant.
#[derive(Debug, Default)]
struct Found {
    rejects: usize,
    doubted: usize,
    approves: usize,
    approves_denied: usize,
    approves_doubted: usize,
    /// «Niet afwijzen maar goedkeuren»: the denied half is answered by the other.
    corrected: bool,
}

impl Found {
    fn look_at(&mut self, sentence: &Sentence, all_words: usize) {
        let spoken = sentence.spoken();
        let all_doubted = sentence.question || asks(sentence) || has_doubt(sentence, &spoken);
        let mut denied_reject = false;
        let mut approves = 0;
        for (number, clause) in sentence.clauses.iter().enumerate() {
            let before = sentence.clauses.get(..number).unwrap_or_default();
            let denied = is_denied(clause) || takes_over_denial(clause, before);
            let doubted = all_doubted || has_local_doubt(sentence, number);
            for hit in hits(clause, all_words) {
                match hit {
                    Verb::Approve if denied => self.approves_denied += 1,
                    Verb::Approve if doubted => self.approves_doubted += 1,
                    Verb::Approve => approves += 1,
                    Verb::Reject | Verb::Rejected | Verb::RejectTold if denied => {
                        self.doubted += 1;
                        denied_reject = true;
                    }
                    verb if doubted
                        || !is_meant(clause, verb)
                        || is_followed_by_no(sentence, number) =>
                    {
                        self.doubted += 1
                    }
                    _ => self.rejects += 1,
                }
            }
        }
        let phrases = vocabulary::APPROVAL_PHRASES
            .iter()
            .filter(|phrase| spoken.contains(*phrase))
            .count();
        if all_doubted {
            self.approves_doubted += phrases;
        } else if phrases > 0
            && approves == 0
            && sentence.clauses.iter().any(is_denied)
            && !spoken.contains(" geen ")
            && !spoken.contains(" no ")
        {
            self.approves_denied += 1;
        } else {
            approves += phrases;
        }
        self.approves += approves;
        let joined = sentence
            .clauses
            .iter()
            .skip(1)
            .any(|clause| matches!(clause.conjunction.as_deref(), Some("maar" | "but")));
        self.corrected |= denied_reject && approves > 0 && joined;
    }
}

/// The words of command in a clause, separable verbs put together.
fn hits(clause: &Clause, all_words: usize) -> Vec<Verb> {
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
            text if vocabulary::is_nearly_reject(text) && all_words <= MAX_WORDS_AROUND_SLIP => {
                Some(Verb::Reject)
            }
            text if vocabulary::is_nearly_reject(text) => Some(Verb::RejectTold),
            text => vocabulary::verb(text),
        })
        .collect()
}

fn is_denied(clause: &Clause) -> bool {
    clause.words.iter().enumerate().any(|(number, word)| {
        // «No rejection», «no need to reject», but not «No reject it».
        let no_as_article = word.text == "no"
            && clause.words.get(number + 1).is_some_and(|next| {
                !matches!(
                    next.text.as_str(),
                    "reject" | "deny" | "decline" | "refuse" | "please"
                )
            });
        vocabulary::is_negation(&word.text) || no_as_article
    })
}

/// «Don't go and reject», «please do not, whatever happens, reject»: the denial
/// goes on into this clause.
fn takes_over_denial(clause: &Clause, before: &[Clause]) -> bool {
    let verb = clause.words.first().is_some_and(|word| {
        matches!(
            word.text.as_str(),
            "weigeren"
                | "afwijzen"
                | "afkeuren"
                | "reject"
                | "deny"
                | "decline"
                | "refuse"
                | "goedkeuren"
                | "approve"
                | "accept"
        )
    });
    let joined = matches!(clause.conjunction.as_deref(), Some("en" | "and")) && verb;
    joined
        && before
            .last()
            .is_some_and(|last| is_denied(last) && !tells_why(last))
        || before.iter().any(is_left_open)
}

/// Nothing but a denial, of something that is yet to be named.
fn is_left_open(clause: &Clause) -> bool {
    let mut words = clause
        .words
        .iter()
        .map(|word| word.text.as_str())
        .filter(|word| {
            !matches!(
                *word,
                "please" | "svp" | "aub" | "graag" | "alsjeblieft" | "nu"
            )
        });
    match (words.next(), words.next(), words.next_back()) {
        (Some("niet" | "nooit" | "not" | "never" | "dont"), None, _) => true,
        (Some(_), Some("dont" | "never" | "not"), None) => !matches!(
            clause.words.first().map(|word| word.text.as_str()),
            Some("absolutely" | "certainly" | "definitely" | "of")
        ),
        (_, _, Some("dont" | "never")) => true,
        _ => false,
    }
}

/// «We don't know them and reject this»: the denial is the reason.
fn tells_why(clause: &Clause) -> bool {
    clause.words.iter().any(|word| {
        matches!(
            word.text.as_str(),
            "ken"
                | "kennen"
                | "know"
                | "recognise"
                | "recognize"
                | "herken"
                | "herkennen"
                | "bekend"
                | "known"
                | "vertrouw"
                | "vertrouwen"
                | "trust"
                | "klopt"
                | "akkoord"
                | "goedkeuren"
                | "approve"
        )
    })
}

/// Turns of phrase whose single words would say something else.
const POLITE: &[&str] = &[
    " would like to ",
    " zou graag ",
    " zou dit graag ",
    " zou deze graag ",
    " zou willen ",
    " zouden graag ",
    " als beheerder ",
    " als accountbeheerder ",
    " als eigenaar ",
    " as administrator ",
];

/// Words anywhere in the sentence that take the certainty out of it.
fn has_doubt(sentence: &Sentence, spoken: &str) -> bool {
    let mut spoken = spoken.to_owned();
    for phrase in POLITE {
        spoken = spoken.replace(phrase, " ");
    }
    let words: Vec<&str> = spoken.split_whitespace().collect();
    words.iter().any(|word| vocabulary::is_doubt(word))
        || is_dutch_or(&words)
        || says_have_done(sentence)
}

/// Words in this clause, at the head of the sentence or in a short addition
/// after it that make it tell of other people, requests or times.
fn has_local_doubt(sentence: &Sentence, number: usize) -> bool {
    let mut first = sentence.words();
    let concerns = matches!((first.next(), first.nth(1)), (Some("wat"), Some("betreft")));
    let heads = !concerns
        && sentence
            .words()
            .next()
            .is_some_and(vocabulary::is_question_word);
    let own = sentence.clauses.get(number).is_some_and(|clause| {
        clause
            .words
            .iter()
            .skip(if concerns && number == 0 { 3 } else { 0 })
            .any(|word| vocabulary::is_local_doubt(&word.text))
    });
    let added = sentence
        .clauses
        .iter()
        .skip(number + 1)
        .filter(|clause| clause.words.len() <= 2);
    heads
        || own
        || added
            .flat_map(|clause| &clause.words)
            .any(|word| vocabulary::is_local_doubt(&word.text))
}

/// Dutch «of» is «or» and «whether»; English «of» is neither.
fn is_dutch_or(words: &[&str]) -> bool {
    words.windows(3).any(|window| {
        let [before, "of", after] = window else {
            return false;
        };
        let english = matches!(
            *before,
            "behalf"
                | "use"
                | "because"
                | "outside"
                | "user"
                | "owner"
                | "request"
                | "number"
                | "name"
                | "kind"
                | "out"
                | "all"
                | "part"
        ) || matches!(
            *after,
            "the"
                | "our"
                | "my"
                | "this"
                | "that"
                | "them"
                | "these"
                | "your"
                | "it"
                | "his"
                | "her"
                | "a"
                | "any"
        );
        !english
    }) || words.first() == Some(&"of")
}

/// «Ik heb dit geweigerd», «I have rejected it»: told, not ordered.
fn says_have_done(sentence: &Sentence) -> bool {
    sentence.clauses.iter().any(|clause| {
        let participle = clause
            .words
            .iter()
            .any(|word| vocabulary::verb(&word.text) == Some(Verb::Rejected));
        participle
            && clause.words.iter().any(|word| {
                matches!(
                    word.text.as_str(),
                    "heb" | "hebben" | "heeft" | "hebt" | "have" | "has" | "ive" | "weve"
                )
            })
    })
}

/// A question without its mark: «Moet ik dit weigeren».
fn asks(sentence: &Sentence) -> bool {
    let mut words = sentence.words().skip_while(|word| {
        matches!(
            *word,
            "please" | "hallo" | "hoi" | "hi" | "dag" | "ja" | "ok"
        )
    });
    let (first, second) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let asking = matches!(
        first,
        "kan"
            | "kun"
            | "kunt"
            | "kunnen"
            | "wil"
            | "wilt"
            | "willen"
            | "moet"
            | "moeten"
            | "mag"
            | "zal"
            | "zullen"
            | "is"
            | "heb"
            | "heeft"
            | "hebben"
            | "can"
            | "could"
            | "would"
            | "should"
            | "shall"
            | "do"
            | "does"
            | "did"
            | "may"
            | "are"
            | "have"
            | "has"
            | "will"
    );
    let of_somebody = matches!(
        second,
        "ik" | "je"
            | "jij"
            | "u"
            | "we"
            | "wij"
            | "jullie"
            | "i"
            | "you"
            | "they"
            | "dit"
            | "deze"
            | "dat"
            | "het"
            | "this"
            | "it"
            | "that"
            | "iemand"
            | "someone"
            | "weigeren"
    );
    let wish =
        first == "wil" && second != "je" && second != "u" && second != "jij" && second != "iemand"
            || (first, second) == ("do", "it");
    asking && of_somebody && !wish
}

/// Whether the clause really orders the rejection of this request.
fn is_meant(clause: &Clause, verb: Verb) -> bool {
    let words: Vec<&str> = clause.words.iter().map(|word| word.text.as_str()).collect();
    let at = words
        .iter()
        .position(|word| is_reject_word(word))
        .unwrap_or_default();
    let before = words.get(..at).unwrap_or_default();
    let after = words.get(at + 1..).unwrap_or_default();
    let last_before = before.last().copied().unwrap_or_default();
    let first_after = after.first().copied().unwrap_or_default();
    if words.iter().any(|word| vocabulary::is_other_thing(word)) {
        return false;
    }
    // «The rejected ones», «op weigeren drukken», «om te weigeren».
    let as_noun = matches!(
        last_before,
        "the" | "a" | "an" | "een" | "de" | "of" | "about" | "after" | "op" | "over"
    ) || (before.contains(&"om") && last_before == "te");
    if as_noun {
        return false;
    }
    // «We refuse to pay», «ik weiger te betalen», «they declined our offer».
    let other_object = matches!(
        first_after,
        "to" | "te"
            | "us"
            | "ons"
            | "my"
            | "mijn"
            | "onze"
            | "our"
            | "his"
            | "their"
            | "me"
            | "mij"
    );
    if other_object && verb != Verb::Rejected {
        return false;
    }
    let unknown = |words: &[&str], clause: &Clause, skip: usize| {
        clause
            .words
            .iter()
            .skip(skip)
            .take(words.len())
            .filter(|word| !word.is_name && !is_expected(&word.text))
            .count()
    };
    let unknown_before = unknown(before, clause, 0);
    let about_request = words.iter().any(|word| vocabulary::is_about_request(word));
    match verb {
        Verb::RejectTold => about_request && unknown_before <= 1 && is_present(&words),
        // «I declined this» tells what was done, «this is declined» what is to be.
        Verb::Rejected if matches!(last_before, "i" | "we" | "you" | "ik" | "wij") => false,
        Verb::Rejected => {
            !other_object
                && (about_request || unknown_before == 0)
                && unknown_before <= MAX_UNKNOWN_WORDS
        }
        Verb::Reject => unknown(&words, clause, 0) <= MAX_UNKNOWN_WORDS,
        Verb::Approve => false,
    }
}

fn is_reject_word(word: &str) -> bool {
    matches!(
        vocabulary::verb(word),
        Some(Verb::Reject | Verb::Rejected | Verb::RejectTold)
    ) || matches!(
        word,
        "wijs" | "wijst" | "wijzen" | "keur" | "keurt" | "keuren"
    ) || vocabulary::is_nearly_reject(word)
}

fn is_expected(word: &str) -> bool {
    vocabulary::is_neutral(word) || is_reject_word(word) || word == "af"
}

/// «De directie keurt dit af», not «keurde» or «de afkeuring».
fn is_present(words: &[&str]) -> bool {
    words.iter().any(|word| {
        matches!(
            *word,
            "weigert"
                | "wijst"
                | "keurt"
                | "afwijst"
                | "afkeurt"
                | "rejects"
                | "declines"
                | "denies"
                | "refuses"
        )
    }) && !words.contains(&"te")
}

/// «Weigeren, nee» and «reject, or not».
fn is_followed_by_no(sentence: &Sentence, number: usize) -> bool {
    sentence.clauses.iter().skip(number + 1).any(|clause| {
        let spoken: Vec<&str> = clause.words.iter().map(|word| word.text.as_str()).collect();
        vocabulary::is_afterthought(&spoken.join(" "))
    })
}

/// Words in any sentence that take back what another one says.
fn is_taken_back(sentences: &[Sentence]) -> bool {
    sentences.iter().enumerate().any(|(number, sentence)| {
        let spoken = sentence.spoken();
        let last_word = number > 0 && vocabulary::is_afterthought(&spoken)
            || sentence.question && number > 0 && sentence.words().count() <= 2;
        last_word
            || vocabulary::RETRACTIONS
                .iter()
                .any(|phrase| spoken.contains(phrase))
    })
}

fn tells_of_trouble(sentences: &[Sentence]) -> bool {
    sentences
        .iter()
        .flat_map(Sentence::words)
        .any(vocabulary::is_trouble)
}

fn is_plain_disapproval(sentences: &[Sentence]) -> bool {
    sentences
        .iter()
        .flat_map(|sentence| &sentence.clauses)
        .any(|clause| {
            let words: Vec<&str> = clause.words.iter().map(|word| word.text.as_str()).collect();
            vocabulary::is_plain_disapproval(&words.join(" "))
        })
        && sentences
            .iter()
            .all(|sentence| !sentence.question && !has_doubt(sentence, &sentence.spoken()))
}

/// Replies without any verb of command: «nee», «ja», «nee, kennen wij niet».
fn yes_or_no(sentences: &[Sentence], all_words: usize, doubtful: bool) -> Decision {
    let Some(first) = sentences.first() else {
        return Decision::None;
    };
    let first_word = first.words().next().unwrap_or_default();
    if vocabulary::is_no(first_word) && all_words <= MAX_WORDS_AROUND_NO {
        let clear = !doubtful && is_clear_no(sentences);
        return if clear {
            Decision::Reject
        } else {
            Decision::Ambiguous
        };
    }
    if vocabulary::is_yes(first_word) && all_words <= MAX_WORDS_AROUND_YES {
        let put_off = sentences
            .iter()
            .flat_map(Sentence::words)
            .any(vocabulary::is_put_off);
        let clear = !put_off
            && !doubtful
            && sentences.iter().all(|s| {
                !s.question && !has_doubt(s, &s.spoken()) && !s.clauses.iter().any(is_denied)
            });
        return match (clear, put_off) {
            (true, _) => Decision::ApproveAsked,
            (false, true) => Decision::None,
            (false, false) => Decision::Ambiguous,
        };
    }
    if is_said_no(sentences) && !doubtful {
        return Decision::Reject;
    }
    let hinted = sentences
        .iter()
        .flat_map(Sentence::words)
        .any(vocabulary::is_hint);
    if hinted {
        Decision::Ambiguous
    } else {
        Decision::None
    }
}

/// «Nee.» with nothing, thanks, a reason or a plain statement behind it.
fn is_clear_no(sentences: &[Sentence]) -> bool {
    let Some((first, rest)) = sentences.split_first() else {
        return false;
    };
    if sentences.iter().any(|sentence| sentence.question) {
        return false;
    }
    let words: Vec<&str> = first.words().skip(1).collect();
    let spoken = sentences
        .iter()
        .map(Sentence::spoken)
        .collect::<String>()
        .replace("  ", " ");
    let open = sentences
        .iter()
        .flat_map(Sentence::words)
        .skip(1)
        .any(vocabulary::is_open_no)
        || sentences
            .iter()
            .flat_map(|sentence| &sentence.clauses)
            .any(|clause| matches!(clause.conjunction.as_deref(), Some("maar" | "but")));
    let unknown = first
        .clauses
        .iter()
        .chain(rest.iter().flat_map(|sentence| &sentence.clauses))
        .any(|clause| is_denied(clause) && tells_why(clause));
    let reason = unknown
        || vocabulary::REASONS_FOR_NO
            .iter()
            .any(|phrase| spoken.contains(phrase));
    let bare = words.iter().all(|word| {
        matches!(
            *word,
            "nee" | "no" | "dus" | "hoor" | "echt" | "sorry" | "bedankt" | "dank"
        )
    });
    if rest.is_empty() && bare {
        return true;
    }
    !open && (reason || bare)
}

/// «Hierop zeg ik nee», «our answer is no».
fn is_said_no(sentences: &[Sentence]) -> bool {
    let [only] = sentences else { return false };
    let words: Vec<&str> = only.words().collect();
    let says = words
        .iter()
        .any(|word| matches!(*word, "zeg" | "zeggen" | "antwoord" | "answer" | "say"));
    let denied = words
        .iter()
        .any(|word| vocabulary::is_negation(word) || vocabulary::is_yes(word));
    words.len() <= 6
        && says
        && !denied
        && !only.question
        && words.last().is_some_and(|word| vocabulary::is_no(word))
}

/// «Hallo,» and «Beste Jan,» say nothing.
fn without_greeting(mut sentences: Vec<Sentence>) -> Vec<Sentence> {
    for sentence in &mut sentences {
        let greets = sentence.clauses.first().is_some_and(|clause| {
            let first = clause
                .words
                .first()
                .map(|word| word.text.as_str())
                .unwrap_or_default();
            let greeting = matches!(
                first,
                "hallo"
                    | "hoi"
                    | "hey"
                    | "hi"
                    | "hello"
                    | "dag"
                    | "beste"
                    | "geachte"
                    | "dear"
                    | "goedemorgen"
                    | "goedemiddag"
                    | "goedenavond"
                    | "goededag"
                    | "ls"
                    | "morning"
                    | "goeiemorgen"
                    | "goeiedag"
            );
            greeting
                && clause.words.len() <= 4
                && clause.words.iter().all(|word| {
                    vocabulary::verb(&word.text).is_none()
                        && !vocabulary::is_no(&word.text)
                        && !vocabulary::is_negation(&word.text)
                })
        });
        if greets {
            sentence.clauses.remove(0);
        }
    }
    sentences.retain(|sentence| !sentence.clauses.is_empty());
    sentences
}
