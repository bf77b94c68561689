//! The report as Markdown, with its figures and tables as files beside it.

use std::fmt::Write;

use super::sheet::{Cell, Sheet};
use super::{Exhibit, Fact, Judged, PageError, Report, Told};

/// The most rows of a table that stand in the text.
const MOST_ROWS: usize = 30;

/// A file beside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl Report {
    /// The report as Markdown, and the files that it shows and links to, which belong into `folder` beside it.
    ///
    /// # Errors
    /// If a table lacks a column that is shown, or a field is not a number.
    pub fn markdown(&self, folder: &str) -> Result<(String, Vec<Beside>), PageError> {
        let mut text = format!("# {}\n\n**{}**\n", escaped(&self.question), escaped(&self.verdict));
        if !self.reservations.is_empty() {
            text.push('\n');
        }
        for sentence in &self.reservations {
            let _ = writeln!(text, "* {}", escaped(sentence));
        }
        if !self.setup.is_empty() {
            let _ = write!(text, "\n{}\n", escaped(&self.setup));
        }
        facts(["", ""], &self.facts, &mut text);
        let mut files = Vec::new();
        let mut labels = self.labels().into_iter();
        for section in &self.sections {
            let _ = write!(text, "\n## {}\n", escaped(&section.title));
            if let Some(told) = &section.told {
                verdict(told, &mut text);
            }
            for paragraph in &section.text {
                let _ = write!(text, "\n{}\n", escaped(paragraph));
            }
            for exhibit in &section.exhibits {
                let label = labels.next().unwrap_or_default();
                one(exhibit, &label, folder, &mut text)?;
                files.extend(beside(exhibit));
            }
            if let Some(told) = &section.told {
                facts(["", ""], &told.notes, &mut text);
            }
        }
        if !self.glossary.is_empty() {
            text.push_str("\n## Glossary\n");
            facts(["word", "meaning"], &self.glossary, &mut text);
        }
        text.push_str("\n## Provenance\n");
        facts(["", ""], &self.provenance, &mut text);
        Ok((text, files))
    }
}

/// What is said, and what was found.
fn verdict(told: &Told, text: &mut String) {
    let mark = |holds: bool| if holds { "✓" } else { "✗" };
    let Told { sentence, truth, holds, verdict, .. } = told;
    let [sentence, truth, verdict] = [sentence, truth, verdict].map(|text| escaped(text));
    let _ = write!(text, "\n> {sentence}\n\n{} {truth}: {verdict}\n\n", mark(*holds));
    for Judged { statement, kind, holds, numbers } in &told.claims {
        let _ = writeln!(text, "* {} {} ({}) {}", mark(*holds), escaped(statement), escaped(kind), escaped(numbers));
    }
}

fn one(exhibit: &Exhibit, label: &str, folder: &str, text: &mut String) -> Result<(), PageError> {
    let Exhibit { id, title, caption, figure, sheet, source } = exhibit;
    let _ = write!(text, "\n### {label}. {}\n", escaped(title));
    if figure.is_some() {
        let _ = write!(text, "\n![{}]({folder}/{id}.svg)\n", escaped(title));
    }
    for paragraph in caption {
        let _ = write!(text, "\n{}\n", escaped(paragraph));
    }
    // The numbers behind a figure are a file; a table is what is to be read.
    match sheet {
        Some(sheet) if figure.is_none() => table(sheet, text)?,
        _ => {}
    }
    let links: Vec<String> = [("numbers", "csv", sheet.is_some()), ("figure", "svg", figure.is_some())]
        .iter()
        .filter(|(.., there)| *there)
        .map(|(what, ending, _)| format!("[{what}]({folder}/{id}.{ending})"))
        .collect();
    let hashes: Vec<String> =
        source.hashes.iter().map(|fact| format!("BLAKE3 of {} {}", code(&fact.name), code(&fact.text))).collect();
    let made = [vec![format!("Made by {}", code(&source.command)), escaped(&source.key)], hashes].concat().join("; ");
    let _ = write!(text, "\n{}. {made}.\n", links.join(", "));
    Ok(())
}

fn beside(exhibit: &Exhibit) -> Vec<Beside> {
    let Exhibit { id, figure, sheet, .. } = exhibit;
    let svg = figure.as_ref().map(|figure| Beside { name: format!("{id}.svg"), text: figure.svg() });
    let csv = sheet.as_ref().map(|sheet| Beside { name: format!("{id}.csv"), text: sheet.data.to_csv() });
    svg.into_iter().chain(csv).collect()
}

fn table(sheet: &Sheet, text: &mut String) -> Result<(), PageError> {
    let rows = sheet.cells()?;
    let heads: Vec<String> = sheet.columns.iter().map(|column| escaped(&column.heading())).collect();
    let rules: Vec<&str> = sheet.columns.iter().map(|column| if column.is_number() { "--:" } else { "---" }).collect();
    let _ = write!(text, "\n| {} |\n| {} |\n", heads.join(" | "), rules.join(" | "));
    for row in rows.iter().take(MOST_ROWS) {
        let cells: Vec<String> = row.iter().map(|cell| escaped(&whole(cell))).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    if rows.len() > MOST_ROWS {
        let _ = write!(text, "\nThe first {MOST_ROWS} of {} rows.\n", rows.len());
    }
    Ok(())
}

/// A cell in one text.
pub(super) fn whole(cell: &Cell) -> String {
    if cell.aside.is_empty() { cell.text.clone() } else { format!("{} {}", cell.text, cell.aside) }
}

fn facts([name, text]: [&str; 2], facts: &[Fact], out: &mut String) {
    if facts.is_empty() {
        return;
    }
    let _ = write!(out, "\n| {name} | {text} |\n| --- | --- |\n");
    for fact in facts {
        let _ = writeln!(out, "| {} | {} |", escaped(&fact.name), escaped(&fact.text));
    }
}

/// A text as code, whatever backticks it has.
fn code(text: &str) -> String {
    let text = text.replace(char::is_control, " ").replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest > 0 { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}

/// A text that Markdown shows as it stands.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '$' | '!' | '@' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    // A paragraph is no list and no rule.
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    if out.starts_with(['-', '+', '=']) {
        out.insert(0, '\\');
    } else if digits > 0 && [". ", ") "].iter().any(|mark| out[digits..].starts_with(mark)) {
        out.insert(digits, '\\');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shown_as_they_stand() {
        let cases = [
            ("</script><b>", "&lt;/script&gt;&lt;b&gt;"),
            ("a|b*c_d", "a\\|b\\*c\\_d"),
            ("1. x", "1\\. x"),
            ("1.5 x", "1.5 x"),
            ("- x", "\\- x"),
            ("[x](y)\n# z", "\\[x\\](y) \\# z"),
        ];
        for (text, expected) in cases {
            assert_eq!(escaped(text), expected);
        }
        assert_eq!([code("a"), code("a`b")], ["`a`", "`` a`b ``"]);
    }
}
