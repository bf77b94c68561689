//! Writing to the terminal.

use std::fmt::Display;
use std::io::{self, Write};

use anyhow::Result;

/// The width that all output fits into.
pub const WIDTH: usize = 80;

/// Writes to standard output; a reader that has gone away is not an error.
pub fn print(text: &str) -> Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// Writes lines to standard error; those that are too wide are filled, except commands, which people copy.
///
/// A path may hold control characters, which would reach the terminal.
pub fn complain(text: &str) {
    let fits = |line: &str| line.chars().count() <= WIDTH || line.starts_with("  cargo xtask");
    let narrow = |line: String| if fits(&line) { line } else { fill(&line, "", "  ") };
    let printable = |line: &str| line.replace(char::is_control, "\u{fffd}");
    let lines: Vec<String> = text.trim_end().lines().map(|line| narrow(printable(line))).collect();
    // Nothing can be done about a standard error that is closed.
    let _ = writeln!(io::stderr().lock(), "{}", lines.join("\n"));
}

/// Writes warnings to standard error.
pub fn warn<W: Display>(warnings: &[W]) {
    warnings.iter().for_each(|warning| complain(&format!("warning: {warning}")));
}

/// Fills text to the width of the terminal, with the given indentation.
pub fn fill(text: &str, first: &str, rest: &str) -> String {
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// A number with its digits in groups of three.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap_or("")).collect();
    groups.join(" ")
}

/// A number with the word for what is counted, which takes an s in the plural.
pub fn counted(n: u64, word: &str) -> String {
    format!("{} {word}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// A duration in the unit people would use.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86400.0),
    }
}

/// A size in the unit people would use.
pub fn bytes(n: u64) -> String {
    match n as f64 {
        x if x < 1e3 => format!("{n} B"),
        x if x < 1e6 => format!("{:.1} kB", x / 1e3),
        x if x < 1e9 => format!("{:.1} MB", x / 1e6),
        x => format!("{:.1} GB", x / 1e9),
    }
}
