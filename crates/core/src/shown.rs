//! Text of somebody else's inside a message.

/// The text on one line: control characters and others that do not print are escaped, and what is then longer than
/// `most` characters is cut.
///
/// ```
/// use sgdlab_core::shown;
/// assert_eq!(shown("a \"b\"\u{1b}[31m", 40), "a \"b\"\\u{1b}[31m");
/// assert_eq!(shown("momentum", 3), "mom…");
/// assert_eq!(shown("\u{1b}\u{1b}", 8), "\\u{1b}…");
/// ```
#[must_use]
pub fn shown(text: &str, most: usize) -> String {
    let (mut out, mut length) = (String::new(), 0);
    for c in text.chars() {
        let escaped = match c {
            '"' | '\'' | '\\' => c.to_string(),
            _ => c.escape_debug().to_string(),
        };
        length += escaped.chars().count();
        if length > most {
            return out + "…";
        }
        out += &escaped;
    }
    out
}
