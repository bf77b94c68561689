//! Columns of mean 0 and standard deviation 1.

use ndarray::ArrayView1;
use sgdlab_core::reduce;

use super::Dataset;

/// x ↦ (x − mean) / deviation, column by column.
///
/// The deviation is the population's (divisor n).
/// A column that is constant in the set it was fitted to becomes 0 in every set.
///
/// ```
/// use sgdlab_objectives::data::{Standardizer, bundled};
/// let mut iris = bundled("iris").unwrap();
/// Standardizer::fit(&iris).apply(&mut iris);
/// assert!(iris.features.column(0).sum().abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Standardizer {
    /// The mean of each column.
    pub means: Vec<f64>,
    /// The population standard deviation of each column; 0 if it is constant.
    pub deviations: Vec<f64>,
}

impl Standardizer {
    /// Measures the columns of a training set.
    #[must_use]
    pub fn fit(dataset: &Dataset) -> Self {
        let (means, deviations) = dataset.features.columns().into_iter().map(moments).unzip();
        Self { means, deviations }
    }

    /// Transforms a set with the same columns.
    ///
    /// # Panics
    /// If the number of columns differs from the set this was fitted to.
    pub fn apply(&self, dataset: &mut Dataset) {
        assert_eq!(dataset.features.ncols(), self.means.len(), "another number of columns than was fitted");
        for ((mut column, &mean), &deviation) in
            dataset.features.columns_mut().into_iter().zip(&self.means).zip(&self.deviations)
        {
            column.mapv_inplace(|x| if deviation == 0.0 { 0.0 } else { (x - mean) / deviation });
        }
    }
}

/// Mean and population standard deviation; (its value, 0) for a constant column.
fn moments(column: ArrayView1<'_, f64>) -> (f64, f64) {
    let first = column.first().copied().unwrap_or(0.0);
    // The mean of equal numbers need not equal them in floating point, so this is asked of the column itself.
    if column.iter().all(|&x| x == first) {
        return (first, 0.0);
    }
    let n = column.len();
    let [sum] = reduce::sum_of(n, |i| [column[i]]);
    let mean = sum / n as f64;
    // Squares of deviations in units of the largest one neither overflow nor vanish.
    let spread = column.iter().fold(0.0, |spread: f64, x| spread.max((x - mean).abs()));
    let [squares] = reduce::sum_of(n, |i| {
        let x = (column[i] - mean) / spread;
        [x * x]
    });
    (mean, spread * (squares / n as f64).sqrt())
}
