//! From single values to the sections, with the checks that look at several keys.
//!
//! A section is `None` where a value of it is faulty; the fault is noted
//! already. Checks go on as far as values are there, so that all faults are
//! named at once.

use super::Config;
use super::mail_servers;
use super::mail_signature;
use super::sections::{
    Api, Confirm, Database, Keys, Limits, Log, LogFormat, Mail, Portal, Reject, Replies, Requests,
    RequireAuth, Retention, Server, Transport, Webhooks,
};
use super::settled::Settled;
use crate::domain::language::Language;

/// Builds all sections; `None` when a fault was noted.
pub(super) fn config(settled: &mut Settled) -> Option<Config> {
    let server = server(settled);
    let mail = mail(settled);
    let smtp = mail_servers::smtp(settled);
    let replies = replies(settled);
    let inbox = mail_servers::inbox(settled);
    let requests = requests(settled);
    let reject = reject(settled);
    let portal = portal(settled);
    Some(Config {
        server: server?,
        database: Database {
            url: settled.secret("database.url")?,
        },
        keys: Keys {
            file: settled.path("keys.file")?,
        },
        mail: mail?,
        smtp: smtp?,
        replies: replies?,
        inbox: inbox?,
        requests: requests?,
        reject: reject?,
        limits: limits(settled)?,
        portal: portal?,
        api: Api {
            rate_limit: settled.limit("api.rate_limit")?,
            idempotency_ttl: settled.duration("api.idempotency_ttl")?,
        },
        webhooks: webhooks(settled)?,
        retention: Retention {
            events: settled.window("retention.events")?,
        },
        log: log(settled)?,
    })
}

fn server(settled: &mut Settled) -> Option<Server> {
    let listen = settled.listen("server.listen").flatten();
    let admin_listen = settled.listen("server.admin_listen");
    if let (Some(listen), Some(Some(admin))) = (listen, admin_listen)
        && listen == admin
        && listen.port() != 0
    {
        settled.wrong(
            "server.admin_listen",
            "the same as server.listen, expected another port or \"off\"",
        );
    }
    Some(Server {
        listen: listen?,
        public_url: settled.url("server.public_url")?,
        admin_listen: admin_listen?,
        trusted_proxies: settled.networks("server.trusted_proxies")?,
        shutdown_grace: settled.duration("server.shutdown_grace")?,
    })
}

fn mail(settled: &mut Settled) -> Option<Mail> {
    let listen = settled.listen("server.listen").flatten();
    let transport = match settled.choice("mail.transport") {
        Some("dev") => {
            if listen.is_some_and(|listen| !listen.ip().is_loopback()) {
                settled.wrong(
                    "mail.transport",
                    "which shows every mail to everybody, expected server.listen on loopback \
                     with it",
                );
            }
            Some(Transport::Dev)
        }
        Some("file") => {
            if !settled.is_given("mail.file_dir") {
                settled.missing("mail.file_dir", " for mail.transport = \"file\"");
            }
            settled.path("mail.file_dir").map(Transport::File)
        }
        Some(_) => Some(Transport::Smtp),
        None => None,
    };
    let reply_to = settled.address("mail.reply_to");
    if settled.has_section("inbox") && !settled.is_given("mail.reply_to") {
        settled.missing("mail.reply_to", " though [inbox] reads replies");
    }
    let bounce_to = settled.address("mail.bounce_to");
    let dkim = mail_signature::dkim(settled);
    Some(Mail {
        dkim: dkim?,
        from: settled.mailbox("mail.from")?,
        bounce_to: bounce_to.or_else(|| reply_to.clone()),
        reply_to,
        transport: transport?,
        template_dir: settled.path("mail.template_dir"),
    })
}

fn replies(settled: &mut Settled) -> Option<Replies> {
    let require_auth = match settled.choice("inbox.require_auth")? {
        "token" => RequireAuth::Token,
        _ => RequireAuth::Dmarc,
    };
    Some(Replies {
        require_auth,
        authserv_id: settled.text("inbox.authserv_id"),
        arc_sealers: settled.domains("inbox.arc_sealers")?,
    })
}

fn requests(settled: &mut Settled) -> Option<Requests> {
    let expires = settled.window("requests.expires");
    let undo = settled.window("requests.undo");
    if let (Some(Some(expires)), Some(Some(undo))) = (expires, undo)
        && undo > expires
    {
        let problem = format!(
            "expected at most requests.expires, which is {}",
            settled.shown("requests.expires")
        );
        settled.wrong("requests.undo", &problem);
    }
    Some(Requests {
        expires: expires?,
        reminder: settled.reminder("requests.reminder")?,
        reminders_max: settled.number("requests.reminders_max")?,
        undo: undo?,
        repeat_cooldown: settled.window("requests.repeat_cooldown")?,
        notify_requester: settled.flag("requests.notify_requester")?,
    })
}

fn reject(settled: &Settled) -> Option<Reject> {
    Some(Reject {
        confirm: match settled.choice("reject.confirm")? {
            "tick" => Confirm::Tick,
            _ => Confirm::Button,
        },
        min_dwell: settled.duration("reject.min_dwell")?,
    })
}

fn limits(settled: &Settled) -> Option<Limits> {
    Some(Limits {
        per_requester: settled.limit("limits.per_requester")?,
        per_domain: settled.limit("limits.per_domain")?,
        per_account: settled.limit("limits.per_account")?,
        mails_per_administrator: settled.limit("limits.mails_per_administrator")?,
    })
}

fn portal(settled: &mut Settled) -> Option<Portal> {
    let idle = settled.duration("portal.session_idle");
    let max = settled.duration("portal.session_max");
    if let (Some(idle), Some(max)) = (idle, max)
        && idle > max
    {
        let problem = format!(
            "expected at most portal.session_max, which is {}",
            settled.shown("portal.session_max")
        );
        settled.wrong("portal.session_idle", &problem);
    }
    Some(Portal {
        product_name: settled.text("portal.product_name")?,
        default_language: Language::parse(settled.choice("portal.default_language")?)?,
        session_idle: idle?,
        session_max: max?,
        totp: settled.flag("portal.totp")?,
        password_min_length: usize::try_from(settled.number("portal.password.min_length")?).ok()?,
        passkeys: super::sign_in_elsewhere::passkeys(settled)?,
        identity_providers: super::sign_in_elsewhere::identity_providers(settled)?,
    })
}

fn webhooks(settled: &Settled) -> Option<Webhooks> {
    Some(Webhooks {
        timeout: settled.duration("webhooks.timeout")?,
        allow_private: settled.networks("webhooks.allow_private")?,
        disable_after: settled.window("webhooks.disable_after")?,
    })
}

fn log(settled: &Settled) -> Option<Log> {
    Some(Log {
        format: match settled.choice("log.format")? {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            _ => LogFormat::Auto,
        },
        level: settled.choice("log.level")?,
    })
}
