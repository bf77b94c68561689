//! Text of somebody else's inside a message.

/// The text on one line: control characters and others that do not print are escaped, and what is longer than `most`
/// characters is cut.
///
/// ```
/// use sgdlab_core::shown;
/// assert_eq!(shown("a \"b\"\u{1b}[31m", 40), "a \"b\"\\u{1b}[31m");
/// assert_eq!(shown("momentum", 3), "mom…");
/// ```
#[must_use]
pub fn shown(text: &str, most: usize) -> String {
    let mut out = String::new();
    for (position, c) in text.chars().enumerate() {
        match c {
            _ if position == most => return out + "…",
            '"' | '\'' | '\\' => out.push(c),
            _ => out.extend(c.escape_debug()),
        }
    }
    out
}
