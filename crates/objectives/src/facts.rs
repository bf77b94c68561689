//! What is known about an objective without running anything.

use sgdlab_core::{Facts, Objective, Real, Sample, reduce};
use sgdlab_losses::{Loss, LossSpec, MulticlassSpec};

use crate::classes;
use crate::linear::LinearSpec;
use crate::network::{Classes, NetworkSpec, Outputs};
use crate::problem::{Kind, Terms};
use crate::solve::{self, Solution, SolveError, Spectrum};

/// The facts of a problem; computes the minimum.
pub(crate) fn of(kind: &Kind, terms: &Terms) -> Facts {
    match kind {
        Kind::Linear(spec) => linear(spec, terms),
        Kind::Network(spec) => match without_hidden(spec) {
            Some(classes) => of_classes(kind, classes, spec.l2, terms),
            None => Facts::default(),
        },
        Kind::Quadratic { spectrum } => quadratic(spectrum, terms),
        Kind::Diagonal { teacher } => diagonal(teacher.as_deref(), terms),
    }
}

/// The classes of a network without hidden units, which is a linear model.
fn without_hidden(spec: &NetworkSpec) -> Option<&Classes> {
    match &spec.outputs {
        Outputs::Classes(classes) if spec.hidden.is_empty() => Some(classes),
        _ => None,
    }
}

fn linear(spec: &LinearSpec, terms: &Terms) -> Facts {
    let of_loss = spec.loss.facts();
    let solution = minimum(spec, terms).ok();
    let constants = of_loss.smoothness.map(|smoothness| {
        let features = terms.features.view();
        let spectrum = |curvature| solve::penalized_spectrum(features, curvature, spec.l2, spec.intercept);
        (spectrum(smoothness * spec.factor), spectrum(of_loss.strong_convexity.max(0.0) * spec.factor))
    });
    // Terms whose losses have the minimum 0 agree exactly where the mean is 0. The cross-entropy of
    // a probability between 0 and 1 has another minimum.
    let entropic = matches!(spec.loss, LossSpec::BinaryCrossEntropy(_) | LossSpec::WeightedBinaryCrossEntropy(_));
    let from_zero = !entropic || terms.numbers.iter().all(|&y| y == 0.0 || y == 1.0);
    let known = solution.as_ref().filter(|_| from_zero || spec.l2 != 0.0);
    let interpolates = known.map(|solution| spec.l2 == 0.0 && solution.value.abs() < 1e-20);
    Facts {
        minimum: solution.as_ref().map(|solution| solution.value),
        minimizer: solution.map(|solution| solution.parameters),
        convex: of_loss.convex,
        smoothness: constants.map(|(upper, _)| upper.largest),
        term_smoothness: constants.map(|(upper, _)| upper.largest_term),
        strong_convexity: if of_loss.convex { constants.map_or(0.0, |(_, lower)| smallest(lower)) } else { 0.0 },
        interpolates,
        ..Facts::default()
    }
}

/// A Lipschitz constant of the gradient of each term: the largest is `Facts::term_smoothness`.
///
/// A loss of curvature at most C gives C ‖(xᵢ, 1)‖² + λ.
pub(crate) fn term_smoothness(kind: &Kind, terms: &Terms) -> Option<Vec<f64>> {
    let (curvatures, l2, intercept) = match kind {
        Kind::Linear(spec) => {
            let curvature = spec.loss.facts().smoothness? * spec.factor;
            (vec![curvature; terms.features.nrows()], spec.l2, spec.intercept)
        }
        Kind::Network(spec) => {
            let of_classes = classes::smoothness(without_hidden(spec)?, &terms.labels)?;
            (terms.labels.iter().map(|&label| of_classes[label as usize]).collect(), spec.l2, true)
        }
        Kind::Diagonal { .. } => return None,
        Kind::Quadratic { spectrum } => {
            let largest = spectrum.iter().copied().fold(0.0, Real::max);
            return Some(vec![largest; terms.features.nrows()]);
        }
    };
    let one = if intercept { 1.0 } else { 0.0 };
    let square = |row: ndarray::ArrayView1<'_, f64>| row.iter().map(|x| x * x).sum::<f64>() + one;
    let rows = terms.features.rows().into_iter().zip(curvatures);
    Some(rows.map(|(row, curvature)| curvature * square(row) + l2).collect())
}

/// ‖∇fᵢ(`at`)‖₂ of each term.
pub(crate) fn gradient_norms(objective: &dyn Objective<f64, 1>, at: &[f64]) -> Vec<f64> {
    let at: Vec<[f64; 1]> = at.iter().map(|&x| [x]).collect();
    let mut scratch = vec![[0.0]; objective.scratch(1)];
    let mut gradient = vec![[0.0]; at.len()];
    let norm = |term: u32| {
        objective.gradient(&at, Sample::of(&[term]), &mut scratch, &mut gradient);
        reduce::norm(&gradient)[0]
    };
    (0..objective.terms() as u32).map(norm).collect()
}

/// The smallest eigenvalue; 0 if it is no more than rounding of the largest, as where columns are dependent.
fn smallest(spectrum: Spectrum) -> f64 {
    if spectrum.smallest > 1e-13 * spectrum.largest { spectrum.smallest } else { 0.0 }
}

/// The minimum of a linear model, where there is a method for its loss.
fn minimum(spec: &LinearSpec, terms: &Terms) -> Result<Solution, SolveError> {
    let (x, y) = (terms.features.view(), terms.numbers.as_slice());
    let LinearSpec { l2, intercept, .. } = *spec;
    match &spec.loss {
        LossSpec::Squared(loss) => {
            // r² is twice ½ r², so the penalty weighs half.
            let scale = if loss.half() { 1.0 } else { 2.0 };
            let solution = solve::ridge(x, y, l2 / scale, intercept)?;
            Ok(Solution { value: scale * solution.value, ..solution })
        }
        LossSpec::Absolute(_) if l2 == 0.0 => solve::least_absolute(x, y, intercept),
        LossSpec::Pinball(loss) if l2 == 0.0 => solve::pinball(x, y, loss.tau(), intercept),
        LossSpec::Hinge(_) if l2 == 1.0 && intercept => solve::hinge_svm(x, y, spec.factor),
        loss if loss.facts().convex && loss.facts().smoothness.is_some() && spec.factor == 1.0 => {
            let term = |z: f64, y: f64| (loss.value(z, y), loss.slope(z, y), loss.curvature(z, y));
            solve::newton(x, y, &term, l2, intercept)
        }
        _ => Err(SolveError::Unsupported { what: "loss", value: format!("{:?}", spec.loss), accepts: "another" }),
    }
}

/// A linear model of several outputs.
///
/// The minimum is solved for only where the loss is the cross-entropy without smoothing and weights of classes.
fn of_classes(kind: &Kind, of: &Classes, l2: f64, terms: &Terms) -> Facts {
    let plain = of.weights.is_empty() && matches!(&of.loss, MulticlassSpec::CrossEntropy(loss) if loss.is_plain());
    let solve = || solve::softmax(terms.features.view(), &terms.labels, of.count as u32, l2, true).ok();
    let solution = plain.then(solve).flatten();
    let of_labels = classes::smoothness(of, &terms.labels).map(|of_classes| {
        let of_labels = terms.labels.iter().map(|&label| of_classes[label as usize]);
        of_labels.fold(0.0, Real::max)
    });
    let spectrum = of_labels.map(|largest| solve::penalized_spectrum(terms.features.view(), largest, l2, true));
    Facts {
        minimum: solution.as_ref().map(|solution| solution.value),
        minimizer: solution.map(|solution| input_by_input(&solution.parameters, of.count)),
        convex: of.loss.facts().convex,
        smoothness: spectrum.map(|spectrum| spectrum.largest),
        term_smoothness: match spectrum {
            Some(spectrum) if of.weights.is_empty() => Some(spectrum.largest_term),
            _ => term_smoothness(kind, terms).map(|of_terms| of_terms.into_iter().fold(0.0, Real::max)),
        },
        strong_convexity: 0.0,
        interpolates: plain.then_some(false),
        ..Facts::default()
    }
}

/// Weights class by class, then intercepts, in the order of the model: input by input.
fn input_by_input(parameters: &[f64], classes: usize) -> Vec<f64> {
    let columns = parameters.len() / classes - 1;
    let (weights, intercepts) = parameters.split_at(columns * classes);
    let ordered = (0..columns).flat_map(|j| (0..classes).map(move |c| weights[c * columns + j]));
    ordered.chain(intercepts.iter().copied()).collect()
}

fn quadratic(spectrum: &[f64], terms: &Terms) -> Facts {
    let n = terms.features.nrows() as f64;
    let squares = terms.features.columns().into_iter().map(|column| column.iter().map(|c| c * c).sum::<f64>() / n);
    let minimum = squares.zip(spectrum).map(|(square, lambda)| 0.5 * lambda * square).sum::<f64>();
    let largest = spectrum.iter().copied().fold(0.0, Real::max);
    Facts {
        minimum: Some(minimum),
        minimizer: Some(vec![0.0; spectrum.len()]),
        convex: true,
        smoothness: Some(largest),
        term_smoothness: Some(largest),
        strong_convexity: spectrum.iter().copied().fold(f64::INFINITY, Real::min),
        interpolates: Some(minimum == 0.0),
        ..Facts::default()
    }
}

/// Every weight θ is u v with |u| = |v|, so the minimum is that of least squares, and 0 with a teacher.
fn diagonal(teacher: Option<&[f64]>, terms: &Terms) -> Facts {
    let solution = match teacher {
        Some(teacher) => Some((0.0, teacher.to_vec())),
        None => {
            let solution = solve::ridge(terms.features.view(), &terms.numbers, 0.0, false).ok();
            solution.map(|solution| (solution.value, solution.parameters))
        }
    };
    let balanced = |weights: &[f64]| {
        let roots = weights.iter().map(|w| w.abs().sqrt());
        roots.clone().zip(weights).map(|(root, w)| root.copysign(*w)).chain(roots).collect()
    };
    Facts {
        minimum: solution.as_ref().map(|(value, _)| *value),
        minimizer: solution.as_ref().map(|(_, weights)| balanced(weights)),
        interpolates: solution.map(|(value, _)| value < 1e-20),
        ..Facts::default()
    }
}
