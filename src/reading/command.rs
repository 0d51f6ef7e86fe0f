//! Which command a reply contains.
//!
//! A rejection is the only command that acts, so it has to be beyond doubt:
//! one clear wish, and nothing in the whole reply that asks, denies, puts off,
//! makes a condition or takes it back. Whatever else contains a word of command
//! is ambiguous, and is answered with a link instead.

use super::Decision;
use super::clause::{Clause, Sentence, sentences};
use super::company;
use super::courtesy;
use super::disapproval;
use super::grant;
use super::jest;
use super::known_names::KnownNames;
use super::meaning;
use super::order;
use super::phrases;
use super::preamble;
use super::reason::Stand;
use super::runon;
use super::told_to_us;
use super::verb::{self, Verb};
use super::verdict;
use super::visible_reply::VisibleReply;
use super::vocabulary;
use super::yes_or_no;

/// A longer text is a letter; a word of command in it may be about anything.
const MAX_WORDS: usize = 150;

/// A mistyped command counts only where hardly anything else was typed.
const MAX_WORDS_AROUND_SLIP: usize = 5;

/// A command, and why it was read so.
pub(super) type Understood = (Decision, &'static str);

/// Reads the command. `names` are those in the mail that was answered.
pub(super) fn decide(reply: &VisibleReply, names: &KnownNames) -> Understood {
    if reply.text.is_empty() && !reply.truncated {
        let nothing = "nothing is written beside quote and signature";
        return (Decision::None, nothing);
    }
    let sentences = without_greeting(sentences(&reply.lines), names);
    let sentences = courtesy::without(sentences, &reply.writer);
    let sentences = preamble::without(sentences, names);
    let sentences = company::without_writer(sentences, &reply.writer);
    let sentences = runon::cut(sentences, names);
    let understood = by_words(reply, &sentences, names);
    let turned_round = || {
        jest::is_in(&reply.lines)
            || grant::is_in_any(&sentences, names)
            || told_to_us::is_in_any(&sentences)
    };
    match understood {
        (Decision::Reject, _) if turned_round() => (
            Decision::Ambiguous,
            "what stands beside the order to reject turns it round",
        ),
        (Decision::None, _) if reply.truncated => {
            (Decision::Ambiguous, "it is longer than what is looked at")
        }
        understood => understood,
    }
}

fn by_words(reply: &VisibleReply, sentences: &[Sentence], names: &KnownNames) -> Understood {
    let all_words = sentences.iter().flat_map(Sentence::words).count();
    if all_words > MAX_WORDS {
        let commands = |word| verb::verb(word).is_some();
        let any = sentences.iter().flat_map(Sentence::words).any(commands);
        return if any {
            let letter = "in so long a text a word of command may be about anything";
            (Decision::Ambiguous, letter)
        } else {
            (Decision::None, NO_COMMAND)
        };
    }
    let slips_count = all_words <= MAX_WORDS_AROUND_SLIP;
    let mut found = Found::default();
    for sentence in sentences {
        found.look_at(sentence, slips_count, names);
    }
    let doubtful = reply.truncated || is_taken_back(sentences, names);
    if !doubtful && verdict::is_pronounced(sentences, names) {
        return (Decision::Reject, "a clear no");
    }
    if found.rejects > 0 {
        let clear = found.doubted + found.approves + found.approves_doubted == 0;
        let harmless = || company::is_harmless(sentences, slips_count, names);
        let why_not = if !clear {
            "beside an order to reject it doubts, denies or approves"
        } else if doubtful {
            "it takes back what it says"
        } else if tells_of_trouble(sentences) {
            "it tells of trouble with the mail or the portal"
        } else if !harmless() {
            "not everything beside the order to reject is understood"
        } else {
            return (Decision::Reject, "a clear order to reject");
        };
        return (Decision::Ambiguous, why_not);
    }
    if found.doubted > 0 {
        return if found.corrected && !doubtful {
            (Decision::ApproveAsked, "it approves instead of rejecting")
        } else {
            let doubted = "its word of rejection is denied, asked, conditional or told";
            (Decision::Ambiguous, doubted)
        };
    }
    if found.approves + found.approves_doubted == 0
        && !doubtful
        && is_plain_disapproval(sentences, names)
    {
        return (Decision::Reject, "a clear refusal to approve");
    }
    match (
        found.approves,
        found.approves_doubted,
        found.approves_denied,
    ) {
        (0, 0, 0) => {
            let decision = yes_or_no::decide(sentences, all_words, doubtful, names);
            (decision, without_verb(decision))
        }
        (1.., 0, 0) if !doubtful => (Decision::ApproveAsked, "it asks to approve"),
        (0, 0, 1) if !doubtful && yes_or_no::says_no_to_approval(sentences, all_words, names) => {
            (Decision::Reject, "a clear refusal to approve")
        }
        _ => (
            Decision::Ambiguous,
            "its word of approval is denied, asked or conditional",
        ),
    }
}

const NO_COMMAND: &str = "it has no word of command";

fn without_verb(decision: Decision) -> &'static str {
    match decision {
        Decision::Reject => "a clear no",
        Decision::ApproveAsked => "a clear yes",
        Decision::None => NO_COMMAND,
        Decision::Ambiguous => "its yes or no may be meant otherwise",
    }
}

/// How many words of command there are, and how they are meant.
#[derive(Debug, Default)]
struct Found {
    /// Clear rejections.
    rejects: usize,
    /// Rejections that are denied, asked, conditional or told.
    doubted: usize,
    approves: usize,
    approves_denied: usize,
    approves_doubted: usize,
    /// «Niet afwijzen maar goedkeuren»: the denied half is answered by the other.
    corrected: bool,
}

impl Found {
    fn look_at(&mut self, sentence: &Sentence, slips_count: bool, names: &KnownNames) {
        let doubted =
            sentence.question || meaning::asks(sentence) || meaning::has_doubt(sentence, names);
        let mut denied_reject = false;
        let mut approves = 0;
        for (number, clause) in sentence.clauses.iter().enumerate() {
            let before = sentence.clauses.get(..number).unwrap_or_default();
            let after = sentence.clauses.get(number + 1..).unwrap_or_default();
            let denied = meaning::is_denied(clause) || meaning::takes_over_denial(clause, before);
            let contradicted = meaning::is_contradicted(after, names);
            let doubted = doubted || meaning::has_local_doubt(sentence, number, names);
            for verb in verb::verbs(clause, slips_count) {
                match verb {
                    // What is refused, not what is granted.
                    Verb::Approve if meaning::is_refused_permission(clause) => {}
                    Verb::Approve if denied || contradicted => self.approves_denied += 1,
                    Verb::Approve if doubted => self.approves_doubted += 1,
                    Verb::Approve => approves += 1,
                    Verb::Reject | Verb::Rejected | Verb::RejectTold if denied => {
                        self.doubted += 1;
                        denied_reject = true;
                    }
                    verb if doubted || contradicted || !order::is_meant(clause, verb, names) => {
                        self.doubted += 1;
                    }
                    Verb::Reject | Verb::Rejected | Verb::RejectTold => self.rejects += 1,
                }
            }
        }
        approves += self.phrases_of_approval(sentence, doubted, approves);
        self.approves += approves;
        let contrast = sentence.clauses.iter().skip(1).any(is_contrast);
        self.corrected |= denied_reject && approves > 0 && contrast;
    }

    /// «Go ahead», «is goed», unless they are denied or doubted.
    fn phrases_of_approval(&mut self, sentence: &Sentence, doubted: bool, verbs: usize) -> usize {
        let spoken = sentence.spoken();
        // «Go ahead and reject» approves of nothing.
        let leave = sentence
            .clauses
            .iter()
            .filter(|clause| phrases::gives_leave(clause));
        let phrases = phrases::approvals(&spoken.replace(" go ahead and ", " ")) + leave.count();
        // «Geen bezwaar» has its denial inside.
        let denies_itself = spoken.contains(" geen ") || spoken.contains(" no ");
        let denied = sentence.clauses.iter().any(meaning::is_denied) && !denies_itself;
        if doubted {
            self.approves_doubted += phrases;
        } else if phrases > 0 && verbs == 0 && denied {
            self.approves_denied += 1;
        } else {
            return phrases;
        }
        0
    }
}

fn is_contrast(clause: &Clause) -> bool {
    matches!(clause.conjunction.as_deref(), Some("maar" | "but"))
}

/// Words in any sentence that take back what another one says.
fn is_taken_back(sentences: &[Sentence], names: &KnownNames) -> bool {
    sentences.iter().enumerate().any(|(number, sentence)| {
        let spoken = sentence.spoken();
        let short_question = sentence.question && sentence.words().count() <= 2;
        let limits = sentence.clauses.first().is_some_and(is_contrast)
            && (sentence.clauses.iter().any(meaning::is_denied)
                || meaning::has_doubt(sentence, names)
                || sentence.words().any(vocabulary::is_local_doubt));
        // «N.i.e.t. weigeren» and «niet!» are denials of the sentence beside them.
        let only_denies = sentences.len() > 1
            && (sentence.words().all(vocabulary::is_negation) || is_spelt_out(sentence));
        let later = number > 0;
        (later && (short_question || limits || phrases::is_afterthought(&spoken)))
            || only_denies
            || phrases::takes_back(&spoken)
    })
}

fn is_spelt_out(sentence: &Sentence) -> bool {
    sentence.words().count() >= 3 && sentence.words().all(|word| word.len() == 1)
}

fn tells_of_trouble(sentences: &[Sentence]) -> bool {
    let mut words = sentences.iter().flat_map(Sentence::words);
    words.any(vocabulary::is_trouble)
}

/// «Niet akkoord» and nothing that makes it less.
fn is_plain_disapproval(sentences: &[Sentence], names: &KnownNames) -> bool {
    let mut disapproved = false;
    sentences.iter().all(|sentence| {
        let plain =
            !sentence.question && !meaning::asks(sentence) && !meaning::has_doubt(sentence, names);
        sentence.clauses.iter().all(|clause| {
            let disapproves = plain && disapproval::is_plain(clause, false, names);
            disapproved |= disapproves;
            let stand = Stand::AfterNo;
            disapproves || company::is_understood(clause, sentence.question, stand, names)
        })
    }) && disapproved
}

/// «Hallo,» and «Beste Jan,» say nothing.
fn without_greeting(mut sentences: Vec<Sentence>, names: &KnownNames) -> Vec<Sentence> {
    for sentence in &mut sentences {
        let greets = |clause: &Clause| meaning::greets(clause, names);
        while sentence.clauses.first().is_some_and(greets) {
            sentence.clauses.remove(0);
        }
    }
    sentences.retain(|sentence| !sentence.clauses.is_empty());
    sentences
}
