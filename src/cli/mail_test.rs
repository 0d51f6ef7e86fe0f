//! `mail test`: sends one mail the way all others go, and says what became of it.

use super::{
    exit::{self, Stop},
    invocation::Invocation,
    print::Facts,
};
use crate::{
    clock::Clock,
    config::{self, Config},
    domain::{email_address::EmailAddress, language::Language, message::MessageId},
    mail::{
        compose::{Content, MailFacts, compose},
        smtp::Delivery,
        transport::{Outgoing, Transport},
    },
    random,
    templates::Templates,
    workflow::render,
};

/// Sends it. There is no row of it, so the address that bounces come back to has no token: a bounce
/// lies in that mailbox, and nothing follows from it.
pub async fn run(
    invocation: &Invocation,
    to: &EmailAddress,
    language: Language,
) -> anyhow::Result<()> {
    let config = invocation.load()?.config;
    let (now, id) = (Clock::System.now(), MessageId::from_bytes(random::bytes()));
    let through = through(&config)?;
    let templates = Templates::load_with(config.mail.template_dir.as_deref())?;
    let public_url = config.server.public_url.as_str();
    let message_id = render::header_id(&config, id);
    let mail = compose(
        &templates,
        &MailFacts {
            content: Content::TestMail {
                at: now,
                portal_url: public_url,
            },
            request: None,
            account: None,
            time_zone: "UTC",
            product_name: &config.portal.product_name,
            from: &config.mail.from,
            to,
            to_name: "",
            language,
            reply_to: None,
            message_id: &message_id,
            is_answer: false,
            date: now,
            in_reply_to: None,
            references: &[],
            boundary_seed: &id.to_string(),
            signed_by: config.mail.dkim.as_ref(),
        },
    )?;
    let from = config.mail.from.email.to_string();
    let envelope = config.mail.bounce_to.as_ref().map_or(&*from, AsRef::as_ref);

    let outgoing = Outgoing {
        id,
        from: Some(envelope),
        to: to.as_typed(),
        bytes: &mail.bytes,
    };
    let delivery = Transport::new(&config)?.send(&outgoing, now).await;
    let signed = config.mail.dkim.as_ref().map(|dkim| {
        let (name, _) = dkim.record();
        format!("with the key of {name}")
    });
    let mut facts = Facts::default();
    facts.say("to", to.as_typed());
    facts.say("from", &from);
    facts.say("bounces to", envelope);
    facts.say("through", through);
    facts.say("signed", signed.as_deref().unwrap_or("not here"));
    facts.say("message id", message_id);
    facts.say("outcome", outcome(&delivery));
    if invocation.json {
        facts.print_json()?;
    } else {
        facts.print()?;
    }
    match delivery {
        Delivery::Delivered { .. } => Ok(()),
        Delivery::Deferred { .. } => Err(Stop::with(
            exit::TRY_LATER,
            "the mail was not taken now; it is not tried again",
        )
        .into()),
        Delivery::Failed { .. } => {
            Err(Stop::with(exit::FAILED, "the mail server will never take this mail").into())
        }
    }
}

/// The way out, in words.
fn through(config: &Config) -> anyhow::Result<String> {
    Ok(match (&config.mail.transport, &config.smtp) {
        (config::Transport::Smtp, smtp) => smtp
            .as_ref()
            .map_or_else(String::new, |smtp| smtp.url.to_string()),
        (config::Transport::File(directory), _) => directory.display().to_string(),
        (config::Transport::Dev, _) => {
            let words = "mail.transport is \"dev\": mails stay in the mailbox of the running daemon, \
                         none can be sent; expected \"smtp\" or \"file\"";
            return Err(Stop::with(exit::CONFIG, words).into());
        }
    })
}

fn outcome(delivery: &Delivery) -> String {
    let word = match delivery {
        Delivery::Delivered { .. } => "taken",
        Delivery::Deferred {
            possibly_delivered: true,
            ..
        } => "perhaps taken",
        Delivery::Deferred { .. } => "not taken now",
        Delivery::Failed { .. } => "refused",
    };
    format!("{word}: {}", delivery.reason())
}
