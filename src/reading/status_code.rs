//! Status codes of mail systems in text that they wrote for people (RFC 3463, RFC 5321).

/// The first enhanced status code in a text, or the one that a bare SMTP code stands for.
pub(super) fn status_code(text: &str) -> Option<String> {
    let mut words = text
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|word| word.trim_matches('.'));
    let enhanced = words.find(|word| {
        let mut numbers = word.split('.');
        matches!(numbers.next(), Some("2" | "4" | "5"))
            && numbers.clone().count() == 2
            && numbers.all(|number| (1..=3).contains(&number.len()))
    });
    enhanced
        .map(str::to_owned)
        .or_else(|| text.lines().find_map(bare_code))
}

/// What a server says begins with its code (RFC 5321, section 4.2); a number elsewhere is none:
/// «not delivered for 550 minutes», «call 555 1234».
fn bare_code(line: &str) -> Option<String> {
    let numbers = line.match_indices(|c: char| c.is_ascii_digit());
    let mut starts = numbers
        .map(|(at, _)| line.split_at(at))
        .filter(|(before, _)| {
            let before = before.trim_end();
            before.is_empty() || before.ends_with([':', ';', '<', '>', '#', '\'', '"'])
        });
    starts.find_map(|(_, said)| {
        let (code, rest) = (said.get(..3)?, said.get(3..)?);
        let ends = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
        match code {
            // The mailbox is full; nothing else is answered so to a recipient.
            "552" if ends => Some("5.2.2".to_owned()),
            _ if ends
                && ["42", "45", "55"]
                    .iter()
                    .any(|begin| code.starts_with(begin)) =>
            {
                Some(format!("{}.0.0", code.get(..1)?))
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_prose_is_a_code_only_where_a_server_says_it() {
        for (line, code) in [
            ("550 no such user", Some("5.0.0")),
            ("host mx.example said: 550-no such user", Some("5.0.0")),
            ("<<< 552 mailbox full", Some("5.2.2")),
            ("Remote server returned '451 later'", Some("4.0.0")),
            ("anna@example.org (#5.1.1)", Some("5.1.1")),
            ("could not be delivered for 550 minutes", None),
            ("temporary problem, call 555 1234", None),
            ("the mailbox is full (550 MB)", None),
            ("550 MB", Some("5.0.0")),
            ("at 10:5501", None),
        ] {
            assert_eq!(status_code(line).as_deref(), code, "{line}");
        }
    }

    #[test]
    fn an_address_on_the_internet_is_no_status_code() {
        assert_eq!(status_code("from 192.0.2.5 by mx 5.12"), None);
        assert_eq!(
            status_code("[192.0.2.5] said: 451 try later"),
            Some("4.0.0".into())
        );
    }
}
