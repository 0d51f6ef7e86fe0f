//! `esecured events`: every `event` that a line of the log can have, and what it says.

use serde::Serialize;

use super::{invocation::Invocation, print};

/// One event.
#[derive(Serialize)]
struct Event {
    /// As it stands in the log: a noun, a dot, what happened to it.
    event: &'static str,
    /// What a line with it says.
    meaning: &'static str,
}

macro_rules! events {
    ($($event:literal => $meaning:literal,)+) => {
        &[$(Event { event: $event, meaning: $meaning }),+]
    };
}

const EVENTS: &[Event] = events! {
    "access_request.allowed" => "A rule let the address through; nobody was asked",
    "access_request.created" => "Somebody asked, and a request was opened",
    "access_request.decided" => "A request was approved, rejected or cancelled; `door` says how",
    "access_request.denied" => "A rule refused the address; nobody was asked",
    "access_request.expired" => "Nobody answered in time",
    "access_request.reminded" => "Administrators who did not answer a request were mailed about it again",
    "access_request.reopened" => "A rejection by mail was undone",
    "access_request.repeated" => "The address asked again for the same account",
    "access_request.replayed" => "A call with a known Idempotency-Key got the same answer again",
    "access_request.unreachable" => "No administrator can be reached about a request",
    "account.activated" => "eSecure was switched on for an account",
    "account.deactivated" => "eSecure was switched off: everybody may use the number",
    "account.left_alone" => "The last who signed in for an account left it, never having done anything there",
    "administrator.added" => "Somebody was made an administrator of an account",
    "administrator.alias_added" => "An administrator answers from a further address",
    "administrator.alias_removed" => "An address is no longer an administrator's",
    "administrator.invited" => "An invitation to set a first password was queued",
    "administrator.mail_delayed" => "Mail to an administrator is delayed, or came back for a reason that passes",
    "administrator.reachable" => "Mail to an administrator arrives again",
    "administrator.removed" => "Somebody is no longer an administrator of an account",
    "administrator.throttled" => "An administrator appoints, invites or switches eSecure off too often and has to wait",
    "administrator.unreachable" => "Mail to an administrator came back for good, or was refused",
    "authorized_user.added" => "An address may use an account without asking",
    "authorized_user.revoked" => "An address may no longer use an account",
    "authorized_user.until_set" => "Until when an address may use an account was changed",
    "config.warned" => "The configuration is good, but something in it is not wise",
    "daemon.leases_kept" => "Leases could not be given back; they run out by themselves",
    "daemon.listening" => "A port is open",
    "daemon.ready" => "Everything runs",
    "daemon.signals_failed" => "The daemon cannot hear when it is asked to stop",
    "daemon.stopped" => "Everything has ended",
    "daemon.stopped_hard" => "Something did not end in time and was left for the next start",
    "daemon.stopping" => "What runs is being finished",
    "database.failed" => "The database did not answer, or could not do what it was asked",
    "domain.added" => "An account has a new rule by mail domain",
    "domain.removed" => "A rule by mail domain is gone",
    "factor.added" => "Somebody signs in with a second factor from now on",
    "factor.removed" => "A second factor is gone",
    "factor.unreadable" => "The secret of a second factor cannot be unsealed with the keys there are",
    "http.accept_failed" => "A connection could not be taken",
    "http.connection_ended" => "A connection broke off",
    "http.failed" => "A request could not be served",
    "http.panicked" => "A fault of the program, while a request was served",
    "identity_provider.asked" => "The metadata and keys of an identity provider were fetched",
    "identity_provider.failed" => "A sign-in at an identity provider did not end well",
    "identity_provider.unreachable" => "An identity provider does not answer",
    "inbox.connected" => "The mailbox is open and being watched",
    "inbox.filed" => "Mails that were read are put away again",
    "inbox.ignored" => "A mail came in that has no effect; the line says why",
    "inbox.lease_lost" => "Another daemon has begun to read the mailbox; this one stops doing so",
    "inbox.not_filed" => "The server does not take mails away that were read; they stay in the inbox",
    "inbox.original_missing" => "The mail that a reply belongs to cannot be made again",
    "inbox.quarantined" => "A mail was put aside, unread",
    "inbox.received" => "A mail came in and was read; the line says how",
    "inbox.standby" => "Another daemon reads the mailbox; this one takes over when it is gone",
    "inbox.unreachable" => "The mailbox cannot be read; it is tried again, and `read_at` says when all in it was read last",
    "inbox.withheld" => "The server lists a mail and does not hand it out; it is passed over and asked for again later",
    "invitation.accepted" => "Somebody set their first password",
    "link.refused" => "A link of a mail was opened or pressed that is not good",
    "link.viewed" => "A link of a mail was opened",
    "login.code_asked" => "A password was right; the second step comes next",
    "login.confirmed" => "Somebody who is signed in showed once more who they are",
    "login.failed" => "A sign-in was refused",
    "login.succeeded" => "Somebody signed in",
    "login.throttled" => "A sign-in has to wait after failures",
    "outbox.deferred" => "A message could not be handed over and is tried again",
    "outbox.delivered" => "A message was handed over",
    "outbox.dropped" => "A message was not sent, because it would have said what is over",
    "outbox.failed" => "A message is given up",
    "outbox.gathered" => "Requests were gathered into a digest",
    "outbox.lease_lost" => "Another worker took a message over meanwhile",
    "outbox.reachable" => "The mail server takes mails again",
    "outbox.unreachable" => "The mail server cannot be reached; mails wait, and nothing more is said until it is back",
    "page.failed" => "A page could not be rendered",
    "passkey.copied" => "The counter of a passkey went back: there may be a copy of it",
    "password.changed" => "Somebody changed their password",
    "refresh_token.not_kept" => "A newer refresh token is known to this process alone, and lost at a restart",
    "signing_key.reloaded" => "A changed key file is in use",
    "signing_key.unreadable" => "A changed key file cannot be used; the old keys stay",
    "stand_in.cancelled" => "A stand-in's time was ended early",
    "stand_in.named" => "An administrator named who decides while they are away",
    "test_request.changed" => "A test key asked for something, or something became of that; nobody was asked",
    "webhook.deferred" => "A shipping system could not be told of something; it is tried again",
    "webhook.delivered" => "A shipping system was told of something",
    "webhook.disabled" => "A webhook endpoint is not called any more; tell who runs it",
    "webhook.dropped" => "A shipping system was not told, because the address was erased",
    "webhook.failed" => "A shipping system could not be told of something, and it is given up",
    "webhook.lease_lost" => "Another worker took a webhook delivery over meanwhile",
    "webhook.unreadable" => "The secret of a webhook endpoint cannot be unsealed with the keys there are",
    "worker.failed" => "A part of the daemon failed and starts again",
};

/// Prints all of them.
pub fn print(invocation: &Invocation) -> anyhow::Result<()> {
    if invocation.json {
        print::json_lines(EVENTS)?;
        return Ok(());
    }
    let mut table = print::Table::new(&["EVENT", "MEANING"]);
    for Event { event, meaning } in EVENTS {
        table.row([(*event).to_owned(), (*meaning).to_owned()]);
    }
    table.print("There are no events.")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// The text of every source file but this one.
    fn sources(dir: &Path, texts: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, texts);
            } else if path.extension().is_some_and(|ext| ext == "rs")
                && !path.ends_with("cli/event_catalogue.rs")
            {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn the_catalogue_has_what_the_log_says_and_nothing_else() {
        let mut texts = Vec::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut texts,
        );
        let listed: BTreeSet<&str> = EVENTS.iter().map(|event| event.event).collect();
        assert_eq!(listed.len(), EVENTS.len(), "one stands there twice");
        assert!(EVENTS.is_sorted_by_key(|event| event.event));
        let logged: BTreeSet<&str> = texts
            .iter()
            // What the tests of the log itself make up comes after its code.
            .map(|text| text.split("#[cfg(test)]").next().unwrap_or_default())
            .flat_map(|text| text.split("event = \"").skip(1))
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(logged.len() > 50, "{logged:?}");
        let missing: Vec<_> = logged.difference(&listed).collect();
        assert!(missing.is_empty(), "not in the catalogue: {missing:?}");
        for event in listed {
            let quoted = format!("\"{event}\"");
            let is_said = texts.iter().any(|text| text.contains(&quoted));
            assert!(is_said, "{event} is never logged");
        }
    }
}
