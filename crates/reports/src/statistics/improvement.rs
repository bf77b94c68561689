//! How often one rule has a smaller result than another.

/// P(x < y) + ½ P(x = y) for a run of each: the share of all pairs in which `x` is smaller, equal ones
/// half; Mann and Whitney's U / (n m).
///
/// `None` if one has no runs or a NaN.
///
/// ```
/// use sgdlab_reports::statistics::probability_of_smaller;
/// let inf = f64::INFINITY;
/// assert_eq!(probability_of_smaller(&[1.0, inf], &[2.0, inf]), Some(2.5 / 4.0));
/// ```
#[must_use]
pub fn probability_of_smaller(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.is_empty() || x.iter().any(|x| x.is_nan()) {
        return None;
    }
    let y = super::location::sorted(y)?;
    let above = |&x: &f64| {
        let (below, not_above) = (y.partition_point(|&y| y < x), y.partition_point(|&y| y <= x));
        (y.len() - not_above) as f64 + 0.5 * (not_above - below) as f64
    };
    Some(x.iter().map(above).sum::<f64>() / (x.len() * y.len()) as f64)
}

/// The probability of improvement (Agarwal et al. 2021): [`probability_of_smaller`] for the runs `x` and
/// `y` of two rules on each task, averaged over tasks.
///
/// rliable computes the same for scores of which larger is better.
/// `None` without tasks, if the rules have not as many, or if a task has no runs or a NaN.
#[must_use]
pub fn probability_of_improvement(x: &[&[f64]], y: &[&[f64]]) -> Option<f64> {
    if x.is_empty() || x.len() != y.len() {
        return None;
    }
    let each: Option<Vec<f64>> = x.iter().zip(y).map(|(x, y)| probability_of_smaller(x, y)).collect();
    each.map(|each| super::mean(&each))
}

/// The share of negative paired differences, those of 0 half: [`probability_of_smaller`] for runs that
/// belong together.
///
/// `None` if there are none or one is NaN.
///
/// ```
/// use sgdlab_reports::statistics::share_improved;
/// assert_eq!(share_improved(&[-1.0, -2.0, 0.0, 5.0]), Some(2.5 / 4.0));
/// ```
#[must_use]
pub fn share_improved(differences: &[f64]) -> Option<f64> {
    if differences.is_empty() || differences.iter().any(|d| d.is_nan()) {
        return None;
    }
    let share = |&d: &f64| {
        if d < 0.0 {
            1.0
        } else if d == 0.0 {
            0.5
        } else {
            0.0
        }
    };
    Some(differences.iter().map(share).sum::<f64>() / differences.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_count_alike_however_many_runs_they_have() {
        let x: [&[f64]; 2] = [&[1.0], &[5.0, 5.0, 5.0]];
        let y: [&[f64]; 2] = [&[2.0], &[1.0, 2.0, 3.0]];
        assert_eq!(probability_of_improvement(&x, &y), Some(0.5));
    }

    #[test]
    fn both_directions_are_one() {
        let (x, y) = ([1.0, 3.0, 3.0, f64::INFINITY], [2.0, 3.0, f64::INFINITY]);
        assert_eq!(probability_of_smaller(&x, &y), Some(6.5 / 12.0));
        assert_eq!(probability_of_smaller(&y, &x), Some(5.5 / 12.0));
        assert_eq!(probability_of_smaller(&x, &x), Some(0.5));
    }

    #[test]
    fn without_runs_there_is_no_probability() {
        assert_eq!(probability_of_smaller(&[], &[1.0]), None);
        assert_eq!(probability_of_smaller(&[1.0], &[]), None);
        assert_eq!(probability_of_smaller(&[1.0], &[f64::NAN]), None);
        assert_eq!(probability_of_improvement(&[], &[]), None);
        assert_eq!(probability_of_improvement(&[&[1.0]], &[]), None);
        assert_eq!(share_improved(&[]), None);
        assert_eq!(share_improved(&[f64::NAN]), None);
    }
}
