//! What a [`Sheet`](super::sheet::Sheet) asks of a CSV file before a reader parts its fields: what
//! its delimiter is, whether its quotation marks leave a guess, and on which line a record begins.

/// Counts lines as an editor does: the reader's own count is short by one where lines end in CR LF.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    number: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            number: 1,
        }
    }

    /// The line of a record; records come in order.
    pub(super) fn number_at(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position
            .and_then(|position| usize::try_from(position.byte()).ok())
            .unwrap_or(self.at);
        // A record is said to begin where the one before it ended.
        while let Some(byte) = self.bytes.get(self.at) {
            if self.at >= start && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.number += u64::from(*byte == b'\n');
            self.at += 1;
        }
        self.number
    }
}

/// Lines with a quotation mark that neither begins nor ends a field (RFC 4180, section 2): a
/// reader would have to guess what was meant, and an address may come out that nobody wrote.
pub(super) fn wrong_quotes(bytes: &[u8], delimiter: u8) -> Vec<u64> {
    #[derive(PartialEq)]
    enum At {
        Start,
        Bare,
        Quoted { since: u64 },
        Closed,
    }
    let mut wrong = Vec::new();
    let mut line = 1;
    let mut at = At::Start;
    for byte in bytes {
        at = match (at, *byte) {
            (At::Quoted { .. }, b'"') => At::Closed,
            (quoted @ At::Quoted { .. }, _) => quoted,
            (At::Start, b'"') => At::Quoted { since: line },
            // A doubled one stands for one in the field.
            (At::Closed, b'"') => At::Quoted { since: line },
            (_, b'\r' | b'\n') => At::Start,
            (_, byte) if byte == delimiter => At::Start,
            (At::Closed, b' ') => At::Closed,
            (At::Start | At::Bare, byte) if byte != b'"' => At::Bare,
            _ => {
                if wrong.last() != Some(&line) {
                    wrong.push(line);
                }
                At::Bare
            }
        };
        line += u64::from(*byte == b'\n');
    }
    if let At::Quoted { since } = at {
        wrong.push(since);
    }
    wrong
}

/// What parts the names of the first line.
pub(super) fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
    let count = |part| first.iter().filter(|byte| **byte == part).count();
    // Where there are equally many, the last of these counts: a comma.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|part| count(*part))
        .unwrap_or(b',')
}
