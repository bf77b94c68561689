//! The bundled font: how wide texts are, and what fits.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// DejaVu Sans, cut to what figures use.
pub const TTF: &[u8] = include_bytes!("font/DejaVuSans.ttf");

/// The same, packed for pages.
pub const WOFF2: &[u8] = include_bytes!("font/DejaVuSans.woff2");

/// What CSS calls it; a relative of equal width stands in where it cannot be loaded.
pub const FAMILY: &str = "DejaVu Sans,Verdana,sans-serif";

/// What a character without a glyph is taken for, in units of the size.
const UNKNOWN: f64 = 1.0;

/// Widths of the characters of the basic plane up to here, in units of the size; NaN where there is no glyph.
const LAST: u32 = 0x2800;

static WIDTHS: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let font = FontRef::new(TTF).expect("the bundled font is one");
    let (glyphs, metrics) = (font.charmap(), font.glyph_metrics(Size::new(1.0), LocationRef::default()));
    let width = |code| metrics.advance_width(glyphs.map(code)?);
    (0..LAST).map(|code: u32| width(code).map_or(f64::NAN, f64::from)).collect()
});

/// The width of a text of this size, in pixels.
#[must_use]
pub fn width(text: &str, size: f64) -> f64 {
    let of = |c: char| WIDTHS.get(c as usize).copied().filter(|width| !width.is_nan()).unwrap_or(UNKNOWN);
    size * text.chars().map(of).sum::<f64>()
}

/// The text, or its beginning and its end around an ellipsis, so that it is at most this wide.
pub fn shortened(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    let cut = |keep: usize| {
        let tail = keep / 3;
        let (head, tail) = (&characters[..keep - tail], &characters[characters.len() - tail..]);
        let text: String = head.iter().chain(&['…']).chain(tail).collect();
        text
    };
    // Labels may be as long as a file.
    let longest = characters.len().min(500);
    (0..longest).rev().map(cut).find(|text| width(text, size) <= most).unwrap_or_default()
}

/// The lines of a text that is filled to a width; words that are wider are shortened.
pub fn filled(text: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shortened(word, size, most);
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(&word, size) <= most => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // The font has 2048 units; its space is 651 wide, its A 1401, its ∞ 1706.
        assert!((width("A ∞", 2048.0) - f64::from(1401 + 651 + 1706)).abs() < 1e-2);
        assert_eq!(width("漢", 12.0), 12.0);
    }

    #[test]
    fn texts_are_cut_in_the_middle_and_filled_at_words() {
        let cut = shortened("rprop_minus_with_backtracking", 10.0, 80.0);
        assert!(cut.starts_with("rprop") && cut.contains('…') && width(&cut, 10.0) <= 80.0, "{cut}");
        assert_eq!(shortened("sgd", 10.0, 80.0), "sgd");
        assert_eq!(shortened("sgd", 10.0, 1.0), "");
        let lines = filled("one two three  four", 10.0, 60.0);
        assert_eq!(lines.join(" "), "one two three four");
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line, 10.0) <= 60.0));
    }
}
