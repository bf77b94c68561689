//! Estimates of |G|² and tr S from batches of two sizes.

/// |x|².
pub(crate) fn square(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

/// Two batch sizes.
#[derive(Clone, Copy)]
pub(crate) struct TwoSizes {
    pub(crate) small: usize,
    pub(crate) big: usize,
}

impl TwoSizes {
    /// |G|² and tr S from the squared norms of a small and a big batch's gradient, as if draws were independent:
    /// (B b − s a)/(B − s) and (a − b)/(1/s − 1/B).
    pub(crate) fn estimate(self, small: f64, big: f64) -> (f64, f64) {
        let (s, b) = (self.small as f64, self.big as f64);
        ((b * big - s * small) / (b - s), (small - big) / (1.0 / s - 1.0 / b))
    }
}

/// What the estimates of |G|² and tr S are in the mean: themselves for independent draws, |G|² − tr S/(N − 1) and
/// tr S · N/(N − 1) for draws without replacement from N terms.
pub(crate) fn expected((norm, trace): (f64, f64), drawn_from: Option<usize>) -> (f64, f64) {
    let Some(terms) = drawn_from else { return (norm, trace) };
    let terms = terms as f64;
    (norm - trace / (terms - 1.0), trace * terms / (terms - 1.0))
}
