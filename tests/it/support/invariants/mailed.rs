//! How much was mailed, read off the messages alone: not off the counts that the limits keep.

use std::collections::{HashMap, HashSet};

use esecured::{app::App, workflow::change_brake};
use sqlx::Row;

use super::Faults;

/// I13: in no window more was mailed than the limits allow: to one administrator about one account, and of the requests
/// of one address, mail domain or account; and administrators invited no more than they may.
pub async fn mailed_within_limits(app: &App) -> Faults {
    let mut conn = app.store.read().await.unwrap();
    // A mail that was dropped before its turn came never was one.
    let rows = sqlx::query(
        "SELECT m.id, m.administrator_id, m.request_id, m.kind, m.created_at, p.address_key, r.account_number
         FROM message m
         LEFT JOIN access_request r ON r.id = m.request_id
         LEFT JOIN person p ON p.id = r.person_id
         WHERE m.kind IN ('approval_request', 'reminder', 'digest') AND m.status NOT IN ('gathered', 'carried')
           AND (m.status <> 'dropped' OR m.attempts > 0)
         ORDER BY m.created_at",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mut carried: HashMap<String, Vec<String>> = HashMap::new();
    for row in sqlx::query(
        "SELECT DISTINCT m.digest_id, r.account_number
         FROM message m JOIN access_request r ON r.id = m.request_id WHERE m.status = 'carried'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap()
    {
        let account: String = row.get("account_number");
        carried
            .entry(row.get("digest_id"))
            .or_default()
            .push(account);
    }
    let mut to: HashMap<String, Vec<i64>> = HashMap::new();
    let mut of_account: HashMap<String, Vec<i64>> = HashMap::new();
    let mut of_domain: HashMap<String, Vec<i64>> = HashMap::new();
    let mut of_requester: HashMap<String, Vec<i64>> = HashMap::new();
    let mut seen: HashSet<String> = HashSet::new();
    for row in rows {
        let at: i64 = row.get("created_at");
        let administrator: String = row.get("administrator_id");
        let about: Vec<String> = match row.get::<Option<String>, _>("account_number") {
            Some(account) => vec![account],
            None => carried
                .remove(&row.get::<String, _>("id"))
                .unwrap_or_default(),
        };
        for account in about {
            let whose = format!("{administrator} about {account}");
            to.entry(whose).or_default().push(at);
        }
        if row.get::<String, _>("kind") == "approval_request"
            && seen.insert(row.get::<String, _>("request_id"))
        {
            let address: String = row.get("address_key");
            let (_, domain) = address.rsplit_once('@').unwrap();
            of_domain.entry(domain.to_owned()).or_default().push(at);
            of_requester.entry(address).or_default().push(at);
            let account: String = row.get("account_number");
            of_account.entry(account).or_default().push(at);
        }
    }
    let invited = sqlx::query(
        "SELECT account_number, invited_by, created_at FROM invitation ORDER BY created_at",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mut by: HashMap<String, Vec<i64>> = HashMap::new();
    for row in invited {
        // The operator may invite everybody at once.
        if let Some(administrator) = row.get::<Option<String>, _>("invited_by") {
            let at: i64 = row.get("created_at");
            by.entry(administrator).or_default().push(at);
            let account: String = row.get("account_number");
            by.entry(account).or_default().push(at);
        }
    }
    let limits = &app.config.limits;
    let mut faults = Vec::new();
    for (limit, counted, what) in [
        (limits.mails_per_administrator, to, "mails to administrator"),
        (
            limits.per_account,
            of_account,
            "mailed requests for account",
        ),
        (limits.per_domain, of_domain, "mailed requests from domain"),
        (
            limits.per_requester,
            of_requester,
            "mailed requests of requester",
        ),
        (Some(change_brake::AT_MOST), by, "invitations by"),
    ] {
        let Some(limit) = limit else { continue };
        let window = i64::try_from(limit.per.as_micros()).unwrap();
        let count = usize::try_from(limit.count).unwrap();
        for (whose, times) in counted {
            let too_many = times
                .windows(count + 1)
                .any(|some| some[count] - some[0] < window);
            if too_many {
                faults.push(format!("I13: more {what} {whose} than {limit}"));
            }
        }
    }
    faults
}
