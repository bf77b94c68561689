//! Tables of text in 80 columns, and numbers with few digits.

use std::fmt::Write;

use crate::statistics::Spread;

/// Lists as columns beside the first one while they fit, in several tables otherwise.
pub(crate) fn side_by_side(rows: &[Vec<String>], text: &mut String) {
    let mut start = 1;
    while start < rows.len() {
        let mut end = start + 1;
        while end < rows.len() && width(rows, start, end + 1) <= WIDTH {
            end += 1;
        }
        let turned: Vec<Vec<String>> = (0..rows[0].len())
            .map(|line| std::iter::once(0).chain(start..end).map(|column| rows[column][line].clone()).collect())
            .collect();
        columns(&turned, text);
        start = end;
        if start < rows.len() {
            text.push('\n');
        }
    }
}

/// Text without what moves the cursor, changes colors or turns the direction of writing, which is escaped; ends of lines
/// stay.
///
/// ```
/// assert_eq!(sgdlab_reports::printable("a\u{1b}[31m\u{202e}b\n"), "a\\u{1b}[31m\\u{202e}b\n");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// The width of a terminal that everything fits into.
pub(crate) const WIDTH: usize = 80;

fn widest(fields: &[String]) -> usize {
    fields.iter().map(|field| field.chars().count()).max().unwrap_or(0)
}

/// The width of the lists 0 and `start..end` side by side.
fn width(lists: &[Vec<String>], start: usize, end: usize) -> usize {
    2 + widest(&lists[0]) + lists[start..end].iter().map(|list| 2 + widest(list)).sum::<usize>()
}

/// Rows with columns aligned; the first column to the left, the others to the right.
///
/// Rows that would be too wide have their first and last fields shortened.
pub(crate) fn columns(rows: &[Vec<String>], text: &mut String) {
    let mut rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|field| printable(field)).collect()).collect();
    let last = rows[0].len() - 1;
    for (column, least) in [(last, 14), (0, 12)] {
        let excess = line_width(&rows).saturating_sub(WIDTH);
        let widest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        if excess > 0 {
            let keep = widest.saturating_sub(excess).max(least);
            rows.iter_mut().for_each(|row| row[column] = shortened(&row[column], keep));
        }
    }
    let widths = widths(&rows);
    for row in rows {
        let mut line = String::from("  ");
        for (column, field) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - field.chars().count());
            let _ = match column {
                0 => write!(line, "{field}{pad}"),
                _ => write!(line, "  {pad}{field}"),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let of_column = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    (0..rows[0].len()).map(of_column).collect()
}

pub(crate) fn line_width(rows: &[Vec<String>]) -> usize {
    widths(rows).iter().map(|width| width + 2).sum()
}

/// At most `keep` characters, with an ellipsis in the middle if something is missing.
pub(crate) fn shortened(field: &str, keep: usize) -> String {
    let characters: Vec<char> = field.chars().collect();
    if characters.len() <= keep {
        return field.to_owned();
    }
    let tail = (keep - 1) / 2;
    let head = &characters[..keep - 1 - tail];
    head.iter().chain(&['…']).chain(&characters[characters.len() - tail..]).collect()
}

/// `median [q25–q75]`.
pub(crate) fn spread(spread: &Spread) -> String {
    if !spread.median.is_finite() {
        return "not reached".to_owned();
    }
    format!("{} [{}–{}]", count(spread.median), count(spread.q25), count(spread.q75))
}

/// A score with three significant digits: 12.3k for counts, 0.0123 for values.
pub(crate) fn count(x: f64) -> String {
    match x {
        _ if x.is_nan() => "–".to_owned(),
        _ if x.is_infinite() => "∞".to_owned(),
        _ if x >= 1e6 => format!("{}M", three(x / 1e6)),
        _ if x >= 1e4 => format!("{}k", three(x / 1e3)),
        _ => three(x),
    }
}

pub(crate) fn three(x: f64) -> String {
    let digits = if x == 0.0 { 0 } else { x.abs().log10().floor() as i32 };
    let decimals = (2 - digits).clamp(0, 6) as usize;
    if digits < -4 { format!("{x:.2e}") } else { format!("{x:.decimals$}") }
}

/// A rate with two significant digits.
pub(crate) fn short(x: f64) -> String {
    let digits = if x == 0.0 { 0 } else { x.abs().log10().floor() as i32 };
    let rounded = format!("{:.*}", (1 - digits).max(0) as usize, x);
    let trimmed = if rounded.contains('.') { rounded.trim_end_matches('0').trim_end_matches('.') } else { &rounded };
    if digits < -4 { format!("{x:.1e}") } else { trimmed.to_owned() }
}
