//! Landscapes as finite sums of noisy terms.

use sgdlab_core::streams::{Key, Stream};
use sgdlab_core::{Curvature, Invalid, Lanes, Objective, Product, Sample, Settings, Value, WIDTH};
use sgdlab_landscapes::curvature::{Hessian, Noise, extremes};
use sgdlab_landscapes::{Landscape, Packs, Problem, check, entry};

use crate::support::{drawn, landscapes, point, uniform};

const KINDS: [&str; 3] = ["isotropic", "multiplicative", "sided"];
const LAWS: [&str; 4] = ["gaussian", "equispaced", "student-t", "stable"];

fn word(name: &'static str, word: &str) -> (&'static str, Value) {
    (name, Value::Word(word.into()))
}

/// Settings with other values of some hyperparameters.
fn with<'a>(settings: &Settings, given: impl IntoIterator<Item = (&'a str, Value)>) -> Settings {
    given.into_iter().fold(settings.clone(), |settings, (name, value)| settings.with(name, value).unwrap())
}

fn defaults(name: &str) -> Settings {
    Settings::defaults(entry(name).unwrap())
}

/// Every landscape with every kind of noise, laws in turn, shapes drawn.
fn every_problem(mut check: impl FnMut(&Problem, &mut Stream)) {
    for (number, entry) in landscapes().into_iter().enumerate() {
        let mut rng = Key::new("terms of landscapes").child(entry.name).stream(0);
        for (turn, kind) in KINDS.into_iter().enumerate() {
            let law = word("noise-law", LAWS[(number + turn) % LAWS.len()]);
            let settings =
                with(&drawn(entry, &mut rng), [word("noise-kind", kind), law, ("terms", Value::Number(12.0))]);
            check(&Problem::load(&settings).unwrap(), &mut rng);
        }
    }
}

fn name(problem: &Problem) -> String {
    problem.landscape().unwrap().settings().to_string()
}

fn size(x: &[[f64; 1]]) -> f64 {
    x.iter().map(|x| x[0].abs()).fold(0.0, f64::max)
}

#[test]
fn the_mean_of_all_terms_is_the_landscape() {
    every_problem(|problem, rng| {
        let objective: &dyn Objective<f64, 1> = f64::objective(problem);
        let landscape = problem.landscape().unwrap();
        let at = point(rng, landscape);
        let n = at.len();
        let mut exact = vec![0.0; n];
        landscape.gradient(&at, &mut exact);
        let (mut gradient, mut sum, mut largest) = (vec![[0.0]; n], vec![0.0; n], 1.0);
        let (mut value, mut heights) = (0.0, 1.0);
        for term in 0..12 {
            objective.gradient(at.as_chunks().0, Sample::of(&[term]), &mut [], &mut gradient);
            sum.iter_mut().zip(&gradient).for_each(|(sum, g)| *sum += g[0] / 12.0);
            largest = f64::max(largest, size(&gradient));
            let [of_term] = objective.value(at.as_chunks().0, Sample::of(&[term]), &mut []);
            value += of_term / 12.0;
            heights = f64::max(heights, of_term.abs());
        }
        for (sum, exact) in sum.iter().zip(&exact) {
            assert!((sum - exact).abs() <= 1e-13 * largest, "{}: {sum} against {exact}", name(problem));
        }
        let [whole] = objective.evaluate(at.as_chunks().0, false, &mut []).value;
        assert_eq!(whole, landscape.value(&at));
        assert!((value - whole).abs() <= 1e-13 * heights, "{}: {value} against {whole}", name(problem));
        // And so is a batch of everything.
        let everything: Vec<u32> = (0..12).collect();
        objective.gradient(at.as_chunks().0, Sample::of(&everything), &mut [], &mut gradient);
        for (g, exact) in gradient.iter().zip(&exact) {
            assert!((g[0] - exact).abs() <= 1e-13 * largest, "{}: {} against {exact}", name(problem), g[0]);
        }
    });
}

/// Along a random direction, by central differences; weights count as repetitions.
#[test]
fn gradients_and_products_are_those_of_values() {
    every_problem(|problem, rng| {
        let objective: &dyn Objective<f64, 1> = f64::objective(problem);
        let at = point(rng, problem.landscape().unwrap());
        let direction: Vec<[f64; 1]> = at.iter().map(|_| [uniform(rng, -1.0, 1.0)]).collect();
        let sample = Sample { indices: &[3, 7, 4], weights: Some(&[1.0, 2.0, 0.5]) };
        let along = |x: &[[f64; 1]]| x.iter().zip(&direction).map(|(x, v)| x[0] * v[0]).sum::<f64>();
        let moved = |t: f64| -> Vec<[f64; 1]> { at.iter().zip(&direction).map(|(x, v)| [x + t * v[0]]).collect() };
        let slope = |x: &[[f64; 1]]| {
            let mut gradient = vec![[0.0]; x.len()];
            objective.gradient(x, sample, &mut [], &mut gradient);
            gradient
        };
        let value = |t: f64| objective.value(&moved(t), sample, &mut [])[0];
        let (gradient, h) = (slope(&moved(0.0)), 1e-5);
        let mut product = vec![[0.0]; at.len()];
        let asked = Product { curvature: Curvature::Hessian, at: at.as_chunks().0, vector: &direction };
        objective.curvature_times(asked, sample, &mut [], &mut product);
        let (exact, curve) = (along(&gradient), along(&product));
        let found = (value(h) - value(-h)) / (2.0 * h);
        let scale = 1.0 + value(0.0).abs() + size(&gradient) + size(&product);
        assert!((found - exact).abs() <= 1e-5 * scale, "{}: {found} against {exact}", name(problem));
        let found = (along(&slope(&moved(h))) - along(&slope(&moved(-h)))) / (2.0 * h);
        // Third derivatives, which are large where waves are short, leave their part.
        assert!((found - curve).abs() <= 2e-4 * scale, "{}: {found} against {curve}", name(problem));
        let repeated = Sample::of(&[3, 3, 7, 7, 7, 7, 4]);
        let mut twice = vec![[0.0]; at.len()];
        objective.gradient(at.as_chunks().0, repeated, &mut [], &mut twice);
        // Seven half weights over three terms.
        for (a, b) in gradient.iter().zip(&twice) {
            assert!((a[0] - b[0] * 3.5 / 3.0).abs() <= 1e-12 * scale, "{}: {a:?} {b:?}", name(problem));
        }
    });
}

fn check_lanes<R: Packs<1> + Packs<WIDTH>>(problem: &Problem, rng: &mut Stream) {
    let single: &dyn Objective<R, 1> = R::objective(problem);
    let wide: &dyn Objective<R, WIDTH> = R::objective(problem);
    let n = problem.layout().size();
    let points: Vec<Vec<f64>> = (0..WIDTH).map(|_| point(rng, problem.landscape().unwrap())).collect();
    let at: Vec<Lanes<R, WIDTH>> = (0..n).map(|j| std::array::from_fn(|l| R::of(points[l][j]))).collect();
    let vector: Vec<Lanes<R, WIDTH>> =
        (0..n).map(|_| std::array::from_fn(|_| R::of(uniform(rng, -1.0, 1.0)))).collect();
    let sample = Sample { indices: &[0, 5, 11], weights: Some(&[1.0, 0.25, 3.0]) };
    let plain = Sample::of(&[2, 9, 2, 6]);
    let (mut gradients, mut products) = (vec![[R::ZERO; WIDTH]; n], vec![[R::ZERO; WIDTH]; n]);
    let values = wide.value(&at, sample, &mut []);
    let whole = wide.evaluate(&at, false, &mut []).value;
    wide.gradient(&at, plain, &mut [], &mut gradients);
    wide.curvature_times(
        Product { curvature: Curvature::Hessian, at: &at, vector: &vector },
        sample,
        &mut [],
        &mut products,
    );
    for l in 0..WIDTH {
        let lane = |x: &[Lanes<R, WIDTH>]| -> Vec<[R; 1]> { x.iter().map(|x| [x[l]]).collect() };
        let (alone, direction) = (lane(&at), lane(&vector));
        let (mut gradient, mut product) = (vec![[R::ZERO]; n], vec![[R::ZERO]; n]);
        single.gradient(&alone, plain, &mut [], &mut gradient);
        single.curvature_times(
            Product { curvature: Curvature::Hessian, at: &alone, vector: &direction },
            sample,
            &mut [],
            &mut product,
        );
        let mut found =
            vec![single.value(&alone, sample, &mut [])[0], single.evaluate(&alone, false, &mut []).value[0]];
        let mut packed = vec![values[l], whole[l]];
        found.extend(gradient.iter().chain(&product).map(|x| x[0]));
        packed.extend(lane(&gradients).iter().chain(&lane(&products)).map(|x| x[0]));
        let bits = |x: &[R]| x.iter().map(|x| x.to_f64().to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&found), bits(&packed), "{}, {}: {found:?} {packed:?}", name(problem), R::NAME);
        // The cliff is too high for single precision.
        assert!(R::NAME == "f32" || found.iter().all(|x| x.is_finite()), "{}: {found:?} at {alone:?}", name(problem));
    }
}

#[test]
fn lanes_have_the_bits_of_single_runs() {
    every_problem(|problem, rng| {
        check_lanes::<f32>(problem, rng);
        check_lanes::<f64>(problem, rng);
    });
}

/// Isotropic noise has the covariance of its draws everywhere; the others depend on the point as they say.
#[test]
fn the_noise_of_gradients_is_as_it_is_described() {
    let noise = |settings: &Settings, at: &[f64]| {
        let problem = Problem::load(settings).unwrap();
        Noise::at(f64::objective(&problem), at)
    };
    let base = with(&defaults("ill-conditioned-quadratic"), [("noise", Value::Number(3.0))]);
    let equispaced = with(&base, [word("noise-law", "equispaced")]);
    // Two coordinates of mean square 9 each; the Hessian is diag(0.01, 1).
    for at in [[0.0, 0.0], [100.0, -7.0]] {
        let found = noise(&equispaced, &at);
        assert!((found.trace - 18.0).abs() < 1e-9 && (found.curvature_trace - 9.09).abs() < 1e-9, "{found:?}");
    }
    let gaussian = noise(&with(&base, [("terms", Value::Number(10_000.0))]), &[0.0, 0.0]);
    // 5000 independent squares for each coordinate, of relative variance 2.
    assert!((gaussian.trace / 18.0 - 1.0).abs() < 4.0 * (2.0 / 10_000.0_f64).sqrt(), "{gaussian:?}");
    let multiplicative = with(&equispaced, [word("noise-kind", "multiplicative")]);
    let found = noise(&multiplicative, &[2.0, 3.0]);
    assert!((found.trace - 9.0 * found.squared_gradient).abs() < 1e-9 * found.trace, "{found:?}");
    assert_eq!(noise(&multiplicative, &[0.0, 0.0]).trace, 0.0);
    let sided = with(&equispaced, [word("noise-kind", "sided")]);
    for (x, share) in [(-20.0, 0.1), (0.0, 0.55), (20.0, 1.0)] {
        let found = noise(&sided, &[x, x]).trace;
        assert!((found - 18.0 * share * share).abs() < 1e-9 * found, "{x}: {found}");
    }
}

/// The two wells of theory: slopes of the noise from 0.2 to 2, equal spacing, ten terms.
#[test]
fn sided_noise_makes_a_quiet_and_a_loud_well() {
    let given = [
        word("noise-kind", "sided"),
        word("noise-law", "equispaced"),
        ("noise", Value::Number(2.0)),
        ("terms", Value::Number(10.0)),
    ];
    let problem = Problem::load(&with(&defaults("double-well"), given)).unwrap();
    let deviation = |x: f64| Noise::at(f64::objective(&problem), &[x]).trace.sqrt();
    let expected = |x: f64| 0.2 + 1.8 / (1.0 + (-4.0 * x).exp());
    for x in [-1.0, 0.3, 1.0] {
        assert!((deviation(x) - expected(x)).abs() < 1e-12, "{x}: {}", deviation(x));
    }
    // As printed: 0.232 and 1.968.
    assert!((deviation(-1.0) - 0.232).abs() < 5e-4 && (deviation(1.0) - 1.968).abs() < 5e-4);
}

#[test]
fn terms_with_opposite_noise_are_not_neighbors() {
    let problem = Problem::load(&defaults("booth")).unwrap();
    let objective: &dyn Objective<f64, 1> = f64::objective(&problem);
    let slope = |term: u32| {
        let mut gradient = [[0.0]; 2];
        objective.gradient(&[[1.0], [3.0]], Sample::of(&[term]), &mut [], &mut gradient);
        gradient[0][0]
    };
    let slopes: Vec<f64> = (0..100).map(slope).collect();
    let partner = |i: usize| (0..100).find(|&k| slopes[k] == -slopes[i]).expect("every term has one");
    let apart: Vec<usize> = (0..100).map(|i| partner(i).abs_diff(i)).collect();
    for distance in [1, 2, 5, 10, 25, 50] {
        let pairs = apart.iter().filter(|&&d| d == distance).count() / 2;
        assert!(pairs <= 6, "{pairs} pairs are {distance} apart");
    }
}

#[test]
fn facts_know_the_noise() {
    let load = |given: Vec<(&'static str, Value)>| Problem::load(&with(&defaults("booth"), given)).unwrap();
    let isotropic = load(vec![]);
    assert_eq!(isotropic.facts().interpolates, Some(false));
    assert_eq!(isotropic.term_smoothness(), Some(&[isotropic.facts().smoothness.unwrap(); 100][..]));
    let silent = load(vec![("noise", Value::Number(0.0))]);
    assert_eq!(silent.facts().interpolates, Some(true));
    let quiet =
        vec![word("noise-kind", "multiplicative"), word("noise-law", "equispaced"), ("noise", Value::Number(0.5))];
    let quiet = load(quiet);
    assert_eq!(quiet.facts().interpolates, Some(true));
    // 1.5 · 99/√(99 · 101) is the largest of 100 evenly spaced numbers of mean square ¼ and 1.
    let largest = 1.0 + 0.5 * 99.0 * (3.0_f64 / 9999.0).sqrt();
    let found = quiet.facts().term_smoothness.unwrap() / quiet.facts().smoothness.unwrap();
    assert!((found - largest).abs() < 1e-12, "{found} against {largest}");
    let loud = load(vec![word("noise-kind", "multiplicative"), ("noise", Value::Number(3.0))]);
    assert_eq!(loud.facts().interpolates, Some(false));
    let wells = Problem::load(&defaults("himmelblau")).unwrap();
    assert_eq!(wells.facts().other_minimizers.len(), 3);
    let norms = silent.gradient_norms(&[0.0, 0.0]);
    assert!(norms.iter().all(|norm| (norm - (34.0_f64 * 34.0 + 38.0 * 38.0).sqrt()).abs() < 1e-12), "{}", norms[0]);
}

#[test]
fn runs_begin_at_or_around_the_start() {
    let settings = with(&defaults("rosenbrock"), [("dimension", Value::Number(4.0))]);
    let key = |text| Key::new(text);
    let fixed = Problem::load(&settings).unwrap();
    assert_eq!(fixed.initial(key("a")), [-1.2, 1.0, -1.2, 1.0]);
    let spread = Problem::load(&with(&settings, [("spread", Value::Number(0.5))])).unwrap();
    let (first, second) = (spread.initial(key("a")), spread.initial(key("b")));
    assert_ne!(first, second);
    assert_eq!(first, spread.initial(key("a")));
    first.iter().zip([-1.2, 1.0, -1.2, 1.0]).for_each(|(x, start)| assert!((x - start).abs() <= 0.5));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let refused = |name: &str, given: Vec<(&'static str, Value)>| -> Invalid {
        check(&with(&defaults(name), given)).expect_err("it is refused")
    };
    let field = |invalid: Invalid| invalid.to_string();
    let number = |name, x| (name, Value::Number(x));
    assert_eq!(
        field(refused("booth", vec![number("terms", 7.0)])),
        "terms = 7 is not accepted: it takes an even number"
    );
    assert_eq!(
        field(refused("booth", vec![number("terms", 1e9)])),
        "terms = 1000000000 is not accepted: it takes with 2 dimensions at most 134217728 numbers"
    );
    assert_eq!(
        field(refused("booth", vec![word("noise-law", "stable"), number("tail-index", 3.0)])),
        "tail-index = 3 is not accepted: it takes α ≤ 2 with noise-law = \"stable\""
    );
    let nothing = ("start", Value::Numbers(Vec::new()));
    assert_eq!(field(refused("booth", vec![nothing])), "start = [] is not accepted: it takes at least one number");
    assert_eq!(
        field(refused("rotated-quadratic", vec![number("dimension", 1e9)])),
        "dimension = 1000000000 is not accepted: it takes at most 1048576"
    );
    assert_eq!(
        field(refused("rotated-quadratic", vec![number("smallest", 2.0)])),
        "largest = 1 is not accepted: it takes a number ≥ smallest, which is 2"
    );
    let other = Landscape::new(&Settings::defaults(sgdlab_objectives::entry("mlp").unwrap()));
    assert!(other.err().expect("it is refused").to_string().starts_with("landscape = mlp is not accepted"));
}

/// Gradient descent on the factorization of 1 does not stay in a minimum that is sharper than 2/rate.
///
/// The flow keeps y² − x² = 8.99 and ends where the sharpness x² + y² is √(8.99² + 4).
#[test]
fn descent_leaves_minima_beyond_the_edge_of_stability() {
    let problem = Problem::load(&with(&defaults("scalar-factorization"), [("noise", Value::Number(0.0))])).unwrap();
    let objective: &dyn Objective<f64, 1> = f64::objective(&problem);
    let sharpness = |at: &[f64]| extremes(&mut Hessian::new(objective, at), Key::new("edge"), 2).largest.value;
    let of_flow = (8.99_f64 * 8.99 + 4.0).sqrt();
    for rate in [0.01, 0.22, 0.26, 0.3] {
        let mut at = problem.initial(Key::new(""));
        let mut gradient = [[0.0]; 2];
        for _ in 0..20_000 {
            objective.gradient(at.as_chunks().0, Sample::of(&[0]), &mut [], &mut gradient);
            at.iter_mut().zip(&gradient).for_each(|(x, g)| *x -= rate * g[0]);
        }
        assert!(objective.evaluate(at.as_chunks().0, false, &mut []).value[0] < 1e-12, "{rate}: it converges");
        let (found, edge) = (sharpness(&at), 2.0 / rate);
        assert!((found - (at[0] * at[0] + at[1] * at[1])).abs() < 1e-6, "{rate}: {found}");
        if edge > 2.0 * of_flow {
            assert!((found / of_flow - 1.0).abs() < 0.01, "{rate}: {found} against {of_flow}");
        } else {
            assert!(of_flow > edge && found <= edge * (1.0 + 1e-6), "{rate}: {found}, and the edge is {edge}");
        }
    }
}
