//! Objectives on planes through their parameters.
//!
//! A [`Plane`] says where in parameter space the points of a map lie, [`map`] evaluates an objective there.
//! The rows of a map are evaluated in parallel, and every number is the one that its point has alone.
//! Points are computed in double precision and rounded to that of the objective.

mod plane;
mod quantity;

use rayon::prelude::*;
use sgdlab_core::{Objective, Real, WIDTH};

pub use plane::{Plane, Principal, Projection};
pub use quantity::{Quantity, left_of_variance};

use quantity::Measured;

/// Even numbers from `low` to `high`, both included; `low` alone for a count of 1.
///
/// # Panics
/// If the count is 0.
#[must_use]
pub fn even(low: f64, high: f64, count: usize) -> Vec<f64> {
    assert!(count > 0, "an axis has points");
    let last = (count.max(2) - 1) as f64;
    (0..count).map(|k| low + (high - low) * (k as f64 / last)).collect()
}

/// A quantity at the points of a plane: row by row, `x` within a row, a row for each of `y`.
///
/// ```
/// use sgdlab_core::Settings;
/// use sgdlab_landscapes::surface::{Plane, Quantity, even, map};
/// use sgdlab_landscapes::{Packs, Problem, entry};
/// let booth = Problem::load(&Settings::defaults(entry("booth").unwrap()))?;
/// let plane = Plane::axes(&[1.0, 3.0], 0, 1);
/// let values = map(f64::objective(&booth), &plane, &Quantity::Value, (&even(-1.0, 1.0, 3), &even(-1.0, 1.0, 3)));
/// // f(1 + a, 3 + b) = 5 a² + 8 a b + 5 b².
/// assert_eq!(values, [18.0, 5.0, 2.0, 5.0, 0.0, 5.0, 2.0, 5.0, 18.0]);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// # Panics
/// If the plane is not one of the objective's parameters, or the quantity has terms that the objective lacks.
pub fn map<R: Real>(
    objective: &dyn Objective<R, WIDTH>,
    plane: &Plane,
    quantity: &Quantity<'_>,
    (x, y): (&[f64], &[f64]),
) -> Vec<R> {
    let mut values = vec![R::ZERO; x.len() * y.len()];
    if values.is_empty() {
        return values;
    }
    let rows = values.par_chunks_exact_mut(x.len()).zip(y);
    rows.for_each_init(
        || (Measured::new(objective, quantity), vec![[R::ZERO; WIDTH]; plane.dimension()]),
        |(measured, at), (row, &b)| {
            for (values, x) in row.chunks_mut(WIDTH).zip(x.chunks(WIDTH)) {
                // Lanes without a point repeat the last one; nobody looks at them.
                plane.points(|lane| x[lane.min(x.len() - 1)], b, at);
                values.copy_from_slice(&measured.at(at)[..values.len()]);
            }
        },
    );
    values
}

/// f at points of parameter space, in their order: along a trajectory, say, or along its [projection](Plane::project).
///
/// # Panics
/// If a point is not one of the objective's parameters.
pub fn along(objective: &dyn Objective<f64, WIDTH>, points: &[Vec<f64>]) -> Vec<f64> {
    measure(objective, &Quantity::Value, points)
}

/// A quantity at points of parameter space, in their order.
///
/// # Panics
/// If a point is not one of the objective's parameters, or the quantity has terms that the objective lacks.
pub fn measure(objective: &dyn Objective<f64, WIDTH>, quantity: &Quantity<'_>, points: &[Vec<f64>]) -> Vec<f64> {
    let size = objective.layout().size();
    let mut values = vec![0.0; points.len()];
    values.par_chunks_mut(WIDTH).zip(points.par_chunks(WIDTH)).for_each_init(
        || (Measured::new(objective, quantity), vec![[0.0; WIDTH]; size]),
        |(measured, at), (values, points)| {
            for (lane, point) in points.iter().enumerate() {
                assert_eq!(point.len(), size, "a number for each parameter");
                at.iter_mut().zip(point).for_each(|(at, &x)| at[lane] = x);
            }
            values.copy_from_slice(&measured.at(at)[..values.len()]);
        },
    );
    values
}
