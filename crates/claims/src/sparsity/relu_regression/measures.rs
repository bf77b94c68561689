//! What is measured of a network with one input, one hidden layer of relu units and one output.

use sgdlab_objectives::Network;

use crate::sparsity::features::{Features, rank};

/// Units of the hidden layer.
pub(super) const UNITS: usize = 100;

/// Units are the same feature if they correlate by more.
const THRESHOLD: f64 = 0.999;

/// What the catalogue of measures holds of one network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measures {
    /// Mean (f − y)².
    pub(super) loss: f64,
    pub(super) sparsity: f64,
    pub(super) kept: f64,
    pub(super) active: f64,
    pub(super) kinks: f64,
    pub(super) pattern_distance: f64,
    pub(super) nuclear_norm: f64,
    pub(super) path_norm: f64,
    /// Rank of the Jacobian; NaN if it was not asked for.
    pub(super) rank: f64,
}

/// A measure that separates sparse networks from others.
pub(super) struct Measure {
    pub(super) name: &'static str,
    pub(super) of: fn(&Measures) -> f64,
    /// Whether a network is sparser where it is larger.
    pub(super) grows: bool,
}

const fn falling(name: &'static str, of: fn(&Measures) -> f64) -> Measure {
    Measure { name, of, grows: false }
}

/// All of them.
pub(super) static MEASURES: [Measure; 8] = [
    falling("feature sparsity", |m| m.sparsity),
    falling("units kept", |m| m.kept),
    falling("active fraction", |m| m.active),
    falling("nuclear norm", |m| m.nuclear_norm),
    Measure { grows: true, ..falling("pattern distance", |m| m.pattern_distance) },
    falling("rank of the Jacobian", |m| m.rank),
    falling("kinks", |m| m.kinks),
    falling("path norm", |m| m.path_norm),
];

/// The weights w and biases b of units, and the weights a behind them.
pub(super) fn units(at: &[f64]) -> [&[f64]; 3] {
    [&at[..UNITS], &at[UNITS..2 * UNITS], &at[2 * UNITS..]]
}

/// The hidden layer on the training points.
fn hidden(network: &Network<f64>, at: &[f64]) -> Features {
    Features::new(network.respond(at, network.inputs()).swap_remove(0), UNITS)
}

impl Measures {
    /// Those of a network that began at `start`; `inputs` are where the Jacobian is taken.
    pub(super) fn of(network: &Network<f64>, at: &[f64], start: &[f64], inputs: Option<&[f64]>) -> Self {
        let [w, _, a] = units(at);
        let features = hidden(network, at);
        let sparsity = features.normalized().sparsity(THRESHOLD);
        let points = network.inputs();
        let predicted = network.respond(at, points).swap_remove(1);
        let targets = network.numbers().expect("a regression");
        let square = |(f, y): (&f64, &f64)| (f - y) * (f - y);
        Self {
            loss: predicted.iter().zip(targets).map(square).sum::<f64>() / targets.len() as f64,
            sparsity: sparsity.share,
            kept: sparsity.kept as f64,
            active: features.active(),
            kinks: kinks(at, [points[0], points[points.len() - 1]]) as f64,
            pattern_distance: features.pattern_distance(&hidden(network, start)),
            nuclear_norm: features.nuclear_norm(a),
            path_norm: a.iter().zip(w).map(|(a, w)| (a * w).abs()).sum(),
            rank: inputs.map_or(f64::NAN, |inputs| rank(&network.jacobian(at, inputs), 1e-4) as f64),
        }
    }
}

/// Kinks nearer than this to the first of them are one.
const NEAR: f64 = 0.02;

/// Kinks of f between two ends: changes of the slope by more than 5 % of the largest change.
///
/// Unit j has its kink at −bⱼ/wⱼ, where the slope changes by aⱼ |wⱼ|.
fn kinks(at: &[f64], [low, high]: [f64; 2]) -> usize {
    let [w, b, a] = units(at);
    let kink = |j: usize| (-b[j] / w[j], a[j] * w[j].abs());
    let mut all: Vec<(f64, f64)> = (0..UNITS).map(kink).filter(|(x, _)| (low..high).contains(x) && *x > low).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (x, change) in all {
        match merged.last_mut() {
            Some(last) if x - last.0 < NEAR => last.1 += change,
            _ => merged.push((x, change)),
        }
    }
    let largest = merged.iter().map(|kink| kink.1.abs()).fold(0.0, f64::max);
    merged.iter().filter(|kink| kink.1.abs() > 0.05 * largest).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units that are not named are far away.
    fn network(named: &[[f64; 3]]) -> Vec<f64> {
        let unit = |j: usize| named.get(j).copied().unwrap_or([1.0, -10.0, 1.0]);
        (0..3).flat_map(|k| (0..UNITS).map(move |j| unit(j)[k])).collect()
    }

    #[test]
    fn kinks_are_where_the_slope_changes() {
        assert_eq!(kinks(&network(&[]), [-1.0, 1.0]), 0);
        // At 0, at ½ twice, which add up, and one of 4 %.
        let named = [[1.0, 0.0, 1.0], [2.0, -1.0, 0.5], [-1.0, 0.51, 1.0], [1.0, 0.8, 0.08]];
        assert_eq!(kinks(&network(&named), [-1.0, 1.0]), 2);
        assert_eq!(kinks(&network(&named), [-1.0, 0.3]), 2, "nothing larger hides the small one");
        // Two that cancel.
        assert_eq!(kinks(&network(&[[1.0, 0.0, 1.0], [-1.0, 0.0, -1.0]]), [-1.0, 1.0]), 0);
    }
}
