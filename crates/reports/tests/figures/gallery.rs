//! A figure of every kind, from formulas.

use sgdlab_reports::figures::*;

/// Numbers that look random and are always the same.
pub fn noise(i: usize) -> f64 {
    let mut x = i as u64 ^ 0x9e37_79b9_7f4a_7c15;
    for shift in [30, 27, 31] {
        x = (x ^ (x >> shift)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (x >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

fn times(n: usize, ratio: f64) -> Vec<f64> {
    (0..n).map(|i| (16.0 * ratio.powi(i as i32)).round()).collect()
}

/// Curves that fall, and one that diverges.
fn with_bands() -> Figure {
    let t = times(80, 1.1);
    let falls = |rate: f64, floor: f64, seed: usize| -> [Vec<f64>; 3] {
        let y: Vec<f64> = t
            .iter()
            .enumerate()
            .map(|(i, t)| floor + 0.9 * (1.0 + t / 50.0).powf(-rate) * (1.0 + 0.15 * noise(seed + i)))
            .collect();
        let low = y.iter().enumerate().map(|(i, y)| y * (0.85 + 0.1 * noise(2 * seed + i))).collect();
        let high = y.iter().enumerate().map(|(i, y)| y * (1.18 + 0.1 * noise(3 * seed + i))).collect();
        [y, low, high]
    };
    let mut all = [falls(1.2, 0.03, 100), falls(0.9, 0.035, 200), falls(0.7, 0.04, 300), falls(0.8, 0.2, 400)];
    for (i, t) in t.iter().enumerate() {
        if *t > 3000.0 {
            all[3][0][i] = f64::INFINITY;
        }
        if *t > 900.0 {
            all[3][2][i] = f64::INFINITY;
        }
        if *t > 300.0 {
            all[3][0][i] = all[3][0][i].max(0.05 * (t / 300.0).powf(1.4));
            all[3][2][i] *= 2.0;
        }
    }
    let names = ["nesterov, rate 0.32", "adam, rate 0.032", "sgd, rate 1", "momentum, rate 3.2"];
    let curve = |(name, [y, low, high]): (&'static str, &'static [Vec<f64>; 3])| (name, y, low, high);
    let all: &'static [[Vec<f64>; 3]; 4] = Box::leak(Box::new(all));
    let lines: Vec<Curve<'_>> = names
        .into_iter()
        .zip(all)
        .map(curve)
        .map(|(name, y, low, high)| Curve { name, x: &t, y, band: Some((low, high)) })
        .collect();
    curves(
        "Nesterov's momentum needs the fewest gradients",
        Axis::new("evaluations", "term gradients").log(),
        Axis::new("test error", "share").log(),
        &lines,
    )
    .with_subtitle(
        "Handwritten digits, batches of 16: medians over 5 replicates with quartiles, each rule at its best rate.",
    )
    .with_note("20 runs. A rule whose median run has diverged is at ∞ from there on.")
}

fn many_curves() -> Figure {
    let t: Vec<f64> = (0..4000).map(f64::from).collect();
    let names = [
        "sgd", "momentum", "nesterov", "adam", "amsgrad", "rmsprop", "adagrad", "adadelta", "lion", "sophia",
        "shampoo", "muon",
    ];
    let all: Vec<Vec<f64>> = (0..12)
        .map(|k| {
            t.iter()
                .enumerate()
                .map(|(i, t)| {
                    (1.0 + 0.1 * k as f64) / (1.0 + t / (40.0 + 30.0 * k as f64)) + 0.01 * noise(i + 5000 * k)
                })
                .collect()
        })
        .collect();
    let lines: Vec<Curve<'_>> = names.iter().zip(&all).map(|(name, y)| Curve { name, x: &t, y, band: None }).collect();
    curves("Twelve rules on one quadratic", Axis::new("steps", "updates"), Axis::new("loss", ""), &lines)
        .with_subtitle("Lines differ in color, dash and symbol.")
}

fn theory() -> Figure {
    let t = times(90, 1.1);
    let gap = |c: f64, p: f64, seed: usize| -> Vec<f64> {
        t.iter().enumerate().map(|(i, t)| c * t.powf(-p) * (1.0 + 0.3 * noise(seed + i))).collect()
    };
    let (one, two) = (gap(3.0, 0.5, 7), gap(40.0, 1.0, 900));
    let lines = [
        Curve { name: "constant/√t steps", x: &t, y: &one, band: None },
        Curve { name: "1/t steps, averaged", x: &t, y: &two, band: None },
    ];
    let laws =
        [Law { name: "1.5/√t", factor: 1.5, exponent: -0.5 }, Law { name: "20/t", factor: 20.0, exponent: -1.0 }];
    rates_of_convergence(
        "Averaged SGD attains the rate 1/t on strongly convex losses",
        Axis::new("steps t", "updates"),
        Axis::new("f(x) − min f", "loss"),
        &lines,
        &laws,
    )
    .with_subtitle("Medians over 20 replicates beside what theory says.")
}

pub fn rosenbrock(x: f64, y: f64) -> f64 {
    (1.0 - x).powi(2) + 20.0 * (y - x * x).powi(2)
}

/// Gradient descent on Rosenbrock's function, with momentum.
fn descent(rate: f64, momentum: f64, steps: usize) -> [Vec<f64>; 2] {
    let (mut at, mut v) = ([-1.3, 1.4], [0.0; 2]);
    let mut path = [vec![at[0]], vec![at[1]]];
    for _ in 0..steps {
        let [x, y] = at;
        let gradient = [-2.0 * (1.0 - x) - 80.0 * x * (y - x * x), 40.0 * (y - x * x)];
        for i in 0..2 {
            v[i] = momentum * v[i] - rate * gradient[i];
            at[i] += v[i];
            path[i].push(at[i]);
        }
    }
    path
}

fn valley() -> Map {
    let x: Vec<f64> = (0..=120).map(|i| -1.6 + 3.2 * f64::from(i) / 120.0).collect();
    let y: Vec<f64> = (0..=100).map(|i| -0.6 + 2.4 * f64::from(i) / 100.0).collect();
    let z = y.iter().flat_map(|&y| x.iter().map(move |&x| rosenbrock(x, y) + 1e-3)).collect();
    let levels = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0].to_vec();
    Map { x, y, z, axis: Axis::new("f", "").log(), levels, smooth: true, ..Map::default() }
}

fn landscape_with_paths() -> Figure {
    let (plain, heavy) = (descent(0.004, 0.0, 3000), descent(0.002, 0.9, 600));
    let paths = [
        Trajectory { name: "gradient descent", x: &plain[0], y: &plain[1] },
        Trajectory { name: "with momentum 0.9", x: &heavy[0], y: &heavy[1] },
    ];
    landscape(
        "Momentum runs through the valley, plain descent creeps",
        [Axis::new("x₁", ""), Axis::new("x₂", "")],
        valley(),
        &paths,
        &[[1.0, 1.0]],
    )
    .with_subtitle("Rosenbrock's function (1 − x₁)² + 20 (x₂ − x₁²)² from one starting point.")
}

fn surface_with_path() -> Figure {
    let axis: Vec<f64> = (0..=80).map(|i| -3.0 + 6.0 * f64::from(i) / 80.0).collect();
    let f = |x: f64, y: f64| 0.3 * (x * x + y * y) + (2.0 * x).sin() * (2.0 * y).cos() + 1.0;
    let z = axis.iter().flat_map(|&y| axis.iter().map(move |&x| f(x, y))).collect();
    let map = Map { x: axis.clone(), y: axis.clone(), z, axis: Axis::new("loss", ""), smooth: true, ..Map::default() };
    let walk = |momentum: f64| {
        let (mut at, mut v) = ([2.7f64, 2.2], [0.0; 2]);
        let mut path = [vec![at[0]], vec![at[1]]];
        for _ in 0..200 {
            let [x, y] = at;
            let gradient =
                [0.6 * x + 2.0 * (2.0 * x).cos() * (2.0 * y).cos(), 0.6 * y - 2.0 * (2.0 * x).sin() * (2.0 * y).sin()];
            for i in 0..2 {
                v[i] = momentum * v[i] - 0.03 * gradient[i];
                at[i] += v[i];
                path[i].push(at[i]);
            }
        }
        path
    };
    let (plain, heavy) = (walk(0.0), walk(0.93));
    let paths = [
        Trajectory { name: "gradient descent", x: &plain[0], y: &plain[1] },
        Trajectory { name: "with momentum 0.93", x: &heavy[0], y: &heavy[1] },
    ];
    surface(
        "Momentum leaves the local minimum that stops plain descent",
        [Axis::new("x₁", ""), Axis::new("x₂", "")],
        map,
        &paths,
        &[[-0.68, 0.0]],
    )
    .with_subtitle("A bowl with waves, from one starting point.")
}

fn cells() -> Figure {
    let rates: Vec<f64> = (-4..=0).flat_map(|e| [1.0, 3.2].map(|m| m * 10f64.powi(e))).collect();
    let batches = [16.0, 32.0, 64.0, 128.0, 256.0];
    let z = batches
        .iter()
        .flat_map(|b: &f64| {
            rates.iter().map(move |r: &f64| {
                if *r > 0.2 * (b / 16.0).sqrt() {
                    f64::INFINITY
                } else {
                    900.0 * (b / 16.0).powf(0.6) * (1.0 + (r.log10() + 1.6).powi(2))
                }
            })
        })
        .collect();
    let map = Map {
        x: rates.clone(),
        y: batches.to_vec(),
        z,
        axis: Axis::new("evaluations to test error 0.04", "term gradients").log(),
        ..Map::default()
    };
    heat_map(
        "Large batches allow larger rates, and cost more",
        [Axis::new("rate", ""), Axis::new("batch size", "terms")],
        map,
    )
    .with_subtitle("Medians over 5 replicates; gray cells never reach the target.")
}

fn performance() -> Figure {
    let x: Vec<f64> = (0..40).map(|i| 1.08f64.powi(i)).collect();
    let share =
        |a: f64, b: f64| -> Vec<f64> { x.iter().map(|r| ((a + b * r.ln()) * 20.0).floor().min(19.0) / 20.0).collect() };
    let (one, two, three) = (share(0.5, 0.2), share(0.25, 0.4), share(0.1, 0.25));
    let lines =
        [("nesterov", &one), ("adam", &two), ("sgd", &three)].map(|(name, y)| Curve { name, x: &x, y, band: None });
    profiles(
        "Nesterov is most often the fastest, Adam solves more within three times the cost",
        Axis::new("cost / least cost", "ratio").log(),
        &lines,
    )
    .with_subtitle("Dolan–Moré performance profiles over 20 problems.")
}

fn distribution() -> Figure {
    let numbers =
        |scale: f64, lost: usize, seed: usize| -> Vec<f64> {
            (0..50)
                .map(|i| {
                    if i < lost {
                        f64::INFINITY
                    } else {
                        scale * (1.0 + noise(seed + i)) * (1.0 + noise(seed + 99 + i))
                    }
                })
                .collect()
        };
    let (one, two, three) = (numbers(2000.0, 0, 1), numbers(3500.0, 3, 77), numbers(1500.0, 20, 170));
    let samples =
        [("nesterov", &one), ("adam", &two), ("momentum", &three)].map(|(name, values)| Sample { name, values });
    ecdf(
        "Momentum is fast where it works",
        Axis::new("evaluations", "term gradients").log(),
        "share of runs and targets",
        &samples,
    )
    .with_subtitle("Share of pairs of a run and a target that are reached; runs that diverge reach none.")
}

fn differences() -> Figure {
    let names = ["nesterov", "adadelta", "momentum", "rmsprop", "sgd", "adagrad", "adam", "lion"];
    critical_difference(
        "Only Lion is told apart from the leaders",
        &names,
        &[2.1, 2.9, 3.2, 3.9, 4.4, 4.6, 5.3, 7.6],
        2.35,
    )
    .with_subtitle("Mean ranks over 20 problems; what a bar joins cannot be told apart (Nemenyi, α = 0.05).")
}

fn rates() -> Figure {
    let rates: Vec<f64> = (-7..=3).map(|i| 10f64.powf(f64::from(i) / 2.0)).collect();
    let cost = |best: f64, width: f64, limit: f64| -> [Vec<f64>; 3] {
        let y: Vec<f64> = rates
            .iter()
            .map(|r| if *r > limit { f64::INFINITY } else { 2000.0 * (1.0 + ((r / best).log10() / width).powi(2)) })
            .collect();
        [y.clone(), y.iter().map(|y| y * 0.85).collect(), y.iter().map(|y| y * 1.2).collect()]
    };
    let all = [cost(0.3, 0.5, 2.0), cost(0.03, 0.6, 20.0), cost(1.0, 0.4, 8.0)];
    let names = ["nesterov", "adam", "sgd"];
    let lines: Vec<Curve<'_>> = names
        .into_iter()
        .zip(&all)
        .map(|(name, [y, low, high])| Curve { name, x: &rates, y, band: Some((low, high)) })
        .collect();
    sensitivity(
        "Adam forgives rates that are too large",
        Axis::new("rate", ""),
        Axis::new("evaluations to test error 0.04", "term gradients").log(),
        &lines,
    )
    .with_subtitle("Medians over 5 replicates with quartiles; at ∞ the median run never gets there.")
}

fn eigenvalues() -> Figure {
    let bulk = |shift: f64, n: usize| -> Vec<f64> {
        (0..n)
            .map(|i| 10f64.powf(shift + 2.5 * (noise(i) + noise(i + 999))))
            .chain((0..5).map(|i| 10f64.powf(1.0 + shift / 5.0 + 0.2 * i as f64)))
            .collect()
    };
    let (start, end) = (bulk(-2.0, 200), bulk(-3.0, 200));
    let all = [("at the start", &start), ("after training", &end)].map(|(name, eigenvalues)| Spectrum {
        name,
        eigenvalues,
        weights: &[],
    });
    spectra(
        "Training flattens the bulk and leaves a few steep directions",
        Axis::new("eigenvalue of the Hessian", "loss / parameters²").log(),
        &all,
    )
    .with_subtitle("205 eigenvalues, smoothed; each is a stroke at the lower edge.")
}

fn replicates() -> Figure {
    let numbers = |center: f64, lost: usize, seed: usize| -> Vec<f64> {
        (0..20)
            .map(|i| {
                if i < lost {
                    f64::INFINITY
                } else {
                    (center * (1.0 + 0.5 * noise(seed + i) + 0.5 * noise(seed + 50 + i)) * 100.0).round() / 100.0
                }
            })
            .collect()
    };
    let all = [
        ("nesterov", numbers(2.1, 0, 1)),
        ("adadelta", numbers(3.4, 0, 2)),
        ("momentum, rate 0.32, clipped at 1", numbers(3.0, 6, 3)),
        ("adam", numbers(5.0, 0, 4)),
        ("lion", numbers(6.5, 1, 5)),
    ];
    let samples: Vec<Sample<'_>> = all.iter().map(|(name, values)| Sample { name, values }).collect();
    boxes(
        "Replicates differ more than the leaders do",
        Axis::new("evaluations to test error 0.04", "10³ term gradients"),
        &samples,
    )
    .with_subtitle("20 replicates of each rule: quartiles, median, and every run.")
}

fn multiples() -> Figure {
    let t: Vec<f64> = (1..=30).map(f64::from).collect();
    let chart = |(i, title): (usize, &&str)| {
        let one = |style: usize, name: &str, f: &dyn Fn(f64) -> f64| Series {
            name: name.to_owned(),
            style,
            marks: vec![Mark::Line { x: t.clone(), y: t.iter().map(|&t| f(t)).collect(), steps: false }],
        };
        let k = i as f64 + 1.0;
        let series = vec![one(0, "adam", &|t| 1.0 - (-t / k).exp()), one(1, "sgd", &|t| (t / k).sin() / t)];
        Chart {
            title: (*title).to_owned(),
            x: Axis::new("step", "").between(0.0, 30.0),
            y: Axis::new("−Δx / rate", ""),
            series,
            ..Chart::default()
        }
    };
    let titles = ["constant", "impulse", "alternating", "rotated", "scaled"];
    Figure::multiples("Steps against the gradient at the rate 0.1", titles.iter().enumerate().map(chart).collect(), 3)
}

/// All of them with names of files.
pub fn all() -> Vec<(&'static str, Figure)> {
    vec![
        ("curves", with_bands()),
        ("many-curves", many_curves()),
        ("theory", theory()),
        ("landscape", landscape_with_paths()),
        ("surface", surface_with_path()),
        ("cells", cells()),
        ("profiles", performance()),
        ("ecdf", distribution()),
        ("critical-difference", differences()),
        ("sensitivity", rates()),
        ("spectra", eigenvalues()),
        ("boxes", replicates()),
        ("multiples", multiples()),
    ]
}
