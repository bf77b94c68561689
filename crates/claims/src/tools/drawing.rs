//! Marks and series of figures, and rows of tables.

use sgdlab_reports::figures::{Mark, Series};

/// A line through points.
pub(crate) fn line(x: &[f64], y: Vec<f64>) -> Mark {
    Mark::Line { x: x.to_vec(), y, steps: false }
}

/// Points and the line through them.
pub(crate) fn curve(name: &str, style: usize, x: &[f64], y: Vec<f64>) -> Series {
    let marks = vec![line(x, y.clone()), Mark::Points { x: x.to_vec(), y }];
    Series { name: name.to_owned(), style, marks }
}

/// Words and numbers as the fields of a row.
pub(crate) fn fields(words: &[&str], numbers: &[f64]) -> Vec<String> {
    let words = words.iter().map(|&word| word.to_owned());
    words.chain(numbers.iter().map(f64::to_string)).collect()
}
