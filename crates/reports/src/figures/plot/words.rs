//! Words and tuples of words as numbers.

use std::collections::HashMap;

use crate::reading::Words;

/// The words of a column, each once.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// The words, in the order in which they came.
    pub words: Vec<String>,
    known: HashMap<String, u32>,
}

impl Vocabulary {
    /// The number of a word.
    pub fn code(&mut self, word: &str) -> u32 {
        if let Some(&code) = self.known.get(word) {
            return code;
        }
        let code = self.words.len() as u32;
        self.words.push(word.to_owned());
        self.known.insert(word.to_owned(), code);
        code
    }

    /// For each row of a piece the number of its word.
    pub fn codes(&mut self, piece: &Words) -> Vec<u32> {
        let of_word: Vec<u32> = piece.words.iter().map(|word| self.code(word)).collect();
        piece.codes.iter().map(|&code| of_word[code as usize]).collect()
    }
}

/// Tuples of words, each once.
#[derive(Clone, Debug, Default)]
pub struct Tuples {
    /// The tuples, in the order in which they came.
    pub tuples: Vec<Vec<u32>>,
    known: HashMap<Vec<u32>, u32>,
}

impl Tuples {
    /// The number of a tuple.
    pub fn code(&mut self, tuple: &[u32]) -> u32 {
        if let Some(&code) = self.known.get(tuple) {
            return code;
        }
        let code = self.tuples.len() as u32;
        self.tuples.push(tuple.to_vec());
        self.known.insert(tuple.to_vec(), code);
        code
    }
}
