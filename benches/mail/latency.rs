//! P4: how long after a mail lies in the mailbox its request is decided, beside how long it takes
//! until a bare client that idles is told of it.

use std::time::{Duration, Instant};

use crate::{
    Figures,
    bare_client::BareClient,
    median,
    story::{self, Reader},
    support::dovecot::Dovecot,
};

/// Both have gone back to waiting by then.
const REST: Duration = Duration::from_millis(100);

pub async fn measure(mails: usize) -> Figures {
    let app = story::app().await;
    let answered = story::answered(&app, mails).await;

    let mut dovecot = Dovecot::start();
    let mut client = BareClient::at(&dovecot);
    let mut bare = Vec::with_capacity(mails);
    for (_, answer) in &answered {
        client.begins_to_idle();
        tokio::time::sleep(REST).await;
        let begun = Instant::now();
        dovecot.drop_in(answer);
        client.hears("EXISTS");
        bare.push(begun.elapsed().as_secs_f64() * 1e3);
        client.stops_idling();
    }

    let mut dovecot = Dovecot::start();
    let reader = Reader::start(&app, &dovecot);
    let mut decided = Vec::with_capacity(mails);
    for (number, (id, answer)) in answered.iter().enumerate() {
        while dovecot.count("Processed") < number || app.app.inbox_watch.noticed().read_at.is_none()
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(REST).await;
        let listener = app.app.request_changes.listen(*id);
        let begun = Instant::now();
        dovecot.drop_in(answer);
        loop {
            let change = listener.next_change();
            if app.status_of(*id).await == "rejected" {
                break;
            }
            change.await;
        }
        decided.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    reader.stop().await;

    let (bare, decided) = (median(bare), median(decided));
    let mut figures = Figures::of("latency");
    figures.say("mails", mails);
    figures.measure("bareIdleMedianMs", bare);
    figures.measure("decidedMedianMs", decided);
    figures.measure("differenceMs", decided - bare);
    figures.say("targetMs", 25);
    figures
}
