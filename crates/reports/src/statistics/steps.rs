//! Empirical distribution functions, as steps.

/// A function that is 0 on the left, jumps up at some places, and is constant between them; at a jump it
/// has the upper value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Steps {
    /// Where it jumps, in ascending order and finite, each with the value from there on.
    pub points: Vec<(f64, f64)>,
}

impl Steps {
    /// The value at `x`; NaN for NaN.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        if x.is_nan() {
            return x;
        }
        let jumps = self.points.partition_point(|&(at, _)| at <= x);
        if jumps == 0 { 0.0 } else { self.points[jumps - 1].1 }
    }

    /// The value on the right of all jumps: the share of values that are finite.
    #[must_use]
    pub fn limit(&self) -> f64 {
        self.at(f64::INFINITY)
    }

    /// The integral from `low` to `high`, without an error of discretization; 0 if `high` is not above.
    #[must_use]
    pub fn area(&self, low: f64, high: f64) -> f64 {
        let (mut area, mut from, mut value) = (0.0, low, self.at(low));
        for &(at, above) in self.points.iter().filter(|&&(at, _)| low < at && at < high) {
            area += value * (at - from);
            (from, value) = (at, above);
        }
        if low < high { area + value * (high - from) } else { 0.0 }
    }
}

/// The empirical distribution function of values: the share that is at most x.
///
/// With the costs of all pairs of a run and a target, +∞ where the run does not reach the target, it
/// is the runtime distribution of COCO (Hansen et al. 2021): the share of pairs solved with a budget.
/// Costs are first divided by what makes problems comparable, such as their number of parameters.
///
/// `None` without values, or if one is NaN or −∞.
///
/// ```
/// use sgdlab_reports::statistics::ecdf;
/// let solved = ecdf(&[10.0, 40.0, 10.0, f64::INFINITY]).unwrap();
/// assert_eq!(solved.points, [(10.0, 0.5), (40.0, 0.75)]);
/// assert_eq!([9.9, 10.0, 1e9].map(|budget| solved.at(budget)), [0.0, 0.5, 0.75]);
/// assert_eq!(solved.area(0.0, 50.0), 0.5 * 30.0 + 0.75 * 10.0);
/// ```
#[must_use]
pub fn ecdf(values: &[f64]) -> Option<Steps> {
    let sorted = super::location::sorted(values).filter(|sorted| sorted[0] != f64::NEG_INFINITY)?;
    let finite = &sorted[..sorted.partition_point(|&x| x < f64::INFINITY)];
    let mut points = Vec::new();
    let mut count = 0;
    for equal in finite.chunk_by(|a, b| a == b) {
        count += equal.len();
        points.push((equal[0], count as f64 / sorted.len() as f64));
    }
    Some(Steps { points })
}

/// The mean of several functions.
pub(super) fn mean_of(all: &[Steps]) -> Steps {
    let mut jumps: Vec<(f64, f64)> = Vec::new();
    for steps in all {
        let before = std::iter::once(0.0).chain(steps.points.iter().map(|point| point.1));
        jumps.extend(steps.points.iter().zip(before).map(|(&(at, value), before)| (at, value - before)));
    }
    jumps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut sum = 0.0;
    let points = jumps.chunk_by(|a, b| a.0 == b.0).map(|equal| {
        sum += equal.iter().map(|jump| jump.1).sum::<f64>();
        (equal[0].0, sum / all.len() as f64)
    });
    Steps { points: points.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_is_solved_nothing_jumps() {
        let steps = ecdf(&[f64::INFINITY; 3]).unwrap();
        assert_eq!((steps.points.len(), steps.limit(), steps.area(0.0, 10.0)), (0, 0.0, 0.0));
    }

    #[test]
    fn areas_begin_and_end_anywhere() {
        let steps = ecdf(&[1.0, 2.0]).unwrap();
        assert_eq!(steps.area(1.5, 1.75), 0.125);
        assert_eq!(steps.area(0.0, 1.0), 0.0);
        assert_eq!(steps.area(1.0, 3.0), 1.5);
        assert_eq!(steps.area(3.0, 1.0), 0.0);
        assert_eq!(steps.area(f64::NAN, 1.0), 0.0);
    }

    #[test]
    fn what_is_no_cost_has_no_distribution() {
        assert_eq!(ecdf(&[]), None);
        assert_eq!(ecdf(&[1.0, f64::NAN]), None);
        assert_eq!(ecdf(&[1.0, f64::NEG_INFINITY]), None);
        assert!(ecdf(&[1.0]).unwrap().at(f64::NAN).is_nan());
    }

    #[test]
    fn means_jump_where_any_jumps() {
        let mean = mean_of(&[ecdf(&[1.0]).unwrap(), ecdf(&[1.0, 2.0]).unwrap()]);
        assert_eq!(mean.points, [(1.0, 0.75), (2.0, 1.0)]);
    }
}
