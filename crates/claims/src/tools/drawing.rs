//! Marks and series of figures, and rows of tables.

use sgdlab_reports::figures::{Guide, Mark, Reference, Series};

use super::moments::Mean;
use crate::experiment::number;

/// A line through points.
pub(crate) fn line(x: &[f64], y: Vec<f64>) -> Mark {
    Mark::Line { x: x.to_vec(), y, steps: false }
}

/// Points and the line through them.
pub(crate) fn curve(name: &str, style: usize, x: &[f64], y: Vec<f64>) -> Series {
    let marks = vec![line(x, y.clone()), Mark::Points { x: x.to_vec(), y }];
    Series { name: name.to_owned(), style, marks }
}

/// Means with four standard errors on either side.
pub(crate) fn means(name: &str, style: usize, x: &[f64], means: &[Mean]) -> Series {
    let side = |sign: f64| means.iter().map(|mean| mean.value + 4.0 * sign * mean.error).collect();
    let band = Mark::Band { x: x.to_vec(), low: side(-1.0), high: side(1.0) };
    let y = means.iter().map(|mean| mean.value).collect();
    Series { name: name.to_owned(), style, marks: vec![band, Mark::Points { x: x.to_vec(), y }] }
}

/// A law as a line: what nobody measured.
pub(crate) fn reference(name: &str, x: &[f64], y: impl Fn(f64) -> f64) -> Reference {
    let y = x.iter().map(|&x| y(x)).collect();
    Reference { name: name.to_owned(), guide: Guide::Curve { x: x.to_vec(), y } }
}

/// Words and numbers as the fields of a row.
pub(crate) fn fields(words: &[&str], numbers: &[f64]) -> Vec<String> {
    let words = words.iter().map(|&word| word.to_owned());
    words.chain(numbers.iter().map(|&x| number(x))).collect()
}
