//! Landscapes with noise of an exact size.

use sgdlab_core::{Objective, Sample, Settings, Value};
use sgdlab_landscapes::{Packs, Problem, entry};

/// Terms of a noisy landscape: so many that repeated ones do not matter, and so few that they stay near.
const TERMS: f64 = 4096.0;

/// A landscape whose terms have normal noise, with exactly this root mean square along its last coordinate.
///
/// The numbers are the same for every size: [`Problem`] draws them by law and count.
///
/// # Panics
/// If there is no such landscape: names and shapes are written in this crate.
pub(crate) fn noisy(name: &str, shape: &[(&str, f64)], noise: f64) -> Problem {
    let load = |noise: f64| {
        let shape = shape.iter().map(|&(name, x)| (name, Value::Number(x)));
        let given = shape.chain([("noise", Value::Number(noise)), ("terms", Value::Number(TERMS))]);
        let entry = entry(name).expect("a landscape of the catalogue");
        Problem::load(&Settings::new(entry, given).expect("its settings")).expect("they go together")
    };
    if noise == 0.0 { load(0.0) } else { load(noise / root_mean_square(&load(1.0))) }
}

/// That of the noise of terms along the last coordinate.
fn root_mean_square(problem: &Problem) -> f64 {
    let objective: &dyn Objective<f64, 1> = f64::objective(problem);
    let size = objective.layout().size();
    let (at, mut out) = (vec![[0.0]; size], vec![[0.0]; size]);
    let terms = objective.terms() as u32;
    let mut slope = |term: u32| {
        objective.gradient(&at, Sample::of(&[term]), &mut [], &mut out);
        out[size - 1][0]
    };
    let slopes: Vec<f64> = (0..terms).map(&mut slope).collect();
    let mean = slopes.iter().sum::<f64>() / f64::from(terms);
    (slopes.iter().map(|slope| (slope - mean).powi(2)).sum::<f64>() / f64::from(terms)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_exactly_its_size() {
        for (name, noise) in [("strict-saddle", 0.5), ("double-well", 2.0)] {
            assert!((root_mean_square(&noisy(name, &[], noise)) / noise - 1.0).abs() < 1e-12, "{name}");
        }
    }
}
