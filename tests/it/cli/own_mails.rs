//! Mails as the operator words them, and whether they arrive.

use std::fs;

use super::operator::Operator;
use crate::support::{Received, process::eventually, smtp_sink::SmtpSink};

const WORDS: &str = "Hallo {{to_name}},\nHet is weer zover.\n\n{{> mail/layout/facts.txt full=true}}\n\
    {{> mail/layout/warnings.txt}}\nNaar het portaal:\n{{portal_url}}\n\nWeigeren:\n{{reject_url}}\n";

impl Operator {
    fn words(&self, template: &str, source: &str) {
        let file = self.path("own").join(format!("{template}.hbs"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, source).unwrap();
    }
}

#[test]
fn every_mail_is_looked_over_without_a_configuration() {
    let operator = Operator::new();
    let table = operator.says("mail check").done();
    assert!(table.starts_with("MAIL "), "{table}");
    assert!(
        table.lines().skip(1).all(|line| line.ends_with("  ok")),
        "{table}"
    );
    assert!(table.contains("approval_request"), "{table}");

    fs::create_dir(operator.path("own")).unwrap();
    let check = "mail check --template-dir own";
    operator
        .says(check)
        .refused(78, "own holds no template, such as mail/");
    operator.words("approval_request/nl.txt", WORDS);
    operator.says(check).refused(
        78,
        "own/approval_request/nl.txt.hbs is named like no mail template; the nearest is \
         mail/approval_request/nl.txt.hbs in the directory",
    );
}

#[test]
fn a_mail_says_what_the_operator_wrote_and_never_less_than_it_must() {
    let operator = Operator::with_account();
    let serve = "serve --set mail.template_dir=own";
    let check = "check-config --set mail.template_dir=own";
    operator
        .says(check)
        .refused(78, "mail.template_dir: cannot read own: ");

    operator.words(
        "mail/approval_request/nl.txt",
        "Hallo {{to_name}}, {{gone}}",
    );
    operator.says(check).refused(
        78,
        "mail.template_dir: the mail approval_request (nl) cannot be made: ",
    );
    operator.words("mail/approval_request/nl.txt", "{{#if}");
    operator
        .says(check)
        .refused(78, "template mail/approval_request/nl.txt does not parse");
    operator.words("mail/approval_request/nl.txt", "Hallo {{to_name}}");
    operator
        .says(serve)
        .refused(78, "a block of the text part does not link to ");

    operator.words("mail/approval_request/nl.txt", WORDS);
    let preview = operator
        .says("mail preview approval_request --set mail.template_dir=own")
        .done();
    assert!(preview.contains("Het is weer zover."), "{preview}");
    let mut daemon = operator.starts(serve);
    operator.says("health --wait 20s").done();
    operator
        .says("request add --account 112233445 --email joris@example.org --language nl")
        .done();
    assert!(eventually(|| {
        let mails = fs::read_dir(operator.path("mails")).into_iter().flatten();
        let mut mails = mails.filter_map(|file| fs::read(file.unwrap().path()).ok());
        mails.any(|mail| {
            Received::parse(None, "", &mail)
                .text
                .contains("Het is weer zover.")
        })
    }));
    assert_eq!(daemon.stops("-TERM"), Some(0));
}

#[test]
fn a_test_mail_goes_the_way_of_all_mails() {
    let operator = Operator::set_up();
    let written = operator.says("mail test --to anna@example.com").done();
    assert!(
        written.contains("outcome     taken: written to mails/"),
        "{written}"
    );

    let sink = SmtpSink::start();
    let by_smtp = format!(
        "mail test --to anna@example.com --language en --json --set mail.transport=smtp \
         --set smtp.url=smtp://{}",
        sink.address
    );
    let said = operator.says(&by_smtp).json().remove(0);
    assert_eq!(said["through"], format!("smtp://{}", sink.address));
    assert_eq!(said["bounces_to"], "reply@example.com");
    assert_eq!(said["signed"], "not here");
    assert!(
        said["outcome"].as_str().unwrap().starts_with("taken: "),
        "{said}"
    );
    let mails = sink.received();
    let mail = Received::parse(None, "", &mails[0]);
    assert_eq!(mail.subject, "Test mail / Testmail");
    assert_eq!(said["message_id"], mail.message_id);
    assert!(
        mail.text.contains("You read it, so they do."),
        "{}",
        mail.text
    );
    drop(sink);

    let said = operator.says(&by_smtp);
    let said = said.refused(75, "it is not tried again");
    assert!(
        said.stdout.contains("\"outcome\":\"not taken now: "),
        "{said:?}"
    );
    operator
        .says("mail test --to anna@example.com --set mail.transport=dev")
        .refused(78, "mail.transport is \"dev\"");
    operator
        .says("mail test --to anna")
        .refused(2, "invalid value 'anna' for '--to <ADDRESS>'");
}
