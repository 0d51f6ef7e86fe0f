//! P5: how many replies a second are read, understood, decided durably and put away, beside how many
//! `mbsync` copies durably out of the same mailbox.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    Figures,
    story::{self, Reader},
    support::{
        TestApp,
        dovecot::Dovecot,
        mail_program,
        process::{installed, run},
    },
};

pub async fn measure(mails: usize) -> Figures {
    let app = story::app().await;
    let mut dovecot = Dovecot::start();
    for (_, answer) in story::answered(&app, mails).await {
        dovecot.drop_in(&answer);
    }

    let copied = copy(&dovecot, mails);
    let begun = Instant::now();
    let reader = Reader::start(&app, &dovecot);
    while rejected(&app).await < mails {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let decided = begun.elapsed().as_secs_f64();
    while app.app.inbox_watch.noticed().read_at.is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let put_away = begun.elapsed().as_secs_f64();
    reader.stop().await;
    assert_eq!(dovecot.count("Processed"), mails);

    let rate = |seconds: f64| mails as f64 / seconds;
    let mut figures = Figures::of("backlog");
    figures.say("mails", mails);
    figures.measure("mbsyncPerSecond", rate(copied));
    figures.measure("decidedPerSecond", rate(decided));
    figures.measure("putAwayPerSecond", rate(put_away));
    figures.measure("ratio", rate(decided) / rate(copied));
    figures.say("targetRatio", 2);
    figures.say("aimRatio", 8);
    figures
}

async fn rejected(app: &TestApp) -> usize {
    let mut conn = app.app.store.read().await.expect("a connection");
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM access_request WHERE status = 'rejected'")
            .fetch_one(&mut *conn)
            .await
            .expect("a count");
    usize::try_from(count).unwrap_or(0)
}

/// The seconds it takes `mbsync` to copy the inbox into a Maildir; it calls fsync for each mail.
fn copy(dovecot: &Dovecot, mails: usize) -> f64 {
    let mbsync = installed(&["/usr/bin/mbsync"], "isync");
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().display();
    fs::create_dir(directory.path().join("mail")).expect("a directory");
    let (user, password) = mail_program::sign_in();
    let settings = format!(
        "IMAPAccount here\nHost 127.0.0.1\nPort {port}\nUser {user}\nPass \"{password}\"\n\
         SSLType None\nAuthMechs LOGIN\n\n\
         IMAPStore far\nAccount here\n\n\
         MaildirStore near\nPath {path}/mail/\nInbox {path}/inbox\nSubFolders Verbatim\n\n\
         Channel all\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\n\
         SyncState {path}/state-\n",
        port = dovecot.imap_address().port(),
    );
    let config = directory.path().join("mbsyncrc");
    fs::write(&config, settings).expect("a file");
    let begun = Instant::now();
    run(Command::new(mbsync).arg("-c").arg(&config).arg("all"));
    let seconds = begun.elapsed().as_secs_f64();
    let copied = ["new", "cur"].map(|part| {
        let part = directory.path().join("inbox").join(part);
        fs::read_dir(part).map_or(0, Iterator::count)
    });
    assert_eq!(copied.iter().sum::<usize>(), mails, "mbsync copied all");
    seconds
}
