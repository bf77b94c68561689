//! Slopes.

/// The slope of the line of least squares through points.
pub(crate) fn slope_of(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (middle, height) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let square: f64 = x.iter().map(|x| (x - middle).powi(2)).sum();
    x.iter().zip(y).map(|(x, y)| (x - middle) * (y - height)).sum::<f64>() / square
}

/// The slope of ln y over ln x.
pub(crate) fn exponent(x: &[f64], y: &[f64]) -> f64 {
    let logarithms = |numbers: &[f64]| numbers.iter().map(|&x| sgdlab_core::Real::ln(x)).collect::<Vec<f64>>();
    slope_of(&logarithms(x), &logarithms(y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_have_their_exponents() {
        assert_eq!(slope_of(&[0.0, 1.0, 2.0], &[1.0, 3.0, 5.0]), 2.0);
        let square = exponent(&[1.0, 10.0, 100.0], &[3.0, 300.0, 30000.0]);
        assert!((square - 2.0).abs() < 1e-14);
    }
}
