//! What was probably meant by a key or a section that is none.

use super::keys::{KEYS, SECTIONS};

/// The key that was probably meant by a path that is none.
pub(super) fn suggestion(path: &str) -> Option<&'static str> {
    let path = path.to_ascii_lowercase().replace('-', "_");
    let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
    // The right key in the wrong section is no slip of the keyboard.
    let mut same_key = KEYS.iter().filter(|key| last(key.path) == last(&path));
    if let (Some(key), None) = (same_key.next(), same_key.next()) {
        return Some(key.path);
    }
    let paths = KEYS.iter().map(|key| key.path);
    nearest(&path, paths)
}

/// The section that was probably meant by a name that is none.
pub(super) fn section_suggestion(name: &str) -> Option<&'static str> {
    nearest(
        &name.to_ascii_lowercase(),
        SECTIONS.iter().map(|(name, _)| *name),
    )
}

fn nearest(word: &str, among: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    among
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_recognized() {
        assert_eq!(suggestion("server.listn"), Some("server.listen"));
        assert_eq!(suggestion("server.publicUrl"), Some("server.public_url"));
        assert_eq!(suggestion("server.public-url"), Some("server.public_url"));
        assert_eq!(suggestion("server.reply_to"), Some("mail.reply_to"));
        assert_eq!(suggestion("weather.tomorrow"), None);
        assert_eq!(section_suggestion("sever"), Some("server"));
        assert_eq!(section_suggestion("weather"), None);
    }
}
