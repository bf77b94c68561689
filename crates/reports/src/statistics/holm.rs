//! Holm's correction for several comparisons.

/// The p-values of m comparisons, adjusted so that the chance of any false alarm among them is at most
/// the level they are held against (Holm 1979): in ascending order, p₍ᵢ₎ becomes the largest of
/// (m − j + 1) p₍ⱼ₎ for j ≤ i, and at most 1.
///
/// `None` if one is not in [0, 1].
///
/// ```
/// use sgdlab_reports::statistics::holm;
/// assert_eq!(holm(&[0.01, 0.04, 0.03]), Some(vec![0.03, 0.06, 0.06]));
/// ```
#[must_use]
pub fn holm(p_values: &[f64]) -> Option<Vec<f64>> {
    if !p_values.iter().all(|p| (0.0..=1.0).contains(p)) {
        return None;
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (place, &position) in order.iter().enumerate() {
        let left = (p_values.len() - place) as f64;
        largest = largest.max(left * p_values[position]).min(1.0);
        adjusted[position] = largest;
    }
    Some(adjusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_and_large_values_stay_in_order() {
        assert_eq!(holm(&[0.5, 0.5, 0.9]), Some(vec![1.0, 1.0, 1.0]));
        assert_eq!(holm(&[0.2]), Some(vec![0.2]));
        assert_eq!(holm(&[]), Some(vec![]));
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        assert_eq!(holm(&[0.1, f64::NAN]), None);
        assert_eq!(holm(&[1.5]), None);
    }
}
