//! The activity for a spreadsheet: CSV (RFC 4180) in UTF-8, with the mark at the start by which
//! Excel knows that. Every cell is quoted: spreadsheets of half of Europe split at semicolons, and an
//! account's name may have one. It is read and sent piece by piece, however long it is.

use std::borrow::Cow;

use axum::{
    body::{Body, Bytes},
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{
    accounts_of,
    filter::{self, Filter, Typed},
    in_words,
};
use crate::{
    domain::{
        account::Account, calendar_day::CalendarDay, event::AuditRow, language::Language,
        timestamp::Timestamp,
    },
    http::{
        Web,
        errors::Failure,
        pages,
        portal::events::{self, Words},
        session_cookie::Session,
    },
    store::activity::{self, Place},
};

/// Events in one piece.
const PIECE: usize = 500;
/// The byte order mark.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The file.
pub(in crate::http) async fn download(
    State(web): State<Web>,
    session: Session,
    Query(typed): Query<Typed>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mine = accounts_of(&web, &session).await?;
    let filter = Filter::read(&typed, &mine)
        .map_err(|field| Failure::bad_request(format!("{field} is a day such as 2026-12-31")))?;
    let export = Export {
        language: pages::language(&web, &headers),
        web,
        mine,
        filter,
        behind: None,
        words: Words::default(),
        stage: Stage::Headings,
    };
    let pieces = futures_util::stream::try_unfold(export, Export::next);
    let kind = [
        (
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present",
        ),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"esecure-activity.csv\"",
        ),
    ];
    Ok((kind, Body::from_stream(pieces)).into_response())
}

enum Stage {
    Headings,
    Events,
    Done,
}

/// A file half sent.
struct Export {
    web: Web,
    language: Language,
    mine: Vec<Account>,
    filter: Filter,
    behind: Option<Place>,
    words: Words,
    stage: Stage,
}

impl Export {
    async fn next(mut self) -> anyhow::Result<Option<(Bytes, Self)>> {
        let mut rows = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(Vec::new());
        match self.stage {
            Stage::Headings => {
                rows.write_record(HEADINGS.map(|key| self.heading(key)))?;
                self.stage = Stage::Events;
                let piece = [MARK, &rows.into_inner()?].concat();
                return Ok(Some((piece.into(), self)));
            }
            Stage::Events => {}
            Stage::Done => return Ok(None),
        }
        let mut conn = self.web.app.store.read().await?;
        let events = activity::newest(
            &mut conn,
            &self.filter.numbers(),
            &self.filter.wanted(),
            self.behind.as_ref(),
            PIECE,
        )
        .await?;
        for event in &events {
            let by = self.words.actor(&mut conn, event).await?;
            let by = match self.words.absent(&mut conn, event).await? {
                Some(absent) => {
                    by.map(|by| format!("{by} {} {absent}", self.label("stands_in_for")))
                }
                None => by,
            };
            let evidence: Value = serde_json::from_str(&event.evidence).unwrap_or_default();
            let about = self.words.subject(&mut conn, event, &evidence).await?;
            let cells = self.cells(event, by, about, &evidence);
            rows.write_record(cells.each_ref().map(|cell| harmless(cell).into_owned()))?;
        }
        drop(conn);
        if events.len() < PIECE {
            self.stage = Stage::Done;
        }
        self.behind = events.last().map(Place::of);
        Ok(Some((rows.into_inner()?.into(), self)))
    }

    fn cells(
        &self,
        event: &AuditRow,
        by: Option<String>,
        about: Option<String>,
        evidence: &Value,
    ) -> [String; 9] {
        let text = |name: &str| evidence[name].as_str().unwrap_or_default().to_owned();
        let door = event.door.as_deref().unwrap_or_default();
        let at = Timestamp::from_micros(event.at).to_jiff();
        let zone = TimeZone::get(filter::zone_of(&self.mine, &event.chain));
        let local = at.to_zoned(zone.unwrap_or(TimeZone::UTC));
        let by = match event.actor.as_str() {
            "operator" => self.label("operator"),
            "daemon" => self.web.app.config.portal.product_name.clone(),
            _ => by.unwrap_or_default(),
        };
        [
            local.strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
            event.chain.clone(),
            self.what(event, evidence),
            about.unwrap_or_default(),
            text("number"),
            by,
            self.label(&format!("door_{door}")),
            last_day(evidence, filter::zone_of(&self.mine, &event.chain)),
            event.name.clone(),
        ]
    }

    /// What stands above a column. A day is one of the account, so that column names the zones.
    fn heading(&self, key: &str) -> String {
        let label = self.label(key);
        let mut zones: Vec<&str> = self.mine.iter().map(|one| one.time_zone.as_str()).collect();
        zones.sort_unstable();
        zones.dedup();
        match key {
            "activity_until" if !zones.is_empty() => format!("{label} ({})", zones.join(", ")),
            _ => label,
        }
    }

    fn what(&self, event: &AuditRow, evidence: &Value) -> String {
        let words = in_words(&self.web, &event.name, self.language);
        match events::kind(event, evidence) {
            Some(kind) => format!("{words}: {}", self.label(kind)),
            None => words,
        }
    }

    fn label(&self, key: &str) -> String {
        let label = self.web.app.templates.labels().get(key, self.language);
        label.unwrap_or_default().to_owned()
    }
}

/// The labels of the columns.
const HEADINGS: [&str; 9] = [
    "activity_at",
    "account_number",
    "activity_what",
    "activity_about",
    "request_number",
    "activity_by",
    "activity_door",
    "activity_until",
    "activity_event",
];

/// The last day of a permission, where it is; empty where it has none.
fn last_day(evidence: &Value, zone: &str) -> String {
    let until = evidence["until"]
        .as_str()
        .and_then(|text| text.parse().ok());
    let day = until
        .map(Timestamp::from_jiff)
        .map(|end| CalendarDay::ending_at(end, zone).unwrap_or_else(|| CalendarDay::of(end, zone)));
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula: addresses and names come from others.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_becomes_text() {
        for (cell, shown) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+31 6", "'+31 6"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), shown);
        }
    }
}
