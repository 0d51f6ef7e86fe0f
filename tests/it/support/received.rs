//! A mail that somebody got, taken apart.

use mail_parser::MessageParser;

/// A mail as its recipient sees it.
#[derive(Clone, Debug)]
pub struct Received {
    /// Envelope sender.
    pub envelope_from: Option<String>,
    /// Envelope recipient.
    pub to: String,
    /// All of it.
    pub raw: Vec<u8>,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The address that answers go to.
    pub reply_to: Option<String>,
    /// The Message-ID, without angle brackets.
    pub message_id: String,
}

impl Received {
    /// Takes a mail apart.
    pub fn parse(envelope_from: Option<&str>, to: &str, raw: &[u8]) -> Self {
        let mail = MessageParser::default().parse(raw).unwrap();
        let reply_to = mail
            .reply_to()
            .and_then(|reply_to| reply_to.first())
            .and_then(|reply_to| reply_to.address())
            .map(str::to_owned);
        Self {
            envelope_from: envelope_from.map(str::to_owned),
            to: to.to_owned(),
            raw: raw.to_vec(),
            subject: mail.subject().unwrap_or_default().to_owned(),
            text: mail.body_text(0).unwrap_or_default().into_owned(),
            html: mail.body_html(0).unwrap_or_default().into_owned(),
            reply_to,
            message_id: mail.message_id().unwrap_or_default().to_owned(),
        }
    }

    /// The path of the first link that begins so, such as `/r/`.
    pub fn path(&self, begins: &str) -> String {
        let word = self
            .text
            .split_whitespace()
            .find(|word| word.starts_with("http") && word.contains(begins))
            .unwrap_or_else(|| panic!("no link with {begins} in\n{}", self.text));
        let at = word.find(begins).unwrap();
        word[at..].to_owned()
    }

    /// The token of its reject link.
    pub fn token(&self) -> String {
        self.path("/r/").trim_start_matches("/r/").to_owned()
    }

    /// An answer as a plain mail program writes it.
    pub fn answer(&self, from: &str, text: &str) -> Vec<u8> {
        self.answer_with(from, text, "")
    }

    /// The same with more headers at its very top.
    pub fn answer_with(&self, from: &str, text: &str, top: &str) -> Vec<u8> {
        let quoted: String = self
            .text
            .lines()
            .map(|line| format!("> {line}\r\n"))
            .collect();
        let id: u64 = self.raw.iter().chain(text.as_bytes()).fold(7, |id, byte| {
            (id ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!(
            "{top}From: Anna de Wit <{from}>\r\n\
             To: <{to}>\r\n\
             Subject: Re: {subject}\r\n\
             Date: Mon, 11 May 2026 10:00:00 +0200\r\n\
             Message-ID: <{id:x}.{length}@client.example>\r\n\
             In-Reply-To: <{message_id}>\r\n\
             References: <{message_id}>\r\n\
             MIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n\
             \r\n\
             {text}\r\n\
             \r\n\
             Op ma 11 mei 2026 om 09:14 schreef eSecure <esecure@example.com>:\r\n\
             {quoted}",
            to = self.reply_to.as_deref().unwrap_or("nobody@example.com"),
            subject = self.subject.split(" / ").next().unwrap_or_default(),
            length = text.len(),
            message_id = self.message_id,
        )
        .into_bytes()
    }
}
