//! A CSV file (RFC 4180) for `account import` and `user import`.
//!
//! Comma, semicolon or tab, whichever its first line uses. All faults of a file are collected, each
//! with its line, so that nothing is done before everything is right.

use std::{fmt::Display, fs, path::Path};

use super::{
    csv_bytes::{Lines, delimiter, wrong_quotes},
    exit::{self, Stop},
};

/// A column that a file may have.
pub struct Column {
    /// What its first line calls it.
    pub name: &'static str,
    /// Whether a file without it is refused.
    pub required: bool,
}

/// What a file says, and what is wrong with it.
pub struct Sheet {
    file: String,
    columns: Vec<&'static str>,
    lines: Vec<Line>,
    faults: Vec<String>,
}

/// One line below the first.
#[derive(Clone)]
pub struct Line {
    /// Where it begins, from 1.
    pub number: u64,
    cells: Vec<String>,
}

/// Characters of a cell that a fault repeats.
const SHOWN: usize = 80;
const NOT_UTF8: &str = "it is not UTF-8: save the file as \"CSV UTF-8\"";
/// Faults that are told at once.
const TOLD_AT_ONCE: usize = 50;

impl Sheet {
    /// Reads a file whose first line names its columns, in any order.
    pub fn read(path: &Path, known: &[Column]) -> Result<Self, Stop> {
        let file = path.display().to_string();
        let bytes = fs::read(path)
            .map_err(|error| Stop::with(exit::FAILED, format!("cannot read {file}: {error}")))?;
        let mut sheet = Self {
            file,
            columns: Vec::new(),
            lines: Vec::new(),
            faults: Vec::new(),
        };
        sheet.take_in(&bytes, known);
        Ok(sheet)
    }

    fn take_in(&mut self, bytes: &[u8], known: &[Column]) {
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            self.fault(1, NOT_UTF8);
            return;
        }
        // Spreadsheet programs mark UTF-8 so.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let delimiter = delimiter(bytes);
        for line in wrong_quotes(bytes, delimiter) {
            self.fault(line, "a quotation mark stands where none can: put the whole field in \"…\" and write \"\" for one in it");
        }
        if !self.faults.is_empty() {
            return; // Where a field ends is a guess from here on.
        }
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(bytes);
        match reader.headers() {
            Ok(header) => self.name_columns(&header.clone(), known),
            Err(_) => self.fault(1, NOT_UTF8),
        }
        let is_readable = known
            .iter()
            .all(|column| !column.required || self.has(column.name));
        if !is_readable {
            return;
        }
        let mut lines = Lines::of(bytes);
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let number = lines.number_at(error.position());
                    self.fault(number, NOT_UTF8);
                    continue;
                }
            };
            let number = lines.number_at(record.position());
            if record.iter().all(str::is_empty) {
                continue;
            }
            if record.len() != self.columns.len() {
                let (has, needs) = (record.len(), self.columns.len());
                self.fault(
                    number,
                    format!("the line has {has} fields, the first line has {needs}"),
                );
                continue;
            }
            self.lines.push(Line {
                number,
                cells: record.iter().map(str::to_owned).collect(),
            });
        }
    }

    fn name_columns(&mut self, header: &csv::StringRecord, known: &[Column]) {
        for name in header {
            let written = name.to_lowercase().replace(['-', ' '], "_");
            let column = known.iter().find(|column| column.name == written);
            match column {
                Some(column) if self.columns.contains(&column.name) => {
                    self.fault(1, format!("the column {name} stands there twice"));
                }
                Some(_) => {}
                None => {
                    let shown: String = name.chars().take(SHOWN).collect();
                    self.fault(1, format!("there is no column {shown:?}"));
                }
            }
            // An unknown one keeps its place, so that the cells behind it keep theirs.
            self.columns.push(column.map_or("", |column| column.name));
        }
        for column in known.iter().filter(|column| column.required) {
            if !self.has(column.name) {
                self.fault(1, format!("the column {} is missing", column.name));
            }
        }
        if !self.faults.is_empty() {
            let names: Vec<_> = known.iter().map(|column| column.name).collect();
            self.fault(
                1,
                format!("the first line names columns of {}", names.join(",")),
            );
        }
    }

    /// Whether the file has this column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains(&column)
    }

    /// Its lines, empty ones left out.
    pub fn lines(&self) -> Vec<Line> {
        self.lines.clone()
    }

    /// Reads a cell; one that cannot be read is a fault. An empty one is `None`.
    pub fn cell<T, E: Display>(
        &mut self,
        line: &Line,
        column: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let at = self.columns.iter().position(|name| *name == column)?;
        let text = line.cells.get(at).filter(|text| !text.is_empty())?;
        match read(text) {
            Ok(value) => Some(value),
            Err(reason) => {
                let shown: String = text.chars().take(SHOWN).collect();
                self.fault(line.number, format!("{column} is {shown:?}: {reason}"));
                None
            }
        }
    }

    /// Reads a cell that must not be empty.
    pub fn required<T, E: Display>(
        &mut self,
        line: &Line,
        column: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let at = self.columns.iter().position(|name| *name == column);
        let is_empty = at
            .and_then(|at| line.cells.get(at))
            .is_none_or(String::is_empty);
        if is_empty {
            self.fault(line.number, format!("{column} is empty"));
            return None;
        }
        self.cell(line, column, read)
    }

    /// Notes what is wrong with a line.
    pub fn fault(&mut self, line: u64, what: impl Display) {
        self.faults.push(format!("{}:{line}: {what}", self.file));
    }

    /// Stops where anything is wrong, and says all of it.
    pub fn is_right(&self) -> Result<(), Stop> {
        if self.faults.is_empty() {
            return Ok(());
        }
        let mut words = String::from("nothing was imported");
        for fault in self.faults.iter().take(TOLD_AT_ONCE) {
            words.push_str("\n  ");
            words.push_str(fault);
        }
        if let Some(more) = self.faults.len().checked_sub(TOLD_AT_ONCE + 1) {
            words.push_str(&format!("\n  and {} more", more + 1));
        }
        Err(Stop::with(exit::FAILED, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 2] = [
        Column {
            name: "email",
            required: true,
        },
        Column {
            name: "until",
            required: false,
        },
    ];

    fn sheet(text: &[u8]) -> Sheet {
        let mut sheet = Sheet {
            file: "users.csv".to_owned(),
            columns: Vec::new(),
            lines: Vec::new(),
            faults: Vec::new(),
        };
        sheet.take_in(text, &COLUMNS);
        sheet
    }

    #[test]
    fn quotation_marks_that_leave_a_guess_are_refused() {
        for (text, line) in [
            ("email\na\"b@example.com\n", 2),
            ("email\n\"quo\"te@example.com\n", 2),
            ("email\njoris@example.com\n\"bad@example.com\"x\n", 3),
            ("email,until\n,\"a\nb\nc@example.com,\n", 2),
            ("email\n \"c@example.com\"\n", 2),
        ] {
            let said = sheet(text.as_bytes()).is_right().unwrap_err().words;
            let place = format!("users.csv:{line}: a quotation mark");
            assert!(said.contains(&place) && said.lines().count() == 2, "{said}");
        }
        let right = "email\n\"a\"\"b\"\n\"c\" \n\"d\ne\"\n";
        let read: Vec<_> = emails(right.as_bytes())
            .into_iter()
            .filter_map(|(_, email)| email)
            .collect();
        assert_eq!(read, ["a\"b", "c", "d\ne"]);
    }

    fn emails(text: &[u8]) -> Vec<(u64, Option<String>)> {
        let mut sheet = sheet(text);
        assert!(sheet.faults.is_empty(), "{:?}", sheet.faults);
        let read = |text: &str| Ok::<_, String>(text.to_owned());
        sheet
            .lines()
            .iter()
            .map(|line| (line.number, sheet.cell(line, "email", read)))
            .collect()
    }

    #[test]
    fn a_file_is_read_as_spreadsheets_write_it() {
        let joris = || (2, Some("joris@example.com".to_owned()));
        for text in [
            "email\njoris@example.com\n",
            "email,until\njoris@example.com,\n",
            "until;email\r\n;joris@example.com\r\n",
            "\u{feff}email\tuntil\n\"joris@example.com\"\t\n\t\n",
            " email , until \n joris@example.com , 2027-01-01",
            "Email,UNTIL\njoris@example.com,",
        ] {
            assert_eq!(emails(text.as_bytes()), [joris()], "{text:?}");
        }
    }

    #[test]
    fn a_quoted_field_may_hold_a_line_and_the_lines_are_still_counted() {
        let text = b"until,email\n\"a\nb\",joris@example.com\n,miep@example.com\n";
        let numbers: Vec<u64> = emails(text).iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 4]);
    }

    #[test]
    fn every_fault_is_named_with_its_line() {
        let mut read = sheet(b"email,until\na\xff,\nb,c,d\n,x\n");
        for line in read.lines() {
            read.required(&line, "email", |_| Err::<(), _>("no"));
        }
        let said = read.is_right().unwrap_err().words;
        assert_eq!(
            said.lines().collect::<Vec<_>>(),
            [
                "nothing was imported",
                "  users.csv:2: it is not UTF-8: save the file as \"CSV UTF-8\"",
                "  users.csv:3: the line has 3 fields, the first line has 2",
                "  users.csv:4: email is empty",
            ]
        );
    }

    #[test]
    fn columns_nobody_knows_twice_or_missing_are_named() {
        for (text, fault) in [
            ("", "the column email is missing"),
            (
                "joris@example.com\n",
                "there is no column \"joris@example.com\"",
            ),
            ("email,email\n", "the column email stands there twice"),
        ] {
            let said = sheet(text.as_bytes()).is_right().unwrap_err().words;
            assert!(said.contains(&format!("users.csv:1: {fault}")), "{said}");
            assert!(said.contains("columns of email,until"), "{said}");
        }
    }

    #[test]
    fn a_long_list_of_faults_is_cut_and_says_so() {
        let mut long = sheet(b"email\n");
        for line in 2..=60 {
            long.fault(line, "no");
        }
        let said = long.is_right().unwrap_err().words;
        assert_eq!(said.lines().count(), 52);
        assert!(said.ends_with("and 9 more"), "{said}");
    }
}
