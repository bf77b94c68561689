//! The squared distance of the outputs from one at the class and zero elsewhere.

use sgdlab_core::reduce::sum_of;
use sgdlab_core::{Domain, Entry, Hyperparameter, Lanes, Real, Settings};

use crate::multiclass::CLASS_WEIGHTS;
use crate::{Divisor, Label, MulticlassFacts, MulticlassLoss};

/// How the catalogue describes [`OneHot`].
pub const ENTRY: Entry = Entry {
    name: "one-hot",
    summary: "The squared distance of the outputs from 1 at the class and 0 elsewhere.",
    formula: "w_y Σ_c (x_c − [c = y])² / 2 if half, without the division otherwise, where x are the outputs, y = label, \
              w = class-weights",
    conventions: "No softmax is applied. The sum over classes is not divided by their number, as torch's MSELoss on one-hot \
                  targets would; the mean over terms divides by their number.",
    hyperparameters: &[
        Hyperparameter {
            name: "half",
            meaning: "whether the squares are halved, so that the curvature is 1",
            domain: Domain::Flag { default: true },
        },
        CLASS_WEIGHTS,
    ],
    dialects: &[],
    cost: "2 operations a class and term",
    reference: "L. Hui and M. Belkin, Evaluation of neural architectures trained with square loss vs cross-entropy in \
                classification tasks, ICLR 2021",
};

/// Squared loss of a classifier: w_y Σ_c (x_c − [c = y])², halved with `half`, with the outputs x, the class y and the
/// weights w of classes.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `half` | true | true or false | – |
/// | `class-weights` | equal | ≥ 0 | 1 |
///
/// ```
/// use sgdlab_losses::{Label, MulticlassLoss, OneHot};
/// let label = Label { class: 1, weights: &[] };
/// assert_eq!(OneHot::new(true).value(&mut [[1.0], [3.0]], label), [2.5]);
/// let mut outputs = [[1.0], [3.0]];
/// OneHot::new(true).slopes(&mut outputs, label);
/// assert_eq!(outputs, [[1.0], [2.0]]);
/// ```
///
/// Reference: L. Hui and M. Belkin, Evaluation of neural architectures trained with square loss vs cross-entropy in
/// classification tasks, ICLR 2021.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneHot {
    half: bool,
}

impl OneHot {
    /// Squares, halved or not.
    #[must_use]
    pub const fn new(half: bool) -> Self {
        Self { half }
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self::new(settings.flag("half"))
    }

    /// The second derivative in every output.
    #[inline(always)]
    fn curvature<R: Real>(self, label: Label<'_, R>) -> R {
        let weight = label.weight();
        if self.half { weight } else { weight + weight }
    }
}

impl MulticlassLoss for OneHot {
    #[inline(always)]
    fn value<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) -> Lanes<R, N> {
        let curvature = self.curvature(label);
        if curvature == R::ZERO {
            return [R::ZERO; N];
        }
        logits[label.class] = logits[label.class].map(|x| x - R::ONE);
        let half = R::of(0.5) * curvature;
        sum_of(logits.len(), |c| logits[c].map(|x| x * x)).map(|sum| half * sum)
    }

    #[inline(always)]
    fn slopes<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) {
        let curvature = self.curvature(label);
        if curvature == R::ZERO {
            return logits.fill([R::ZERO; N]);
        }
        logits[label.class] = logits[label.class].map(|x| x - R::ONE);
        logits.as_flattened_mut().iter_mut().for_each(|x| *x *= curvature);
    }

    #[inline(always)]
    fn move_slopes<R: Real, const N: usize>(
        &self,
        logits: &mut [Lanes<R, N>],
        vector: &mut [Lanes<R, N>],
        label: Label<'_, R>,
    ) {
        self.slopes(logits, label);
        let curvature = self.curvature(label);
        if curvature == R::ZERO {
            return vector.fill([R::ZERO; N]);
        }
        vector.as_flattened_mut().iter_mut().for_each(|x| *x *= curvature);
    }

    fn facts(&self) -> MulticlassFacts {
        MulticlassFacts { convex: true, divisor: Divisor::Terms }
    }

    fn smoothness(&self, _: usize, label: Label<'_, f64>) -> Option<f64> {
        Some(self.curvature(label))
    }
}
