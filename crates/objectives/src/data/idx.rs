//! IDX, the format of MNIST: two zero bytes, an element type, the number of dimensions, the
//! dimensions as big-endian 32-bit numbers, then the elements, big-endian, last dimension fastest.

use ndarray::Array2;

use super::input::checksum;
use super::targets::{Field, collect};
use super::{DataError, Dataset, MAX_NUMBERS, TargetKind};

/// The largest number of dimensions taken.
const MAX_DIMENSIONS: usize = 8;

/// The contents of one IDX file.
struct Tensor {
    shape: Vec<usize>,
    /// Whether the elements are stored as integers.
    integers: bool,
    numbers: Vec<f64>,
}

/// A file's name and its bytes.
pub(super) struct Part<'a> {
    pub file: &'a str,
    pub bytes: &'a [u8],
}

/// Reads items and labels; the elements of an item become its features, unscaled.
///
/// Features are named `pixel_r_c` if an item has two dimensions, else `x1`, `x2`, …
pub(super) fn read(items: &Part<'_>, labels: &Part<'_>, kind: TargetKind) -> Result<Dataset, DataError> {
    let (tensor, answers) = (parse(items)?, parse(labels)?);
    if answers.shape.len() != 1 {
        return Err(refuse(labels, format!("labels need 1 dimension, not {}", answers.shape.len())));
    }
    if tensor.shape[0] != answers.shape[0] {
        return Err(DataError::LabelCount {
            file: items.file.to_owned(),
            items: tensor.shape[0],
            labels_file: labels.file.to_owned(),
            labels: answers.shape[0],
        });
    }
    if tensor.shape[0] == 0 {
        return Err(DataError::NoRows { file: items.file.to_owned() });
    }
    if tensor.numbers.is_empty() {
        return Err(DataError::NoColumns { file: items.file.to_owned() });
    }
    check_finite(items, &tensor)?;
    check_finite(labels, &answers)?;
    let fields: Vec<Field> = (1..).zip(&answers.numbers).map(|(line, x)| Field { line, text: x.to_string() }).collect();
    let kind = if kind == TargetKind::Auto && answers.integers { TargetKind::Categorical } else { kind };
    let targets = collect(labels.file, "the label", &fields, kind)?;
    let columns = tensor.numbers.len() / tensor.shape[0];
    let feature_names = names(&tensor.shape[1..], columns);
    let features = Array2::from_shape_vec((tensor.shape[0], columns), tensor.numbers).expect("the sizes were checked");
    let checksum = checksum(&[items.bytes, labels.bytes]);
    Ok(Dataset { name: items.file.to_owned(), features, feature_names, targets, checksum })
}

fn refuse(part: &Part<'_>, reason: String) -> DataError {
    DataError::Idx { file: part.file.to_owned(), reason }
}

fn names(item: &[usize], columns: usize) -> Vec<String> {
    match *item {
        [_, width] => (0..columns).map(|j| format!("pixel_{}_{}", j / width, j % width)).collect(),
        _ => (1..=columns).map(|j| format!("x{j}")).collect(),
    }
}

fn check_finite(part: &Part<'_>, tensor: &Tensor) -> Result<(), DataError> {
    let Some(at) = tensor.numbers.iter().position(|x| !x.is_finite()) else { return Ok(()) };
    let columns = tensor.numbers.len() / tensor.shape[0];
    let (item, element) = (at / columns + 1, at % columns + 1);
    Err(refuse(part, format!("item {item}, element {element}: {} is not a finite number", tensor.numbers[at])))
}

/// The element types: code, bytes, whether integer, and how one is read.
type Element = (u8, usize, bool, fn(&[u8]) -> f64);

const ELEMENTS: [Element; 6] = [
    (0x08, 1, true, |b| f64::from(b[0])),
    (0x09, 1, true, |b| f64::from(b[0].cast_signed())),
    (0x0b, 2, true, |b| f64::from(i16::from_be_bytes([b[0], b[1]]))),
    (0x0c, 4, true, |b| f64::from(i32::from_be_bytes([b[0], b[1], b[2], b[3]]))),
    (0x0d, 4, false, |b| f64::from(f32::from_be_bytes([b[0], b[1], b[2], b[3]]))),
    (0x0e, 8, false, |b| f64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])),
];

fn parse(part: &Part<'_>) -> Result<Tensor, DataError> {
    let (code, dimensions) = match *part.bytes {
        [0, 0, code, dimensions, ..] => (code, usize::from(dimensions)),
        _ => {
            let start = &part.bytes[..part.bytes.len().min(4)];
            return Err(refuse(
                part,
                format!("it begins with the bytes {start:02x?}; IDX begins with 00 00, a type, a number of dimensions"),
            ));
        }
    };
    let Some(&(_, size, integers, read)) = ELEMENTS.iter().find(|element| element.0 == code) else {
        return Err(refuse(part, format!("element type {code:#04x} is none of 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e")));
    };
    if !(1..=MAX_DIMENSIONS).contains(&dimensions) {
        return Err(refuse(part, format!("{dimensions} dimensions; between 1 and {MAX_DIMENSIONS} are taken")));
    }
    let body = 4 + 4 * dimensions;
    let Some(header) = part.bytes.get(4..body) else {
        return Err(refuse(part, format!("{} bytes, but the header alone has {body}", part.bytes.len())));
    };
    let shape: Vec<u64> =
        header.chunks_exact(4).map(|b| u64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]]))).collect();
    let numbers = count(part, &shape)?;
    let (found, expected) = (part.bytes.len() - body, numbers * size);
    if found != expected {
        return Err(refuse(part, format!("{found} bytes of elements, but the dimensions {shape:?} need {expected}")));
    }
    let numbers = part.bytes[body..].chunks_exact(size).map(read).collect();
    Ok(Tensor { shape: shape.iter().map(|&n| n as usize).collect(), integers, numbers })
}

/// The number of elements, if they can be held.
fn count(part: &Part<'_>, shape: &[u64]) -> Result<usize, DataError> {
    let product = |shape: &[u64]| shape.iter().try_fold(1u64, |product, &n| product.checked_mul(n));
    match product(shape) {
        Some(numbers) if numbers <= MAX_NUMBERS as u64 => Ok(numbers as usize),
        _ => Err(DataError::TooLarge {
            file: part.file.to_owned(),
            rows: shape[0],
            columns: product(&shape[1..]).unwrap_or(u64::MAX),
            limit: MAX_NUMBERS,
        }),
    }
}
