//! The data sets that come with the laboratory.

use super::csv::{Options, read};
use super::{Dataset, TargetKind, Targets};

/// A bundled file.
struct Entry {
    name: &'static str,
    text: &'static str,
    kind: TargetKind,
    /// Names of the classes 0, 1, …, where the file has codes.
    classes: &'static [&'static str],
}

const fn classes(name: &'static str, text: &'static str) -> Entry {
    Entry { name, text, kind: TargetKind::Categorical, classes: &[] }
}

const fn numbers(name: &'static str, text: &'static str) -> Entry {
    Entry { name, text, kind: TargetKind::Numeric, classes: &[] }
}

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../../../data/sets/", $name, ".csv"))
    };
}

const ENTRIES: [Entry; 9] = [
    // In the order of the codes: sorted by name, the classes would change places.
    Entry { classes: &["malignant", "benign"], ..classes("breast-cancer", file!("breast-cancer")) },
    numbers("diabetes", file!("diabetes")),
    classes("digits", file!("digits")),
    classes("iris", file!("iris")),
    numbers("line-50", file!("line-50")),
    numbers("neuron-2", file!("neuron-2")),
    numbers("neuron-8", file!("neuron-8")),
    classes("wine", file!("wine")),
    numbers("zigzag-12", file!("zigzag-12")),
];

/// The names of the bundled data sets.
#[must_use]
pub fn bundled_names() -> Vec<&'static str> {
    ENTRIES.iter().map(|entry| entry.name).collect()
}

/// A bundled data set, or `None` if there is none of that name.
///
/// Sources, licenses and columns are described beside the files, in `data/sets/README.md`.
///
/// # Panics
/// If a bundled file is malformed, which the tests rule out.
///
/// ```
/// use sgdlab_objectives::data::bundled;
/// let digits = bundled("digits").unwrap();
/// assert_eq!(digits.features.dim(), (1797, 64));
/// assert!(bundled("digit").is_none());
/// ```
#[must_use]
pub fn bundled(name: &str) -> Option<Dataset> {
    let entry = ENTRIES.iter().find(|entry| entry.name == name)?;
    let options = Options { delimiter: b',', target: None, kind: entry.kind };
    let mut dataset = read(name, entry.text.as_bytes(), &options).expect("bundled files are well formed");
    if let (Targets::Classes { names, .. }, false) = (&mut dataset.targets, entry.classes.is_empty()) {
        *names = entry.classes.iter().map(|&name| name.to_owned()).collect();
    }
    Some(dataset)
}
