//! Domains that pretend to be another one: what an eye takes for a name it knows.
//!
//! A domain looks like a known one when, read as an eye reads it ([`shapes`]), it is the same or
//! one character off (changed, added, left out, or swapped with its neighbour), or when it has the
//! known name in its front (`tulips.nl.login.example`). What belongs to the owner of a known
//! domain, sub-domains above all, never does.
//!
//! There may be many known domains, so they are not gone through: each is kept under its [`keys`],
//! and whatever looks like it shares one of them.

use std::{collections::BTreeSet, fmt};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{domain_name::DomainName, free_mail::is_free_mail, letter_shape::latin_letter};

/// What a domain pretends to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAlike {
    /// The known domain it looks like.
    pub known: DomainName,
}

impl fmt::Display for LookAlike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.known.fmt(f)
    }
}

/// The domains that an account knows.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Its own: those of its administrators, and the domains that it says are its own.
    pub own: Vec<DomainName>,
    /// Those it has to do with: of authorized users, of further addresses, of rules that approve. That
    /// one address of a domain was approved vouches for no other.
    pub others: Vec<DomainName>,
}

/// What a domain pretends to be, if anything: the first of the known domains that it looks like.
///
/// A domain of the account's own, or of the owner of one, pretends nothing. One that the account
/// otherwise knows may be like others it knows, but still pretends to be one of its own.
pub fn find(domain: &DomainName, known: &Known) -> Option<LookAlike> {
    let has_its_owner = |all: &[DomainName]| {
        all.iter()
            .any(|one| one.registrable() == domain.registrable())
    };
    if has_its_owner(&known.own) {
        return None;
    }
    let others = match has_its_owner(&known.others) {
        true => &[],
        false => known.others.as_slice(),
    };
    let asking = Shapes::of(domain);
    let found = known
        .own
        .iter()
        .chain(others)
        .filter(|one| asking.looks_like(one));
    // The same answer whatever order they come in.
    found.min().map(|known| LookAlike {
        known: known.clone(),
    })
}

/// Under which keys a known domain is kept, and whatever looks like it looks it up: its shapes,
/// whole and with each one character left out, since two texts that are one edit or one swap of
/// neighbours apart have such a text in common.
pub fn keys(domain: &DomainName) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for shape in shapes(domain.registrable()) {
        for (at, c) in shape.char_indices() {
            let (before, rest) = shape.split_at(at);
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            keys.insert(format!("{before}{after}"));
        }
        keys.insert(shape);
    }
    for front in fronts(domain) {
        keys.extend(shapes(&front));
    }
    keys
}

struct Shapes {
    domain: DomainName,
    is_free_mail: bool,
    whole: Vec<String>,
    fronts: Vec<String>,
}

impl Shapes {
    fn of(domain: &DomainName) -> Self {
        Self {
            is_free_mail: is_free_mail(domain),
            whole: shapes(domain.registrable()),
            fronts: fronts(domain)
                .iter()
                .flat_map(|front| shapes(front))
                .collect(),
            domain: domain.clone(),
        }
    }

    fn looks_like(&self, known: &DomainName) -> bool {
        // gmail.com and ymail.com are both what they say.
        if self.is_free_mail && is_free_mail(known) {
            return false;
        }
        let known_shapes = shapes(known.registrable());
        let is_close = |(one, other): (&String, &String)| strsim::osa_distance(one, other) <= 1;
        self.domain.registrable() != known.registrable()
            && (self.whole.iter().zip(&known_shapes).any(is_close)
                || self.fronts.iter().any(|front| known_shapes.contains(front)))
    }
}

/// The runs of two and three labels before the registered name, where a known name may be put on
/// show: as many as an eye takes in.
fn fronts(domain: &DomainName) -> Vec<String> {
    const LABELS: usize = 8;
    let whole = domain.as_str();
    let below = whole.strip_suffix(domain.registrable()).unwrap_or_default();
    let labels: Vec<&str> = below.split('.').filter(|label| !label.is_empty()).collect();
    let labels = labels.get(..LABELS.min(labels.len())).unwrap_or_default();
    [2, 3]
        .iter()
        .flat_map(|length| labels.windows(*length))
        .map(|run| run.join("."))
        .collect()
}

/// How an eye reads a name: character by character, and with pairs taken for one letter. Both are
/// kept: one changed character changes at most one of the first, whatever it does to a pair.
fn shapes(name: &str) -> Vec<String> {
    let (decoded, _) = idna::domain_to_unicode(name);
    let single: String = decoded
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(letter_of)
        .collect();
    // The l of "cl" may be any of the letters that were read as l.
    let paired = single
        .replace("rn", "m")
        .replace("vv", "w")
        .replace("cl", "d");
    vec![single, paired]
}

/// The letter an eye takes a character for: also the digits that stand in for letters, and one for
/// all that is drawn as a single stroke.
fn letter_of(c: char) -> char {
    match latin_letter(c) {
        '0' => 'o',
        '1' | 'i' => 'l',
        '2' => 'z',
        '5' => 's',
        '7' => 't',
        '9' => 'g',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn domain(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    fn own(known: &[DomainName]) -> Known {
        Known {
            own: known.to_vec(),
            others: Vec::new(),
        }
    }

    fn found(asking: &str, known: &[&str]) -> Option<String> {
        let known: Vec<DomainName> = known.iter().map(|one| domain(one)).collect();
        find(&domain(asking), &own(&known)).map(|found| found.to_string())
    }

    #[test]
    fn one_address_of_a_domain_vouches_for_no_other() {
        let mut known = own(&[domain("tulips.example")]);
        known.others = vec![domain("tuiips.example"), domain("roses.example")];
        let found = |asking| find(&domain(asking), &known).map(|found| found.to_string());
        assert_eq!(found("tuiips.example").as_deref(), Some("tulips.example"));
        assert_eq!(found("tulips.example"), None);
        // Two that one has to do with may be like each other.
        assert_eq!(found("rosas.example").as_deref(), Some("roses.example"));
        known.others.push(domain("rosas.example"));
        assert_eq!(find(&domain("rosas.example"), &known), None);
    }

    #[test]
    fn what_an_eye_takes_for_a_known_name_is_found() {
        for asking in [
            "tulips-world.nl",              // a character added,
            "tulipswrld.nl",                // left out,
            "tulipsworlb.nl",               // changed,
            "tulispworld.nl",               // two swapped,
            "tulipsworld.ml",               // also at the end,
            "tu1ipsw0r1d.nl",               // digits,
            "tullpsworld.nl",               // one stroke for another,
            "tulipsvvorld.nl",              // two letters drawn like one,
            "tulípsworld.nl",               // a mark,
            "tulірsworld.nl",               // two scripts in one word,
            "mail.tu1ipsworld.nl",          // below such a name,
            "tulipsworld.nl.login.example", // and as a front.
            "mail.tulipsworld.nl.a.b.example",
        ] {
            let known = ["roses.example", "tulipsworld.nl"];
            assert_eq!(
                found(asking, &known).as_deref(),
                Some("tulipsworld.nl"),
                "{asking}"
            );
        }
        assert_eq!(
            found("rnodern.nl", &["modern.nl"]).as_deref(),
            Some("modern.nl")
        );
        assert_eq!(
            found("paypaI.example", &["paypal.example"]).as_deref(),
            Some("paypal.example")
        );
        assert_eq!(
            found("tulips.co", &["tulips.com"]).as_deref(),
            Some("tulips.com")
        );
        // As a known domain was written.
        assert_eq!(
            found("bucher.example", &["bücher.example"]).as_deref(),
            Some("xn--bcher-kva.example")
        );
    }

    #[test]
    fn what_is_itself_is_no_look_alike() {
        let known = ["tulips.nl", "mail.roses.co.uk", "bücher.example"];
        for genuine in [
            "tulips.nl",
            "TULIPS.nl",
            "mail.tulips.nl",
            "roses.co.uk",
            "shop.roses.co.uk",
            "xn--bcher-kva.example",
            "elsewhere.example",
            "tulips.example",
            "tulipsandroses.nl",
            "ros.co.uk",
        ] {
            assert_eq!(found(genuine, &known), None, "{genuine}");
        }
    }

    #[test]
    fn a_known_name_is_no_look_alike_of_another_known_one() {
        assert_eq!(found("tulip.nl", &["tulips.nl", "tulip.nl"]), None);
        assert_eq!(found("mail.tulip.nl", &["tulip.nl", "tulips.nl"]), None);
    }

    #[test]
    fn a_mail_provider_is_no_look_alike_of_another() {
        assert_eq!(found("ymail.com", &["gmail.com"]), None);
        assert_eq!(
            found("gmai1.com", &["gmail.com"]).as_deref(),
            Some("gmail.com")
        );
    }

    #[test]
    fn which_of_several_is_named_hangs_on_no_order() {
        let one = found("tulibs.nl", &["tulips.nl", "tuli-bs.nl"]);
        assert_eq!(one, found("tulibs.nl", &["tuli-bs.nl", "tulips.nl"]));
    }

    /// A name of a few letters with the pairs and digits that matter, under a few endings.
    fn name() -> impl Strategy<Value = String> {
        (
            "[a-z]([a-z0-9]|rn|vv|cl|-[a-z]){2,10}",
            prop::sample::select(&["nl", "com", "co.uk", "example"][..]),
        )
            .prop_map(|(label, end)| format!("{label}.{end}"))
    }

    /// The name with one edit in its first label, where that is still a domain name.
    fn edited(name: &str, at: usize, edit: u8, letter: char) -> Option<DomainName> {
        let mut chars: Vec<char> = name.chars().collect();
        let at = at % name.find('.')?;
        match edit % 4 {
            0 => chars[at] = letter,
            1 => chars.insert(at, letter),
            2 => drop(chars.remove(at)),
            _ => chars.swap(at, at + 1),
        }
        let text: String = chars.into_iter().collect();
        // A dot that moved makes another registered name than one that is one off.
        let end = |text: &str| text.split_once('.').map(|(_, end)| end.to_owned());
        let same_end = end(&text) == end(name);
        DomainName::parse(&text).ok().filter(|_| same_end)
    }

    proptest! {
        #[test]
        fn one_edit_never_goes_unseen(name in name(), at in 0..20_usize, edit in 0..4_u8, letter in "[a-z0-9]") {
            let known = domain(&name);
            let Some(asking) = edited(&name, at, edit, letter.chars().next().unwrap()) else { return Ok(()) };
            if asking.registrable() != known.registrable() {
                let seen = find(&asking, &own(std::slice::from_ref(&known)));
                prop_assert_eq!(seen.map(|seen| seen.known), Some(known), "{}", asking);
            }
        }

        #[test]
        fn whatever_looks_alike_shares_a_key(one in name(), other in name(), at in 0..20_usize, edit in 0..4_u8, front in any::<bool>()) {
            let known = domain(&one);
            let mut asking = edited(&one, at, edit, 'l').unwrap_or_else(|| domain(&other));
            if front {
                asking = domain(&format!("{}.{other}", one.replace('l', "1")));
            }
            if find(&asking, &own(std::slice::from_ref(&known))).is_some() {
                prop_assert!(!keys(&asking).is_disjoint(&keys(&known)), "{asking} {known}");
            }
        }

        #[test]
        fn the_owner_of_a_known_name_is_never_suspected(name in name(), below in "[a-z]{1,5}", other in "[a-z]{1,5}", rest in prop::collection::vec(name(), 0..4)) {
            let known = domain(&format!("{below}.{name}"));
            let asking = domain(&format!("{other}.{name}"));
            let mut all: Vec<DomainName> = rest.iter().map(|one| domain(one)).collect();
            all.push(known);
            prop_assert_eq!(find(&asking, &own(&all)), None);
            prop_assert_eq!(find(&domain(&name), &own(&all)), None);
        }

        #[test]
        fn it_is_mutual(one in name(), other in name(), at in 0..20_usize) {
            let one = domain(&one);
            let other = edited(one.as_str(), at, 0, 'o').unwrap_or_else(|| domain(&other));
            let seen = |asking: &DomainName, known: &DomainName| find(asking, &own(std::slice::from_ref(known))).is_some();
            prop_assert_eq!(seen(&one, &other), seen(&other, &one));
        }
    }
}
