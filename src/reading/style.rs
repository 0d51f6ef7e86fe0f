//! What a style attribute does to the visibility of an element.

/// The little of CSS that is used to hide text from people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) hidden: bool,
    color: u32,
    background: u32,
}

impl Default for Look {
    /// Black on white, and shown.
    fn default() -> Self {
        Self {
            hidden: false,
            color: 0,
            background: 0x00ff_ffff,
        }
    }
}

impl Look {
    /// How an element looks inside this one, by its style, `bgcolor` and
    /// `color` attributes.
    pub(super) fn inner(self, style: &str, bgcolor: &str, font_color: &str) -> Self {
        let mut look = self;
        look.background = color(bgcolor).unwrap_or(look.background);
        look.color = color(font_color).unwrap_or(look.color);
        for declaration in style.split(';') {
            let Some((property, value)) = declaration.split_once(':') else {
                continue;
            };
            let value = value.trim().to_ascii_lowercase();
            let value = value.trim_end_matches("!important").trim();
            match property.trim().to_ascii_lowercase().as_str() {
                "display" if value == "none" => look.hidden = true,
                "visibility" if matches!(value, "hidden" | "collapse") => look.hidden = true,
                // Struck out: taken back by the writer.
                "text-decoration" | "text-decoration-line" if value.contains("line-through") => {
                    look.hidden = true
                }
                "mso-hide" if value == "all" => look.hidden = true,
                "opacity" if number(value).is_some_and(|opacity| opacity < 0.1) => {
                    look.hidden = true
                }
                "font-size" if number(value).is_some_and(|size| size <= tiny(value)) => {
                    look.hidden = true
                }
                "height" | "max-height" | "width" | "max-width" if number(value) == Some(0.0) => {
                    look.hidden = true
                }
                // Beside the page.
                "left" | "top" | "margin-left" | "text-indent"
                    if value.strip_prefix('-').and_then(number) >= Some(100.0) =>
                {
                    look.hidden = true
                }
                "color" if is_clear(value) => look.hidden = true,
                "color" => look.color = color(value).unwrap_or(look.color),
                "background" | "background-color" if is_clear(value) => {}
                "background" | "background-color" => {
                    look.background = value
                        .split(' ')
                        .find_map(color)
                        .or_else(|| color(value))
                        .unwrap_or(look.background);
                }
                _ => {}
            }
        }
        look
    }

    /// Whether a person can read text that looks like this.
    pub(super) fn is_readable(self) -> bool {
        !self.hidden && self.color != self.background
    }
}

/// The number a value begins with.
fn number(value: &str) -> Option<f32> {
    let end = value
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(value.len());
    value.get(..end)?.parse().ok()
}

/// The largest font size that nobody can read, in the unit of the value.
fn tiny(value: &str) -> f32 {
    if value.ends_with("px") || value.ends_with("pt") {
        2.0
    } else {
        0.1
    }
}

/// A colour that lets what is behind it through: `transparent`, `rgba(0, 0, 0, 0)`, `#0000`.
fn is_clear(value: &str) -> bool {
    let faint = |alpha: f32| alpha < 0.1;
    if let Some(hex) = value.strip_prefix('#') {
        let alpha = match hex.len() {
            4 => hex.get(3..).map(|digit| digit.repeat(2)),
            8 => hex.get(6..).map(str::to_owned),
            _ => None,
        };
        let alpha = alpha.and_then(|alpha| u8::from_str_radix(&alpha, 16).ok());
        return alpha.is_some_and(|alpha| faint(f32::from(alpha) / 255.0));
    }
    let channels = value
        .split_once('(')
        .map(|(_, list)| list.trim_end_matches(')'));
    let alpha = channels.unwrap_or_default();
    let mut alpha = alpha.split([',', ' ', '/']).filter(|part| !part.is_empty());
    let alpha = alpha.nth(3).and_then(|alpha| {
        let whole = if alpha.ends_with('%') { 100.0 } else { 1.0 };
        number(alpha).map(|alpha| alpha / whole)
    });
    value == "transparent" || alpha.is_some_and(faint)
}

fn color(value: &str) -> Option<u32> {
    let value = value.trim().to_ascii_lowercase();
    if let Some(hex) = value.strip_prefix('#') {
        return match hex.len() {
            3 | 4 => {
                let twice = hex.chars().take(3).flat_map(|c| [c, c]);
                u32::from_str_radix(&twice.collect::<String>(), 16).ok()
            }
            6 | 8 => u32::from_str_radix(hex.get(..6)?, 16).ok(),
            _ => None,
        };
    }
    if let Some(list) = value
        .strip_prefix("rgb(")
        .or_else(|| value.strip_prefix("rgba("))
    {
        let mut parts = list
            .trim_end_matches(')')
            .split([',', ' ', '/'])
            .filter(|part| !part.is_empty());
        let mut channel = || {
            parts
                .next()?
                .trim()
                .parse::<u32>()
                .ok()
                .map(|value| value.min(255))
        };
        return Some(channel()? << 16 | channel()? << 8 | channel()?);
    }
    match value.as_str() {
        "white" | "window" => Some(0x00ff_ffff),
        "black" | "windowtext" => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_cannot_see_is_hidden() {
        for style in [
            "display:none",
            "DISPLAY : None !important",
            "visibility:hidden",
            "font-size:0",
            "font-size:1px",
            "max-height:0;overflow:hidden",
            "opacity:0",
            "position:absolute;left:-9999px",
            "text-indent:-9999px",
            "color:#fff",
            "color:white",
            "color: rgb(255, 255, 255)",
            "background:#1e1e1e;color:#1e1e1e",
            "mso-hide:all",
            "color:rgba(0, 0, 0, 0)",
            "color:rgb(0 0 0 / 0%)",
            "color:#1e1e1e00",
            "color:#0000",
        ] {
            assert!(
                !Look::default().inner(style, "", "").is_readable(),
                "{style}"
            );
        }
        for style in [
            "",
            "color:#000",
            "background:#000;color:#fff",
            "font-size:8pt",
            "font-size:0.8em",
            "max-height:none",
            "opacity:1",
            "height:20px",
            "color:rgba(0, 0, 0, 0.8)",
            "color:rgb(0 0 0 / 80%)",
            "color:#000000ff",
            "background-color:rgba(0, 0, 0, 0)",
            "background:transparent",
        ] {
            assert!(
                Look::default().inner(style, "", "").is_readable(),
                "{style}"
            );
        }
        let dark = Look::default().inner("", "#10182b", "");
        assert!(dark.inner("color:#ffffff", "", "").is_readable());
        assert!(!dark.inner("color:#10182b", "", "").is_readable());
    }
}
