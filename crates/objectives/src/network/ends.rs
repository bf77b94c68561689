//! What stands at the end of a network: its loss with the targets of all terms.

use std::ops::Range;

use sgdlab_core::{Curvature, Lanes, Real};
use sgdlab_losses::{Labels, LossKernel, LossSpec, MulticlassKernel, MulticlassSpec, Packs};

use super::{Answers, Outputs};
use crate::classes;

/// A loss with the targets of all terms.
pub(super) enum Ends<R> {
    Classes {
        loss: MulticlassSpec,
        count: usize,
        labels: Vec<u32>,
        /// A factor for each class; empty if all are 1.
        weights: Vec<R>,
    },
    Number {
        loss: LossSpec,
        targets: Vec<R>,
    },
}

impl<R: Real> Ends<R> {
    pub(super) fn new(outputs: &Outputs, answers: Answers<'_>) -> Self {
        match (outputs, answers) {
            (Outputs::Classes(of), Answers::Labels(labels)) => {
                assert!(labels.iter().all(|&y| (y as usize) < of.count), "a label is not below the number of classes");
                assert!([0, of.count].contains(&of.weights.len()), "a weight for each class, or none");
                let weights = classes::weights(&of.loss, &of.weights, labels);
                Self::Classes {
                    loss: of.loss,
                    count: of.count,
                    labels: labels.to_vec(),
                    weights: weights.into_iter().map(R::of).collect(),
                }
            }
            (Outputs::Number(loss), Answers::Numbers(targets)) => {
                Self::Number { loss: *loss, targets: targets.iter().map(|&y| R::of(y)).collect() }
            }
            _ => panic!("labels belong to outputs of classes, numbers to an output that is one"),
        }
    }

    pub(super) fn terms(&self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Number { targets, .. } => targets.len(),
        }
    }

    /// Turns the outputs of a batch into slopes.
    pub(super) fn slopes<const N: usize>(&self, batch: &[u32], outputs: &mut [Lanes<R, N>])
    where
        R: Packs<N>,
    {
        match self {
            Self::Classes { loss, count, labels, weights } => {
                let kernel: &dyn MulticlassKernel<R, N> = loss.kernel();
                kernel.slopes(Labels { classes: *count, labels, weights }, batch, outputs);
            }
            Self::Number { loss, targets } => {
                let kernel: &dyn LossKernel<R, N> = loss.kernel();
                kernel.slopes(targets, batch, outputs);
            }
        }
    }

    /// Turns the outputs of a batch into slopes, and what they move by into what the slopes move by.
    ///
    /// `spare` is as long as an output of the batch.
    /// The curvature of the cross-entropy does not depend on the label, and the other losses of classes have no weights
    /// of residuals: for them reweighting is Gauss–Newton.
    pub(super) fn move_slopes<const N: usize>(
        &self,
        curvature: Curvature,
        batch: &[u32],
        (outputs, moved): (&mut [Lanes<R, N>], &mut [Lanes<R, N>]),
        spare: &mut [Lanes<R, N>],
    ) where
        R: Packs<N>,
    {
        match self {
            Self::Classes { loss, count, labels, weights } => {
                let kernel: &dyn MulticlassKernel<R, N> = loss.kernel();
                kernel.move_slopes(Labels { classes: *count, labels, weights }, batch, outputs, moved);
            }
            Self::Number { loss, targets } => {
                let kernel: &dyn LossKernel<R, N> = loss.kernel();
                spare.copy_from_slice(outputs);
                match curvature {
                    Curvature::Hessian | Curvature::GaussNewton => kernel.curvatures(targets, batch, spare),
                    Curvature::Reweighted { floor } => {
                        kernel.weights(R::of(floor), targets, batch, spare);
                    }
                }
                for (moved, curvature) in moved.as_flattened_mut().iter_mut().zip(spare.as_flattened()) {
                    *moved *= *curvature;
                }
                kernel.slopes(targets, batch, outputs);
            }
        }
    }

    /// Writes the value of each term of a batch in place of its first output; the others are used up.
    pub(super) fn values_of<const N: usize>(&self, batch: &[u32], outputs: &mut [Lanes<R, N>])
    where
        R: Packs<N>,
    {
        match self {
            Self::Classes { loss, count, labels, weights } => {
                let kernel: &dyn MulticlassKernel<R, N> = loss.kernel();
                kernel.values_of(Labels { classes: *count, labels, weights }, batch, outputs);
            }
            Self::Number { loss, targets } => {
                let kernel: &dyn LossKernel<R, N> = loss.kernel();
                kernel.values_of(targets, batch, outputs);
            }
        }
    }

    /// Writes the value of each of these terms to `values`; the outputs are used up.
    pub(super) fn values<const N: usize>(
        &self,
        terms: Range<usize>,
        outputs: &mut [Lanes<R, N>],
        values: &mut [Lanes<R, N>],
    ) where
        R: Packs<N>,
    {
        match self {
            Self::Classes { loss, count, labels, weights } => {
                let kernel: &dyn MulticlassKernel<R, N> = loss.kernel();
                kernel.values(Labels { classes: *count, labels: &labels[terms], weights }, outputs, values);
            }
            Self::Number { loss, targets } => {
                let kernel: &dyn LossKernel<R, N> = loss.kernel();
                kernel.values(&targets[terms], outputs);
                values.copy_from_slice(outputs);
            }
        }
    }

    /// Adds the number of these terms whose largest output is not their label's to `wrong`, where there are classes.
    pub(super) fn count_wrong<const N: usize>(
        &self,
        terms: Range<usize>,
        outputs: &[Lanes<R, N>],
        wrong: &mut Lanes<R, N>,
    ) {
        if let Self::Classes { count, labels, .. } = self {
            classes::count_wrong(*count, &labels[terms], outputs, wrong);
        }
    }
}
