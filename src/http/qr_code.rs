//! A QR code as the path of an inline SVG: no script, no picture from elsewhere.

use std::fmt::Write as _;

use qrcode::{Color, QrCode};
use serde::Serialize;

/// Light modules around the code (ISO/IEC 18004): readers find it by them.
const QUIET_ZONE: usize = 4;

/// What a template draws: `<svg viewBox="0 0 SIZE SIZE"><path d="PATH"/></svg>`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct QrPath {
    size: usize,
    path: String,
}

impl QrPath {
    /// Of a text; `None` where it is too long for a QR code (about 2,900 octets).
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, next| one == next) {
                if run[0] == Color::Dark {
                    let (left, top, length) = (x + QUIET_ZONE, y + QUIET_ZONE, run.len());
                    // Writing to a String cannot fail.
                    let _ = write!(path, "M{left} {top}h{length}v1h-{length}z");
                }
                x += run.len();
            }
        }
        let size = width + 2 * QUIET_ZONE;
        Some(Self { size, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finder_patterns_stand_in_three_corners() {
        let code = QrPath::of("otpauth://totp/x").unwrap();
        let last = code.size - 5;
        for (x, y) in [(4, 4), (last - 6, 4), (4, last)] {
            assert!(code.path.contains(&format!("M{x} {y}h7v1h-7z")), "{x} {y}");
        }
        assert!(!code.path.contains("M3 "), "the quiet zone is light");
        assert_eq!(QrPath::of(&"x".repeat(4_000)), None);
    }
}
