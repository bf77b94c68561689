//! The noncentral t distribution, which paired t tests have when there is a difference.
//!
//! With u = √(χ²_ν / ν) of ν degrees of freedom, P(T ≤ t) = E Φ(t u − δ).
//! In ln u the density of u is analytic and falls off fast, so that the trapezoidal rule is exact to
//! rounding, for any number of degrees of freedom; `statrs` has no noncentral t, and loses digits in
//! its central one from 10⁵ degrees on.

use sgdlab_core::Real;

use super::distributions::{bisect, chi_squared_sf, normal_cdf, normal_density};

/// Logarithms of densities below this, relative to the largest, are nothing.
const NOTHING: f64 = -46.0;

/// The share of a noncentral t distribution with ν = `freedom` ≥ 1 that is at most `t`, where δ = `shift` ≥ 0.
pub(super) fn cdf(t: f64, freedom: f64, shift: f64) -> f64 {
    if shift > 10.0 && shift > 3.0 * freedom.sqrt() {
        return if t > 0.0 { cdf_far_away(t, freedom, shift) } else { 0.0 };
    }
    // Both the density and Φ(t eˣ − δ) are smooth on this scale.
    let step = 0.1 / ((2.0 * freedom).sqrt() + shift + 1.0);
    let log_density = |x: f64| freedom * (x - 0.5 * libm::expm1(2.0 * x));
    let (mut sum, mut total) = (0.0, 0.0);
    for direction in [-step, step] {
        // The middle belongs to both sides, half each.
        let mut weight = 0.5;
        for place in 0.. {
            let x = f64::from(place) * direction;
            let log_density = log_density(x);
            if log_density < NOTHING {
                break;
            }
            let density = weight * Real::exp(log_density);
            weight = 1.0;
            total += density;
            sum += density * normal_cdf(t * Real::exp(x) - shift);
        }
    }
    sum / total
}

/// The same by ∫ φ(z) P(u ≥ (z + δ) / t) dz, for few degrees of freedom and a `shift` so large that
/// z + δ < 0 has no weight: a step of Φ in u is then too narrow to be integrated over.
fn cdf_far_away(t: f64, freedom: f64, shift: f64) -> f64 {
    let step = 0.1 / (1.0 + (2.0 * freedom).sqrt() / shift);
    let steps = (9.5 / step) as i32;
    let at = |place: i32| {
        let z = f64::from(place) * step;
        let u = (z + shift) / t;
        [normal_density(z), chi_squared_sf(freedom * u * u, freedom)]
    };
    let values: Vec<[f64; 2]> = (-steps..=steps).map(at).collect();
    let total: f64 = values.iter().map(|[density, _]| density).sum();
    values.iter().map(|[density, share]| density * share).sum::<f64>() / total
}

/// What a central t of `freedom` ≥ 1 exceeds in size with probability `alpha`.
pub(super) fn two_sided_quantile(alpha: f64, freedom: f64) -> f64 {
    let exceeds = |t: f64| alpha - 2.0 * cdf(-t, freedom, 0.0);
    let mut high = 2.0;
    while exceeds(high) < 0.0 && high < 1e150 {
        high *= 2.0;
    }
    bisect(0.0, high, exceeds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_degree_is_cauchy_and_two_are_algebraic() {
        for t in [-50.0_f64, -1.0, 0.0, 0.5, 12.0] {
            let cauchy = 0.5 + t.atan() / std::f64::consts::PI;
            assert!((cdf(t, 1.0, 0.0) - cauchy).abs() < 1e-13, "{t}");
            let two = 0.5 + 0.5 * t / (2.0 + t * t).sqrt();
            assert!((cdf(t, 2.0, 0.0) - two).abs() < 1e-13, "{t}");
        }
        assert!((two_sided_quantile(0.05, 1.0) - 12.706_204_736_174_69).abs() < 1e-9);
    }

    #[test]
    fn below_zero_is_a_normal_number_below_its_shift() {
        for freedom in [1.0, 7.0, 1e4] {
            assert!((cdf(0.0, freedom, 1.5) - normal_cdf(-1.5)).abs() < 1e-14, "{freedom}");
        }
    }

    #[test]
    fn both_ways_to_integrate_agree() {
        for freedom in [1.0, 3.0, 8.0] {
            for t in [3.0, 10.0, 20.0, 100.0] {
                let (near, far) = (cdf(t, freedom, 10.0), cdf_far_away(t, freedom, 10.0));
                assert!((near - far).abs() < 1e-12, "{freedom}, {t}: {near} and {far}");
            }
        }
    }
}
