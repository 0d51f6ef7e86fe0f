//! The lines of a body, whichever part they come from.

/// One line as a person would see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its text in normal form, without quote marks.
    pub(super) text: String,
    /// Marked as quoted: `>` in text, a quote element in HTML.
    pub(super) quoted: bool,
    /// Everything from here on is the mail that was answered.
    pub(super) cut: bool,
    /// Marked as the writer's signature.
    pub(super) signature: bool,
    /// All of it is the label of a link.
    pub(super) linked: bool,
    /// The mail program may have wrapped it into the next line.
    pub(super) wrappable: bool,
}

impl Line {
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// The lines of a text part. With `flowed` (RFC 3676) a line that ends in a
/// space goes on in the next; quoted lines are never joined.
pub(super) fn of_text(text: &str, flowed: bool, delete_space: bool) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut goes_on = false;
    for text in text.split('\n') {
        let trimmed = text.trim_start();
        if trimmed.starts_with('>') {
            goes_on = false;
            let inner = trimmed.trim_start_matches(['>', ' ']);
            lines.push(Line {
                text: inner.trim_end().to_owned(),
                quoted: true,
                wrappable: true,
                ..Line::default()
            });
            continue;
        }
        let text = if flowed {
            text.strip_prefix(' ').unwrap_or(text)
        } else {
            text
        };
        let soft = flowed && text.ends_with(' ') && text != "-- ";
        let content = if soft && delete_space {
            text.strip_suffix(' ').unwrap_or(text)
        } else {
            text
        };
        match lines.last_mut() {
            Some(line) if goes_on => line.text.push_str(content),
            _ => lines.push(Line {
                text: content.to_owned(),
                wrappable: !flowed,
                ..Line::default()
            }),
        }
        goes_on = soft;
    }
    for line in &mut lines {
        if line.text != "-- " {
            line.text.truncate(line.text.trim_end().len());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[Line]) -> Vec<(&str, bool)> {
        lines
            .iter()
            .map(|line| (line.text.as_str(), line.quoted))
            .collect()
    }

    #[test]
    fn flowed_lines_are_joined_but_never_quoted_ones() {
        let lines = of_text("wij \nweigeren\n> quoted \n> lines\n-- \nAnna", true, false);
        assert_eq!(
            texts(&lines),
            [
                ("wij weigeren", false),
                ("quoted", true),
                ("lines", true),
                ("-- ", false),
                ("Anna", false)
            ]
        );
        assert_eq!(
            texts(&of_text("wei \ngeren", true, true)),
            [("weigeren", false)]
        );
        assert_eq!(
            texts(&of_text("a \nb", false, false)),
            [("a", false), ("b", false)]
        );
    }
}
