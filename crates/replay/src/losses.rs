//! Values and derivatives of losses.

mod classes;
mod elementwise;
mod pairs;
mod parameters;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use sgdlab_losses::structured::Reduction;

use crate::number::{Number, plain, size};
use crate::report::Comparison;
use parameters::Parameters;

/// A record of the format of the crate's documentation.
#[derive(Deserialize)]
struct Record {
    loss: String,
    #[serde(default)]
    parameters: Map<String, Json>,
    #[serde(default)]
    dtype: crate::rules::Precision,
    inputs: BTreeMap<String, Array>,
    value: Array,
    #[serde(default)]
    grad: BTreeMap<String, Array>,
    #[serde(default)]
    hess_diag: BTreeMap<String, Array>,
    exact: Option<Exact>,
    tol: Option<f64>,
}

/// Numbers, row-major.
#[derive(Deserialize)]
struct Array {
    shape: Vec<usize>,
    data: Vec<Number>,
}

/// Better numbers than the library's own.
#[derive(Deserialize)]
struct Exact {
    #[serde(default)]
    for_finite_inputs_only: bool,
    value: Vec<Number>,
    #[serde(default)]
    grad: BTreeMap<String, Vec<Number>>,
}

/// A computed number, and what the rounding of the recorded one is measured by.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rounded {
    number: f64,
    /// The size of the terms that the recorded number was added up from: where these cancel, their rounding remains.
    terms: f64,
    /// Whether the library's own arithmetic overflows or meets ∞ − ∞ here.
    lost: bool,
}

impl Rounded {
    /// A number without cancellation.
    fn sharp(number: f64) -> Self {
        Self::of(number, number.abs())
    }

    fn of(number: f64, terms: f64) -> Self {
        Self { number, terms, lost: false }
    }

    fn times(self, factor: f64) -> Self {
        Self { number: self.number * factor, terms: self.terms * factor.abs(), lost: self.lost }
    }
}

/// Derivatives with respect to one input, in its layout.
struct Slopes {
    input: &'static str,
    gradient: Vec<Rounded>,
    curvature: Vec<Rounded>,
}

/// A loss of all terms, before they are reduced.
struct Terms {
    values: Vec<Rounded>,
    slopes: Vec<Slopes>,
    /// What a mean divides by.
    weight: f64,
}

/// Replays a record; the error says why that is not possible.
pub(crate) fn replay(record: &Json) -> Result<Comparison, String> {
    let record = Record::deserialize(record).map_err(|error| error.to_string())?;
    let arrays = record.inputs.iter().chain(&record.grad).chain(&record.hess_diag);
    for (name, array) in arrays.map(|(name, array)| (name.as_str(), array)).chain([("value", &record.value)]) {
        let size = size(&array.shape).map_err(|error| format!("{name}: {error}"))?;
        if array.data.len() != size {
            return Err(format!("{name} has {} numbers, and its shape asks for {size}", array.data.len()));
        }
    }
    let parameters = Parameters::new(&record.parameters);
    let reduction = parameters.word("reduction")?.unwrap_or("none");
    let terms = record.terms(&parameters)?;
    parameters.finish(&record.loss)?;
    record.compare(&terms.reduced(reduction, record.rows())?)
}

impl Record {
    fn terms(&self, parameters: &Parameters<'_>) -> Result<Terms, String> {
        if let Some(terms) = classes::terms(self, parameters)? {
            return Ok(terms);
        }
        if let Some(terms) = pairs::terms(self, parameters)? {
            return Ok(terms);
        }
        elementwise::terms(self, parameters)
    }

    fn input(&self, name: &str) -> Result<&Array, String> {
        self.inputs.get(name).ok_or_else(|| format!("an input \"{name}\" is needed"))
    }

    /// The rows of the first input.
    fn rows(&self) -> usize {
        let input = self.inputs.get("input").or_else(|| self.inputs.values().next());
        input.and_then(|array| array.shape.first()).copied().unwrap_or(1)
    }

    fn compare(&self, computed: &Terms) -> Result<Comparison, String> {
        let mut comparison = Comparison::default();
        let (values, exact) = self.best(&self.value, self.exact.as_ref().map(|exact| &exact.value[..]))?;
        self.list(&mut comparison, "value", (&computed.values, &values), &exact)?;
        for (recorded, order) in [(&self.grad, "grad"), (&self.hess_diag, "hess_diag")] {
            for (name, array) in recorded {
                let slopes = computed.slopes.iter().find(|slopes| slopes.input == name);
                let slopes = slopes.ok_or_else(|| format!("{order} of \"{name}\" is not computed"))?;
                let ours = if order == "grad" { &slopes.gradient } else { &slopes.curvature };
                let better = self.exact.as_ref().filter(|_| order == "grad").and_then(|exact| exact.grad.get(name));
                let (numbers, exact) = self.best(array, better.map(|list| &list[..]))?;
                self.list(&mut comparison, &format!("{order} of {name}"), (ours, &numbers), &exact)?;
            }
        }
        Ok(comparison)
    }

    /// Recorded numbers with exact ones in their place, and which these are.
    fn best(&self, recorded: &Array, exact: Option<&[Number]>) -> Result<(Vec<f64>, Vec<bool>), String> {
        let mut numbers = plain(&recorded.data);
        let mut sharp = vec![false; numbers.len()];
        if let (Some(list), Some(exact)) = (exact, &self.exact) {
            let input = plain(&self.input("input")?.data);
            let at = |k: usize| !exact.for_finite_inputs_only || input.get(k).is_none_or(|x| x.is_finite());
            let places: Vec<usize> = (0..numbers.len()).filter(|&k| at(k)).collect();
            if places.len() != list.len() {
                return Err(format!("exact has {} numbers for {} places", list.len(), places.len()));
            }
            for (k, number) in places.into_iter().zip(list) {
                (numbers[k], sharp[k]) = (number.0, true);
            }
        }
        Ok((numbers, sharp))
    }

    /// Compares a list: |a − b| ≤ tol |b| + 4 ε terms + 10⁻³⁰⁰, without the terms where b is exact.
    fn list(
        &self,
        comparison: &mut Comparison,
        what: &str,
        (ours, recorded): (&[Rounded], &[f64]),
        exact: &[bool],
    ) -> Result<(), String> {
        if ours.len() != recorded.len() {
            return Err(format!("{what} has {} numbers, and {} are computed", recorded.len(), ours.len()));
        }
        let (relative, epsilon) = match self.dtype {
            crate::rules::Precision::F64 => (1e-13, f64::EPSILON),
            crate::rules::Precision::F32 => (1e-6, f64::from(f32::EPSILON)),
        };
        for (k, (a, &b)) in ours.iter().zip(recorded).enumerate() {
            let given_up = a.lost && (b.is_nan() || (b.is_infinite() && !a.number.is_nan()));
            let terms = if exact[k] || !a.terms.is_finite() { 0.0 } else { a.terms };
            let tolerance = self.tol.unwrap_or(relative) * b.abs() + 4.0 * epsilon * terms + 1e-300;
            let place = || format!("{what}, entry {k}");
            comparison.pair(if given_up { b } else { a.number }, b, tolerance, place);
        }
        Ok(())
    }
}

impl Terms {
    /// `none`, `mean`, `sum` or `batchmean`, which divides by `rows`.
    fn reduced(self, reduction: &str, rows: usize) -> Result<Self, String> {
        let reduction = match reduction {
            "none" => return Ok(self),
            "mean" => Reduction::Mean,
            "sum" => Reduction::Sum,
            "batchmean" => Reduction::BatchMean { rows },
            other => return Err(format!("reduction = \"{other}\" is none of none, mean, sum, batchmean")),
        };
        let factor = reduction.factor(self.weight);
        let numbers: Vec<f64> = self.values.iter().map(|value| value.number).collect();
        let size: f64 = self.values.iter().map(|value| value.terms).sum();
        let value = Rounded {
            number: reduction.value(&numbers, self.weight),
            terms: size * factor.abs(),
            lost: self.values.iter().any(|value| value.lost),
        };
        let scaled = |list: Vec<Rounded>| list.into_iter().map(|number| number.times(factor)).collect();
        let slopes = self.slopes.into_iter().map(|slopes| Slopes {
            gradient: scaled(slopes.gradient),
            curvature: scaled(slopes.curvature),
            ..slopes
        });
        Ok(Self { values: vec![value], slopes: slopes.collect(), weight: self.weight })
    }
}

#[cfg(test)]
mod tests;
