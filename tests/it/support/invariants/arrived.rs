//! I4 as the mail server sees it.

use std::collections::{HashMap, HashSet};

use esecured::app::App;

use super::Faults;
use crate::support::Received;

/// I4, at the mail server: what counts as delivered has arrived.
pub async fn delivered_arrived(app: &App, mails: &[Received]) -> Faults {
    let arrived: HashSet<&str> = mails
        .iter()
        .filter_map(|mail| mail.message_id.strip_prefix("m.")?.split('@').next())
        .collect();
    let mut conn = app.store.read().await.unwrap();
    let delivered: Vec<String> =
        sqlx::query_scalar("SELECT id FROM message WHERE status = 'delivered'")
            .fetch_all(&mut *conn)
            .await
            .unwrap();
    delivered
        .iter()
        .filter(|id| !arrived.contains(id.as_str()))
        .map(|id| format!("I4: message {id} counts as delivered and never arrived"))
        .collect()
}

/// I4, as the mail server sees it: copies of a mail are equal to the byte.
pub fn copies_are_equal(mails: &[Received]) -> Faults {
    let mut known: HashMap<&str, &[u8]> = HashMap::new();
    let mut faults = Vec::new();
    for mail in mails {
        let first = known.entry(&mail.message_id).or_insert(&mail.raw);
        if *first != mail.raw.as_slice() {
            faults.push(format!(
                "I4: two different mails are called {}",
                mail.message_id
            ));
        }
    }
    faults
}
