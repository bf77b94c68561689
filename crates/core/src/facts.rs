//! What is known about an objective without running anything.

/// What is known about an objective over its training terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// min f, penalty included; `None` if it does not exist or is not known.
    pub minimum: Option<f64>,
    /// A point where it is attained; the only one if `strong_convexity` is positive.
    pub minimizer: Option<Vec<f64>>,
    /// Further points where it is attained, as far as they are known.
    pub other_minimizers: Vec<Vec<f64>>,
    /// Whether f is convex.
    pub convex: bool,
    /// L, a Lipschitz constant of ∇f; `None` if there is none or it is not known.
    pub smoothness: Option<f64>,
    /// The largest Lipschitz constant of a term's gradient.
    pub term_smoothness: Option<f64>,
    /// μ, a constant of strong convexity; 0 if f is not strongly convex.
    pub strong_convexity: f64,
    /// Whether one point minimizes every term: then the noise of batches vanishes there.
    pub interpolates: Option<bool>,
}
