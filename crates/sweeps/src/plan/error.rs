//! What is wrong with a plan, and where.

use std::fmt;
use std::fmt::Write as _;

use super::source::{Place, Source};

/// Width of a rendered error.
const COLUMNS: usize = 80;
/// Longest value that a message repeats.
const VALUE: usize = 40;

/// One thing that is wrong with a plan.
///
/// `Display` is one line, `plans/x.toml:7:29: rules[1].momentum = 1.0 is not accepted: a number in [0, 1)`;
/// [`PlanError::render`] adds the source line with a caret under the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanError {
    /// The file, or the override as `--set key=value`.
    pub file: String,
    /// Line, from 1; 0 in an override.
    pub line: usize,
    /// Column in characters, from 1; 0 in an override.
    pub column: usize,
    /// The key path, such as `rules[1].momentum`; empty where there is none.
    pub path: String,
    /// The value as it was written, shortened; empty where there is none.
    pub value: String,
    /// What is accepted there; empty where the message says it all.
    pub accepts: String,
    /// A known word close to the one that was written.
    pub suggestion: Option<String>,
    /// The whole message, without its place.
    pub message: String,
    /// The source line; empty in an override.
    excerpt: String,
    /// How many characters of the source line the caret covers.
    width: usize,
}

/// What is wrong with a plan, in order of position; overrides come last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanErrors {
    /// The errors, 100 at most: broken text can have thousands.
    pub errors: Vec<PlanError>,
    /// How many more there are.
    pub more: usize,
}

impl std::error::Error for PlanErrors {}

impl fmt::Display for PlanErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.errors.iter().enumerate() {
            let end = if i == 0 { "" } else { "\n" };
            write!(f, "{end}{error}")?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl PlanErrors {
    /// The errors with their source lines, separated by blank lines; see [`PlanError::render`].
    #[must_use]
    pub fn render(&self) -> String {
        let mut rendered = self.errors.iter().map(PlanError::render).collect::<Vec<_>>().join("\n");
        if self.more > 0 {
            let _ = writeln!(rendered, "\nand {} more", self.more);
        }
        rendered
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
        }
    }
}

impl std::error::Error for PlanError {}

impl PlanError {
    /// An error with this message at a place.
    pub(super) fn at(source: &Source, place: Place, path: &str, message: String) -> Self {
        let mut error = Self { file: source.name.clone(), path: path.to_owned(), message, ..Self::default() };
        if place.source == 0 {
            error.locate(&source.text, place);
        }
        error
    }

    fn locate(&mut self, text: &str, place: Place) {
        let start = text.floor_char_boundary(place.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let end = text.floor_char_boundary(place.end).clamp(start, line_end);
        self.line = 1 + text[..line_start].matches('\n').count();
        self.column = 1 + text[line_start..start].chars().count();
        self.width = text[start..end].trim_end().chars().count().max(1);
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        self.excerpt = text[line_start..line_end].trim_end().chars().map(printable).collect();
    }

    /// The message wrapped to 80 columns, then the source line with a caret under the value.
    ///
    /// A long source line is cut around the caret.
    /// Words are never broken, so a long file name can exceed the width.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = wrap(&self.to_string());
        if self.line > 0 && !self.excerpt.is_empty() {
            let number = self.line.to_string();
            let (line, before, width) = window(&self.excerpt, self.column - 1, self.width, COLUMNS - number.len() - 3);
            let _ = writeln!(out, "{number} | {line}");
            let _ = writeln!(out, "{:1$} | {2:3$}{4}", "", number.len(), "", before, "^".repeat(width));
        }
        out
    }
}

/// A value as it was written, on one line and shortened.
pub(super) fn written(source: &Source, place: Place) -> String {
    shorten(source.text.get(place.start..place.end).unwrap_or_default())
}

/// The text on one line, cut after 40 characters.
pub(super) fn shorten(text: &str) -> String {
    let mut words = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        words.push_str(if words.is_empty() { "" } else { " " });
        words.push_str(word);
        if words.chars().count() > VALUE {
            let kept: String = words.chars().take(VALUE - 3).collect();
            return format!("{kept}...");
        }
    }
    words
}

/// Breaks at spaces; continuation lines are indented by four.
fn wrap(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > COLUMNS {
            out.push_str("\n    ");
            column = 4;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}

/// The part of `line` around a caret: the text, the columns before the caret, the caret's width.
fn window(line: &str, caret: usize, width: usize, room: usize) -> (String, usize, usize) {
    const CUT: &str = "...";
    let chars: Vec<char> = line.chars().collect();
    // An error at the end of the text stands one past the last character.
    if chars.len().max(caret + 1) <= room {
        return (line.to_owned(), caret, width.clamp(1, room - caret));
    }
    let inside = room - 2 * CUT.len();
    let start = caret.saturating_sub(inside / 3).min((chars.len() + 1).saturating_sub(inside));
    let end = (start + inside).min(chars.len());
    let (left, right) = (if start > 0 { CUT } else { "" }, if end < chars.len() { CUT } else { "" });
    let text: String = chars[start..end].iter().collect();
    let before = left.len() + caret - start;
    (format!("{left}{text}{right}"), before, width.min((start + inside).saturating_sub(caret)).max(1))
}
