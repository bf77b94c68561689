//! Where two files or two lines part.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// How much of a line is shown before it differs, and in all.
const BEFORE: usize = 24;
const SHOWN: usize = 60;

/// Two lines at one place; without a line where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line's number, from 1.
    pub line: u64,
    /// The one and the other, each with what it is called.
    pub texts: [(String, Option<String>); 2],
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [(first, a), (second, b)] = &self.texts;
        let (a, b) = around(a.as_deref(), b.as_deref());
        write!(out, "  {first:14}  {a}\n  {second:14}  {b}\n")
    }
}

/// Both texts near the place where they part.
fn around(a: Option<&str>, b: Option<&str>) -> (String, String) {
    let both = a.unwrap_or_default().chars().zip(b.unwrap_or_default().chars());
    let start = both.take_while(|(a, b)| a == b).count().saturating_sub(BEFORE);
    let shown = |text: Option<&str>| match text {
        None => "(no line)".to_owned(),
        Some(text) => {
            let left = if start > 0 { "…" } else { "" };
            let rest: Vec<char> = text.chars().skip(start).collect();
            let end = if rest.len() > SHOWN { "…" } else { "" };
            format!("{left}{}{end}", rest.iter().take(SHOWN).collect::<String>())
        }
    };
    (shown(a), shown(b))
}

/// The first line in which two files differ.
pub fn first(a: (&str, &Path), b: (&str, &Path)) -> io::Result<Option<Difference>> {
    let [mut left, mut right] = [BufReader::new(File::open(a.1)?), BufReader::new(File::open(b.1)?)];
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for line in 1.. {
        one.clear();
        other.clear();
        left.read_until(b'\n', &mut one)?;
        right.read_until(b'\n', &mut other)?;
        if one != other {
            let text = |bytes: &[u8]| {
                let text = String::from_utf8_lossy(bytes);
                (!bytes.is_empty()).then(|| text.trim_end_matches('\n').to_owned())
            };
            let texts = [(a.0.to_owned(), text(&one)), (b.0.to_owned(), text(&other))];
            return Ok(Some(Difference { line, texts }));
        }
        if one.is_empty() {
            break;
        }
    }
    Ok(None)
}

/// BLAKE3 of a file in hexadecimal.
pub fn hash(path: &Path) -> io::Result<String> {
    let mut hash = blake3::Hasher::new();
    hash.update_reader(File::open(path)?)?;
    Ok(hash.finalize().to_hex().to_string())
}
