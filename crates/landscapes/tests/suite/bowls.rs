//! Families of bowls: the recorded one against its records, and the identities of both.

use sgdlab_core::streams::Key;
use sgdlab_core::{Curvature, Lanes, Objective, Product, Sample, Settings, Value, WIDTH};
use sgdlab_landscapes::curvature::Noise;
use sgdlab_landscapes::{Packs, Problem, check, entry};

use crate::support::uniform;

macro_rules! record {
    ($name:literal) => {
        include_str!(concat!("../../../../data/reference/minima_variance/", $name, ".csv"))
    };
}

fn table(text: &str, header: bool) -> Vec<Vec<f64>> {
    let rows = text.lines().skip(usize::from(header));
    rows.map(|line| line.split(',').map(|field| field.parse().unwrap()).collect()).collect()
}

fn load(name: &str, given: &[(&str, f64)]) -> Problem {
    let given = given.iter().map(|&(name, x)| (name, Value::Number(x)));
    Problem::load(&Settings::new(entry(name).unwrap(), given).unwrap()).unwrap()
}

fn double(problem: &Problem) -> &dyn Objective<f64, 1> {
    f64::objective(problem)
}

fn grid() -> Vec<f64> {
    table(record!("statistics"), true).into_iter().map(|row| row[0]).collect()
}

/// Every term at every grid point, in both panels, at the tolerance of the records.
#[test]
fn the_recorded_terms_have_their_recorded_values() {
    for (p, recorded) in [(1.0, table(record!("f"), false)), (0.23, table(record!("g"), false))] {
        let problem = load("recorded-bowls", &[("p", p)]);
        for (&x, row) in grid().iter().zip(&recorded) {
            for (term, value) in row.iter().enumerate() {
                let [found] = double(&problem).value(&[[x]], Sample::of(&[term as u32]), &mut []);
                assert!(
                    (found - value).abs() <= 1e-12 * value.abs().max(1.0),
                    "p = {p}, {term} at {x}: {found}, {value}"
                );
            }
        }
    }
}

/// Between the grid's points paths are those of a process that is smooth: they do not wiggle to meet the values.
#[test]
fn recorded_paths_are_smooth() {
    let (problem, grid) = (load("recorded-bowls", &[]), grid());
    let terms = table(record!("batches"), true);
    let spacing = grid[1] - grid[0];
    for (term, [center, radius, ..]) in terms.iter().map(|row| [row[0], row[1], row[2]]).enumerate() {
        // The curvature of the path, from the term's values; bowls are smooth but where they become cones.
        let value = |x: f64| double(&problem).value(&[[x]], Sample::of(&[term as u32]), &mut [])[0];
        let second = |x: f64, h: f64| (value(x + h) - 2.0 * value(x) + value(x - h)) / (h * h);
        for x in grid[5..95].iter().map(|x| x + 0.5 * spacing) {
            if ((x - center).abs() - radius).abs() > 2.0 * spacing {
                let (near, far) = (second(x, 0.25 * spacing), second(x, spacing));
                assert!((near - far).abs() < 5e-3, "{term} at {x}: {near} {far}");
            }
        }
    }
}

/// Means, variances over the terms, and where every term is lowest on the grid.
#[test]
fn the_recorded_statistics_are_met() {
    let statistics = table(record!("statistics"), true);
    let minima = table(record!("minima"), true);
    for (p, variance, lowest) in [(1.0, 2, 1), (0.23, 3, 4)] {
        let problem = load("recorded-bowls", &[("p", p)]);
        let value = |x: f64, term: u32| double(&problem).value(&[[x]], Sample::of(&[term]), &mut [])[0];
        for row in &statistics {
            let values: Vec<f64> = (0..100).map(|term| value(row[0], term)).collect();
            let mean = values.iter().sum::<f64>() / 100.0;
            let spread = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 100.0;
            assert!(
                (mean - row[1]).abs() <= 1e-12 * row[1].max(1.0)
                    && (spread - row[variance]).abs() <= 1e-12 * row[variance].max(1.0),
                "{row:?} {mean} {spread}"
            );
            let [whole] = double(&problem).evaluate(&[[row[0]]], false, &mut []).value;
            assert!((whole - row[1]).abs() <= 1e-12 * row[1].max(1.0), "{whole}, not {}", row[1]);
        }
        let grid = grid();
        for row in &minima {
            let term = row[0] as u32;
            let best = (0..100).min_by(|&a, &b| value(grid[a], term).total_cmp(&value(grid[b], term))).unwrap();
            assert_eq!(best as f64, row[lowest], "term {term}, p = {p}");
        }
    }
    // The minimum of the mean is between the grid's points, of which the lowest is recorded.
    let facts = load("recorded-bowls", &[]).facts().clone();
    let (x, value) = (facts.minimizer.unwrap()[0], facts.minimum.unwrap());
    let (of_grid, lowest) = (0.303_030_303_030_302_76, 10.311_276_721_450_254);
    assert!((x - of_grid).abs() < 20.0 / 99.0 && value <= lowest + 1e-12 && value > lowest - 1e-2, "{x} {value}");
}

/// The same mean, and p² of the variance of gradients, at every point, to 1e-12.
#[test]
fn mixing_keeps_the_mean_and_shrinks_the_noise_by_the_square() {
    for (name, dimension) in [("recorded-bowls", 1), ("bumpy-bowls", 1), ("bumpy-bowls", 2)] {
        let of = |p: f64| match name {
            "recorded-bowls" => load(name, &[("p", p)]),
            _ => load(name, &[("p", p), ("dimension", f64::from(dimension)), ("terms", 40.0)]),
        };
        let whole = of(1.0);
        for p in [0.0, 0.23, 0.7] {
            let mixed = of(p);
            for k in 0..40 {
                let x = vec![-9.9 + 0.5 * f64::from(k); dimension as usize];
                let (a, b) = (Noise::at(double(&whole), &x), Noise::at(double(&mixed), &x));
                assert!((b.trace - p * p * a.trace).abs() <= 1e-12 * a.trace, "{name}: {x:?} {}", b.trace / a.trace);
                assert!((b.squared_gradient - a.squared_gradient).abs() <= 1e-12 * (a.trace + a.squared_gradient));
                let value = |problem: &Problem| double(problem).evaluate(x.as_chunks().0, false, &mut []).value;
                assert_eq!(value(&whole), value(&mixed));
            }
        }
    }
}

/// Along a random direction, by central differences, in both dimensions; and the mean of the terms is the whole.
#[test]
fn derivatives_are_those_of_values() {
    let mut rng = Key::new("bowls").stream(0);
    let problems = [
        load("recorded-bowls", &[("p", 0.23)]),
        load("bumpy-bowls", &[("terms", 30.0)]),
        load("bumpy-bowls", &[("terms", 30.0), ("dimension", 2.0), ("p", 0.4)]),
    ];
    for problem in &problems {
        let (objective, n) = (double(problem), problem.layout().size());
        for _ in 0..40 {
            let at: Vec<f64> = (0..n).map(|_| uniform(&mut rng, -10.0, 10.0)).collect();
            let direction: Vec<[f64; 1]> = (0..n).map(|_| [uniform(&mut rng, -1.0, 1.0)]).collect();
            let sample = Sample { indices: &[4, 9, 23], weights: Some(&[2.0, 0.5, 1.0]) };
            let moved = |t: f64| -> Vec<[f64; 1]> { at.iter().zip(&direction).map(|(x, v)| [x + t * v[0]]).collect() };
            let along = |x: &[[f64; 1]]| x.iter().zip(&direction).map(|(x, v)| x[0] * v[0]).sum::<f64>();
            let slope = |t: f64| {
                let mut out = vec![[0.0]; n];
                objective.gradient(&moved(t), sample, &mut [], &mut out);
                along(&out)
            };
            let value = |t: f64| objective.value(&moved(t), sample, &mut [])[0];
            let mut product = vec![[0.0]; n];
            let point = moved(0.0);
            let asked = Product { curvature: Curvature::Hessian, at: &point, vector: &direction };
            objective.curvature_times(asked, sample, &mut [], &mut product);
            let h = 1e-5;
            let found = (value(h) - value(-h)) / (2.0 * h);
            assert!((found - slope(0.0)).abs() < 1e-5, "{at:?}: {found} {}", slope(0.0));
            let found = (slope(h) - slope(-h)) / (2.0 * h);
            assert!((found - along(&product)).abs() < 1e-5, "{at:?}: {found} {}", along(&product));
            let everything: Vec<u32> = (0..objective.terms() as u32).collect();
            let [mean] = objective.value(&point, Sample::of(&everything), &mut []);
            let [whole] = objective.evaluate(&point, false, &mut []).value;
            assert!((mean - whole).abs() < 1e-11 * whole.abs(), "{mean} {whole}");
        }
    }
}

fn check_lanes<R: Packs<1> + Packs<WIDTH>>(problem: &Problem) {
    let single: &dyn Objective<R, 1> = R::objective(problem);
    let wide: &dyn Objective<R, WIDTH> = R::objective(problem);
    let n = problem.layout().size();
    let mut rng = Key::new("lanes of bowls").stream(0);
    let at: Vec<Lanes<R, WIDTH>> =
        (0..n).map(|_| std::array::from_fn(|_| R::of(uniform(&mut rng, -10.0, 10.0)))).collect();
    let vector: Vec<Lanes<R, WIDTH>> =
        (0..n).map(|_| std::array::from_fn(|_| R::of(uniform(&mut rng, -1.0, 1.0)))).collect();
    let sample = Sample { indices: &[3, 3, 17, 8], weights: Some(&[1.0, 0.25, 3.0, 1.0]) };
    let (mut slopes, mut products) = (vec![[R::ZERO; WIDTH]; n], vec![[R::ZERO; WIDTH]; n]);
    wide.gradient(&at, sample, &mut [], &mut slopes);
    wide.curvature_times(
        Product { curvature: Curvature::Hessian, at: &at, vector: &vector },
        sample,
        &mut [],
        &mut products,
    );
    let (values, whole) = (wide.value(&at, sample, &mut []), wide.evaluate(&at, false, &mut []).value);
    for l in 0..WIDTH {
        let lane = |x: &[Lanes<R, WIDTH>]| -> Vec<[R; 1]> { x.iter().map(|x| [x[l]]).collect() };
        let (alone, direction) = (lane(&at), lane(&vector));
        let (mut slope, mut product) = (vec![[R::ZERO]; n], vec![[R::ZERO]; n]);
        single.gradient(&alone, sample, &mut [], &mut slope);
        single.curvature_times(
            Product { curvature: Curvature::Hessian, at: &alone, vector: &direction },
            sample,
            &mut [],
            &mut product,
        );
        assert_eq!((slope, product), (lane(&slopes), lane(&products)));
        assert_eq!(single.value(&alone, sample, &mut []), [values[l]]);
        assert_eq!(single.evaluate(&alone, false, &mut []).value, [whole[l]]);
    }
}

#[test]
fn lanes_have_the_bits_of_single_runs() {
    for problem in [
        load("recorded-bowls", &[("p", 0.23)]),
        load("bumpy-bowls", &[("terms", 20.0)]),
        load("bumpy-bowls", &[("terms", 20.0), ("dimension", 2.0), ("p", 0.5)]),
    ] {
        check_lanes::<f32>(&problem);
        check_lanes::<f64>(&problem);
    }
}

/// Single precision loses no more than its own rounding, though the weights of paths almost cancel.
#[test]
fn paths_are_accurate_in_single_precision() {
    let problem = load("recorded-bowls", &[]);
    let single: &dyn Objective<f32, 1> = f32::objective(&problem);
    for x in [-9.5_f32, -3.0, 0.25, 7.75] {
        let rounded = single.evaluate(&[[x]], false, &mut []).value[0];
        let exact = double(&problem).evaluate(&[[f64::from(x)]], false, &mut []).value[0];
        assert!((f64::from(rounded) - exact).abs() < 1e-5 * exact, "{x}: {rounded} {exact}");
    }
}

#[test]
fn draws_are_keyed_and_minima_are_lowest() {
    let value = |draw: f64| {
        let problem = load("bumpy-bowls", &[("draw", draw)]);
        let objective = double(&problem);
        let facts = problem.facts();
        for k in 0..2000 {
            let x = -40.0 + 0.04 * f64::from(k);
            assert!(objective.evaluate(&[[x]], false, &mut []).value[0] >= facts.minimum.unwrap() - 1e-9, "{x}");
        }
        objective.evaluate(&[[1.5]], false, &mut []).value[0]
    };
    assert_eq!(value(0.0), value(0.0));
    assert_ne!(value(0.0), value(1.0));
    assert_eq!(load("bumpy-bowls", &[("dimension", 2.0)]).facts().minimum, None);
}

#[test]
fn families_that_cannot_be_drawn_are_refused() {
    let refused = |name: &str, x: f64| {
        let settings = Settings::new(entry("bumpy-bowls").unwrap(), [(name, Value::Number(x))]).unwrap();
        check(&settings).expect_err("it is refused").to_string()
    };
    assert_eq!(refused("dimension", 3.0), "dimension = 3 is not accepted: it takes 1 or 2");
    assert_eq!(
        refused("length-scale", 0.01),
        "length-scale = 0.01 is not accepted: it takes a number that makes at most 1024 centers of the paths, and not 2671^1"
    );
    assert_eq!(refused("terms", 1e6), "terms = 1000000 is not accepted: it takes at most 131072");
}
