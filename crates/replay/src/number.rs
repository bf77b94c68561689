//! Numbers as JSON has them, and as words where it has not.

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A number, or one of the words `inf`, `-inf` and `nan`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number(pub(crate) f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

struct Words;

impl Visitor<'_> for Words {
    type Value = Number;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number, \"inf\", \"-inf\" or \"nan\"")
    }

    fn visit_f64<E: Error>(self, x: f64) -> Result<Number, E> {
        Ok(Number(x))
    }

    fn visit_i64<E: Error>(self, x: i64) -> Result<Number, E> {
        Ok(Number(x as f64))
    }

    fn visit_u64<E: Error>(self, x: u64) -> Result<Number, E> {
        Ok(Number(x as f64))
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Number, E> {
        match word {
            "inf" => Ok(Number(f64::INFINITY)),
            "-inf" => Ok(Number(f64::NEG_INFINITY)),
            "nan" => Ok(Number(f64::NAN)),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(word), &self)),
        }
    }
}

/// The numbers themselves.
pub(crate) fn plain(numbers: &[Number]) -> Vec<f64> {
    numbers.iter().map(|number| number.0).collect()
}

/// The most numbers of a tensor: a gigabyte in double precision.
const MOST: usize = 1 << 27;

/// How many numbers a tensor of this shape has.
pub(crate) fn size(shape: &[usize]) -> Result<usize, String> {
    let size = shape.iter().try_fold(1, |size: usize, &n| size.checked_mul(n));
    size.filter(|&size| size <= MOST).ok_or_else(|| format!("shape {shape:?} has more than {MOST} numbers"))
}
