//! What commands print on stdout: tables and facts for people, JSON Lines for machines.

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use crate::domain::timestamp::Timestamp;

/// Stdout could not be written to. That its reader went away is no failure.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to stdout: {0}")]
pub struct PrintError(#[from] pub io::Error);

/// Prints bytes as they are.
pub fn bytes(bytes: &[u8]) -> Result<(), PrintError> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Prints one line.
pub fn line(text: &str) -> Result<(), PrintError> {
    bytes(format!("{text}\n").as_bytes())
}

/// Prints one JSON object on a line of its own.
pub fn json(object: &impl Serialize) -> Result<(), PrintError> {
    json_lines([object])
}

/// Prints a JSON object for each, on a line of its own.
pub fn json_lines<T: Serialize>(objects: impl IntoIterator<Item = T>) -> Result<(), PrintError> {
    let mut out = BufWriter::new(io::stdout().lock());
    for object in objects {
        serde_json::to_writer(&mut out, &object).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

/// Rows under headers, each column as wide as its widest cell.
pub struct Table {
    headers: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns. A header that begins with `>` has its cells at the right.
    pub fn new(headers: &[&'static str]) -> Self {
        Self {
            headers: headers.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row with a cell for each column.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| one_line(&cell)).to_vec());
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Prints it; without rows, `nothing` is said on stderr instead.
    pub fn print(&self, nothing: &str) -> Result<(), PrintError> {
        if self.is_empty() {
            eprintln!("{nothing}");
            return Ok(());
        }
        bytes(self.render(io::stdout().is_terminal()).as_bytes())
    }

    fn render(&self, bold: bool) -> String {
        let (headers, right): (Vec<String>, Vec<bool>) = self
            .headers
            .iter()
            .map(|header| match header.strip_prefix('>') {
                Some(header) => (header.to_owned(), true),
                None => ((*header).to_owned(), false),
            })
            .unzip();
        let widths: Vec<usize> = (0..headers.len())
            .map(|column| {
                self.rows
                    .iter()
                    .chain([&headers])
                    .filter_map(|row| row.get(column))
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).zip(&right);
            let cells = cells.map(|((cell, &width), right)| match right {
                true => format!("{cell:>width$}"),
                false => format!("{cell:<width$}"),
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let (begin, end) = if bold {
            ("\x1b[1m", "\x1b[0m")
        } else {
            ("", "")
        };
        let mut text = format!("{begin}{}{end}\n", line(&headers));
        for row in &self.rows {
            text.push_str(&line(row));
            text.push('\n');
        }
        text
    }
}

/// Names and values below one another.
#[derive(Default)]
pub struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// Adds a fact.
    pub fn say(&mut self, name: &'static str, value: impl ToString) {
        self.0.push((name, one_line(&value.to_string())));
    }

    /// Adds a fact that may be missing.
    pub fn maybe(&mut self, name: &'static str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.say(name, value);
        }
    }

    /// Prints them.
    pub fn print(&self) -> Result<(), PrintError> {
        bytes(self.render().as_bytes())
    }

    /// Prints them as one JSON object, with names such as `message_id`.
    pub fn print_json(&self) -> Result<(), PrintError> {
        let members = self.0.iter();
        let members = members.map(|(name, value)| (name.replace(' ', "_"), value.as_str().into()));
        json(&members.collect::<serde_json::Map<_, _>>())
    }

    fn render(&self) -> String {
        let width = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let line = |(name, value): &(&str, String)| format!("{name:<width$}  {value}\n");
        self.0.iter().map(line).collect()
    }
}

/// A moment as tables show it: to the second, in UTC.
pub fn moment(at: Timestamp) -> String {
    // What never ends stands at the far end of time.
    if at == Timestamp::from_micros(i64::MAX) {
        return "never".to_owned();
    }
    at.to_jiff().strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The same for one that may be missing.
pub fn maybe_moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), moment)
}

/// What may stand in a cell: some values are the words of strangers, and a control character
/// would speak to the terminal, a direction mark turn the line around.
fn one_line(text: &str) -> String {
    let shown = |c: char| match c {
        c if c.is_control() => ' ',
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            ' '
        }
        '\u{2028}' | '\u{2029}' => ' ',
        c => c,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_without_blanks() {
        let mut table = Table::new(&["ACCOUNT", ">OPEN", "NAME"]);
        table.row(["112233445".into(), "2".into(), "Tulpenhandel".into()]);
        table.row(["9876543210".into(), "12".into(), String::new()]);
        assert_eq!(
            table.render(false),
            "ACCOUNT     OPEN  NAME\n\
             112233445      2  Tulpenhandel\n\
             9876543210    12\n"
        );
    }

    #[test]
    fn the_words_of_strangers_cannot_speak_to_the_terminal() {
        let mut facts = Facts::default();
        facts.say("reason", "a\u{1b}[2J\nstatus  approved\u{202e}");
        facts.maybe("name", None::<String>);
        assert_eq!(facts.render(), "reason  a [2J status  approved \n");
    }

    #[test]
    fn a_moment_is_short_and_the_end_of_time_is_never() {
        let at = Timestamp::from_seconds(1_760_000_000);
        assert_eq!(moment(at), "2025-10-09 08:53:20Z");
        assert_eq!(moment(Timestamp::from_micros(i64::MAX)), "never");
    }
}
