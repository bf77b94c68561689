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
