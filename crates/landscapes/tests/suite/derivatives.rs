//! Values, gradients and Hessians against dual numbers of the formulas as textbooks write them, at random points and with
//! random shape parameters.

use crate::support::{every, point};
use crate::textbook::{Dual, formula};

#[track_caller]
fn close(what: &str, value: f64, expected: f64, scale: f64) {
    // Sums of numbers of the size `scale`.
    assert!((value - expected).abs() <= 1e-12 * (1.0 + scale), "{what}: {value:e}, not {expected:e}");
}

#[test]
fn derivatives_are_those_of_dual_numbers() {
    every(12, |landscape, rng| {
        for _ in 0..12 {
            let at = point(rng, landscape);
            let name = format!("{} at {at:?}", landscape.settings());
            let (mut slope, mut column) = (vec![0.0; at.len()], vec![0.0; at.len()]);
            landscape.gradient(&at, &mut slope);
            for j in 0..at.len() {
                let mut unit = vec![0.0; at.len()];
                unit[j] = 1.0;
                landscape.hessian_times(&at, &unit, &mut column);
                for k in 0..at.len() {
                    let part = |i: usize| if i == k { 1.0 } else { 0.0 };
                    let point: Vec<Dual> =
                        at.iter().enumerate().map(|(i, &x)| Dual::new(x, unit[i], part(i), 0.0)).collect();
                    let exact = formula(landscape.settings(), &point);
                    let steepness = exact.re.abs() + exact.eps1.abs();
                    close(&name, landscape.value(&at), exact.re, exact.re.abs());
                    close(&name, slope[j], exact.eps1, steepness);
                    close(&name, column[k], exact.eps1eps2, exact.eps1eps2.abs() + steepness);
                }
            }
        }
    });
}
