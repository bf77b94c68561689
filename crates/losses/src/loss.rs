//! What a scalar loss is.

use sgdlab_core::Real;

use crate::LossFacts;

/// A scalar loss: a function of one prediction and one target.
///
/// The methods are pure, total and without value-dependent branches, so that a loop over lanes of
/// them becomes vector instructions and each lane has the bits of the scalar call.
/// At a kink the slope is one subgradient and the curvature one of its limits; each loss says which.
/// The value is NaN wherever the prediction is.
/// So is the slope, except for the piecewise linear losses ([`Absolute`](crate::Absolute),
/// [`Pinball`](crate::Pinball), [`EpsilonInsensitive`](crate::EpsilonInsensitive),
/// [`Hinge`](crate::Hinge), [`Perceptron`](crate::Perceptron), [`Ramp`](crate::Ramp) and
/// [`SmoothL1`](crate::SmoothL1) with `beta` = 0), whose slope takes only finitely many values and
/// is 0 there.
pub trait Loss: Copy + Send + Sync + 'static {
    /// ℓ(prediction, target).
    fn value<R: Real>(&self, prediction: R, target: R) -> R;

    /// ∂ℓ/∂prediction.
    fn slope<R: Real>(&self, prediction: R, target: R) -> R;

    /// ∂²ℓ/∂prediction².
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R;

    /// What is known about ℓ as a function of the prediction, for every admissible target.
    fn facts(&self) -> LossFacts;
}

/// −1, 0 or 1; 0 at ±0 and, unlike [`Real::sign`], at NaN.
#[inline(always)]
pub(crate) fn sign_or_zero<R: Real>(x: R) -> R {
    let positive = if x > R::ZERO { R::ONE } else { R::ZERO };
    if x < R::ZERO { -R::ONE } else { positive }
}

/// x, but at most 10¹⁰ in size: squares stay finite, and 1 + x² is x² to the last digit there.
#[inline(always)]
pub(crate) fn bounded<R: Real>(x: R) -> R {
    let bound = R::of(1e10);
    x.max(-bound).min(bound)
}
