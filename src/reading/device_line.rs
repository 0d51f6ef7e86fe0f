//! The line that a phone or a mail program adds below what was typed:
//! «Verstuurd vanaf mijn iPhone», «Get Outlook for Android».

/// A longer line is a sentence of somebody's own.
const MAX_WORDS: usize = 14;
const MAX_WORDS_AROUND_DEVICE: usize = 10;

/// Whether a line, in lower case, is such a line.
pub(super) fn is_one(lower: &str) -> bool {
    let lower = lower.trim_start_matches(['<', '[', '*', '_', '(', ' ']);
    let words = lower.split_whitespace().count();
    let begins = || {
        BEGINNINGS
            .iter()
            .any(|beginning| lower.starts_with(beginning))
    };
    let names_both = || {
        let has = |list: &[&str]| list.iter().any(|word| lower.contains(word));
        (2..=MAX_WORDS_AROUND_DEVICE).contains(&words) && has(DEVICES) && has(SENT)
    };
    (words <= MAX_WORDS && begins()) || names_both()
}

const BEGINNINGS: &[&str] = &[
    "verstuurd vanaf ",
    "verstuurd vanuit ",
    "verstuurd met ",
    "verstuurd via ",
    "verzonden vanaf ",
    "verzonden vanuit ",
    "verzonden met ",
    "verzonden via ",
    "beveiligd verzonden",
    "sent from my ",
    "sent from ",
    "sent with ",
    "sent via ",
    "sent using ",
    "secured with tuta",
    "get outlook for",
    "get boxer",
    "download outlook",
    "outlook voor ",
    "outlook for ",
    "outlook für ",
    "outlook pour ",
    "von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "gesendet via ",
    "diese nachricht wurde von meinem",
    "envoyé de ",
    "envoyé depuis ",
    "envoyé à partir",
    "envoyé avec ",
    "télécharger outlook",
    "obtenir outlook",
    "holen sie sich outlook",
    "enviado desde ",
    "enviado do ",
    "enviado de ",
    "inviato da",
    "skickat från ",
    "sendt fra ",
    "wysłano z ",
    "odesláno z ",
    "lähetetty ",
    "отправлено с ",
    "надіслано з ",
    "trimis de pe ",
    "elküldve ",
    "yahoo mail:",
    "mobiel verstuurd",
    "met mijn telefoon verstuurd",
];

/// What sends: with a word of [`SENT`] beside it, the language does not matter.
const DEVICES: &[&str] = &[
    "iphone",
    "ipad",
    "galaxy",
    "samsung",
    "android",
    "blackberry",
    "huawei",
    "xiaomi",
    "redmi",
    "oneplus",
    "pixel",
    "nokia",
    "motorola",
    "smartphone",
    "outlook",
    "gmail",
    "yahoo",
    "bluemail",
    "protonmail",
    "proton mail",
    "spark",
    "k-9",
    "fairemail",
    "thunderbird",
    "windows",
    "tuta",
    "gmx",
    "web.de",
    "hcl",
    "aol",
    "mail.ru",
    "telefoon",
    "handy",
];

const SENT: &[&str] = &[
    "verstuurd",
    "verzonden",
    "gestuurd",
    "sent ",
    "download",
    "installe",
    "gesendet",
    "versendet",
    "geschickt",
    "herunterladen",
    "envoyé",
    "télécharge",
    "enviado",
    "descarg",
    "inviato",
    "scarica",
    "transfer",
    "wysłan",
    "pobierz",
    "skickat",
    "hämta",
    "sendt",
    "odesl",
    "stáhn",
    "lähetetty",
    "gönder",
    "отправлен",
    "надіслан",
    "trimis",
    "küld",
    "verfasst",
    "από",
    "изпратен",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_many_programs_are_known() {
        for line in [
            "verstuurd vanaf mijn iphone",
            "von meinem/meiner galaxy gesendet",
            "download bluemail voor android",
            "outlook voor ios<https://aka.ms/o0ukef> downloaden",
            "wysłane z telefonu samsung galaxy",
            "enviado desde mi iphone",
            "[sent from yahoo mail for iphone]",
        ] {
            assert!(is_one(line), "{line}");
        }
    }

    #[test]
    fn what_people_write_is_not_taken_for_one() {
        for line in [
            "sent to the wrong person",
            "weigeren vanaf mijn telefoon lukt niet",
            "deze is door samsung zelf geboekt",
            "",
        ] {
            assert!(!is_one(line), "{line}");
        }
    }
}
