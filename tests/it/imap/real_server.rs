//! Against a real Dovecot.

use std::time::Duration;

use esecured::mail::imap::{ImapError, ImapUrl, Mailbox, MailboxOptions, Woken};
use tokio_util::sync::CancellationToken;

use super::{LIMIT, LONG, mail, never, open, options, text_of, uids};
use crate::support::dovecot::Dovecot;
#[tokio::test]
async fn dovecot_hands_out_what_was_delivered_to_the_address_and_its_tokens() {
    let dovecot = Dovecot::start();
    dovecot.deliver(&mail(1));
    dovecot.deliver_to(
        "esecure+7q4k9abcdefgh@example.com",
        b"Subject: two\r\n\r\n.\r\n..dots\r\n",
    );

    let mut mailbox = open(&dovecot.imap_url()).await.unwrap();
    assert_eq!(mailbox.exists(), 2);
    assert_eq!(mailbox.uid_next(), Some(3));
    let fetched = mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    assert_eq!(uids(&fetched), [1, 2]);
    assert!(text_of(&fetched[0]).ends_with("Subject: answer 1\r\n\r\nweigeren\r\n"));
    assert!(text_of(&fetched[1]).contains("Delivered-To: esecure+7q4k9abcdefgh@example.com"));
    assert!(text_of(&fetched[1]).ends_with("\r\n\r\n.\r\n..dots\r\n"));
    assert_eq!(fetched[1].size as usize, text_of(&fetched[1]).len());

    // Looking does not use it up.
    assert_eq!(mailbox.fetch_after(0, 100, LIMIT).await.unwrap(), fetched);
    assert_eq!(
        uids(&mailbox.fetch_after(1, 100, LIMIT).await.unwrap()),
        [2]
    );
    assert_eq!(mailbox.fetch_after(2, 100, LIMIT).await.unwrap(), []);
    assert_eq!(mailbox.fetch_after(u32::MAX, 100, LIMIT).await.unwrap(), []);
    mailbox.close().await;
}

#[tokio::test]
async fn dovecot_is_drained_in_batches_while_more_arrives() {
    let mut dovecot = Dovecot::start();
    for number in 1..=25 {
        dovecot.drop_in(&mail(number));
    }
    let mut mailbox = open(&dovecot.imap_url()).await.unwrap();
    let mut seen = Vec::new();
    loop {
        let after = seen.last().copied().unwrap_or(0);
        let fetched = mailbox.fetch_after(after, 10, LIMIT).await.unwrap();
        if fetched.is_empty() {
            break;
        }
        assert!(fetched.len() <= 10);
        assert!(fetched.iter().all(|message| message.raw.is_some()));
        mailbox.move_to(&uids(&fetched), "Processed").await.unwrap();
        seen.extend(uids(&fetched));
        if seen.len() == 10 {
            dovecot.drop_in(&mail(26));
        }
    }
    assert_eq!(seen, (1..=26).collect::<Vec<u32>>());
    assert_eq!(dovecot.count("INBOX"), 0);
    assert_eq!(dovecot.count("Processed"), 26);
}

#[tokio::test]
async fn dovecot_keeps_a_mail_over_the_size_limit_to_itself() {
    let mut dovecot = Dovecot::start();
    let large = [b"Subject: large\r\n\r\n".to_vec(), vec![b'x'; 20_000]].concat();
    let exact = [
        b"Subject: exact\r\n\r\n".to_vec(),
        vec![b'x'; LIMIT as usize - 18],
    ]
    .concat();
    dovecot.drop_in(&large);
    dovecot.drop_in(&exact);
    dovecot.drop_in(&mail(3));

    let mut mailbox = open(&dovecot.imap_url()).await.unwrap();
    let fetched = mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    assert_eq!(uids(&fetched), [1, 2, 3]);
    assert_eq!((fetched[0].size, &fetched[0].raw), (20_018, &None));
    assert_eq!(fetched[1].raw.as_deref(), Some(&exact[..]));
    assert_eq!(fetched[2].raw.as_deref(), Some(&mail(3)[..]));

    mailbox.move_to(&[1], "Quarantine").await.unwrap();
    assert_eq!(dovecot.count("Quarantine"), 1);
    assert_eq!(dovecot.count("INBOX"), 2);
}

#[tokio::test]
async fn dovecot_gets_the_folders_that_are_missing() {
    let dovecot = Dovecot::start();
    assert!(!dovecot.has_folder("Processed"));
    open(&dovecot.imap_url()).await.unwrap().close().await;
    assert!(dovecot.has_folder("Processed") && dovecot.has_folder("Quarantine"));
    // The second time they are there.
    open(&dovecot.imap_url()).await.unwrap().close().await;

    let mut odd = options();
    odd.folders = vec!["Beëindigd & \"klaar\"".to_owned()];
    let url = ImapUrl::parse(&dovecot.imap_url()).unwrap();
    dovecot.deliver(&mail(1));
    let mut mailbox = Mailbox::open(&url, &odd).await.unwrap();
    mailbox.move_to(&[1], &odd.folders[0]).await.unwrap();
    assert_eq!(dovecot.count("Be&AOs-indigd &- \"klaar\""), 1);
}

#[tokio::test]
async fn dovecot_marks_and_deletes_what_is_done() {
    let mut dovecot = Dovecot::start();
    for number in 1..=3 {
        dovecot.drop_in(&mail(number));
    }
    let mut mailbox = open(&dovecot.imap_url()).await.unwrap();
    mailbox.flag(&[2]).await.unwrap();
    mailbox.delete(&[1]).await.unwrap();
    // What is gone already is no fault.
    mailbox.delete(&[1]).await.unwrap();
    mailbox.move_to(&[1, 77], "Processed").await.unwrap();

    let fetched = mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    assert_eq!(uids(&fetched), [2, 3]);
    assert!(fetched[0].processed && !fetched[1].processed);
    assert_eq!(dovecot.count("INBOX"), 2);
    assert_eq!(dovecot.count("Processed"), 0);
}

#[tokio::test]
async fn dovecot_wakes_a_waiting_reader() {
    let dovecot = Dovecot::start();
    let mut mailbox = open(&dovecot.imap_url()).await.unwrap();
    assert_eq!(mailbox.fetch_after(0, 100, LIMIT).await.unwrap(), []);

    // The wait goes first and begins its IDLE; handing the mail over takes
    // longer than that.
    let go_on = never();
    let (woken, ()) = tokio::join!(mailbox.wait(LONG, &go_on), async {
        dovecot.deliver(&mail(1));
    });
    assert_eq!(woken.unwrap(), Woken::NewMail);
}

#[tokio::test]
async fn mail_that_comes_between_a_look_and_the_wait_is_not_overlooked() {
    let mut dovecot = Dovecot::start();
    let mut mailbox = open(&dovecot.imap_url()).await.unwrap();
    assert_eq!(mailbox.fetch_after(0, 100, LIMIT).await.unwrap(), []);
    dovecot.drop_in(&mail(1));
    assert_eq!(mailbox.wait(LONG, &never()).await.unwrap(), Woken::NewMail);
    assert_eq!(mailbox.fetch_after(0, 100, LIMIT).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_wait_ends_in_time_and_when_told_to() {
    let dovecot = Dovecot::start();
    let mut mailbox = open(&dovecot.imap_url()).await.unwrap();
    mailbox.fetch_after(0, 100, LIMIT).await.unwrap();

    let short = Duration::from_millis(50);
    assert_eq!(mailbox.wait(short, &never()).await.unwrap(), Woken::Renewed);

    let stop = CancellationToken::new();
    let (woken, ()) = tokio::join!(mailbox.wait(LONG, &stop), async { stop.cancel() });
    assert_eq!(woken.unwrap(), Woken::Stopped);
    assert_eq!(mailbox.wait(LONG, &stop).await.unwrap(), Woken::Stopped);

    // Whoever drops the wait can go on all the same.
    let dropped = tokio::time::timeout(short, mailbox.wait(LONG, &never())).await;
    assert!(dropped.is_err());
    dovecot.deliver(&mail(1));
    assert_eq!(mailbox.fetch_after(0, 100, LIMIT).await.unwrap().len(), 1);
    mailbox.close().await;
}

#[tokio::test]
async fn a_restarted_server_is_an_error_first_and_works_again_then() {
    let mut dovecot = Dovecot::start();
    dovecot.drop_in(&mail(1));
    let url = dovecot.imap_url();
    let mut mailbox = open(&url).await.unwrap();
    let generation = mailbox.uid_validity();
    mailbox.fetch_after(0, 100, LIMIT).await.unwrap();

    dovecot.stop();
    let error = mailbox.wait(LONG, &never()).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    let error = mailbox.fetch_after(0, 100, LIMIT).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(open(&url).await.unwrap_err().is_transient());

    dovecot.start_again();
    dovecot.drop_in(&mail(2));
    let mut mailbox = open(&url).await.unwrap();
    assert_eq!(mailbox.uid_validity(), generation);
    assert_eq!(
        uids(&mailbox.fetch_after(1, 100, LIMIT).await.unwrap()),
        [2]
    );

    dovecot.renumber(generation + 1);
    let mut mailbox = open(&url).await.unwrap();
    assert_eq!(mailbox.uid_validity(), generation + 1);
    assert_eq!(mailbox.fetch_after(0, 100, LIMIT).await.unwrap().len(), 2);
}

#[tokio::test]
async fn messages_that_another_reader_took_are_passed_over() {
    let mut dovecot = Dovecot::start();
    for number in 1..=4 {
        dovecot.drop_in(&mail(number));
    }
    let mut one = open(&dovecot.imap_url()).await.unwrap();
    let mut other = open(&dovecot.imap_url()).await.unwrap();
    assert_eq!(uids(&one.fetch_after(0, 1, LIMIT).await.unwrap()), [1]);
    other.move_to(&[1, 2, 3], "Processed").await.unwrap();
    assert_eq!(uids(&one.fetch_after(1, 1, LIMIT).await.unwrap()), [4]);
}

#[tokio::test]
async fn tls_needs_a_certificate_that_is_trusted_and_names_the_host() {
    let dovecot = Dovecot::start();
    dovecot.deliver(&mail(1));
    for url in [dovecot.imaps_url(), dovecot.starttls_url()] {
        let url = ImapUrl::parse(&url).unwrap();
        let error = Mailbox::open(&url, &options()).await.unwrap_err();
        assert!(matches!(error, ImapError::Tls { .. }), "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");

        let trusting = MailboxOptions {
            extra_roots: vec![dovecot.certificate()],
            ..options()
        };
        let mut mailbox = Mailbox::open(&url, &trusting).await.unwrap();
        assert_eq!(mailbox.fetch_after(0, 100, LIMIT).await.unwrap().len(), 1);
        mailbox.close().await;
    }
    let elsewhere = dovecot.imaps_url().replace("127.0.0.1", "127.0.0.2");
    let error = open(&elsewhere).await.unwrap_err();
    assert!(error.is_transient(), "nobody listens there: {error}");

    // TLS to the port that begins in clear text.
    let clear_port = dovecot.imap_url().replace("imap://", "imaps://");
    let error = open(&clear_port).await.unwrap_err();
    assert!(error.to_string().contains("port 993"), "{error}");
}

#[tokio::test]
async fn dovecot_refuses_a_wrong_password_and_the_error_does_not_show_it() {
    let dovecot = Dovecot::start();
    open(&dovecot.colleagues_url()).await.unwrap().close().await;

    let wrong = dovecot.imap_url().replace("%40example", "%40elsewhere");
    let error = open(&wrong).await.unwrap_err();
    assert!(matches!(error, ImapError::LoginRefused { .. }), "{error}");
    assert!(error.to_string().contains("inbox.url"), "{error}");
    assert!(!error.to_string().contains("p@ss"), "{error}");
    assert!(!error.is_transient());
}
