//! What somebody who stands in reads, beyond what every mail is held to.

use esecured::{
    domain::{language::Language, message::MessageKind},
    mail::compose::{Content, StandingIn, compose, preview::Sample},
};

use super::{assert_golden, assert_travels_well, templates};

/// As the mail that names somebody says it.
fn standing_in(sample: &Sample) -> StandingIn<'_> {
    let facts = sample.facts(MessageKind::StandInNamed, Language::Nl);
    let Content::StandInNamed { standing_in, .. } = facts.content else {
        panic!("it is another mail");
    };
    standing_in
}

#[test]
fn an_invitation_to_stand_in_says_for_whom_when_and_where() {
    let sample = Sample::new();
    for language in Language::ALL {
        let mut facts = sample.facts(MessageKind::Invitation, language);
        if let Content::Invitation { stands_in, .. } = &mut facts.content {
            *stands_in = Some(standing_in(&sample));
        }
        let mail = compose(&templates(), &facts).unwrap();
        let name = format!("invitation.stand_in.{language}");
        assert_golden(&format!("{name}.html"), mail.html.as_bytes());
        assert_golden(&format!("{name}.txt"), mail.text.as_bytes());
    }
}

#[test]
fn of_many_accounts_the_first_are_named_and_the_others_counted() {
    let sample = Sample::new();
    let long = "Bakkerij é en Zoons ".repeat(20);
    let mut away = standing_in(&sample);
    away.accounts = away.accounts.into_iter().cycle().take(200).collect();
    for account in &mut away.accounts {
        account.name = &long;
    }
    for kind in [
        MessageKind::StandInNamed,
        MessageKind::StandInEnded,
        MessageKind::Invitation,
    ] {
        let mut facts = sample.facts(kind, Language::Nl);
        match &mut facts.content {
            Content::StandInNamed { standing_in, .. }
            | Content::StandInEnded { standing_in, .. } => {
                *standing_in = away.clone();
            }
            Content::Invitation { stands_in, .. } => *stands_in = Some(away.clone()),
            _ => panic!("it is another mail"),
        }
        let mail = compose(&templates(), &facts).unwrap();
        assert_travels_well(&mail, &mail.subject);
        assert_eq!(
            mail.text.matches("- 112233445 (").count(),
            10,
            "{}",
            mail.text
        );
        assert!(mail.text.contains("- en nog 190\n"), "{}", mail.text);
        assert!(mail.text.contains("- and 190 more\n"), "{}", mail.text);
    }
}
