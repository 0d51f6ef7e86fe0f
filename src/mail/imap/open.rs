//! Opening a mailbox: connection, TLS, greeting, sign-in, folders.

use std::collections::VecDeque;

use async_imap::imap_proto::{Capability, MailboxDatum, Response, ResponseCode, Status};
use data_encoding::BASE64;

use super::conversation::{Answer, Command, Conversation};
use super::filing::{KEYWORD, SEEN};
use super::imap_error::is_passing;
use super::imap_url::Protection;
use super::wire;
use super::{Abilities, Caution, ImapError, ImapUrl, Mailbox, MailboxOptions};
use crate::mail::access_token::AccessToken;

impl Mailbox {
    /// Connects, signs in, creates the folders that are missing and selects
    /// the one in the URL.
    pub async fn open(url: &ImapUrl, options: &MailboxOptions) -> Result<Self, ImapError> {
        let mut conversation = signed_in(url, options).await?;
        let abilities = abilities(&mut conversation).await?;
        for folder in &options.folders {
            create_when_missing(&mut conversation, folder).await?;
        }
        let selected = select(&mut conversation, url.folder()).await?;
        Ok(Self {
            conversation,
            poll: options.poll,
            abilities,
            uid_validity: selected.uid_validity,
            uid_next: selected.uid_next,
            exists: selected.exists,
            done_flag: if selected.keeps_keywords {
                KEYWORD
            } else {
                SEEN
            },
            listed: VecDeque::new(),
            listed_after: 0,
            caution: Caution::default(),
            asking: None,
        })
    }
}

/// What the greeting says about signing in.
#[derive(Clone, Copy, Debug, Default)]
struct Greeting {
    signed_in: bool,
    no_login: bool,
}

/// Connects and signs in. An access token that was used before and is refused is replaced, once.
async fn signed_in(url: &ImapUrl, options: &MailboxOptions) -> Result<Conversation, ImapError> {
    let Some(tokens) = &options.tokens else {
        let (user, password) = url.sign_in().unwrap_or_default();
        return greeted(url, options, &Proof::Password { user, password }).await;
    };
    let token = || async {
        tokens.current().await.map_err(|error| ImapError::NoToken {
            server: url.server().to_owned(),
            reason: error.to_string(),
        })
    };
    let user = tokens.user();
    let first = token().await?;
    let proof = Proof::Token {
        user,
        token: &first,
    };
    match greeted(url, options, &proof).await {
        Err(ImapError::LoginRefused { .. }) if tokens.refused(&first).await => {
            let token = &token().await?;
            greeted(url, options, &Proof::Token { user, token }).await
        }
        opened => opened,
    }
}

/// What shows who we are.
enum Proof<'a> {
    Password {
        user: &'a str,
        password: &'a str,
    },
    Token {
        user: &'a str,
        token: &'a AccessToken,
    },
}

impl Proof<'_> {
    /// The server's words without what is secret, should it repeat it.
    fn hidden_in(&self, words: &str) -> String {
        match self {
            Self::Password { user, password } => {
                words.replace(password, "***").replace(user, "***")
            }
            Self::Token { user, token } => token.hidden_in(words).replace(user, "***"),
        }
    }

    /// Where it is mended when it is refused.
    fn remedy(&self) -> &'static str {
        match self {
            Self::Password { .. } => "user name and password in inbox.url",
            Self::Token { .. } => {
                "inbox.oauth, and that its client may open the mailbox of its user"
            }
        }
    }
}

/// Connects and signs in.
async fn greeted(
    url: &ImapUrl,
    options: &MailboxOptions,
    proof: &Proof<'_>,
) -> Result<Conversation, ImapError> {
    let stream = wire::connect(url, options.connect_within).await?;
    let wire = match url.protection() {
        Protection::Implicit => wire::encrypted(stream, url, options).await?,
        Protection::None | Protection::StartTls => wire::in_clear(stream),
    };
    let mut conversation = Conversation::new(wire, url.server(), options.answer_within);
    let mut greeting = hear_greeting(&mut conversation).await?;

    if url.protection() == Protection::StartTls {
        let insecure = |reason: String| ImapError::Tls {
            server: url.server().to_owned(),
            reason,
        };
        if greeting.signed_in {
            // A known way of an attacker to avoid STARTTLS (RFC 9051,
            // section 11.3).
            return Err(insecure("it claims a sign-in before TLS".to_owned()));
        }
        let command = Command::new("STARTTLS", "encrypt the connection");
        if let Answer::No(reason) | Answer::Bad(reason) = conversation.ask(command, |_| {}).await? {
            return Err(insecure(format!("it refused STARTTLS: {reason}")));
        }
        let stream = wire::tcp_below(conversation.into_wire())
            .ok_or_else(|| insecure("it is encrypted already".to_owned()))?;
        let wire = wire::encrypted(stream, url, options).await?;
        conversation = Conversation::new(wire, url.server(), options.answer_within);
        // What was said in clear text does not count any more.
        greeting = Greeting::default();
    }
    if !greeting.signed_in {
        sign_in(&mut conversation, proof, greeting).await?;
    }
    Ok(conversation)
}

async fn hear_greeting(conversation: &mut Conversation) -> Result<Greeting, ImapError> {
    let mut greeting = None;
    conversation
        .hear_greeting(|response| {
            let Response::Data { status, outcome } = response else {
                return;
            };
            let no_login = match &outcome.code {
                Some(ResponseCode::Capabilities(list)) => has(list, "LOGINDISABLED"),
                _ => false,
            };
            match status {
                Status::Ok | Status::PreAuth => {
                    greeting = Some(Greeting {
                        signed_in: *status == Status::PreAuth,
                        no_login,
                    });
                }
                Status::No | Status::Bad | Status::Bye => {}
            }
        })
        .await?;
    greeting.ok_or_else(|| conversation.protocol("its first words are no greeting"))
}

/// Signs in with LOGIN, or with AUTHENTICATE PLAIN (RFC 4616) where LOGIN is
/// not allowed or cannot carry the password; with a token by XOAUTH2.
async fn sign_in(
    conversation: &mut Conversation,
    proof: &Proof<'_>,
    greeting: Greeting,
) -> Result<(), ImapError> {
    let attempt = "sign in";
    let answer = match proof {
        Proof::Password { user, password }
            if user.is_ascii() && password.is_ascii() && !greeting.no_login =>
        {
            // Neither holds a control character, so both can be quoted.
            let text = format!("LOGIN {} {}", quoted(user), quoted(password));
            conversation
                .ask(Command::new(&text, attempt), |_| {})
                .await?
        }
        Proof::Password { user, password } => {
            let proof = BASE64.encode(format!("\0{user}\0{password}").as_bytes());
            let lines = [proof.as_str()];
            let command = Command::new("AUTHENTICATE PLAIN", attempt).continued_with(&lines);
            conversation.ask(command, |_| {}).await?
        }
        Proof::Token { user, token } => {
            let proof = token.xoauth2(user);
            // A refusal comes as a further question, with the reason in it; the refusal proper
            // follows when that is answered with an empty line.
            let lines = [proof.as_str(), ""];
            let command = Command::new("AUTHENTICATE XOAUTH2", attempt).continued_with(&lines);
            conversation.ask(command, |_| {}).await?
        }
    };
    let (Answer::No(reason) | Answer::Bad(reason)) = answer else {
        return Ok(());
    };
    let reason = proof.hidden_in(&reason);
    if is_passing(&reason) {
        return Err(conversation.unreachable(&reason));
    }
    Err(ImapError::LoginRefused {
        server: conversation.server().to_owned(),
        reason,
        remedy: proof.remedy(),
    })
}

async fn abilities(conversation: &mut Conversation) -> Result<Abilities, ImapError> {
    let mut abilities = None;
    let command = Command::new("CAPABILITY", "say what it can do");
    conversation
        .demand(command, |response| {
            if let Response::Capabilities(list) = response {
                abilities = Some(Abilities {
                    idle: has(list, "IDLE"),
                    moving: has(list, "MOVE"),
                    uid_plus: has(list, "UIDPLUS"),
                });
            }
        })
        .await?;
    abilities.ok_or_else(|| conversation.protocol("it does not say what it can do"))
}

fn has(capabilities: &[Capability<'_>], name: &str) -> bool {
    capabilities.iter().any(
        |capability| matches!(capability, Capability::Atom(atom) if atom.eq_ignore_ascii_case(name)),
    )
}

async fn create_when_missing(
    conversation: &mut Conversation,
    folder: &str,
) -> Result<(), ImapError> {
    let name = folder_name(folder);
    let mut found = false;
    let text = format!("LIST \"\" {name}");
    let attempt = format!("look for the folder {folder}");
    conversation
        .demand(Command::new(&text, &attempt), |response| {
            found |= matches!(response, Response::MailboxData(MailboxDatum::List(_)));
        })
        .await?;
    if found {
        return Ok(());
    }
    let text = format!("CREATE {name}");
    let attempt = format!(
        "create the folder {folder} (some servers want it below the inbox, as INBOX.{folder} \
         or INBOX/{folder})"
    );
    conversation
        .demand(Command::new(&text, &attempt), |_| {})
        .await?;
    // Mail programs show subscribed folders only. A server without
    // subscriptions is right to refuse.
    let text = format!("SUBSCRIBE {name}");
    conversation
        .ask(Command::new(&text, "subscribe to the folder"), |_| {})
        .await?;
    Ok(())
}

/// What SELECT says about the folder.
#[derive(Clone, Copy, Debug, Default)]
struct Selected {
    uid_validity: u32,
    uid_next: Option<u32>,
    exists: u32,
    keeps_keywords: bool,
}

async fn select(conversation: &mut Conversation, folder: &str) -> Result<Selected, ImapError> {
    let mut selected = Selected::default();
    let mut read_only = false;
    let text = format!("SELECT {}", folder_name(folder));
    let attempt = format!("open the folder {folder}");
    conversation
        .demand(Command::new(&text, &attempt), |response| match response {
            Response::MailboxData(MailboxDatum::Exists(count)) => selected.exists = *count,
            Response::Data { outcome, .. } | Response::Done { outcome, .. } => {
                match &outcome.code {
                    Some(ResponseCode::UidValidity(number)) => selected.uid_validity = *number,
                    Some(ResponseCode::UidNext(number)) => selected.uid_next = Some(*number),
                    Some(ResponseCode::ReadOnly) => read_only = true,
                    Some(ResponseCode::PermanentFlags(flags)) => {
                        selected.keeps_keywords = flags
                            .iter()
                            .any(|flag| flag == "\\*" || flag.eq_ignore_ascii_case(KEYWORD));
                    }
                    _ => {}
                }
            }
            _ => {}
        })
        .await?;
    if read_only {
        return Err(conversation.refused(&attempt, "it may only be read, not changed"));
    }
    if selected.uid_validity == 0 {
        return Err(conversation.protocol("it gives the folder no UIDVALIDITY"));
    }
    Ok(selected)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A folder's name as it is sent: in modified UTF-7 (RFC 3501, section 5.1.3)
/// and quoted.
pub(super) fn folder_name(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut other = Vec::new();
    for letter in name.chars() {
        if matches!(letter, ' '..='~') {
            finish_run(&mut encoded, &mut other);
            encoded.push(letter);
            if letter == '&' {
                encoded.push('-');
            }
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                other.extend(unit.to_be_bytes());
            }
        }
    }
    finish_run(&mut encoded, &mut other);
    quoted(&encoded)
}

/// Writes a run of letters outside of ASCII and empties it.
fn finish_run(encoded: &mut String, utf16: &mut Vec<u8>) {
    if !utf16.is_empty() {
        let run = BASE64.encode(utf16).replace('/', ",");
        encoded.push('&');
        encoded.push_str(run.trim_end_matches('='));
        encoded.push('-');
        utf16.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_may_have_any_name() {
        assert_eq!(folder_name("Processed"), "\"Processed\"");
        assert_eq!(folder_name("a \"b\" \\c"), "\"a \\\"b\\\" \\\\c\"");
        assert_eq!(
            folder_name("Vragen & antwoorden"),
            "\"Vragen &- antwoorden\""
        );
        assert_eq!(folder_name("Beëindigd"), "\"Be&AOs-indigd\"");
        // The example of RFC 3501, section 5.1.3.
        assert_eq!(
            folder_name("~peter/mail/台北/日本語"),
            "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""
        );
        assert_eq!(folder_name("x\r\nLOGOUT"), "\"x&AA0ACg-LOGOUT\"");
    }
}
