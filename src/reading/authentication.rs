//! What the receiving mail server found out about the sender's domain, as it
//! says in Authentication-Results (RFC 8601).
//!
//! Anybody can write such a header into a mail. Only our own server writes
//! above everything else, so only the unbroken run at the very top counts, and
//! in it only the headers that carry our server's name.

use super::headers::Headers;

/// What our own server says about DMARC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It passed, for the domain in From.
    Pass,
    /// It did not pass, passed for another domain, or the server contradicts itself.
    Fail {
        /// The reason, for the log.
        why: &'static str,
    },
    /// The server says nothing about it.
    Absent,
}

/// The DMARC verdict of the server called `authserv_id` about `from_domain`.
pub(super) fn dmarc(headers: &Headers, authserv_id: &str, from_domain: &str) -> Verdict {
    let mut verdict = Verdict::Absent;
    for value in topmost_run(headers) {
        let Some(results) = Results::parse(value) else {
            if mentions(value, authserv_id) {
                return Verdict::Fail {
                    why: "the server's header cannot be read",
                };
            }
            continue;
        };
        if !results.authserv_id.eq_ignore_ascii_case(authserv_id) {
            continue;
        }
        match told(&results, from_domain) {
            Verdict::Pass => verdict = Verdict::Pass,
            Verdict::Absent => {}
            fail @ Verdict::Fail { .. } => return fail,
        }
    }
    verdict
}

/// What a forwarder saw when it got the mail, as its ARC-Authentication-Results says (RFC 8617, section
/// 4.1.1). Whether that is its own and unchanged, its seal must have shown.
#[must_use]
pub fn seen_by_forwarder(value: &str, from_domain: &str) -> Verdict {
    let results = value.split_once(';').and_then(|(instance, results)| {
        let instance: String = instance.split_whitespace().collect();
        instance
            .starts_with("i=")
            .then(|| Results::parse(results))?
    });
    match results {
        Some(results) => told(&results, from_domain),
        None => Verdict::Fail {
            why: "what its forwarder saw cannot be read",
        },
    }
}

/// What these results say about DMARC for the domain in From.
fn told(results: &Results, from_domain: &str) -> Verdict {
    let mut verdict = Verdict::Absent;
    let fail = |why| Verdict::Fail { why };
    for result in &results.results {
        if result.method != "dmarc" {
            continue;
        }
        if result.value != "pass" {
            return fail("dmarc did not pass");
        }
        let mut domains = result
            .header_from
            .iter()
            .map(|domain| domain.trim_end_matches('.'));
        match (domains.next(), domains.next()) {
            (Some(domain), None) if domain.eq_ignore_ascii_case(from_domain) => {
                verdict = Verdict::Pass;
            }
            (Some(_), None) => return fail("dmarc passed for another domain"),
            _ => return fail("dmarc passed without one domain named"),
        }
    }
    verdict
}

/// Above it may stand only what the last server itself writes on delivery; that is also one
/// Received header of the delivery into the mailbox by LMTP, as Dovecot writes it. Any other
/// Received header ends the run: what is below came with the mail.
fn topmost_run(headers: &Headers) -> impl Iterator<Item = &str> {
    let mut lmtp_deliveries = 0;
    headers
        .iter()
        .skip_while(move |field| match field.name.as_str() {
            "return-path" | "delivered-to" | "x-original-to" | "envelope-to" | "x-envelope-to"
            | "delivery-date" => true,
            "received" => {
                lmtp_deliveries += 1;
                lmtp_deliveries == 1 && is_lmtp(&field.value)
            }
            _ => false,
        })
        .take_while(|field| field.name == "authentication-results")
        .map(|field| field.value.as_str())
}

/// Whether a Received header names LMTP as its protocol (RFC 3848): no server takes mail by it from
/// the outside world. A header that says `by` or `with` twice, as a greeting of the sender's own
/// choice could make it, names nothing.
fn is_lmtp(value: &str) -> bool {
    let mut depth = 0_usize;
    let uncommented: String = value
        .chars()
        .filter(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect();
    let words: Vec<String> = uncommented
        .split([' ', '\t', '\n', ';'])
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let after = |wanted: &str| {
        let mut found = words.iter().skip_while(|word| *word != wanted).skip(1);
        let next = found.next();
        let is_alone = found.all(|word| word != wanted);
        next.filter(|_| is_alone)
    };
    after("by").is_some()
        && after("with").is_some_and(|protocol| {
            matches!(protocol.as_str(), "lmtp" | "lmtps" | "lmtpa" | "lmtpsa")
        })
}

fn mentions(value: &str, authserv_id: &str) -> bool {
    value
        .to_ascii_lowercase()
        .contains(&authserv_id.to_ascii_lowercase())
}

struct Results {
    authserv_id: String,
    results: Vec<MethodResult>,
}

struct MethodResult {
    /// Lower case.
    method: String,
    /// Lower case.
    value: String,
    header_from: Vec<String>,
}

impl Results {
    /// `authserv-id [version] *(";" method["/" version] "=" result …)`, where
    /// comments and white space may stand between all of it.
    fn parse(value: &str) -> Option<Self> {
        let mut sections = sections(value)?.into_iter();
        let mut head = sections.next()?.into_iter();
        let Some(Token::Word(authserv_id)) = head.next() else {
            return None;
        };
        match (head.next(), head.next()) {
            (None, _) => {}
            (Some(Token::Word(version)), None) if version.bytes().all(|b| b.is_ascii_digit()) => {}
            _ => return None,
        }
        let mut results = Vec::new();
        for section in sections.filter(|section| !section.is_empty()) {
            let is_none = matches!(section.as_slice(), [Token::Word(word)] if word.eq_ignore_ascii_case("none"));
            if !is_none {
                results.push(MethodResult::parse(&section)?);
            }
        }
        Some(Self {
            authserv_id,
            results,
        })
    }
}

impl MethodResult {
    fn parse(section: &[Token]) -> Option<Self> {
        let [
            Token::Word(method),
            Token::Equals,
            Token::Word(value),
            properties @ ..,
        ] = section
        else {
            return None;
        };
        let method = method
            .split('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let mut header_from = Vec::new();
        let mut rest = properties;
        while let [
            Token::Word(name),
            Token::Equals,
            Token::Word(value),
            tail @ ..,
        ] = rest
        {
            if name.eq_ignore_ascii_case("header.from") {
                header_from.push(value.clone());
            }
            rest = tail;
        }
        rest.is_empty().then(|| Self {
            method,
            value: value.to_ascii_lowercase(),
            header_from,
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Equals,
}

/// The tokens between the semicolons. An unclosed comment or quote is an error:
/// what it swallows cannot be told.
fn sections(value: &str) -> Option<Vec<Vec<Token>>> {
    let mut sections = vec![Vec::new()];
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let section = sections.last_mut()?;
        match c {
            '(' => skip_comment(&mut chars)?,
            ')' => return None,
            ';' => sections.push(Vec::new()),
            '=' => section.push(Token::Equals),
            '"' => section.push(Token::Word(quoted(&mut chars)?)),
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                // An equals sign inside a value, as in a signature, belongs to it.
                let is_value = section.last() == Some(&Token::Equals);
                while let Some(&next) = chars.peek() {
                    if next.is_whitespace() || "();\"".contains(next) || (next == '=' && !is_value)
                    {
                        break;
                    }
                    word.push(next);
                    chars.next();
                }
                section.push(Token::Word(word));
            }
        }
    }
    Some(sections)
}

fn skip_comment(chars: &mut impl Iterator<Item = char>) -> Option<()> {
    let mut depth = 1_usize;
    while depth > 0 {
        match chars.next()? {
            '\\' => {
                chars.next()?;
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    Some(())
}

fn quoted(chars: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut word = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(word),
            '\\' => word.push(chars.next()?),
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(lines: &str) -> Verdict {
        dmarc(
            &Headers::parse(lines.as_bytes()).unwrap().0,
            "mx.example.net",
            "example.org",
        )
    }

    #[test]
    fn the_servers_own_pass_for_the_from_domain_passes() {
        for lines in [
            "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
            "Authentication-Results: MX.example.net 1; dmarc/1 = Pass (p=none; dis=none) header.from=Example.ORG.\n",
            "Return-Path: <a@example.org>\nDelivered-To: x\nAuthentication-Results: mx.example.net;\n spf=pass smtp.mailfrom=example.org;\n dkim=pass header.b=\"ab=/\" header.d=example.org;\n dmarc=pass (policy \\) (nested)) reason=\"all; good\" header.from=\"example.org\"\nReceived: x\n",
            "Authentication-Results: \"mx.example.net\"; dmarc=pass header.from=example.org\n",
            "Return-Path: <a@example.org>\nDelivered-To: <x>\nReceived: from mx.example.net ([127.0.0.1])\n\tby mx.example.net with LMTP\n\tid abc (envelope-from <a@example.org>)\n\tfor <x>; Mon, 11 May 2026 07:14:00 +0000\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
            "Authentication-Results: other.example; dmarc=fail header.from=example.org\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
            "Authentication-Results: mx.example.net; dkim=pass header.b=a==\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
        ] {
            assert_eq!(verdict(lines), Verdict::Pass, "{lines}");
        }
    }

    #[test]
    fn forged_headers_further_down_have_no_effect() {
        for lines in [
            "Received: x\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
            "Received: from a by mx with ESMTP id b\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
            "Received: from a (with LMTP by b) by mx (with LMTP) with ESMTP\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
            "Received: from with LMTP by mx with ESMTP id b\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
            "Received: from a by mx with LMTP\nReceived: from a by b with LMTP\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
            "Subject: x\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
            "Authentication-Results: mx.example.net; spf=pass\nReceived: x\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n",
            "Authentication-Results: mx.example.net; none\n",
            "Authentication-Results: evil.example; dmarc=pass header.from=example.org\n",
            "Authentication-Results: evil.example (mx.example.net; dmarc=pass header.from=example.org)\n",
            "From: x\n",
        ] {
            assert_eq!(verdict(lines), Verdict::Absent, "{lines}");
        }
        assert!(matches!(
            verdict(
                "Authentication-Results: mx.example.net; dmarc=fail header.from=example.org\nFrom: x\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org\n"
            ),
            Verdict::Fail { .. }
        ));
    }

    #[test]
    fn doubt_does_not_pass() {
        for lines in [
            "Authentication-Results: mx.example.net; dmarc=fail header.from=example.org\n",
            "Authentication-Results: mx.example.net; dmarc=pass header.from=evil.example\n",
            "Authentication-Results: mx.example.net; dmarc=pass\n",
            "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org header.from=evil.example\n",
            "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org; dmarc=fail header.from=example.org\n",
            "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org\nAuthentication-Results: mx.example.net; dmarc=none header.from=example.org\n",
            "Authentication-Results: mx.example.net; dmarc=pass (unclosed header.from=example.org\n",
            "Authentication-Results: mx.example.net; spf=fail (x) dmarc=pass header.from\n",
            "Authentication-Results: mx.example.net; dmarc=pass header.from=sub.example.org\n",
        ] {
            assert!(matches!(verdict(lines), Verdict::Fail { .. }), "{lines}");
        }
    }
}
