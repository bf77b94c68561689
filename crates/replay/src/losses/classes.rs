//! Losses of several classes.

use sgdlab_core::Real;
use sgdlab_losses::structured::{self, ClassWeights, Derivatives, Margin, Rivals};

use super::parameters::Parameters;
use super::{Array, Record, Rounded, Slopes, Terms};
use crate::number::plain;

/// How the classes of a batch are laid out: `batch` × classes × `inner`, row-major.
struct Layout {
    batch: usize,
    classes: usize,
    inner: usize,
}

impl Layout {
    /// One vector, or a batch whose second axis are the classes.
    fn of(input: &Array) -> Self {
        match input.shape[..] {
            [] => Self { batch: 1, classes: 1, inner: 1 },
            [classes] => Self { batch: 1, classes, inner: 1 },
            [batch, classes, ref rest @ ..] => Self { batch, classes, inner: rest.iter().product() },
        }
    }

    fn terms(&self) -> usize {
        self.batch * self.inner
    }

    /// Where class `c` of term `i` is.
    fn place(&self, i: usize, c: usize) -> usize {
        (i / self.inner * self.classes + c) * self.inner + i % self.inner
    }
}

/// One term: its value, its weight in a mean, and its derivatives in the input and, if any, the target.
struct Term {
    value: Rounded,
    weight: f64,
    gradient: Vec<Rounded>,
    curvature: Vec<Rounded>,
    in_target: Option<Vec<f64>>,
}

impl Term {
    /// A term whose numbers have the rounding of `size`.
    fn new(value: f64, weight: f64, size: f64, (gradient, curvature): (&[f64], &[f64])) -> Self {
        let rounded = |list: &[f64]| list.iter().map(|&x| Rounded::of(x, size.max(x.abs()))).collect();
        let value = Rounded::of(value, value.abs().max(size));
        Self { value, weight, gradient: rounded(gradient), curvature: rounded(curvature), in_target: None }
    }
}

/// The size of what a library adds up after a softmax: probabilities, whose rounding is that of p ln p at most, and
/// the logarithm of a sum that may be near 1, times the largest weight.
fn of_softmax(weights: Option<&[f64]>) -> f64 {
    2.0 * weights.map_or(1.0, largest)
}

/// What a term is computed of.
struct Case<'a> {
    x: &'a [f64],
    /// One number, or as many as classes.
    target: &'a [f64],
    weights: Option<&'a [f64]>,
}

/// All terms of a record of a loss of classes; `None` if it is of another one.
pub(super) fn terms(record: &Record, parameters: &Parameters<'_>) -> Result<Option<Terms>, String> {
    let Some(loss) = Classwise::find(&record.loss, parameters)? else { return Ok(None) };
    let weights = parameters.list("weight")?;
    let (array, target) = (record.input("input")?, record.input("target")?);
    let (layout, input, targets) = (Layout::of(array), plain(&array.data), plain(&target.data));
    if weights.as_ref().is_some_and(|weights| weights.len() != layout.classes) {
        return Err(format!("weight needs a number for each of {} classes", layout.classes));
    }
    let dense = loss.takes_rows() || (target.shape == array.shape && loss.takes_distributions());
    let expected = if dense { input.len() } else { layout.terms() };
    if targets.len() != expected {
        return Err(format!("target has {} numbers, and {expected} are needed", targets.len()));
    }
    let row = |list: &[f64], i: usize| (0..layout.classes).map(|c| list[layout.place(i, c)]).collect::<Vec<f64>>();
    let term = |i: usize| {
        let target = if dense { row(&targets, i) } else { vec![targets[i]] };
        loss.term(&Case { x: &row(&input, i), target: &target, weights: weights.as_deref() })
    };
    let all = (0..layout.terms()).map(term).collect::<Result<Vec<_>, _>>()?;
    let spread = |of: &dyn Fn(&Term, usize) -> Rounded| {
        let mut list = vec![Rounded::sharp(0.0); input.len()];
        for (i, term) in all.iter().enumerate() {
            (0..layout.classes).for_each(|c| list[layout.place(i, c)] = of(term, c));
        }
        list
    };
    let mut slopes = vec![Slopes {
        input: "input",
        gradient: spread(&|term, c| term.gradient[c]),
        curvature: spread(&|term, c| term.curvature[c]),
    }];
    if all.iter().any(|term| term.in_target.is_some()) {
        let gradient = spread(&|term, c| Rounded::sharp(term.in_target.as_ref().map_or(0.0, |slopes| slopes[c])));
        slopes.push(Slopes { input: "target", gradient, curvature: vec![Rounded::sharp(0.0); input.len()] });
    }
    let weight = all.iter().map(|term| term.weight).sum();
    Ok(Some(Terms { values: all.iter().map(|term| term.value).collect(), slopes, weight }))
}

/// A loss of classes.
enum Classwise {
    CrossEntropy { smoothing: f64, ignored: f64 },
    Focal { gamma: f64, ignored: f64 },
    NegativeLogLikelihood { ignored: f64 },
    Margin { margin: f64, squared: bool, rivals: Rivals },
    MultilabelMargin,
    MultilabelSoftMargin,
}

impl Classwise {
    fn find(name: &str, parameters: &Parameters<'_>) -> Result<Option<Self>, String> {
        // −100 is what torch ignores unless it is told.
        let ignored = || parameters.number("ignore_index", -100.0);
        let margin = |rivals: Rivals| {
            let p = parameters.number("p", 1.0)?;
            if p != 1.0 && p != 2.0 {
                return Err(format!("p = {p} is neither 1 nor 2"));
            }
            Ok(Self::Margin { margin: parameters.number("margin", 1.0)?, squared: p == 2.0, rivals })
        };
        Ok(Some(match name {
            "cross_entropy" | "softmax_cross_entropy" => {
                Self::CrossEntropy { smoothing: parameters.number("label_smoothing", 0.0)?, ignored: ignored()? }
            }
            "softmax_focal" => Self::Focal { gamma: parameters.number("gamma", 2.0)?, ignored: ignored()? },
            "nll" => Self::NegativeLogLikelihood { ignored: ignored()? },
            "multi_margin" => margin(Rivals::Mean)?,
            "weston_watkins" => margin(Rivals::Sum)?,
            "crammer_singer" => margin(Rivals::Largest)?,
            "multilabel_margin" => Self::MultilabelMargin,
            "multilabel_soft_margin" => Self::MultilabelSoftMargin,
            _ => return Ok(None),
        }))
    }

    /// Whether targets are always as many as scores.
    fn takes_rows(&self) -> bool {
        matches!(self, Self::MultilabelMargin | Self::MultilabelSoftMargin)
    }

    fn takes_distributions(&self) -> bool {
        matches!(self, Self::CrossEntropy { .. })
    }

    fn term(&self, case: &Case<'_>) -> Result<Term, String> {
        let Case { x, target, weights } = *case;
        let size = x.len();
        let (mut gradient, mut curvature) = (vec![0.0; size], vec![0.0; size]);
        let out = Derivatives { gradient: &mut gradient, curvature: &mut curvature };
        if let (Self::CrossEntropy { smoothing, .. }, true) = (self, target.len() == size && size > 1) {
            let mut in_target = vec![0.0; size];
            let value = structured::cross_entropy_soft(x, target, (weights, *smoothing), out, &mut in_target);
            let size = of_softmax(weights);
            return Ok(Term { in_target: Some(in_target), ..Term::new(value, 1.0, size, (&gradient, &curvature)) });
        }
        let ignored = match self {
            Self::CrossEntropy { ignored, .. }
            | Self::Focal { ignored, .. }
            | Self::NegativeLogLikelihood { ignored } => target[0] == *ignored,
            _ => false,
        };
        if ignored {
            return Ok(Term::new(0.0, 0.0, 0.0, (&gradient, &curvature)));
        }
        match self {
            Self::MultilabelMargin => {
                let labels = target.iter().take_while(|&&y| y >= 0.0).map(|&y| label(y, size));
                let labels = labels.collect::<Result<Vec<_>, _>>()?;
                let value = structured::multilabel_margin(x, &labels, &mut gradient);
                return Ok(Term::new(value, 1.0, largest(x) + 1.0, (&gradient, &curvature)));
            }
            Self::MultilabelSoftMargin => {
                let value = structured::multilabel_soft_margin(x, target, weights, out);
                let scale = weights.map_or(1.0, largest) / size as f64;
                return Ok(Term::new(value, 1.0, scale, (&gradient, &curvature)));
            }
            _ => {}
        }
        let label = label(target[0], size)?;
        let classes = ClassWeights { weights, ignored: None };
        Ok(match self {
            Self::CrossEntropy { smoothing, .. } => {
                let value = structured::cross_entropy(x, label, classes, *smoothing, out);
                Term::new(value, classes.term(label), of_softmax(weights), (&gradient, &curvature))
            }
            Self::Focal { gamma, .. } => {
                let value = structured::focal(x, label, classes, *gamma, out);
                Term::new(value, classes.term(label), of_softmax(weights), (&gradient, &curvature))
            }
            Self::NegativeLogLikelihood { .. } => {
                let value = structured::negative_log_likelihood(x, label, classes, &mut gradient);
                Term::new(value, classes.term(label), 0.0, (&gradient, &curvature))
            }
            Self::Margin { margin, squared, rivals } => {
                let how = Margin { margin: *margin, squared: *squared, rivals: *rivals, weights };
                let value = structured::multi_margin(x, label, how, out);
                let missing = largest(x) + margin.abs();
                let scale = weights.map_or(1.0, |weights| weights[label]);
                let size = scale * if *squared { missing * missing } else { missing };
                Term::new(value, 1.0, size, (&gradient, &curvature))
            }
            Self::MultilabelMargin | Self::MultilabelSoftMargin => unreachable!("returned above"),
        })
    }
}

/// The class that a target is.
fn label(target: f64, classes: usize) -> Result<usize, String> {
    let is_class = target >= 0.0 && target.fract() == 0.0 && target < classes as f64;
    if is_class { Ok(target as usize) } else { Err(format!("target {target} is none of {classes} classes")) }
}

fn largest(list: &[f64]) -> f64 {
    list.iter().fold(0.0, |largest, x| Real::max(largest, x.abs()))
}
