//! The marks that mail programs leave on the elements of a mail: here a quote
//! begins, this is a signature.

use html5gum::StartTag;

/// What a mail program says with an element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Nothing,
    Quote,
    QuoteBox,
    Cut,
    Signature,
}

impl Mark {
    /// Reads class, id, style and the attributes that one program invented.
    pub(super) fn of(tag: &StartTag<()>) -> Self {
        let class = attribute(tag, "class").to_ascii_lowercase();
        let id = attribute(tag, "id").to_ascii_lowercase();
        let style: String = attribute(tag, "style")
            .to_ascii_lowercase()
            .split_whitespace()
            .collect();
        // Outlook puts `x_` before the names in a mail that it quotes or cleans.
        let mut words = class
            .split_ascii_whitespace()
            .map(|word| word.trim_start_matches("x_"));
        let id = id.trim_start_matches("x_");

        if matches!(
            id,
            "divrplyfwdmsg"
                | "appendonsend"
                | "replysplit"
                | "zwchr"
                | "mail-editor-reference-message-container"
                | "olk_src_body_section"
        ) || words.clone().any(|word| {
            matches!(
                word,
                "outlookmessageheader" | "ms-outlook-mobile-reference-message"
            )
        }) || attribute(tag, "data-marker") == "__DIVIDER__"
            || (style.contains("border:none") && style.contains("border-top:solid"))
        {
            return Self::Cut;
        }
        if words
            .clone()
            .any(|word| matches!(word, "gmail_quote" | "gmail_quote_container"))
            && tag.name.as_slice() != b"blockquote"
        {
            return Self::QuoteBox;
        }
        if attribute(tag, "fairemail") == "reference" {
            return Self::QuoteBox;
        }
        let quotes = words.clone().any(|word| {
            matches!(
                word,
                "gmail_attr"
                    | "yahoo_quoted"
                    | "protonmail_quote"
                    | "tutanota_quote"
                    | "moz-cite-prefix"
                    | "moz-email-headers-table"
                    | "zmail_extra"
                    | "moz-forward-container"
                    | "ymail_quoted"
                    | "quoted-text"
                    | "cite_prefix"
                    | "quote-header"
                    | "skiff_quote"
                    | "front-blockquote"
                    | "gmail_extra_quote"
                    | "mailbird_quote"
            )
        });
        if quotes || id == "yahoo_quoted" || attribute(tag, "data-marker") == "__QUOTED_TEXT__" {
            return Self::Quote;
        }
        if tag.name.as_slice() == b"blockquote" && !is_indentation(&style) {
            return Self::Quote;
        }
        let signs = words.any(|word| {
            matches!(
                word,
                "gmail_signature"
                    | "gmail_signature_prefix"
                    | "moz-signature"
                    | "protonmail_signature_block"
                    | "tutanota_signature"
            )
        }) || matches!(
            id,
            "signature" | "ms-outlook-mobile-signature" | "composer_signature"
        ) || attribute(tag, "data-smartmail") == "gmail_signature";
        if signs {
            Self::Signature
        } else {
            Self::Nothing
        }
    }
}

/// Gmail and Outlook also use a quote element to indent what somebody writes.
fn is_indentation(style: &str) -> bool {
    style.contains("border:none")
        || style.contains("margin:0px0px0px40px")
        || style.contains("margin:0040px")
        || style.contains("margin:00040px")
}

/// The value of an attribute, empty where there is none.
pub(super) fn attribute(tag: &StartTag<()>, name: &str) -> String {
    tag.attributes
        .get(name.as_bytes())
        .map(|value| String::from_utf8_lossy(&value.value).into_owned())
        .unwrap_or_default()
}
