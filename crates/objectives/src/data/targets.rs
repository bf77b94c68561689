//! From target fields to numbers or classes.

use std::collections::BTreeMap;

use super::error::shown;
use super::{DataError, Targets};

/// How targets are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetKind {
    /// As classes if any target is not a number (in IDX files: if they are stored as integers),
    /// else as numbers.
    #[default]
    Auto,
    /// As classes, whatever they look like.
    Categorical,
    /// As finite numbers.
    Numeric,
}

/// One target as it stands in the file.
pub(super) struct Field {
    pub line: u64,
    pub text: String,
}

/// Reads target fields; `column` is how messages call them.
pub(super) fn collect(file: &str, column: &str, fields: &[Field], kind: TargetKind) -> Result<Targets, DataError> {
    let refuse = |field: &Field| DataError::NotANumber {
        file: file.to_owned(),
        line: field.line,
        column: column.to_owned(),
        value: shown(&field.text),
    };
    // An empty field is a missing target, never a class.
    if let Some(missing) = fields.iter().find(|field| field.text.is_empty()) {
        return Err(refuse(missing));
    }
    let numbers: Option<Vec<f64>> = fields.iter().map(|field| field.text.parse().ok()).collect();
    let categorical = match kind {
        TargetKind::Auto => numbers.is_none(),
        TargetKind::Categorical => true,
        TargetKind::Numeric => false,
    };
    if categorical {
        return classes(file, fields, numbers.filter(|numbers| numbers.iter().all(|x| x.is_finite())));
    }
    let finite = |field: &Field| field.text.parse().ok().filter(|x: &f64| x.is_finite()).ok_or_else(|| refuse(field));
    Ok(Targets::Numbers(fields.iter().map(finite).collect::<Result<_, _>>()?))
}

/// Classes in the order of their names, or of their values if all are numbers.
///
/// Numbers are named by their shortest decimal, so that `1`, `+1` and `1.0` are one class.
fn classes(file: &str, fields: &[Field], numbers: Option<Vec<f64>>) -> Result<Targets, DataError> {
    let texts: Vec<String> = match &numbers {
        // Adding 0 turns −0 into 0.
        Some(numbers) => numbers.iter().map(|x| (x + 0.0).to_string()).collect(),
        None => fields.iter().map(|field| field.text.clone()).collect(),
    };
    let mut distinct: Vec<&String> = texts.iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    if numbers.is_some() {
        let value = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
        distinct.sort_by(|a, b| value(a).total_cmp(&value(b)));
    }
    if let [only] = distinct[..] {
        return Err(DataError::OneClass { file: file.to_owned(), class: shown(only) });
    }
    let index: BTreeMap<&String, u32> = distinct.iter().copied().zip(0..).collect();
    let labels = texts.iter().map(|text| index[text]).collect();
    Ok(Targets::Classes { labels, names: distinct.into_iter().cloned().collect() })
}
