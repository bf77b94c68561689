//! Ranks of numbers that may be equal or infinite.

/// The ranks of numbers from 1, equal ones with the mean of their places.
///
/// `None` if one is NaN.
///
/// ```
/// use sgdlab_reports::statistics::ranks;
/// let inf = f64::INFINITY;
/// assert_eq!(ranks(&[inf, 1.0, 2.0, inf, 1.0]), Some(vec![4.5, 1.5, 3.0, 4.5, 1.5]));
/// ```
#[must_use]
pub fn ranks(numbers: &[f64]) -> Option<Vec<f64>> {
    if numbers.iter().any(|x| x.is_nan()) {
        return None;
    }
    let mut ranks = vec![0.0; numbers.len()];
    let order = order(numbers);
    let mut before = 0;
    for equal in order.chunk_by(|&a, &b| numbers[a] == numbers[b]) {
        // The places before + 1 to before + n.
        let rank = before as f64 + 0.5 * (equal.len() + 1) as f64;
        equal.iter().for_each(|&place| ranks[place] = rank);
        before += equal.len();
    }
    Some(ranks)
}

/// Σ t³ − t over the groups of t equal numbers: what ties take from the variance of ranks; 0 without ties.
///
/// ```
/// use sgdlab_reports::statistics::tie_correction;
/// assert_eq!(tie_correction(&[1.0, 2.0, 2.0, 3.0, 3.0, 3.0]), 6.0 + 24.0);
/// ```
#[must_use]
pub fn tie_correction(numbers: &[f64]) -> f64 {
    let order = order(numbers);
    let groups = order.chunk_by(|&a, &b| numbers[a] == numbers[b]);
    groups.map(|equal| equal.len() as f64).map(|t| t * t * t - t).sum()
}

/// The places of numbers in ascending order; 0 and −0 are equal.
fn order(numbers: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| (numbers[a] + 0.0).total_cmp(&(numbers[b] + 0.0)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_have_ranks() {
        assert_eq!(ranks(&[]), Some(vec![]));
        assert_eq!(ranks(&[f64::INFINITY]), Some(vec![1.0]));
        assert_eq!(ranks(&[0.0, -0.0, -1.0]), Some(vec![2.5, 2.5, 1.0]));
        assert_eq!(ranks(&[1.0, f64::NAN]), None);
    }

    #[test]
    fn without_ties_nothing_is_corrected() {
        assert_eq!(tie_correction(&[]), 0.0);
        assert_eq!(tie_correction(&[3.0, 1.0, 2.0]), 0.0);
    }
}
