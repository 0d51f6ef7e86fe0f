//! `[smtp]` and `[inbox]`: the servers that take and keep our mails, whom we believe them to be, and
//! how we sign in.

use rustls::pki_types::CertificateDer;

use super::addresses::is_loopback;
use super::sections::{AfterReading, Inbox, Oauth, Smtp};
use super::settled::Settled;
use crate::mail::imap::ImapUrl;
use crate::mail::smtp::Encryption;
use crate::trust;

pub(super) fn smtp(settled: &mut Settled) -> Option<Option<Smtp>> {
    let oauth = oauth(settled, "smtp");
    let authorities = authorities(settled, "smtp.ca_file");
    let is_needed = settled.choice("mail.transport") == Some("smtp");
    if !settled.is_given("smtp.url") {
        if is_needed {
            settled.missing("smtp.url", " for mail.transport = \"smtp\"");
            return None;
        }
        return Some(None);
    }
    let url = settled.smtp("smtp.url")?;
    if settled.is_given("smtp.ca_file") && url.encryption() == Encryption::None {
        settled.wrong(
            "smtp.ca_file",
            "but smtp.url is without TLS: expected smtps:// or ?tls=required in it",
        );
    }
    if let Some(Some(_)) = &oauth {
        if url.has_sign_in() {
            two_sign_ins(settled, "smtp");
        }
        if !url.is_private() {
            settled.wrong(
                "smtp.url",
                "which would send access tokens in clear text; add ?tls=required or use smtps",
            );
        }
    }
    Some(Some(Smtp {
        url,
        connections: usize::try_from(settled.number("smtp.connections")?).ok()?,
        timeout: settled.duration("smtp.timeout")?,
        authorities: authorities?,
        oauth: oauth?,
    }))
}

pub(super) fn inbox(settled: &mut Settled) -> Option<Option<Inbox>> {
    let oauth = oauth(settled, "inbox");
    let authorities = authorities(settled, "inbox.ca_file");
    let processed = settled.text("inbox.processed");
    let quarantine = settled.text("inbox.quarantine");
    let url = settled.inbox("inbox.url");
    for path in ["inbox.processed", "inbox.quarantine"] {
        let chosen = settled.text(path);
        if url.is_some() && chosen.as_deref() == url.as_ref().map(ImapUrl::folder) {
            settled.wrong(path, "the folder of inbox.url, expected another one");
        }
    }
    if processed.is_some() && processed == quarantine {
        settled.wrong(
            "inbox.quarantine",
            "the same as inbox.processed, expected another folder",
        );
    }
    if !settled.is_given("inbox.url") {
        return Some(None);
    }
    let url = url?;
    if settled.is_given("inbox.ca_file") && !url.is_encrypted() {
        settled.wrong(
            "inbox.ca_file",
            "but inbox.url is without TLS: expected imaps:// or ?tls=required in it",
        );
    }
    match &oauth {
        Some(Some(_)) if url.has_sign_in() => two_sign_ins(settled, "inbox"),
        Some(None) if !url.has_sign_in() => settled.wrong(
            "inbox.url",
            "which needs a sign-in: expected user:password before the @ (a @ in the user name as \
             %40), or inbox.oauth beside it",
        ),
        Some(_) | None => {}
    }
    Some(Some(Inbox {
        url,
        after: match settled.choice("inbox.after")? {
            "flag" => AfterReading::Flag,
            "delete" => AfterReading::Delete,
            _ => AfterReading::Move,
        },
        processed: processed?,
        quarantine: quarantine?,
        idle_renew: settled.window("inbox.idle_renew")?,
        poll: settled.duration("inbox.poll")?,
        authorities: authorities?,
        oauth: oauth?,
    }))
}

fn two_sign_ins(settled: &mut Settled, section: &str) {
    settled.wrong(
        &format!("{section}.oauth.token_url"),
        &format!("but {section}.url holds a password: expected one of them alone"),
    );
}

/// The authorities of the file; none where no file is named.
fn authorities(settled: &mut Settled, path: &str) -> Option<Vec<CertificateDer<'static>>> {
    if !settled.is_given(path) {
        return Some(Vec::new());
    }
    match trust::read_authorities(&settled.path(path)?) {
        Ok(authorities) => Some(authorities),
        Err(fault) => {
            settled.wrong(path, &fault.to_string());
            None
        }
    }
}

/// Where access tokens come from; `Some(None)` where nothing is said about it.
fn oauth(settled: &mut Settled, section: &str) -> Option<Option<Oauth>> {
    if !settled.has_section(&format!("{section}.oauth")) {
        return Some(None);
    }
    let key = |key: &str| format!("{section}.oauth.{key}");
    for path in [key("token_url"), key("client_id"), key("user")] {
        if !settled.is_given(&path) {
            settled.missing(&path, " for access tokens");
        }
    }
    let (secret, refresh) = (key("client_secret"), key("refresh_token"));
    if !settled.is_given(&secret) && !settled.is_given(&refresh) {
        settled.missing(&secret, &format!(" for access tokens, and {refresh} too"));
    }
    let token_url = settled.url(&key("token_url"))?;
    let host = token_url.host_str().unwrap_or_default();
    if token_url.scheme() == "http" && !is_loopback(host) {
        settled.wrong(
            &key("token_url"),
            "expected https://, because http:// is for this machine alone (localhost, 127.0.0.1)",
        );
    }
    let kept_in = key("refresh_token_kept_in");
    if settled.is_given(&kept_in) && !settled.is_given(&refresh) {
        settled.missing(&refresh, &format!(" for {kept_in}"));
    }
    for path in [secret.as_str(), refresh.as_str()] {
        if settled.is_given(path) {
            settled.secret(path)?;
        }
    }
    Some(Some(Oauth {
        client_id: settled.text(&key("client_id"))?,
        client_secret: settled.secret(&secret),
        scope: settled.text(&key("scope")),
        refresh_token: settled.secret(&refresh),
        refresh_token_kept_in: match settled.is_given(&kept_in) {
            true => Some(settled.path(&kept_in)?),
            false => None,
        },
        user: settled.text(&key("user"))?,
        token_url,
    }))
}
