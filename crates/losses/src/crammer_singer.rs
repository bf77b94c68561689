//! The multiclass hinge loss against the largest rival.

use sgdlab_core::{Entry, Invalid, Lanes, Real, Settings, Value};

use crate::multiclass::CLASS_WEIGHTS;
use crate::shortfall::{MARGIN, SQUARED, Shortfall};
use crate::{Divisor, Label, MulticlassFacts, MulticlassLoss};

/// How the catalogue describes [`CrammerSinger`].
pub const ENTRY: Entry = Entry {
    name: "crammer-singer",
    summary: "The multiclass hinge loss against the one rival with the largest score.",
    formula: "w_y max(0, margin − x_y + max_(c ≠ y) x_c)^p, where x are the scores, y = label, w = class-weights, p = 2 \
              if squared, otherwise 1",
    conventions: "In a tie the first rival has the slope. The slope is 0 where nothing is missing. The weight is not \
                  raised to p; the mean over terms divides by their number.",
    hyperparameters: &[MARGIN, SQUARED, CLASS_WEIGHTS],
    dialects: &[],
    cost: "C comparisons a term, for C classes",
    reference: "K. Crammer and Y. Singer, On the algorithmic implementation of multiclass kernel-based vector \
                machines, Journal of Machine Learning Research 2, 2001",
};

/// Multiclass hinge loss of Crammer and Singer: w_y max(0, m − x_y + max_(c ≠ y) x_c)^p, with the scores x, the class
/// y, the weights w of classes, m = `margin` and p = 2 if `squared`, otherwise 1.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `margin` | 1.0 | > 0 | that of scores |
/// | `squared` | false | | |
/// | `class-weights` | equal | ≥ 0 | 1 |
///
/// ```
/// use sgdlab_losses::{CrammerSinger, Label, MulticlassLoss};
/// let loss = CrammerSinger::new(1.0, false)?;
/// let mut scores = [[0.5], [1.0], [0.75]];
/// loss.slopes(&mut scores, Label { class: 0, weights: &[] });
/// assert_eq!(scores, [[-1.0], [1.0], [0.0]]);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: K. Crammer and Y. Singer, On the algorithmic implementation of multiclass kernel-based vector machines,
/// Journal of Machine Learning Research 2, 2001.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrammerSinger {
    shortfall: Shortfall,
}

/// The largest score of another class, NaN if there is one, and the first class that has it.
#[inline(always)]
fn rival<R: Real, const N: usize>(scores: &[Lanes<R, N>], class: usize) -> (Lanes<R, N>, [usize; N]) {
    let first = usize::from(class == 0);
    let (mut best, mut which) = (scores[first], [first; N]);
    for (c, score) in scores.iter().enumerate().filter(|&(c, _)| c != class) {
        for l in 0..N {
            let (a, b) = (score[l], best[l]);
            let above = a > b || (a != a && b == b);
            best[l] = if above { a } else { b };
            which[l] = if above { c } else { which[l] };
        }
    }
    (best, which)
}

impl CrammerSinger {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If the margin is not positive and finite.
    pub fn new(margin: f64, squared: bool) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("margin", Value::Number(margin)), ("squared", Value::Flag(squared))])
            .map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { shortfall: Shortfall::from_settings(settings) }
    }

    /// What is missing to the largest rival, and which class that is.
    #[inline(always)]
    fn missing<R: Real, const N: usize>(&self, scores: &[Lanes<R, N>], class: usize) -> (Lanes<R, N>, [usize; N]) {
        let (best, which) = rival(scores, class);
        let mut missing = [R::ZERO; N];
        for l in 0..N {
            missing[l] = self.shortfall.missing(scores[class][l], best[l]);
        }
        (missing, which)
    }
}

/// Writes `of_rival` to each lane's rival, its negative to the class, and 0 to all others.
#[inline(always)]
fn write<R: Real, const N: usize>(out: &mut [Lanes<R, N>], class: usize, which: [usize; N], of_rival: Lanes<R, N>) {
    for (c, out) in out.iter_mut().enumerate() {
        for l in 0..N {
            out[l] = if which[l] == c { of_rival[l] } else { R::ZERO };
        }
    }
    out[class] = of_rival.map(|slope| R::ZERO - slope);
}

impl MulticlassLoss for CrammerSinger {
    #[inline(always)]
    fn value<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) -> Lanes<R, N> {
        let weight = label.weight();
        if weight == R::ZERO {
            return [R::ZERO; N];
        }
        self.missing(logits, label.class).0.map(|missing| weight * self.shortfall.value(missing))
    }

    #[inline(always)]
    fn slopes<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) {
        let weight = label.weight();
        if weight == R::ZERO {
            return logits.fill([R::ZERO; N]);
        }
        let (missing, which) = self.missing(logits, label.class);
        write(logits, label.class, which, missing.map(|missing| weight * self.shortfall.slope(missing)));
    }

    #[inline(always)]
    fn move_slopes<R: Real, const N: usize>(
        &self,
        logits: &mut [Lanes<R, N>],
        vector: &mut [Lanes<R, N>],
        label: Label<'_, R>,
    ) {
        let weight = label.weight();
        if weight == R::ZERO {
            logits.fill([R::ZERO; N]);
            return vector.fill([R::ZERO; N]);
        }
        let (missing, which) = self.missing(logits, label.class);
        let mut nearer = [R::ZERO; N];
        for (c, u) in vector.iter().enumerate() {
            for l in 0..N {
                nearer[l] = if which[l] == c { u[l] - vector[label.class][l] } else { nearer[l] };
            }
        }
        for l in 0..N {
            nearer[l] *= weight * self.shortfall.curvature(missing[l]);
        }
        write(vector, label.class, which, nearer);
        write(logits, label.class, which, missing.map(|missing| weight * self.shortfall.slope(missing)));
    }

    fn facts(&self) -> MulticlassFacts {
        MulticlassFacts { convex: true, divisor: Divisor::Terms }
    }

    /// `None`: the slopes jump where the largest rival changes.
    fn smoothness(&self, _: usize, _: Label<'_, f64>) -> Option<f64> {
        None
    }
}
