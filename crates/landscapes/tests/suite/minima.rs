//! What landscapes say about their stationary points, with random shape parameters.

use nalgebra::DMatrix;
use sgdlab_core::Settings;
use sgdlab_landscapes::{Kind, Landscape, Stationary, entry};

use crate::support::{every, landscapes, point, uniform};

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn dense(landscape: &Landscape, at: &[f64]) -> DMatrix<f64> {
    let n = at.len();
    let mut matrix = DMatrix::zeros(n, n);
    let (mut unit, mut column) = (vec![0.0; n], vec![0.0; n]);
    for j in 0..n {
        unit.fill(0.0);
        unit[j] = 1.0;
        landscape.hessian_times(at, &unit, &mut column);
        matrix.column_mut(j).copy_from_slice(&column);
    }
    matrix
}

/// Values below and above that of a point, at a small distance of it in some directions.
fn sides(landscape: &Landscape, of: &Stationary) -> (bool, bool) {
    let distance = 1e-2 * (1.0 + norm(&of.at));
    let (mut below, mut above) = (false, false);
    for k in 0..64 {
        let angle = f64::from(k) * std::f64::consts::PI / 32.0;
        let mut beside = of.at.clone();
        beside[0] += distance * angle.cos();
        beside[1] += distance * angle.sin();
        let value = landscape.value(&beside);
        below |= value < of.value;
        above |= value > of.value;
    }
    (below, above)
}

#[test]
fn stationary_points_are_what_they_are_said_to_be() {
    every(40, |landscape, _| {
        for stationary in landscape.stationary() {
            let Stationary { kind, at, value } = &stationary;
            let name = format!("{}: {kind:?} {value} at {at:?}", landscape.settings());
            let found = landscape.value(at);
            assert!((found - value).abs() <= 1e-11 * (1.0 + value.abs()), "{name}: {found:e}");
            let mut slope = vec![0.0; at.len()];
            landscape.gradient(at, &mut slope);
            let matrix = dense(landscape, at);
            assert!(slope.iter().chain(matrix.iter()).all(|x| x.is_finite()), "{name}");
            if *kind == Kind::Kink {
                continue;
            }
            // What a change of the last places of the point makes.
            let rounding = 1e-14 * (1.0 + matrix.norm() * (1.0 + norm(at)));
            assert!(norm(&slope) <= rounding, "{name}: gradient {slope:?} beyond {rounding:e}");
            let eigenvalues = matrix.clone().symmetric_eigenvalues();
            let (low, high, none) = (eigenvalues.min(), eigenvalues.max(), 1e-9 * (1.0 + matrix.norm()));
            match kind {
                Kind::Global | Kind::Minimum => assert!(low >= -none, "{name}: eigenvalue {low:e}"),
                Kind::Maximum => assert!(high <= none, "{name}: eigenvalue {high:e}"),
                Kind::Saddle if low < -none && high > none => {}
                Kind::Saddle | Kind::Kink => assert_eq!(sides(landscape, &stationary), (true, true), "{name}"),
            }
        }
    });
}

/// From random points, by steps that never go up.
#[test]
fn nothing_is_lower_than_a_global_minimum() {
    every(8, |landscape, rng| {
        let Some(minimum) = landscape.facts().minimum else { return };
        for _ in 0..60 {
            let (mut at, mut slope) = (point(rng, landscape), vec![0.0; landscape.dimension()]);
            let (mut value, mut rate) = (landscape.value(&at), 1.0);
            for _ in 0..200 {
                landscape.gradient(&at, &mut slope);
                let next: Vec<f64> = at.iter().zip(&slope).map(|(x, g)| x - rate * g).collect();
                let lower = landscape.value(&next);
                if lower < value {
                    (at, value, rate) = (next, lower, 2.0 * rate);
                } else {
                    rate *= 0.3;
                }
            }
            let slack = 1e-12 * (1.0 + minimum.abs());
            assert!(value >= minimum - slack, "{}: {value:e} below {minimum:e} at {at:?}", landscape.settings());
        }
    });
}

/// Convexity, and its constants, along random segments.
#[test]
fn convex_landscapes_curve_as_they_say() {
    every(8, |landscape, rng| {
        let facts = landscape.facts();
        if !facts.convex {
            return;
        }
        for _ in 0..20 {
            let eigenvalues = dense(landscape, &point(rng, landscape)).symmetric_eigenvalues();
            let (low, high) = (eigenvalues.min(), eigenvalues.max());
            let slack = 1e-9 * (1.0 + high);
            assert!(low >= facts.strong_convexity - slack, "{}: {low:e}", landscape.settings());
            let smooth = facts.smoothness.unwrap_or(f64::INFINITY);
            assert!(high <= smooth + slack, "{}: {high:e}", landscape.settings());
        }
        if let Some(smooth) = facts.smoothness {
            // The Hessians of those that have one are constant: the constants are attained.
            let at: Vec<f64> = (0..landscape.dimension()).map(|_| uniform(rng, -1.0, 1.0)).collect();
            let eigenvalues = dense(landscape, &at).symmetric_eigenvalues();
            assert!((eigenvalues.max() - smooth).abs() <= 1e-9 * smooth, "{}", landscape.settings());
            assert!((eigenvalues.min() - facts.strong_convexity).abs() <= 1e-9 * smooth, "{}", landscape.settings());
        }
    });
}

/// Minima as they are printed in publications.
#[test]
fn defaults_have_the_published_minima() {
    let published: [(&str, usize, f64, &[f64]); 12] = [
        ("beale", 1, 0.0, &[3.0, 0.5]),
        ("himmelblau", 4, 0.0, &[-3.779_310_253_377_747, -3.283_185_991_286_169_4]),
        ("booth", 1, 0.0, &[1.0, 3.0]),
        ("branin", 3, 0.397_887_357_729_738_16, &[-std::f64::consts::PI, 12.275]),
        ("goldstein-price", 1, 3.0, &[0.0, -1.0]),
        ("six-hump-camel", 2, -1.031_628_453_489_877, &[-0.089_842_013_1, 0.712_656_403_1]),
        ("three-hump-camel", 1, 0.0, &[0.0, 0.0]),
        ("styblinski-tang", 1, -78.332_331_407_543_1, &[-2.903_534, -2.903_534]),
        ("trid", 1, -2.0, &[2.0, 2.0]),
        ("cliff", 1, 0.199_786_613_7, &[3.0, 3.149_786_613_7]),
        ("easom", 1, -1.0, &[std::f64::consts::PI, std::f64::consts::PI]),
        ("dixon-price", 2, 0.0, &[1.0, std::f64::consts::FRAC_1_SQRT_2]),
    ];
    for (name, count, value, at) in published {
        let landscape = Landscape::new(&Settings::defaults(entry(name).unwrap())).unwrap();
        let global: Vec<_> = landscape.stationary().into_iter().filter(|point| point.kind == Kind::Global).collect();
        assert_eq!(global.len(), count, "{name}");
        assert!((global[0].value - value).abs() < 1e-9, "{name}: {}", global[0].value);
        global[0].at.iter().zip(at).for_each(|(x, expected)| assert!((x - expected).abs() < 1e-6, "{name}: {x}"));
    }
}

#[test]
fn other_published_stationary_points_are_known() {
    let found = |name: &str, kind: Kind| {
        let landscape = Landscape::new(&Settings::defaults(entry(name).unwrap())).unwrap();
        let mut values: Vec<f64> =
            landscape.stationary().into_iter().filter(|point| point.kind == kind).map(|point| point.value).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    // −1.9132 (McCormick), 48.9843 (Freudenstein and Roth), 30, 84 and 840 (Goldstein and Price), 14.203125 (Beale).
    assert!((found("mccormick", Kind::Minimum)[0] + 1.913_222_954_981).abs() < 1e-9);
    assert!((found("freudenstein-roth", Kind::Minimum)[0] - 48.984_253_679_240).abs() < 1e-9);
    let hollows = found("goldstein-price", Kind::Minimum);
    assert!(hollows.iter().zip([30.0, 84.0, 840.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{hollows:?}");
    assert_eq!(found("beale", Kind::Saddle), [14.203_125]);
    // The six-hump camel has six minima and nine others, the two smaller of the three humps 0.2986.
    let counts =
        [Kind::Global, Kind::Minimum, Kind::Saddle, Kind::Maximum].map(|kind| found("six-hump-camel", kind).len());
    assert_eq!(counts, [2, 4, 7, 2]);
    assert!((found("three-hump-camel", Kind::Minimum)[0] - 0.298_638_442_236_861).abs() < 1e-9);
}

/// Every landscape knows a stationary point by default, and all but those that have none a minimum.
#[test]
fn minima_are_known() {
    assert!(landscapes().len() >= 30);
    let unknown: Vec<&str> = landscapes()
        .into_iter()
        .filter(|entry| Landscape::new(&Settings::defaults(entry)).unwrap().facts().minimum.is_none())
        .map(|entry| entry.name)
        .collect();
    assert_eq!(unknown, ["mccormick", "monkey-saddle"]);
}
