//! The guide that people hold in their hands beside the screen: `docs/guide.md`.

/// All of it.
pub const GUIDE: &str = include_str!("../../../docs/guide.md");

/// Where each label stands, as the guide says it, and its key in `templates/labels.toml`.
pub const PLACES: [(&str, &str); 12] = [
    ("top right", "my_shipment_settings"),
    ("in that menu", "access_esecure"),
    ("first tab", "authorized_user"),
    ("second tab", "customer_administrator"),
    ("approve", "approve"),
    ("reject", "reject"),
    ("red button in the mail", "reject_button"),
    ("add", "add"),
    ("save", "save"),
    ("first field, required", "account_number"),
    ("second field, required", "email_id"),
    ("result", "approved"),
];

/// The guide in one language.
#[derive(Clone, Copy)]
pub enum PrintedGuide {
    /// Nederlands.
    Dutch,
    /// English.
    English,
}

impl PrintedGuide {
    /// `nl` or `en`.
    pub fn language(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::English => "en",
        }
    }

    /// The label that stands there, as its table prints it.
    pub fn label(self, place: &str) -> &'static str {
        let row = rows().into_iter().find(|row| row[0] == place);
        let [_, dutch, english] = row.unwrap_or_else(|| panic!("the guide knows no {place:?}"));
        match self {
            Self::Dutch => dutch,
            Self::English => english,
        }
    }

    /// Its steps.
    pub fn steps(self) -> &'static str {
        let (before, english) = GUIDE.split_once("\n## English\n").unwrap();
        let (_, dutch) = before.split_once("\n## Nederlands\n").unwrap();
        match self {
            Self::Dutch => dutch,
            Self::English => english,
        }
    }
}

/// The rows of the table of labels: where, Dutch, English.
pub fn rows() -> Vec<[&'static str; 3]> {
    let lines = GUIDE.lines().filter_map(|line| {
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
        cells.split(" | ").collect::<Vec<_>>().try_into().ok()
    });
    // After the head and the line below it.
    lines.skip(2).collect()
}
