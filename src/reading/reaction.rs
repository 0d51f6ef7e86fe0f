//! A thumb or a face instead of an answer, as mail programs write it for those
//! that do not know reactions.

/// The picture, the sentence, and an empty line between them.
const MAX_LINES: usize = 3;

/// Whether a text, line by line, begins with the news of a reaction.
pub(super) fn is_told<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    const SENTENCES: &[&str] = &[
        "heeft gereageerd via gmail",
        "heeft gereageerd op je bericht",
        "heeft gereageerd op uw bericht",
        "reageerde op je bericht",
        "reageerde op uw bericht",
        "reacted via gmail",
        "reacted to your message",
        "reacted to your email",
        "liked your message",
        "hat über gmail reagiert",
        "auf deine nachricht reagiert",
        "auf ihre nachricht reagiert",
        "a réagi via gmail",
        "a réagi à votre message",
        "reaccionó a través de gmail",
        "ha reaccionado a través de gmail",
        "ha reaccionado a tu mensaje",
        "ha reagito tramite gmail",
        "zareagował",
    ];
    lines
        .filter(|line| !line.trim().is_empty())
        .take(MAX_LINES)
        .any(|line| {
            let lower = line.to_lowercase();
            SENTENCES.iter().any(|sentence| lower.contains(sentence))
        })
}
