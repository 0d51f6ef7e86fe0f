//! What can be clicked in a mail.

use html5gum::{DefaultEmitter, Token, Tokenizer};

/// A link of a mail.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct MailLink {
    /// Where it leads: http or https.
    pub(super) url: String,
    /// What it reads; empty where that is the address itself.
    pub(super) text: String,
}

/// The links of an HTML part in their order, each address once, under the words it first has.
pub(super) fn of(html: &str) -> Vec<MailLink> {
    let mut links: Vec<MailLink> = Vec::new();
    let mut open: Option<MailLink> = None;
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) if tag.name.as_slice() == b"a" => {
                let href = tag.attributes.get(b"href".as_slice());
                open = href.map(|href| MailLink {
                    url: String::from_utf8_lossy(href).into_owned(),
                    text: String::new(),
                });
            }
            Token::String(text) => {
                if let Some(link) = &mut open {
                    link.text.push_str(&String::from_utf8_lossy(&text));
                }
            }
            Token::EndTag(tag) if tag.name.as_slice() == b"a" => {
                links.extend(open.take().and_then(|link| settled(link, &links)));
            }
            Token::StartTag(_)
            | Token::EndTag(_)
            | Token::Comment(_)
            | Token::Doctype(_)
            | Token::Error(_) => {}
        }
    }
    links
}

/// The link with tidy words, unless it leads nowhere or is known already.
fn settled(link: MailLink, known: &[MailLink]) -> Option<MailLink> {
    let is_web = link.url.starts_with("http://") || link.url.starts_with("https://");
    if !is_web || known.iter().any(|earlier| earlier.url == link.url) {
        return None;
    }
    let text = link.text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(MailLink {
        text: if text == link.url {
            String::new()
        } else {
            text
        },
        url: link.url,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_is_listed_once_under_its_first_words() {
        let html = "<!--[if mso]><v:roundrect href='https://e.example/no'><![endif]-->\
            <p><a href='https://e.example/r/1?a=1&amp;b=2'> <b>WEIGEREN</b>\n nu</a>\
            <a href='https://e.example/r/1?a=1&amp;b=2'>https://e.example/r/1?a=1&amp;b=2</a>\
            <a href='mailto:a@b.example'>mail</a><a name=x>x</a>\
            <a href='https://e.example/p'>https://e.example/p</a>";
        let link = |url: &str, text: &str| MailLink {
            url: url.to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(
            of(html),
            [
                link("https://e.example/r/1?a=1&b=2", "WEIGEREN nu"),
                link("https://e.example/p", "")
            ]
        );
    }
}
