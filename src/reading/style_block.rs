//! The rules of a `<style>` element that hide or strike out what has a class.

use std::collections::HashSet;

use super::style::Look;

/// The classes that hide, each as `.class` or `element.class`.
#[derive(Debug, Default)]
pub(super) struct HidingClasses {
    selectors: HashSet<String>,
}

impl HidingClasses {
    /// Learns the rules of one element. What stands in `@media` holds for some
    /// screens only, and a selector of several parts for some places only.
    pub(super) fn learn(&mut self, css: &str) {
        let mut rest = css;
        while let Some((before, after)) = rest.split_once('{') {
            // A comment or an «@import» may stand in front.
            let selectors = before
                .rsplit([';', '/', '>'])
                .next()
                .unwrap_or_default()
                .trim();
            if selectors.starts_with('@') {
                rest = behind_block(after);
                continue;
            }
            let Some((declarations, behind)) = after.split_once('}') else {
                return;
            };
            rest = behind;
            if selectors.contains('.') && Look::default().inner(declarations, "", "").hidden {
                let simple = selectors
                    .split(',')
                    .map(str::trim)
                    .filter(|one| is_simple(one));
                self.selectors.extend(simple.map(str::to_ascii_lowercase));
            }
        }
    }

    /// Whether an element with these classes is hidden.
    pub(super) fn hide(&self, element: &[u8], classes: &str) -> bool {
        let element = String::from_utf8_lossy(element);
        classes.split_ascii_whitespace().any(|class| {
            let class = class.to_ascii_lowercase();
            self.selectors.contains(&format!(".{class}"))
                || self.selectors.contains(&format!("{element}.{class}"))
        })
    }

    /// Whether no class hides anything.
    pub(super) fn is_empty(&self) -> bool {
        self.selectors.is_empty()
    }
}

/// «.preheader» and «td.preheader», but not «.wide .preheader» or «.link:hover».
fn is_simple(selector: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    selector.chars().all(is_name) && selector.matches('.').count() == 1
}

/// What follows the block whose inside the text begins with.
fn behind_block(inside: &str) -> &str {
    let mut depth = 1;
    let end = inside.char_indices().find(|(_, c)| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth == 0
    });
    end.and_then(|(at, _)| inside.get(at + 1..))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_hide_are_known_and_those_of_some_screens_or_places_are_not() {
        let mut classes = HidingClasses::default();
        classes.learn(
            "<!-- @import url(x.css); .a, p.b { display: none } /* c */ .c{text-decoration:line-through}
             @media (max-width: 600px) { .d { display:none } .e{display:none} }
             .f .g {display:none} .h:hover{display:none} .i{color:red} .j{display:none",
        );
        for (element, class, hides) in [
            ("div", "x A", true),
            ("p", "b", true),
            ("div", "b", false),
            ("span", "c", true),
            ("div", "d e f g h i j", false),
        ] {
            assert_eq!(classes.hide(element.as_bytes(), class), hides, "{class}");
        }
    }
}
