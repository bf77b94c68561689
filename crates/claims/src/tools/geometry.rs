//! Lengths and directions of paths in the plane.

/// The length of a vector.
pub(crate) fn norm<const D: usize>(x: [f64; D]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// a − b.
pub(crate) fn minus<const D: usize>(a: [f64; D], b: [f64; D]) -> [f64; D] {
    std::array::from_fn(|j| a[j] - b[j])
}

/// a · b.
pub(crate) fn dot<const D: usize>(a: [f64; D], b: [f64; D]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The steps of a path.
pub(crate) fn steps<const D: usize>(path: &[[f64; D]]) -> Vec<[f64; D]> {
    path.windows(2).map(|pair| minus(pair[1], pair[0])).collect()
}

/// The length of a path.
pub(crate) fn length<const D: usize>(path: &[[f64; D]]) -> f64 {
    steps(path).into_iter().map(norm).sum()
}

/// How often a path turns by more than a right angle from one step to the next.
pub(crate) fn reversals<const D: usize>(path: &[[f64; D]]) -> usize {
    steps(path).windows(2).filter(|pair| dot(pair[0], pair[1]) < 0.0).count()
}

/// How far a path goes beyond a goal in the direction from its start to the goal, as a share of their distance; 0 if it
/// does not.
pub(crate) fn overshoot<const D: usize>(path: &[[f64; D]], goal: [f64; D]) -> f64 {
    let way = minus(goal, path[0]);
    let beyond = |at: &[f64; D]| dot(minus(*at, goal), way) / dot(way, way);
    path.iter().map(beyond).fold(0.0, f64::max)
}

/// The first index whose number is at most `target`.
pub(crate) fn first_at_most(numbers: &[f64], target: f64) -> Option<usize> {
    numbers.iter().position(|&x| x <= target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_there_and_back() {
        let path = [[0.0, 0.0], [3.0, 4.0], [6.0, 8.0], [3.0, 4.0]];
        assert_eq!((length(&path), reversals(&path)), (15.0, 1));
        assert_eq!(overshoot(&path, [3.0, 4.0]), 1.0);
        assert_eq!(overshoot(&path[..2], [6.0, 8.0]), 0.0);
        assert_eq!(first_at_most(&[3.0, 2.0, 1.0], 2.0), Some(1));
    }
}
