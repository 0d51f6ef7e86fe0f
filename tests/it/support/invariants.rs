//! The invariants, one checking function each. Every test that breaks things uses them, so they say
//! what is wrong instead of asserting: a control can then show that they see it.

mod arrived;
mod mailed;

use std::collections::{HashMap, HashSet};

use esecured::{
    app::App,
    domain::{announced::Announced, event::SYSTEM_CHAIN},
    store::{
        Dialect,
        audit::{self, Verification},
    },
};
use sqlx::Row;

pub use arrived::{copies_are_equal, delivered_arrived};
pub use mailed::mailed_within_limits;

/// What an invariant found wrong.
pub type Faults = Vec<String>;

/// Every invariant that can be read off the database alone; panics with all faults together.
pub async fn hold(app: &App) {
    let mut faults = decided_once(app).await;
    faults.extend(approved_by_a_door_that_may(app).await);
    faults.extend(handed_over_or_reported(app).await);
    faults.extend(read_once(app).await);
    faults.extend(audited(app).await);
    faults.extend(announced(app).await);
    faults.extend(mailed_within_limits(app).await);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// I1: what was acknowledged is there: requests by their ids, or by the addresses that asked.
pub async fn acknowledged_survive(app: &App, acknowledged: &[String]) -> Faults {
    let mut conn = app.store.read().await.unwrap();
    let mut faults = Vec::new();
    for known_by in acknowledged {
        let row = sqlx::query(
            "SELECT 1 FROM access_request r JOIN person p ON p.id = r.person_id
             WHERE r.id = $1 OR p.address = $1",
        )
        .bind(known_by)
        .fetch_optional(&mut *conn)
        .await
        .unwrap();
        if row.is_none() {
            faults.push(format!("I1: {known_by} was acknowledged and is gone"));
        }
    }
    faults
}

/// I1, for decisions: whoever was shown that the request of an address is rejected finds it on record.
pub async fn rejections_survive(app: &App, addresses: &[String]) -> Faults {
    let mut conn = app.store.read().await.unwrap();
    let mut faults = Vec::new();
    for address in addresses {
        let row = sqlx::query(
            "SELECT 1 FROM audit_event a JOIN person p ON p.id = a.subject
             WHERE a.name = 'access_request.rejected' AND p.address = $1",
        )
        .bind(address)
        .fetch_optional(&mut *conn)
        .await
        .unwrap();
        if row.is_none() {
            faults.push(format!("I1: {address} was rejected, and that is gone"));
        }
    }
    faults
}

/// I2: one decision each; what the row says is what the audit trail says last.
pub async fn decided_once(app: &App) -> Faults {
    let mut conn = app.store.read().await.unwrap();
    let rows = sqlx::query("SELECT id, status, door, decided_by FROM access_request")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    let mut faults = Vec::new();
    for row in rows {
        let id: String = row.get("id");
        let status: String = row.get("status");
        let events = sqlx::query(
            "SELECT name, door, actor FROM audit_event WHERE request = $1 AND name LIKE 'access_request.%' ORDER BY seq",
        )
        .bind(&id)
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        let mut state = "nothing";
        let mut closed_by: (Option<String>, Option<String>) = (None, None);
        for event in &events {
            let name: String = event.get("name");
            let actor: String = event.get("actor");
            let administrator = actor.strip_prefix("administrator:").map(str::to_owned);
            match name.trim_start_matches("access_request.") {
                "reopened" => closed_by = (None, None),
                "created" | "repeated" | "unreachable" | "reminded" => {}
                _ => closed_by = (event.get("door"), administrator),
            }
            state = match (state, name.trim_start_matches("access_request.")) {
                ("nothing", "created") | ("rejected", "reopened") => "pending",
                ("pending", "approved") => "approved",
                ("pending", "rejected") => "rejected",
                ("pending", "expired") => "expired",
                ("pending", "cancelled") => "cancelled",
                (same, "repeated") => same,
                ("pending", "unreachable" | "reminded") => "pending",
                (from, to) => {
                    faults.push(format!("I2: request {id} went from {from} by {to}"));
                    break;
                }
            };
        }
        if state != status {
            faults.push(format!(
                "I2: request {id} is {status}, its audit trail says {state}"
            ));
        }
        let says = (row.get("door"), row.get("decided_by"));
        if state == status && closed_by != says {
            faults.push(format!(
                "I2: request {id} was closed by {says:?}, its audit trail says {closed_by:?}"
            ));
        }
    }
    faults
}

/// I3: an approval came by the portal, from the operator, or by an Authorized Domain that the account
/// had at that place in its chain; and whoever decided, in the portal or by mail, was an
/// administrator of the account there, or stood in for one within its time and said so.
pub async fn approved_by_a_door_that_may(app: &App) -> Faults {
    let mut conn = app.store.read().await.unwrap();
    let mut faults = Vec::new();
    for (chain, _, _) in audit::heads(&mut conn).await.unwrap() {
        let mut administrators: HashSet<String> = HashSet::new();
        let mut trusted: HashSet<String> = HashSet::new();
        // Who stands in, for whom, and until when.
        let mut standing: HashMap<String, (String, i64)> = HashMap::new();
        for event in audit::of_chain(&mut conn, &chain, 0, i64::MAX)
            .await
            .unwrap()
        {
            let place = format!("event {} of {chain}", event.seq);
            let by = event.actor.strip_prefix("administrator:");
            // Looked at first: whoever leaves an account may do so itself. What somebody does to their own sign-in belongs to no account.
            let absent = evidence(&event.evidence, "for");
            let may = |by: &str| match standing.get(by) {
                _ if absent.is_empty() => administrators.contains(by),
                Some((away, until)) => {
                    *away == absent && administrators.contains(away) && event.at < *until
                }
                None => false,
            };
            if chain != SYSTEM_CHAIN && by.is_some_and(|by| !may(by)) {
                faults.push(format!(
                    "I3: {place} is by somebody who was no administrator"
                ));
            }
            match event.name.as_str() {
                "administrator.added" => {
                    administrators.insert(evidence(&event.evidence, "administrator"));
                }
                "administrator.removed" => {
                    administrators.remove(&evidence(&event.evidence, "administrator"));
                }
                "stand_in.began" => {
                    let until = evidence(&event.evidence, "until");
                    let until: jiff::Timestamp = until.parse().unwrap();
                    let away = evidence(&event.evidence, "absent");
                    let who = evidence(&event.evidence, "administrator");
                    standing.insert(who, (away, until.as_microsecond()));
                }
                "stand_in.ended" => {
                    standing.remove(&evidence(&event.evidence, "administrator"));
                }
                "domain.added" if evidence(&event.evidence, "kind") == "authorized" => {
                    trusted.insert(evidence(&event.evidence, "domain"));
                }
                "domain.removed" if evidence(&event.evidence, "kind") == "authorized" => {
                    trusted.remove(&evidence(&event.evidence, "domain"));
                }
                "access_request.approved" | "authorized_user.added" => {
                    match (event.door.as_deref(), by) {
                        (Some("portal"), Some(_)) => {}
                        (Some("operator"), None) if event.actor == "operator" => {}
                        (Some("policy"), None)
                            if trusted.contains(&evidence(&event.evidence, "domain")) => {}
                        _ => faults.push(format!("I3: {place} opened access by a wrong door")),
                    }
                }
                _ => {}
            }
        }
    }
    // What was said last about an address that may is that it may.
    let openings = sqlx::query(
        "SELECT e.account_number, e.person_id FROM entry e
         WHERE e.status = 'approved' AND NOT EXISTS (
             SELECT 1 FROM audit_event a
             WHERE a.chain = e.account_number AND a.subject = e.person_id
               AND a.name IN ('access_request.approved', 'authorized_user.added')
               AND a.seq = (SELECT MAX(l.seq) FROM audit_event l
                            WHERE l.chain = a.chain AND l.subject = a.subject
                              AND (l.name LIKE 'access_request.%' OR l.name IN ('authorized_user.added', 'authorized_user.revoked'))
                              AND l.name NOT IN ('access_request.repeated', 'access_request.unreachable',
                                                 'access_request.reminded')))",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    for row in openings {
        let person: String = row.get("person_id");
        faults.push(format!(
            "I3: {person} is an authorized user, and nobody said so"
        ));
    }
    faults
}

/// One member of the evidence; empty where it is missing.
fn evidence(evidence: &str, name: &str) -> String {
    let evidence: serde_json::Value = serde_json::from_str(evidence).unwrap();
    evidence[name].as_str().unwrap_or_default().to_owned()
}

/// I4, as far as the outbox shows: what is settled says how, and what is not waits for its turn.
pub async fn handed_over_or_reported(app: &App) -> Faults {
    let mut conn = app.store.read().await.unwrap();
    let rows = sqlx::query(
        "SELECT id FROM message
         WHERE (status = 'delivered' AND attempts < 1)
            OR (status IN ('failed', 'dropped') AND reason IS NULL)",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mut faults: Faults = rows
        .iter()
        .map(|row| {
            format!(
                "I4: message {} is settled without a reason",
                row.get::<String, _>("id")
            )
        })
        .collect();
    let astray = sqlx::query(
        "SELECT m.id FROM message m LEFT JOIN message d ON d.id = m.digest_id AND d.kind = 'digest'
         WHERE m.status = 'carried'
           AND (d.id IS NULL OR m.kind NOT IN ('approval_request', 'reminder')
                OR d.recipient_id <> m.recipient_id)",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    faults.extend(astray.iter().map(|row| {
        let id: String = row.get("id");
        format!("I4: message {id} is carried by no digest of its recipient")
    }));
    faults
}

/// I5: a rejection by reply has exactly one mail behind it that is on record.
pub async fn read_once(app: &App) -> Faults {
    let mut conn = app.store.read().await.unwrap();
    let rows = sqlx::query(
        "SELECT r.id,
             (SELECT COUNT(*) FROM audit_event a
              WHERE a.request = r.id AND a.name = 'access_request.rejected' AND a.door = 'reply') AS decided,
             (SELECT COUNT(*) FROM inbound i
              WHERE i.request_id = r.id AND i.effect = 'rejected') AS mails
         FROM access_request r",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    rows.iter()
        .filter(|row| row.get::<i64, _>("decided") != row.get::<i64, _>("mails"))
        .map(|row| {
            format!(
                "I5: request {} was rejected by {} replies, {} mails did so",
                row.get::<String, _>("id"),
                row.get::<i64, _>("decided"),
                row.get::<i64, _>("mails"),
            )
        })
        .collect()
}

/// I6: the chains verify, and every request has its beginning in them.
pub async fn audited(app: &App) -> Faults {
    let mut conn = app.store.read().await.unwrap();
    let mut faults = Vec::new();
    if let Verification::Broken { chain, seq, what } = audit::verify(&mut conn).await.unwrap() {
        faults.push(format!("I6: chain {chain}, event {seq}: {what}"));
    }
    let unheard = sqlx::query(
        "SELECT r.id FROM access_request r WHERE NOT EXISTS (
             SELECT 1 FROM audit_event a WHERE a.request = r.id AND a.name = 'access_request.created')",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    for row in unheard {
        faults.push(format!(
            "I6: request {} began without an event",
            row.get::<String, _>("id")
        ));
    }
    faults
}

/// I7, as far as the feed goes: whatever the audit trail tells that shipping systems hear of is
/// announced, and nothing else is.
pub async fn announced(app: &App) -> Faults {
    let mut conn = app.store.read().await.unwrap();
    let told = sqlx::query(
        "SELECT a.chain, a.seq, a.name, f.kind, f.id FROM audit_event a
         LEFT JOIN feed_event f ON f.account_number = a.chain AND f.seq = a.seq
              AND f.at = a.at AND f.person_id = a.subject
         ORDER BY a.chain, a.seq",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mut faults = Vec::new();
    let mut announced: usize = 0;
    for row in told {
        let (chain, seq, name): (String, i64, String) =
            (row.get("chain"), row.get("seq"), row.get("name"));
        let kind: Option<String> = row.get("kind");
        announced += usize::from(kind.is_some());
        let expected = Announced::parse(&name).map(Announced::as_str);
        if kind.as_deref() != expected {
            faults.push(format!(
                "I7: event {seq} of {chain} is {name}, it is announced as {kind:?}"
            ));
        }
    }
    let all: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM feed_event")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    if all != i64::try_from(announced).unwrap() {
        faults.push(format!(
            "I7: of {all} announcements {announced} have an event"
        ));
    }
    faults
}

/// Not data of anybody's: sqlx's own, and how often a key called.
const NO_CHANGE: [&str; 2] = ["_sqlx_migrations", "call_bucket"];

/// Every row of every table as text, for "nothing changed".
pub async fn dump(app: &App) -> String {
    let (tables, columns) = match app.store.dialect() {
        Dialect::Sqlite => (
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
            "SELECT name FROM pragma_table_info($1) ORDER BY name",
        ),
        Dialect::Postgres => (
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables
             WHERE table_schema = 'public' ORDER BY 1",
            "SELECT CAST(column_name AS TEXT) FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name = $1 ORDER BY 1",
        ),
    };
    let mut conn = app.store.read().await.unwrap();
    let mut text = String::new();
    let tables: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    assert!(tables.len() > 14, "{tables:?}");
    for table in tables
        .iter()
        .filter(|table| !NO_CHANGE.contains(&table.as_str()))
    {
        let columns: Vec<String> = sqlx::query_scalar(columns)
            .bind(table)
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        let columns: Vec<String> = columns
            .into_iter()
            // A session's last use may be noted by a GET; everything else stays out of its hands.
            .filter(|column| (table.as_str(), column.as_str()) != ("session", "seen_at"))
            .map(|column| format!("COALESCE(CAST({column} AS TEXT), '-')"))
            .collect();
        let line = columns.join(" || ' ' || ");
        let sql = format!("SELECT {line} AS line FROM {table} ORDER BY 1");
        let lines: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        for line in lines {
            text.push_str(&format!("{table} {line}\n"));
        }
    }
    text
}
