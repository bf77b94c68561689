//! Pieces of columns, which is what every format is read as.

use std::collections::HashMap;

/// What the fields of a column are taken as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, each word once for each piece.
    Text,
    /// Numbers; an empty field is [`NOTHING`](super::NOTHING), and what is not a number is an error.
    Number,
}

/// A column that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name in the header.
    pub name: String,
    /// What its fields are taken as.
    pub kind: Kind,
}

impl Wanted {
    /// A column of text.
    #[must_use]
    pub fn text(name: &str) -> Self {
        Self { name: name.to_owned(), kind: Kind::Text }
    }

    /// A column of numbers.
    #[must_use]
    pub fn number(name: &str) -> Self {
        Self { name: name.to_owned(), kind: Kind::Number }
    }
}

/// Words, each of them once, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The words.
    pub words: Vec<String>,
    /// For each row the number of its word.
    pub codes: Vec<u32>,
    known: HashMap<Box<[u8]>, u32>,
}

impl Words {
    /// Appends a field; what is not UTF-8 is replaced.
    pub fn push(&mut self, field: &[u8]) {
        let same = |code: &u32| self.words[*code as usize].as_bytes() == field;
        let code = match self.codes.last().copied().filter(same) {
            Some(code) => code,
            None => match self.known.get(field) {
                Some(&code) => code,
                None => {
                    let code = self.words.len() as u32;
                    self.words.push(String::from_utf8_lossy(field).into_owned());
                    self.known.insert(field.into(), code);
                    code
                }
            },
        };
        self.codes.push(code);
    }

    /// The word of a row.
    #[must_use]
    pub fn word(&self, row: usize) -> &str {
        &self.words[self.codes[row] as usize]
    }
}

/// The fields of a column in a piece.
#[derive(Clone, Debug)]
pub enum Column {
    /// Text.
    Texts(Words),
    /// Numbers.
    Numbers(Vec<f64>),
}

impl Column {
    /// An empty column.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Texts(Words::default()),
            Kind::Number => Self::Numbers(Vec::new()),
        }
    }

    /// The words.
    ///
    /// # Panics
    /// If numbers were asked for.
    #[must_use]
    pub fn texts(&self) -> &Words {
        match self {
            Self::Texts(words) => words,
            Self::Numbers(_) => panic!("a column of numbers has no words"),
        }
    }

    /// The numbers.
    ///
    /// # Panics
    /// If text was asked for.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        match self {
            Self::Numbers(numbers) => numbers,
            Self::Texts(_) => panic!("a column of text has no numbers"),
        }
    }
}

/// Some rows of the columns that were asked for, in the order in which they were.
#[derive(Clone, Debug)]
pub struct Batch {
    /// How many rows there are.
    pub rows: usize,
    /// The columns.
    pub columns: Vec<Column>,
}
