//! The log: one line per event on stderr, for a person who tails it or for a machine.
//!
//! Text: `2026-11-23T10:00:00.000Z INFO  access_request.created  message  field=…`.
//! JSON: one object with `timestamp`, `level`, `event`, `message` and the fields beside them.
//! Our own events begin at the level that was asked for; libraries speak up from `warn` on.
//!
//! What is logged holds no address, link or token: that is the duty of whoever logs. Here control
//! characters are escaped, so that no value can write a line of its own.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal};

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{self as layer, FmtContext};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::{config::LogFormat, domain::timestamp::Timestamp};

/// What our own events have in front of their module.
const OURS: &str = env!("CARGO_CRATE_NAME");

/// Starts the log on stderr. A second start changes nothing.
pub fn start(format: LogFormat, level: Level) {
    let on_terminal = io::stderr().is_terminal();
    let json = match format {
        LogFormat::Auto => !on_terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let mut lines = layer::layer()
        .with_writer(io::stderr)
        .event_format(Lines { json });
    if !on_terminal {
        lines = lines.with_ansi(false);
    }
    // Only a test that starts the log twice gets an error here.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(levels(level))
        .try_init();
}

/// Our own events from `level` on; those of libraries where they warn, too.
fn levels(level: Level) -> Targets {
    let libraries = LevelFilter::from_level(level).min(LevelFilter::WARN);
    Targets::new()
        .with_default(libraries)
        .with_target(OURS, level)
}

/// How an event becomes a line.
struct Lines {
    json: bool,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Line {
            at: Timestamp::from_jiff(jiff::Timestamp::now()).to_string(),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            event: None,
            message: None,
            fields: Vec::new(),
        };
        event.record(&mut line);
        let text = if self.json {
            line.json()
        } else {
            line.text(writer.has_ansi_escapes())
        };
        writeln!(writer, "{text}")
    }
}

/// An event, taken apart.
struct Line {
    at: String,
    level: Level,
    target: &'static str,
    /// `noun.verb`; missing in what libraries log.
    event: Option<String>,
    message: Option<String>,
    fields: Vec<(&'static str, Value)>,
}

impl Line {
    fn text(&self, colours: bool) -> String {
        let (colour, plain) = match (colours, self.level) {
            (true, Level::ERROR) => ("\x1b[31m", "\x1b[0m"),
            (true, Level::WARN) => ("\x1b[33m", "\x1b[0m"),
            _ => ("", ""),
        };
        let mut text = format!(
            "{} {colour}{:<5}{plain} {}",
            self.at,
            self.level.as_str(),
            self.event.as_deref().unwrap_or(self.target),
        );
        if let Some(message) = &self.message {
            text.push_str("  ");
            text.extend(message.chars().flat_map(visible));
        }
        for (position, (name, value)) in self.fields.iter().enumerate() {
            text.push_str(if position == 0 { "  " } else { " " });
            // Writing to a String cannot fail.
            let _ = write!(text, "{name}={}", shown(value));
        }
        text
    }

    fn json(&self) -> String {
        let name = match &self.event {
            Some(event) => ("event", event.as_str()),
            None => ("target", self.target),
        };
        let first = [
            ("timestamp", Value::from(self.at.as_str())),
            ("level", Value::from(self.level.as_str().to_lowercase())),
            (name.0, Value::from(name.1)),
            (
                "message",
                Value::from(self.message.as_deref().unwrap_or("")),
            ),
        ];
        // Written by hand, because a map would sort the names and the time belongs in front.
        let members: Vec<String> = first
            .iter()
            .chain(&self.fields)
            .map(|(name, value)| format!("{}:{value}", Value::from(*name)))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    fn note(&mut self, field: &Field, value: Value) {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        match field.name() {
            "event" => self.event = Some(text(value)),
            "message" if self.message.is_none() => self.message = Some(text(value)),
            // The sentence of an event is called `message` as well, and comes first.
            "message" => self.fields.push(("message.id", value)),
            name => self.fields.push((name, value)),
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.note(field, Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.note(field, Value::from(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.note(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.note(field, Value::from(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.note(field, Value::from(format!("{value:?}")));
    }
}

/// A value for the text form: in quotes where a reader could not see its end.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if is_one_word(text) => text.clone(),
        Value::String(text) => {
            Value::from(text.chars().flat_map(visible).collect::<String>()).to_string()
        }
        other => other.to_string(),
    }
}

fn is_one_word(text: &str) -> bool {
    !text.is_empty()
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '='))
}

/// A character as it may stand in a line: a control character would end the line or speak to the
/// terminal.
fn visible(c: char) -> impl Iterator<Item = char> {
    let (escaped, plain) = if c.is_control() {
        (Some(c.escape_default()), None)
    } else {
        (None, Some(c))
    };
    escaped.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{debug, info, warn};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged meanwhile, without its time.
    fn logged(json: bool, level: Level, events: impl FnOnce()) -> Vec<String> {
        let written = Written::default();
        let sink = written.clone();
        let lines = layer::layer()
            .with_writer(move || sink.clone())
            .with_ansi(false)
            .event_format(Lines { json });
        let subscriber = tracing_subscriber::registry()
            .with(lines)
            .with(levels(level));
        tracing::subscriber::with_default(subscriber, events);
        let bytes = written.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_line_is_read_alone_and_searched_by_field() {
        let lines = logged(false, Level::INFO, || {
            info!(
                event = "access_request.created",
                request.number = %"R-7Q4K9",
                administrators = 2,
                reason = "in two words",
                "Somebody asks"
            );
        });
        assert_eq!(lines.len(), 1);
        let (time, rest) = lines[0].split_once(' ').unwrap();
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
        assert_eq!(
            rest,
            "INFO  access_request.created  Somebody asks  \
             request.number=R-7Q4K9 administrators=2 reason=\"in two words\""
        );
    }

    #[test]
    fn json_has_time_level_event_and_message_in_front_and_the_fields_flat() {
        let lines = logged(true, Level::INFO, || {
            warn!(event = "outbox.deferred", attempt = 3_i64, message = %"abc", "Later");
        });
        let json: Value = serde_json::from_str(&lines[0]).unwrap();
        assert!(lines[0].starts_with("{\"timestamp\":\""), "{}", lines[0]);
        assert_eq!(json["level"], "warn");
        assert_eq!(json["event"], "outbox.deferred");
        assert_eq!(json["message"], "Later");
        assert_eq!(json["message.id"], "abc");
        assert_eq!(json["attempt"], 3);
    }

    #[test]
    fn no_value_can_write_a_line_of_its_own() {
        let lines = logged(false, Level::INFO, || {
            let forged = "x\n2026-11-23T10:00:00.000Z INFO  login.done\u{1b}[2J";
            info!(event = "login.failed", reason = forged, "no: {forged}");
        });
        assert_eq!(lines.len(), 1);
        assert!(!lines[0].contains('\u{1b}'));
    }

    #[test]
    fn libraries_speak_up_from_warn_on() {
        let lines = logged(false, Level::DEBUG, || {
            debug!(event = "access_check.allowed", "ours");
            info!(target: "hyper::proto", "theirs");
            warn!(target: "sqlx::pool", "theirs, and it matters");
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].ends_with("WARN  sqlx::pool  theirs, and it matters"));
        let quiet = logged(
            false,
            Level::ERROR,
            || warn!(target: "sqlx::pool", "theirs"),
        );
        assert_eq!(quiet.len(), 0);
    }
}
