//! The table of keys: the one truth about what can be set, with kind, default and sentence.
//!
//! `config/esecured.toml`, the faults, `config show` and the check of every
//! layer are all made from it.

use super::kind::Kind::{
    Choice, DatabaseUrl, Domains, Duration, Flag, InboxUrl, Issuer, Limit, Listen, ListenOrOff,
    Mailbox, Networks, Number, Path, PublicUrl, Reminder, Secret, SmtpUrl, Text, TokenAddress,
    WebUrl,
};
use super::kind::{Kind, ZeroIs};

/// One key that can be set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// Section and key with dots between; a part in capitals stands for a name of the operator's.
    pub path: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// What holds when nobody sets it.
    pub default: Fallback,
    /// Whether this version does something with it.
    pub built: bool,
    /// What it is for, in one sentence.
    pub sentence: &'static str,
}

/// What holds when nobody sets a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fallback {
    /// This value.
    Is(&'static str),
    /// Nothing: the daemon does not run without it. An example.
    Required(&'static str),
    /// Nothing: what it is for is left out, or follows other keys. An example.
    None(&'static str),
}

use Fallback::{Is, None as Example, Required};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Ten years: for windows without a natural end.
const LONG: u64 = 3650 * DAY;

/// A window that may be switched off.
const WINDOW: Kind = Duration(1, LONG, ZeroIs::Off);

/// Each section with a sentence, in the order of the file.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    (
        "server",
        "Where the daemon listens and how people reach it.",
    ),
    (
        "database",
        "Where accounts, requests and the audit trail are kept.",
    ),
    ("keys", "The signing keys of links and replies."),
    ("mail", "The mails that go out."),
    ("smtp", "The server that takes our mails."),
    (
        "inbox",
        "The mailbox in which answers arrive; without this section no replies are read.",
    ),
    ("requests", "The life of an access request."),
    ("reject", "The page behind the red button."),
    (
        "limits",
        "How much is mailed at most; what is above still stands in the portal. Not to be set: an administrator appoints, invites or names stand-ins, or switches eSecure off, 20 times an hour at most, and so do all of one account together; the portal says when there is room again, and the command line is not limited.",
    ),
    ("portal", "The pages administrators sign in to."),
    ("api", "The interface for shipping systems."),
    (
        "webhooks",
        "Calls to shipping systems when something changed.",
    ),
    (
        "retention",
        "How long things are kept after they are over; 0s keeps them.",
    ),
    ("log", "What the daemon writes to stderr."),
    ("telemetry", "Traces for an observability system."),
];

macro_rules! table {
    ($(
        $(#[doc = $sentence:literal])+
        $built:ident $path:literal : $kind:expr, $default:expr;
    )+) => {
        /// Every key, section by section.
        pub(super) const KEYS: &[Key] = &[$(Key {
            path: $path,
            kind: $kind,
            default: $default,
            built: table!(@ $built),
            sentence: concat!($($sentence),+),
        }),+];
    };
    (@ built) => { true };
    (@ later) => { false };
}

table! {
    /// Address and port of the portal, the reject page and the API.
    built "server.listen": Listen, Is("127.0.0.1:8080");
    /// The address under which people reach the daemon, as it stands in mails; https, or http on
    /// this machine alone.
    built "server.public_url": PublicUrl, Required("https://esecure.example.com");
    /// Address and port of /livez, /readyz and /metrics; "off" puts them on server.listen.
    built "server.admin_listen": ListenOrOff, Is("127.0.0.1:8081");
    /// Addresses and networks of reverse proxies whose X-Forwarded-For is believed.
    built "server.trusted_proxies": Networks, Is("[]");
    /// How long running work may take to finish when the daemon is stopped.
    built "server.shutdown_grace": Duration(1, HOUR, ZeroIs::Off), Is("20s");

    /// sqlite:FILE (from the working directory) or postgres://USER:PASSWORD@HOST/DATABASE.
    built "database.url": DatabaseUrl, Is("sqlite:esecured.db");

    /// The file of signing keys (mode 0600), made by `init` and `signing-key rotate`.
    built "keys.file": Path, Is("esecured.keys");

    /// The sender of all mails.
    built "mail.from": Mailbox, Required("eSecure <esecure@example.com>");
    /// The mailbox answers go to; it must take any +token behind its local part of at most 21
    /// characters. Needed with [inbox].
    built "mail.reply_to": TokenAddress, Example("reply@example.com");
    /// The mailbox bounces go to, as local+b.TOKEN@domain; without it the one of mail.reply_to.
    built "mail.bounce_to": TokenAddress, Example("bounce@example.com");
    /// How mails leave: over SMTP, into the development mailbox (loopback only), or into files.
    built "mail.transport": Choice(&["smtp", "dev", "file"]), Is("smtp");
    /// The directory of mail.transport = "file": one .eml for each mail.
    built "mail.file_dir": Path, Example("/var/spool/esecured");
    /// A directory of your own mail templates, such as mail/approval_request/nl.txt.hbs, used in place
    /// of the built-in ones of the same name; `mail check` looks them over.
    built "mail.template_dir": Path, Example("/etc/esecured/templates");
    /// The domain that DKIM signatures answer for; without it the one of mail.from.
    built "mail.dkim.domain": Text, Example("example.com");
    /// The selector of DKIM signatures; `mail dkim-record` prints what to publish in DNS.
    built "mail.dkim.selector": Text, Example("esecured");
    /// The file of the private key that signs mails (RSA or Ed25519 in PEM); without it mails are
    /// not signed here.
    built "mail.dkim.key_file": Path, Example("/etc/esecured/dkim.pem");

    /// The server that takes our mails: smtp://HOST:25, smtp://USER:PASSWORD@HOST:587?tls=required
    /// or smtps://…; needed with mail.transport = "smtp".
    built "smtp.url": SmtpUrl, Example("smtp://localhost:25");
    /// How many connections are open at the same time.
    built "smtp.connections": Number(1, 64), Is("4");
    /// How long one answer of the server may take.
    built "smtp.timeout": Duration(1, 10 * MINUTE, ZeroIs::Wrong), Is("30s");
    /// A PEM file of certificate authorities that are trusted beside those of the system, for
    /// the mail server and the token server.
    built "smtp.ca_file": Path, Example("/etc/esecured/ca.pem");
    /// Where access tokens for SMTP are fetched, to sign in by XOAUTH2 in place of a password in
    /// smtp.url.
    built "smtp.oauth.token_url": WebUrl, Example("https://login.example.com/oauth2/token");
    /// Who we are at the token server.
    built "smtp.oauth.client_id": Text, Example("esecured");
    /// The password of that client; may be left out beside a refresh token.
    built "smtp.oauth.client_secret": Secret, Example("…");
    /// What is asked for at the token server.
    built "smtp.oauth.scope": Text, Example("https://outlook.office365.com/.default");
    /// A refresh token, with which access tokens are fetched; without it the client's own
    /// credentials do (client credentials grant).
    built "smtp.oauth.refresh_token": Secret, Example("…");
    /// The file in which the newest refresh token is kept, should the token server hand out a new
    /// one each time; made when missing (0600).
    built "smtp.oauth.refresh_token_kept_in": Path, Example("/var/lib/esecured/smtp.refresh-token");
    /// The user whose mailbox the tokens open, mostly its address.
    built "smtp.oauth.user": Text, Example("reply@example.com");

    /// The mailbox: imaps://USER:PASSWORD@HOST/INBOX; imap:// on loopback or with ?tls=required.
    built "inbox.url": InboxUrl, Example("imaps://reply:PASSWORD@imap.example.com/INBOX");
    /// What shows that a reply comes from its sender: "dmarc", or the reply token alone ("token",
    /// for closed networks).
    built "inbox.require_auth": Choice(&["dmarc", "token"]), Is("dmarc");
    /// The name by which our own mail server signs its Authentication-Results (RFC 8601). Where a
    /// mail has none of them, its DKIM signature is checked here.
    built "inbox.authserv_id": Text, Example("mx.example.com");
    /// Forwarders whose word is taken that a reply came from its sender when they got it (RFC 8617):
    /// the domains of all seals of its ARC chain must stand here.
    built "inbox.arc_sealers": Domains, Is("[]");
    /// What becomes of a mail that was read.
    built "inbox.after": Choice(&["move", "flag", "delete"]), Is("move");
    /// The folder for mails that were read; made when missing.
    built "inbox.processed": Text, Is("Processed");
    /// The folder for mails that could not be read; made when missing.
    built "inbox.quarantine": Text, Is("Quarantine");
    /// How often the whole folder is looked through anew; in between the server announces mails
    /// (IDLE, RFC 2177). 0s looks through it at every inbox.poll.
    built "inbox.idle_renew": Duration(10, 29 * MINUTE, ZeroIs::Off), Is("5m");
    /// How often the mailbox is asked for mails that nothing announced. A connection that is dead
    /// without a word shows by it: within this time and a minute.
    built "inbox.poll": Duration(1, DAY, ZeroIs::Wrong), Is("60s");
    /// A PEM file of certificate authorities that are trusted beside those of the system, for
    /// the mailbox's server and the token server.
    built "inbox.ca_file": Path, Example("/etc/esecured/ca.pem");
    /// Where access tokens for IMAP are fetched, to sign in by XOAUTH2 in place of a password in
    /// inbox.url.
    built "inbox.oauth.token_url": WebUrl, Example("https://login.example.com/oauth2/token");
    /// Who we are at the token server.
    built "inbox.oauth.client_id": Text, Example("esecured");
    /// The password of that client; may be left out beside a refresh token.
    built "inbox.oauth.client_secret": Secret, Example("…");
    /// What is asked for at the token server.
    built "inbox.oauth.scope": Text, Example("https://outlook.office365.com/.default");
    /// A refresh token, with which access tokens are fetched; without it the client's own
    /// credentials do (client credentials grant).
    built "inbox.oauth.refresh_token": Secret, Example("…");
    /// The file in which the newest refresh token is kept, should the token server hand out a new
    /// one each time; made when missing (0600).
    built "inbox.oauth.refresh_token_kept_in": Path, Example("/var/lib/esecured/inbox.refresh-token");
    /// The user whose mailbox the tokens open, mostly its address.
    built "inbox.oauth.user": Text, Example("reply@example.com");

    /// After how long an open request expires; 0s never.
    built "requests.expires": WINDOW, Is("14d");
    /// After how much silence administrators are reminded of a request, and each time again: a number
    /// of working days (Monday to Friday) of the account's time zone, or a duration such as 48h; a
    /// reminder goes out between 09:00 and 17:00 there; 0s never. A change holds for what is
    /// asked or reminded of from then on.
    built "requests.reminder": Reminder, Is("2 working days");
    /// How many reminders of one request go out at most; 0 none.
    built "requests.reminders_max": Number(0, 10), Is("2");
    /// How long a rejection by link or reply can be undone from the result page and the mail.
    built "requests.undo": Duration(1, 30 * DAY, ZeroIs::Off), Is("15m");
    /// How long a rejected address that asks again does not mail the administrators again.
    built "requests.repeat_cooldown": WINDOW, Is("30d");
    /// Whether requesters get mails about their requests; an account can say no for itself.
    built "requests.notify_requester": Flag, Is("true");

    /// What confirms on the reject page: the button, or a box to tick first (where mail scanners
    /// submit forms).
    built "reject.confirm": Choice(&["button", "tick"]), Is("button");
    /// How long the page must have been shown before its button counts.
    built "reject.min_dwell": Duration(1, 5 * MINUTE, ZeroIs::Off), Is("2s");

    /// Requests of one requester that are mailed.
    built "limits.per_requester": Limit, Is("5/1d");
    /// Requests from one mail domain that are mailed.
    built "limits.per_domain": Limit, Is("50/1d");
    /// Requests for one account that are mailed.
    built "limits.per_account": Limit, Is("100/1d");
    /// Mails to one administrator about one account, before its requests go out as one digest.
    built "limits.mails_per_administrator": Limit, Is("30/1h");

    /// The name of the product in pages and mails.
    built "portal.product_name": Text, Is("eSecure");
    /// The language of people who have not chosen one.
    built "portal.default_language": Choice(&["nl", "en"]), Is("nl");
    /// After how long without use a session ends.
    built "portal.session_idle": Duration(MINUTE, 30 * DAY, ZeroIs::Wrong), Is("30m");
    /// After how long a session ends, used or not.
    built "portal.session_max": Duration(MINUTE, 30 * DAY, ZeroIs::Wrong), Is("12h");
    /// The least number of characters of a new password without a second factor.
    built "portal.password.min_length": Number(15, 128), Is("15");
    /// Whether people can sign in with a passkey; that needs a server.public_url with a name for its
    /// host, because no passkey is made for an IP address.
    built "portal.passkeys": Flag, Is("true");
    /// Whether people can add a one-time code as a second factor.
    built "portal.totp": Flag, Is("true");
    /// The identity provider NAME (OpenID Connect), exactly as it spells itself; https, or http on
    /// this machine alone. It must know PUBLIC_URL/login/oidc/NAME/callback as our redirect URI.
    built "portal.oidc.NAME.issuer": Issuer, Example("https://login.example.com");
    /// Who we are at that provider.
    built "portal.oidc.NAME.client_id": Text, Example("esecured");
    /// The password of that client.
    built "portal.oidc.NAME.client_secret": Secret, Example("…");
    /// What people call that provider, as it stands on the sign-in page; without it the NAME.
    built "portal.oidc.NAME.label": Text, Example("Example");

    /// Calls of one API key; above it the answer is 429. Calls that post or delete are counted
    /// for all daemons on one database, those that look by each.
    built "api.rate_limit": Limit, Is("600/1m");
    /// How long an Idempotency-Key is remembered.
    built "api.idempotency_ttl": Duration(MINUTE, 365 * DAY, ZeroIs::Wrong), Is("7d");

    /// How long one webhook call may take.
    built "webhooks.timeout": Duration(1, 2 * MINUTE, ZeroIs::Wrong), Is("20s");
    /// Private addresses and networks that may be called nevertheless.
    built "webhooks.allow_private": Networks, Is("[]");
    /// After how long without one success an endpoint is switched off.
    built "webhooks.disable_after": WINDOW, Is("5d");

    /// What happened, as shipping systems read it in the event feed; at least as long as they are
    /// called about it.
    built "retention.events": Duration(8 * DAY, LONG, ZeroIs::Off), Is("90d");
    /// Closed access requests.
    later "retention.requests": WINDOW, Is("0s");
    /// What is kept of mails that were read: headers and the visible reply.
    later "retention.mail_evidence": WINDOW, Is("0s");
    /// Audit events.
    later "retention.audit": WINDOW, Is("0s");

    /// Lines for people, JSON for machines, or what fits where stderr goes.
    built "log.format": Choice(&["auto", "text", "json"]), Is("auto");
    /// The least important lines that are written.
    built "log.level": Choice(&["error", "warn", "info", "debug", "trace"]), Is("info");

    /// Where traces are sent (OTLP over HTTP); without it nowhere.
    later "telemetry.otlp_endpoint": WebUrl, Example("http://127.0.0.1:4318");
}

impl Key {
    /// The section it stands in.
    pub(super) fn section(&self) -> &'static str {
        self.path
            .split_once('.')
            .map_or(self.path, |(section, _)| section)
    }

    /// The environment variable that sets it.
    pub(super) fn variable(&self) -> String {
        variable(self.path)
    }

    /// Whether a part of its path stands for names of the operator's.
    pub(super) fn is_for_names(&self) -> bool {
        self.path.split('.').any(is_name)
    }

    /// Whether it is the key of this path.
    pub(super) fn is(&self, path: &str) -> bool {
        let (mut ours, mut theirs) = (self.path.split('.'), path.split('.'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(our), Some(their)) if our == their => {}
                (Some(our), Some(their)) if is_name(our) && !their.is_empty() => {}
                _ => return false,
            }
        }
    }
}

fn is_name(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The environment variable of a path: `server.listen` is `ESECURED_SERVER__LISTEN`.
pub(super) fn variable(path: &str) -> String {
    format!("ESECURED_{}", path.replace('.', "__").to_ascii_uppercase())
}

/// The key of that path, if there is one.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.is(path))
}

#[cfg(test)]
mod tests {
    use super::super::value::Raw;
    use super::*;

    #[test]
    fn every_default_is_a_value_of_its_kind_and_every_key_has_a_sentence() {
        for key in KEYS {
            assert!(key.sentence.trim().ends_with('.'), "{}", key.path);
            let (Is(text) | Required(text) | Example(text)) = key.default;
            if let Err(expected) = key.kind.parse(&Raw::Text(text.to_owned())) {
                panic!("{} is {text:?}, {expected}", key.path);
            }
            assert!(
                SECTIONS.iter().any(|(name, _)| *name == key.section()),
                "{}",
                key.path
            );
        }
    }

    #[test]
    fn no_key_is_named_twice() {
        for (place, key) in KEYS.iter().enumerate() {
            assert!(
                !KEYS[..place].iter().any(|earlier| earlier.path == key.path),
                "{}",
                key.path
            );
        }
    }

    #[test]
    fn a_name_of_the_operator_stands_in_the_path_of_a_key() {
        assert!(find("portal.oidc.company.issuer").is_some());
        assert!(find("portal.oidc.company.isuer").is_none());
        assert!(find("portal.oidc.issuer").is_none());
        assert!(find("server").is_none());
    }
}
