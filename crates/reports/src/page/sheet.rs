//! Tables for people: which columns of a table are shown, and how.

use super::numbers::{human, percent};
use crate::table::{Table, TableError};

/// A table that is shown; its data have every digit, the page shows a few.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// What can be downloaded.
    pub data: Table,
    /// What is shown, from left to right.
    pub columns: Vec<Column>,
}

/// A shown column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its heading.
    pub label: String,
    /// The unit of its numbers; empty if they have none.
    pub unit: String,
    /// What the heading means, in a sentence; may be empty.
    pub note: String,
    /// Which columns of the data are shown, and how.
    pub show: Show,
}

/// How a column of the data, by its name, is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// As it stands.
    Text(String),
    /// Several, with spaces between.
    Joined(Vec<String>),
    /// As a number.
    Number(String),
    /// As a number, or as the word that stands there.
    Setting(String),
    /// As percents of one.
    Share(String),
    /// A number with what it may be: `2116 [1924–5020]`.
    Interval {
        /// The number.
        middle: String,
        /// The lower end.
        low: String,
        /// The upper end.
        high: String,
    },
    /// From one number to another, sorted by the first: `0.1 – 0.32`.
    Range {
        /// The lower end.
        low: String,
        /// The upper end.
        high: String,
    },
    /// Some of all, sorted by the share: `3 of 5`.
    Of {
        /// How many there are.
        part: String,
        /// Of how many.
        whole: String,
    },
    /// A text where a column says `true`.
    Flag {
        /// The column.
        column: String,
        /// The text.
        text: String,
    },
}

/// A field that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What is read.
    pub text: String,
    /// What stands behind, in lighter ink: the ends of an interval.
    pub aside: String,
    /// What it is sorted by; `None` for texts.
    pub number: Option<f64>,
}

impl Column {
    /// A column without unit and note.
    #[must_use]
    pub fn new(label: &str, show: Show) -> Self {
        Self { label: label.to_owned(), unit: String::new(), note: String::new(), show }
    }

    /// The column with a unit.
    #[must_use]
    pub fn unit(mut self, unit: &str) -> Self {
        unit.clone_into(&mut self.unit);
        self
    }

    /// The column with a sentence that says what it is.
    #[must_use]
    pub fn note(mut self, note: &str) -> Self {
        note.clone_into(&mut self.note);
        self
    }

    /// Whether its cells are numbers, which stand at the right.
    #[must_use]
    pub fn is_number(&self) -> bool {
        !matches!(self.show, Show::Text(_) | Show::Joined(_) | Show::Flag { .. })
    }

    /// The heading with the unit.
    #[must_use]
    pub fn heading(&self) -> String {
        match &*self.unit {
            "" => self.label.clone(),
            unit if unit.starts_with('[') => format!("{} {unit}", self.label),
            unit => format!("{} ({unit})", self.label),
        }
    }
}

impl Sheet {
    /// The cells, row by row.
    ///
    /// # Errors
    /// If a column is missing, or a field that is shown as a number is none.
    pub fn cells(&self) -> Result<Vec<Vec<Cell>>, TableError> {
        let columns = self.columns.iter().map(|column| self.read(&column.show)).collect::<Result<Vec<_>, _>>()?;
        (0..self.data.rows.len()).map(|row| columns.iter().map(|read| read(row)).collect()).collect()
    }

    /// A function from rows to cells.
    fn read<'a>(&'a self, show: &'a Show) -> Result<Reader<'a>, TableError> {
        let data = &self.data;
        let at = |name: &String| data.column(name);
        Ok(match show {
            Show::Text(name) => {
                let column = at(name)?;
                Box::new(move |row| Ok(Cell::text(&data.rows[row][column])))
            }
            Show::Joined(names) => {
                let columns = names.iter().map(at).collect::<Result<Vec<_>, _>>()?;
                Box::new(move |row| {
                    let words: Vec<&str> = columns.iter().map(|&column| &data.rows[row][column]).collect();
                    Ok(Cell::text(&words.join(" ")))
                })
            }
            Show::Flag { column, text } => {
                let column = at(column)?;
                Box::new(move |row| Ok(Cell::text(if &data.rows[row][column] == "true" { text } else { "" })))
            }
            Show::Number(name) => {
                let column = at(name)?;
                Box::new(move |row| data.number(row, column).map(|x| Cell::number(human(x), x)))
            }
            Show::Setting(name) => {
                let column = at(name)?;
                let word = move |row: usize| &data.rows[row][column];
                Box::new(move |row| {
                    let number = data.number(row, column).map(|x| Cell::number(human(x), x));
                    number.or_else(|_| Ok(Cell::text(word(row))))
                })
            }
            Show::Share(name) => {
                let column = at(name)?;
                Box::new(move |row| data.number(row, column).map(|x| Cell::number(percent(x), x)))
            }
            Show::Interval { middle, low, high } => {
                let columns = [at(middle)?, at(low)?, at(high)?];
                Box::new(move |row| Ok(interval(numbers(data, row, columns)?)))
            }
            Show::Range { low, high } => {
                let columns = [at(low)?, at(high)?];
                Box::new(move |row| Ok(range(numbers(data, row, columns)?)))
            }
            Show::Of { part, whole } => {
                let columns = [at(part)?, at(whole)?];
                Box::new(move |row| {
                    let [part, whole] = numbers(data, row, columns)?;
                    Ok(Cell::number(format!("{} of {}", human(part), human(whole)), part / whole))
                })
            }
        })
    }
}

/// A function from rows to cells.
type Reader<'a> = Box<dyn Fn(usize) -> Result<Cell, TableError> + 'a>;

fn numbers<const N: usize>(data: &Table, row: usize, columns: [usize; N]) -> Result<[f64; N], TableError> {
    let mut found = [0.0; N];
    for (x, column) in found.iter_mut().zip(columns) {
        *x = data.number(row, column)?;
    }
    Ok(found)
}

fn interval([x, low, high]: [f64; 3]) -> Cell {
    let mut cell = Cell::number(human(x), x);
    if !low.is_nan() && !high.is_nan() {
        cell.aside = format!("[{}–{}]", human(low), human(high));
    }
    cell
}

fn range([low, high]: [f64; 2]) -> Cell {
    let text = if low.is_nan() || low == high { human(low) } else { format!("{} – {}", human(low), human(high)) };
    Cell::number(text, low)
}

impl Cell {
    fn text(text: &str) -> Self {
        Self { text: text.to_owned(), aside: String::new(), number: None }
    }

    fn number(text: String, number: f64) -> Self {
        Self { text, aside: String::new(), number: Some(number) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_numbers_or_words() {
        let rows = ["0.0316227766", "auto", ""].map(|rate| vec![rate.to_owned()].into());
        let data = Table { name: "t".to_owned(), columns: vec!["rate".to_owned()], rows: rows.into() };
        let cells = |show: Show| Sheet { data: data.clone(), columns: vec![Column::new("Rate", show)] }.cells();
        let shown = cells(Show::Setting("rate".to_owned())).unwrap();
        let shown: Vec<(&str, bool)> = shown.iter().map(|row| (&*row[0].text, row[0].number.is_some())).collect();
        assert_eq!(shown, [("0.0316", true), ("auto", false), ("–", true)]);
        assert!(cells(Show::Number("rate".to_owned())).is_err(), "what has to be a number");
    }
}
