//! The tables of a report for papers.

use std::fmt::Write;

use super::markdown::whole;
use super::sheet::Sheet;
use super::{Exhibit, PageError, Report};

/// The most rows of a table in a paper.
const MOST_ROWS: usize = 50;

impl Report {
    /// The tables as LaTeX with the packages `booktabs` and `graphicx`, to be included where they belong.
    ///
    /// A table that is too wide is made narrower; those with more than 50 rows are left out, and named in a comment.
    ///
    /// # Errors
    /// If a table lacks a column that is shown, or a field is not a number.
    pub fn latex(&self) -> Result<String, PageError> {
        let mut text = String::from("% \\usepackage{booktabs,graphicx}\n");
        let _ = writeln!(text, "% {}", line(&self.question));
        let _ = writeln!(text, "% {}", line(&self.verdict));
        for exhibit in self.sections.iter().flat_map(|section| &section.exhibits) {
            let Some(sheet) = &exhibit.sheet else { continue };
            let rows = sheet.data.rows.len();
            if rows <= MOST_ROWS {
                one(exhibit, sheet, &mut text)?;
            } else {
                let _ = write!(text, "\n% {}: {rows} rows, which are too many for a paper.\n", line(&exhibit.title));
            }
        }
        Ok(text)
    }
}

fn one(exhibit: &Exhibit, sheet: &Sheet, text: &mut String) -> Result<(), PageError> {
    let Exhibit { id, title, caption, figure: _, sheet: _, source } = exhibit;
    let kinds: String = sheet.columns.iter().map(|column| if column.is_number() { 'r' } else { 'l' }).collect();
    let heads: Vec<String> = sheet.columns.iter().map(|column| escaped(&column.heading())).collect();
    let _ = write!(
        text,
        "\n\\begin{{table}}\n  \\centering\n  \\caption{{{}}}\n  \\label{{tab:{id}}}\n  \
         \\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n  \\begin{{tabular}}{{{kinds}}}\n    \
         \\toprule\n    {} \\\\\n    \\midrule\n",
        escaped(title),
        heads.join(" & ")
    );
    for row in sheet.cells()? {
        let cells: Vec<String> = row.iter().map(|cell| escaped(&whole(cell))).collect();
        let _ = writeln!(text, "    {} \\\\", cells.join(" & "));
    }
    text.push_str("    \\bottomrule\n  \\end{tabular}}\n");
    let notes = sheet.columns.iter().filter(|column| !column.note.is_empty());
    let notes = notes.map(|column| format!("\\emph{{{}:}} {}", escaped(&column.label), escaped(&column.note)));
    let notes: Vec<String> = caption.iter().map(|paragraph| escaped(paragraph)).chain(notes).collect();
    if !notes.is_empty() {
        let _ = write!(text, "  \\par\\smallskip\n  {{\\footnotesize {}\\par}}\n", notes.join("\n  "));
    }
    let _ = writeln!(text, "  % {}; {}", line(&source.command), line(&source.key));
    for hash in &source.hashes {
        let _ = writeln!(text, "  % BLAKE3 of {}: {}", line(&hash.name), line(&hash.text));
    }
    text.push_str("\\end{table}\n");
    Ok(())
}

/// A text on one line of a comment.
fn line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A text that LaTeX sets as it stands.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '{' | '}' | '#' | '$' | '%' | '&' | '_' => out.extend(['\\', c]),
            '<' => out.push_str("$<$"),
            '>' => out.push_str("$>$"),
            '|' => out.push_str("$|$"),
            '"' => out.push_str("{\\textquotedbl}"),
            // Groups keep signs from becoming ligatures, and the beginning of a row from becoming an argument.
            '-' | '\'' | '`' if out.ends_with(c) => out.extend(['{', '}', c]),
            '[' | '*' if out.is_empty() => out.extend(['{', c, '}']),
            '–' => out.push_str("--"),
            '−' => out.push_str("$-$"),
            '∞' => out.push_str("$\\infty$"),
            '≤' => out.push_str("$\\le$"),
            '≥' => out.push_str("$\\ge$"),
            '×' => out.push_str("$\\times$"),
            '…' => out.push_str("\\dots{}"),
            '\u{202f}' => out.push_str("\\,"),
            c if lowered(c).is_some() => {
                out.push_str("$^{");
                out.extend(lowered(c));
                while let Some(next) = letters.next_if(|&next| lowered(next).is_some()) {
                    out.extend(lowered(next));
                }
                out.push_str("}$");
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The sign that a raised one is.
fn lowered(c: char) -> Option<char> {
    match c {
        '⁻' => Some('-'),
        '¹' => Some('1'),
        '²' => Some('2'),
        '³' => Some('3'),
        '⁰' | '⁴'..='⁹' => char::from_digit(c as u32 - '⁰' as u32, 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_set_as_they_stand() {
        let cases = [
            ("test_error ≤ 4 %", "test\\_error $\\le$ 4 \\%"),
            ("3.16 × 10⁻⁵", "3.16 $\\times$ 10$^{-5}$"),
            ("\\input{x}", "\\textbackslash{}input\\{x\\}"),
            ("1924 [1444–20\u{202f}220–∞]", "1924 [1444--20\\,220--$\\infty$]"),
            ("a--b <c>", "a-{}-b $<$c$>$"),
            ("[x]", "{[}x]"),
            ("x\n%y", "x \\%y"),
        ];
        for (text, expected) in cases {
            assert_eq!(escaped(text), expected);
        }
    }
}
