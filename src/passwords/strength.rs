//! What makes a password worth having: length, and that nobody guesses it soon.
//!
//! There are no rules of composition (NIST SP 800-63B): zxcvbn estimates how many guesses it takes
//! somebody who knows the common passwords, names, dates, keyboard walks and replaced letters, and
//! everything we know about whose password it is.

/// At most this many characters, so that hashing stays bounded.
const LENGTH_MAX: usize = 128;

/// At least this many where nothing else is asked for, whatever the configuration says of new ones.
const LENGTH_ALONE: usize = 15;

/// At least this many where a second factor is asked for as well.
const LENGTH_WITH_SECOND_FACTOR: usize = 8;

/// The power of ten of the guesses that a password has to outlast. Eight characters by chance do,
/// words with a year behind them do not.
const GUESSES_LOG10: f64 = 7.0;

/// A word that takes fewer guesses than this power of ten stays a common one with up to so many
/// digits and signs around it: a year and an exclamation mark are what everybody adds. zxcvbn counts
/// each of them as if it had been chosen.
const COMMON_LOG10: f64 = 5.0;
const DRESS_MAX: usize = 6;

/// Common words of Dutch passwords, the most common first; zxcvbn knows the English ones.
const DUTCH: &str = include_str!("dutch.txt");

/// Whether a password is long enough to be all that is asked for. One that was chosen beside a
/// second factor may not be.
pub fn is_enough_alone(password: &str) -> bool {
    password.chars().count() >= LENGTH_ALONE
}

/// What a new password is measured by.
pub struct PasswordRules {
    least: usize,
    known: Vec<String>,
}

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too short.
    #[error("a password has at least {least} characters; a sentence is a good one")]
    Short {
        /// How many it needs.
        least: usize,
    },
    /// Too long.
    #[error("a password has at most {LENGTH_MAX} characters")]
    Long,
    /// Common, or made of what anybody knows about its owner.
    #[error("this password is among the first that are guessed; a sentence is a good one")]
    Guessable,
}

impl PasswordRules {
    /// At least `least` characters, and nothing that is easily made of what is `known` about its
    /// owner: addresses, names, account numbers.
    pub fn new(least: usize, mut known: Vec<String>) -> Self {
        let run_together = |text: &String| text.chars().filter(|c| c.is_alphanumeric()).collect();
        let joined: Vec<String> = known.iter().map(run_together).collect();
        known.extend(joined);
        Self { least, known }
    }

    /// The same for somebody who is asked for a second factor as well.
    pub fn with_second_factor(self) -> Self {
        Self {
            least: self.least.min(LENGTH_WITH_SECOND_FACTOR),
            ..self
        }
    }

    /// How many characters a password needs.
    pub fn least(&self) -> usize {
        self.least
    }

    /// Checks that a password is worth having.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, password: &str) -> Result<(), WeakPassword> {
        let length = password.chars().count();
        if length < self.least {
            return Err(WeakPassword::Short { least: self.least });
        }
        if length > LENGTH_MAX {
            return Err(WeakPassword::Long);
        }
        let pieces = self.known.iter().flat_map(|text| pieces(text));
        // What comes first counts as more common.
        let words: Vec<&str> = pieces.chain(DUTCH.lines()).collect();
        let guesses_log10 = |text: &str| zxcvbn::zxcvbn(text, &words).guesses_log10();
        let is_dressed_up = |text: &str| {
            let core = text.trim_matches(|c: char| !c.is_alphabetic());
            let around = text.chars().count() - core.chars().count();
            around <= DRESS_MAX && guesses_log10(core) < COMMON_LOG10
        };
        // `Welkom2026Welkom` is no better than `Welkom2026`.
        let once_each = once_each(password);
        if is_dressed_up(password)
            || is_dressed_up(&once_each)
            || is_two_common_words(&once_each)
            || guesses_log10(password) < GUESSES_LOG10
        {
            return Err(WeakPassword::Guessable);
        }
        Ok(())
    }
}

/// A password in small letters, its runs of letters and of other characters once each: what is written
/// a second time nobody has to guess again.
fn once_each(password: &str) -> String {
    let letters: Vec<char> = password.to_lowercase().chars().collect();
    let mut runs: Vec<&[char]> = Vec::new();
    for run in letters.chunk_by(|one, next| one.is_alphabetic() == next.is_alphabetic()) {
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    runs.concat().into_iter().collect()
}

/// Whether there is nothing in it but one or two of the shipped common words, and a date or signs beside
/// them: `zomer2026winter2026`.
fn is_two_common_words(once_each: &str) -> bool {
    let is_other = |c: char| !c.is_alphabetic();
    let words: Vec<&str> = once_each
        .split(is_other)
        .filter(|word| !word.is_empty())
        .collect();
    let others = once_each.chars().filter(|c| is_other(*c)).count();
    matches!(words.len(), 1 | 2)
        && (1..=DRESS_MAX).contains(&others)
        && words
            .iter()
            .all(|word| DUTCH.lines().any(|one| one == *word))
}

/// A text and the words in it: of an address its local part, its domain and their parts.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('@').filter(move |part| *part != text);
    let words = text.split(|c: char| !c.is_alphanumeric());
    // Shorter ones stand in other words all the time.
    let words = words.filter(move |word| word.chars().count() >= 3 && *word != text);
    std::iter::once(text).chain(parts).chain(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> PasswordRules {
        let known = [
            "anna.de.wit@tulpenhandel.example",
            "eSecure",
            "112233445",
            "Tulpenhandel De Wit",
        ];
        PasswordRules::new(15, known.map(str::to_owned).to_vec())
    }

    #[test]
    fn length_is_counted_in_characters_and_depends_on_a_second_factor() {
        assert_eq!(
            rules().check("fourteen chars"),
            Err(WeakPassword::Short { least: 15 })
        );
        // Each ë is two bytes.
        assert_eq!(
            rules().check("ëëëëëëëëëëëëëë"),
            Err(WeakPassword::Short { least: 15 })
        );
        let long: String = (0..129_u32)
            .filter_map(|n| char::from_u32(0x61 + n * n % 26))
            .collect();
        assert_eq!(rules().check(&long), Err(WeakPassword::Long));
        assert_eq!(rules().check(&long[..128]), Ok(()));
        let rules = rules().with_second_factor();
        assert_eq!(
            rules.check("kR7vw2q"),
            Err(WeakPassword::Short { least: 8 })
        );
        assert_eq!(rules.check("kR7vw2qx"), Ok(()));
    }

    #[test]
    fn sentences_and_chance_are_good_without_any_rule_of_composition() {
        for good in [
            "three blue bicycles",
            "drie blauwe fietsen",
            "tulips-sail-over-quiet-water",
            "mijn buurvrouw zingt vals",
            "qvxkzmrjwpthgnb",
            "zomer op het strand 2026",
            "kaas 17 fietst naar 17 huizen",
            "пять синих велосипедов",
        ] {
            assert_eq!(rules().check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for bad in [
            "passwordpassword",
            "Password12345678",
            "P@ssw0rdP@ssw0rd",
            "aaaaaaaaaaaaaaaa",
            "passpasspasspass",
            "qwertyuiopasdfgh",
            "123456789012345",
            "iloveyouforever",
            "wachtwoordwachtwoord",
            "Wachtwoord12345",
            "welkomwelkom2026",
            // Whoever knows the owner.
            "anna.de.wit@tulpenhandel.example",
            "Tulpenhandel2026!",
            "tulpenhandeldewit",
            "112233445112233445",
            "esecureesecure1",
            "Welkom2026Welkom",
            "welkom!2026!welkom",
            "Zomer2026Zomer2026",
            "Lente2026Zomer2026",
            "Wachtwoord-2026-Wachtwoord",
        ] {
            assert_eq!(rules().check(bad), Err(WeakPassword::Guessable), "{bad}");
        }
        let rules = rules().with_second_factor();
        for bad in [
            "welkom01",
            "W3lk0m01",
            "Welkom2026!",
            "geheim123",
            "zomer2025!",
            "password1",
            "qwerty123",
            "Lente2026",
            "ikhouvanjou",
            "feyenoord1",
            "12345678",
            "sinterklaas",
            "anna.de.wit",
        ] {
            assert_eq!(rules.check(bad), Err(WeakPassword::Guessable), "{bad}");
        }
    }
}
