//! What is known about a loss without evaluating it.

/// Properties of a loss as a function of the prediction, the same for every admissible target.
///
/// The constants are the best possible: they are attained or approached.
#[derive(Clone, Debug, PartialEq)]
pub struct LossFacts {
    /// Which targets are admissible, and what the loss is a function of.
    pub targets: Targets,
    /// Whether the loss is convex in the prediction.
    pub convex: bool,
    /// The supremum of |slope|; `None` if it is unbounded.
    pub lipschitz: Option<f64>,
    /// The Lipschitz constant of the slope, which is the supremum of the curvature; `None` if the
    /// slope jumps or the curvature is unbounded.
    pub smoothness: Option<f64>,
    /// The infimum of the curvature: the loss is strongly convex with this constant if it is
    /// positive.
    /// −∞ if the curvature is not bounded below over all targets.
    pub strong_convexity: f64,
    /// Where the loss is not twice differentiable, ascending, in the argument that
    /// [`Targets`] names.
    /// At each of these points the slope jumps if `smoothness` is `None`, and otherwise the slope
    /// is continuous and the curvature jumps.
    pub kinks: Vec<f64>,
}

/// Which targets a loss takes, and hence what it is a function of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Any number; the loss is a function of the residual prediction − target.
    Numbers,
    /// −1 or 1; the loss is a function of the margin target · prediction.
    Signs,
    /// A number in [0, 1], the probability of the positive class; the prediction is its logit.
    Probabilities,
    /// A number that is not negative, such as a count; the prediction is the logarithm of its mean.
    Counts,
    /// A positive number; the prediction is the logarithm of its mean.
    Positive,
}
