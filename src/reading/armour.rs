//! Text that is signed inside the mail itself (RFC 9580, section 7): the lines
//! around it are no quote, and the signature below it was not typed.

use super::line::Line;

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";

/// The lines without the frame of a signed text, if there is one.
pub(super) fn without(lines: Vec<Line>) -> Vec<Line> {
    let begins = |line: &Line| !line.quoted && line.text == BEGIN;
    if !lines.iter().any(begins) {
        return lines;
    }
    let mut kept = Vec::new();
    let mut place = Place::Outside;
    for mut line in lines {
        let text = line.text.as_str();
        place = match (place, text) {
            (Place::Outside, BEGIN) if !line.quoted => Place::Head,
            (Place::Head, _) if line.is_blank() => Place::Text,
            (Place::Text, SIGNATURE) => Place::Signature,
            (Place::Signature, END) => Place::Outside,
            (place @ (Place::Head | Place::Signature), _) => place,
            (place @ (Place::Outside | Place::Text), _) => {
                // A dash at the beginning of a line is escaped with another.
                if let (Place::Text, Some(escaped)) = (place, text.strip_prefix("- ")) {
                    line.text = escaped.to_owned();
                }
                kept.push(line);
                place
            }
        };
    }
    kept
}

/// Where in the frame a line stands.
#[derive(Clone, Copy)]
enum Place {
    Outside,
    Head,
    Text,
    Signature,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::line::of_text;

    #[test]
    fn what_is_signed_stays_and_its_frame_goes() {
        let text = format!(
            "{BEGIN}\nHash: SHA512\n\nWeigeren\n- -- \nAnna\n{SIGNATURE}\n\nabc=\n{END}\nPS"
        );
        let lines: Vec<String> = without(of_text(&text, false, false))
            .into_iter()
            .map(|line| line.text)
            .collect();
        assert_eq!(lines, ["Weigeren", "--", "Anna", "PS"]);
    }
}
