//! How long one-time codes have to wait after wrong ones.
//!
//! Six digits can be guessed by whoever has the password and time. The wait is the same wherever
//! the guesses come from, so it also meets the owner: who has been told by then, and gets in at once
//! with a passkey or a recovery code.

use std::time::Duration;

/// So many wrong codes in a row cost nothing: nobody mistypes that often.
pub const FREE: i64 = 10;

/// So many in a row are seldom a slip.
const WORTH_A_WORD: i64 = 5;

const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// How long after the last of so many wrong codes in a row the next one has to wait.
pub fn wait_after(wrong: i64) -> Duration {
    match u32::try_from(wrong.saturating_sub(FREE)) {
        Ok(over) => FIRST_WAIT
            .saturating_mul(2_u32.saturating_pow(over))
            .min(LONGEST_WAIT),
        Err(_) => Duration::ZERO,
    }
}

/// Whether this wrong code is the one at which the owner is told: once in a row of them.
pub fn tells_the_owner(wrong: i64) -> bool {
    wrong == FREE
}

/// Whether the owner is told once a right code has ended a row of so many wrong ones: whoever guesses
/// a few between two sign-ins of the owner is seen as well.
pub fn tells_afterwards(wrong: i64) -> bool {
    (WORTH_A_WORD..FREE).contains(&wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_are_free_and_then_the_wait_doubles_up_to_an_hour() {
        let minutes = |wrong| wait_after(wrong).as_secs() / 60;
        assert_eq!([1, 5, 9].map(minutes), [0; 3]);
        assert_eq!([10, 11, 12, 15, 16, 17].map(minutes), [1, 2, 4, 32, 60, 60]);
        assert_eq!([i64::from(u32::MAX), 0].map(minutes), [60, 0]);
    }

    #[test]
    fn guessing_a_code_takes_decades() {
        // Three codes are right at any time: that of now, the one before and the one after.
        let tries_a_day =
            Duration::from_secs(86_400).div_duration_f64(wait_after(i64::from(u32::MAX)));
        let years = 1_000_000.0 / 3.0 / tries_a_day / 365.0;
        assert!(years > 30.0, "{years}");
    }

    #[test]
    fn the_owner_is_told_once() {
        let told: Vec<i64> = (1..100).filter(|wrong| tells_the_owner(*wrong)).collect();
        assert_eq!(told, [FREE]);
        let afterwards: Vec<i64> = (0..100).filter(|wrong| tells_afterwards(*wrong)).collect();
        assert_eq!(afterwards, [5, 6, 7, 8, 9], "later ones were told already");
    }
}
