//! An objective of two parameters over a grid.

use rayon::prelude::*;
use sgdlab_core::{Objective, WIDTH};

/// So many positions from one end to the other.
pub(crate) fn positions([low, high]: [f64; 2], points: usize) -> Vec<f64> {
    (0..points).map(|i| low + (high - low) * i as f64 / (points - 1) as f64).collect()
}

/// f with the first parameter from `first` and the second from `second`: the numbers of `first[0]` first.
///
/// Rows are computed in parallel, 16 points at once; the numbers do not depend on how.
pub(crate) fn map(objective: &dyn Objective<f64, WIDTH>, first: &[f64], second: &[f64]) -> Vec<f64> {
    let row = |x: &f64| {
        let mut scratch = vec![[0.0; WIDTH]; objective.scratch(1)];
        let mut row = Vec::with_capacity(second.len());
        for places in second.chunks(WIDTH) {
            let lane = std::array::from_fn(|l| places[l.min(places.len() - 1)]);
            let value = objective.evaluate(&[[*x; WIDTH], lane], false, &mut scratch).value;
            row.extend_from_slice(&value[..places.len()]);
        }
        row
    };
    first.par_iter().flat_map_iter(row).collect()
}

/// The same with rows for columns.
pub(crate) fn transposed(map: &[f64], columns: usize) -> Vec<f64> {
    let rows = map.len() / columns;
    (0..map.len()).map(|i| map[i % rows * columns + i / rows]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        assert_eq!(transposed(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(positions([-1.0, 1.0], 5), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    }
}
