//! Maps of objectives on planes.

use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Sample, Settings, Value, WIDTH};
use sgdlab_landscapes::surface::{Plane, Quantity, along, even, map};
use sgdlab_landscapes::{Packs, entry as landscape};
use sgdlab_objectives::{Problem, Stored, entry};

/// One loss map that the reference recorded: line i is w, column j is b.
const RECORDED: &str = include_str!("../../../data/reference/toy_regression/loss_map_mse.csv");

/// The fit of a line to 50 points under the mean squared error.
fn line() -> Problem {
    let defaults = Settings::defaults(entry("line").unwrap());
    let loss = defaults.item("loss").with("half", Value::Flag(false)).unwrap();
    Problem::load(&defaults.with("loss", Value::Item(loss)).unwrap()).unwrap()
}

#[test]
fn the_map_of_the_line_is_the_recorded_one() {
    let problem = line();
    let wide: &dyn Objective<f64, WIDTH> = f64::model(&problem).objective();
    let axis = even(-5.0, 8.0, 101);
    // b along a row, w from row to row.
    let values = map(wide, &Plane::axes(&[0.0, 0.0], 1, 0), &Quantity::Value, (&axis, &axis));
    let recorded: Vec<f64> =
        RECORDED.lines().flat_map(|line| line.split(',').map(|field| field.parse::<f64>().unwrap())).collect();
    assert_eq!((values.len(), recorded.len()), (10_201, 10_201));
    for (value, recorded) in values.iter().zip(&recorded) {
        assert!((value - recorded).abs() <= 1e-12 * recorded.abs().max(1.0), "{value}, not {recorded}");
    }
}

/// Every number is that of its point alone, for any number of threads and any width of a row.
fn check_points<R: Stored>() {
    let problem = line();
    let wide: &dyn Objective<R, WIDTH> = R::model(&problem).objective();
    let single: &dyn Objective<R, 1> = R::model(&problem).objective();
    let plane = Plane { origin: vec![0.5, -1.0], first: vec![1.0, 0.25], second: vec![-0.5, 2.0] };
    let (x, y) = (even(-3.0, 3.0, 37), even(-2.0, 2.0, 11));
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| map(wide, &plane, &Quantity::Value, (&x, &y)))
    };
    let values = with(1);
    assert_eq!(values, with(3));
    let mut scratch = vec![[R::ZERO]; single.scratch(1)];
    for (i, &b) in y.iter().enumerate() {
        for (j, &a) in x.iter().enumerate() {
            let point: Vec<[R; 1]> = plane.point(a, b).into_iter().map(|x| [R::of(x)]).collect();
            let alone = single.evaluate(&point, false, &mut scratch).value[0];
            assert_eq!(values[i * x.len() + j], alone, "{a} {b} in {}", R::NAME);
            assert!(alone > R::ZERO, "a square at {a} {b}");
        }
    }
}

#[test]
fn maps_have_the_bits_of_points() {
    check_points::<f32>();
    check_points::<f64>();
}

/// Batches, variances and the modified loss against sums over terms written out.
#[test]
fn quantities_are_what_they_are_called() {
    let problem = line();
    let wide: &dyn Objective<f64, WIDTH> = f64::model(&problem).objective();
    let single: &dyn Objective<f64, 1> = f64::model(&problem).objective();
    let (at, n) = ([[1.5], [-0.75]], 50.0);
    let at_point = |quantity: &Quantity<'_>| {
        let plane = Plane::axes(at.as_flattened(), 0, 1);
        map(wide, &plane, quantity, (&[0.0], &[0.0]))[0]
    };
    let mut scratch = vec![[0.0]; single.scratch(50)];
    let whole = single.evaluate(&at, false, &mut scratch).value[0];
    let everything: Vec<u32> = (0..50).collect();
    let mut mean = [[0.0]; 2];
    single.gradient(&at, Sample::of(&everything), &mut scratch, &mut mean);
    let (mut of_values, mut of_gradients) = (0.0, 0.0);
    for term in 0..50 {
        let mut gradient = [[0.0]; 2];
        single.gradient(&at, Sample::of(&[term]), &mut scratch, &mut gradient);
        of_values += (single.value(&at, Sample::of(&[term]), &mut scratch)[0] - whole).powi(2) / n;
        of_gradients += gradient.iter().zip(&mean).map(|(g, m)| (g[0] - m[0]).powi(2)).sum::<f64>() / n;
    }
    let square = mean[0][0].powi(2) + mean[1][0].powi(2);
    let batch = [3, 14, 15, 9, 26];
    let of_batch = single.value(&at, Sample::of(&batch), &mut scratch)[0];
    let modified = |rate: f64, b: f64| whole + rate / 4.0 * (square + (n - b) / ((n - 1.0) * b) * of_gradients);
    for (quantity, expected) in [
        (Quantity::Value, whole),
        (Quantity::Batch(&batch), of_batch),
        (Quantity::ValueVariance, of_values),
        (Quantity::GradientVariance, of_gradients),
        (Quantity::Modified { rate: 0.1, batch: 10 }, modified(0.1, 10.0)),
        (Quantity::Modified { rate: 0.1, batch: 1 }, modified(0.1, 1.0)),
        (Quantity::Modified { rate: 0.1, batch: 50 }, whole + 0.025 * square),
    ] {
        let found = at_point(&quantity);
        assert!((found - expected).abs() <= 1e-12 * expected, "{quantity:?}: {found}, not {expected}");
    }
}

fn network(activation: &str) -> Problem {
    let given = [
        ("data", Value::Word("iris".into())),
        ("hidden", Value::Integers(vec![12, 12])),
        ("activation", Value::Word(activation.into())),
    ];
    Problem::load(&Settings::new(entry("mlp").unwrap(), given).unwrap()).unwrap()
}

/// Scaling a layer of a ReLU network up and the next one down changes neither the function nor its picture.
#[test]
fn filter_normalized_pictures_do_not_see_rescaled_layers() {
    let problem = network("relu");
    let wide: &dyn Objective<f64, WIDTH> = f64::model(&problem).objective();
    let layout = problem.layout();
    let at = problem.initial(Key::new("picture"));
    let mut rescaled = at.clone();
    let (weights, next) = (&layout.tensors()[0], &layout.tensors()[2]);
    rescaled[weights.offset..weights.offset + weights.size()].iter_mut().for_each(|w| *w *= 7.3);
    rescaled[next.offset..next.offset + next.size()].iter_mut().for_each(|w| *w /= 7.3);
    let axis = even(-1.0, 1.0, 21);
    let picture = |at: &[f64], plane: &Plane| {
        assert_eq!(plane.origin, at);
        map(wide, plane, &Quantity::Value, (&axis, &axis))
    };
    let normalized = |at: &[f64]| Plane::filter_normalized(layout, at, Key::new("directions"));
    let (one, other) = (picture(&at, &normalized(&at)), picture(&rescaled, &normalized(&rescaled)));
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(apart(&one, &other) < 1e-12, "{:e}", apart(&one, &other));
    assert!(one.iter().any(|value| (value - one[220]).abs() > 0.1), "the picture is not flat");
    // Raw directions do see it.
    let raw = |at: &[f64]| Plane { origin: at.to_vec(), ..normalized(&vec![1.0; at.len()]) };
    assert!(apart(&picture(&at, &raw(&at)), &picture(&rescaled, &raw(&rescaled))) > 0.1);
    // Filters are as long as those of the point, and biases stay.
    let plane = normalized(&at);
    for tensor in layout.tensors() {
        let part = |of: &[f64]| of[tensor.offset..tensor.offset + tensor.size()].to_vec();
        let square = |of: &[f64]| part(of).iter().map(|x| x * x).sum::<f64>();
        let expected = if tensor.decays { square(&at) } else { 0.0 };
        assert!((square(&plane.first) - expected).abs() <= 1e-12 * (1.0 + expected), "{}", tensor.name);
        assert!((square(&plane.second) - expected).abs() <= 1e-12 * (1.0 + expected), "{}", tensor.name);
    }
}

/// A spiral in a known plane of many dimensions, with a little of a third direction.
#[test]
fn principal_planes_explain_what_they_say() {
    let n = 40;
    let unit =
        |k: usize| -> Vec<f64> { (0..n).map(|j| if j % 3 == k { (3.0 / 40.0_f64).sqrt() } else { 0.0 }).collect() };
    let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let directions = [0, 1, 2].map(|k| {
        let v = unit(k);
        let size = length(&v);
        v.iter().map(|x| x / size).collect::<Vec<f64>>()
    });
    let points: Vec<Vec<f64>> = (0..=60)
        .map(|t| {
            let left = f64::from(60 - t) / 60.0;
            let parts = [3.0 * left, left * (6.0 * left).sin(), 0.05 * left * (9.0 * left).cos()];
            (0..n).map(|j| 1.0 + (0..3).map(|k| parts[k] * directions[k][j]).sum::<f64>()).collect()
        })
        .collect();
    let found = Plane::principal(&points);
    let last = points.last().unwrap();
    let total: f64 = points.iter().map(|point| point.iter().zip(last).map(|(x, y)| (x - y).powi(2)).sum::<f64>()).sum();
    let of_plane = |k: usize| -> f64 {
        let squares = points.iter().map(|point| {
            let projection = found.plane.project(point);
            [projection.a, projection.b, projection.distance][k].powi(2)
        });
        squares.sum::<f64>() / total
    };
    for k in 0..2 {
        assert!((of_plane(k) - found.explained[k]).abs() < 1e-12, "{k}: {} {}", of_plane(k), found.explained[k]);
    }
    assert!((found.explained[0] + found.explained[1] + of_plane(2) - 1.0).abs() < 1e-12);
    assert!(found.explained[0] > found.explained[1] && found.explained[1] > 0.01 && of_plane(2) < 0.002);
    // No plane explains more: the least of the three is along the third direction.
    let across: f64 = found.plane.first.iter().zip(&directions[2]).map(|(a, b)| a * b).sum();
    assert!(across.abs() < 0.02, "{across}");
    let straight = Plane::principal(&[vec![0.0, 0.0], vec![1.0, 2.0], vec![2.0, 4.0]]);
    assert!((straight.explained[0] - 1.0).abs() < 1e-12 && straight.explained[1] == 0.0);
    assert_eq!(straight.plane.second, [0.0, 0.0]);
}

/// Directions that are neither long as 1 nor across each other, and a single one.
#[test]
fn projections_are_the_nearest_points() {
    let plane = Plane { origin: vec![1.0, 0.0, 0.0], first: vec![2.0, 0.0, 0.0], second: vec![1.0, 3.0, 0.0] };
    let found = plane.project(&[0.0, 6.0, 5.0]);
    // (0, 6, ·) = (1, 0, ·) − 1.5 (2, 0, ·) + 2 (1, 3, ·).
    assert!((found.a + 1.5).abs() < 1e-14 && (found.b - 2.0).abs() < 1e-14 && (found.distance - 5.0).abs() < 1e-14);
    assert!(plane.is_plane() && !Plane::line(&[0.0; 2], &[1.0, 1.0]).is_plane());
    let line = Plane::line(&[0.0, 0.0], &[0.0, 4.0]);
    let found = line.project(&[3.0, 2.0]);
    assert_eq!((found.a, found.b, found.distance), (0.5, 0.0, 3.0));
    let parallel = Plane { second: vec![0.0, -8.0], ..line };
    assert!(!parallel.is_plane());
}

/// What a trajectory really meets, and what its picture in a plane shows.
#[test]
fn trajectories_have_true_and_projected_values() {
    let problem = network("tanh");
    let wide: &dyn Objective<f64, WIDTH> = f64::model(&problem).objective();
    let single: &dyn Objective<f64, 1> = f64::model(&problem).objective();
    let mut at = problem.initial(Key::new("trajectory"));
    let everything: Vec<u32> = (0..single.terms() as u32).collect();
    let mut scratch = vec![[0.0]; single.scratch(everything.len())];
    let mut gradient = vec![[0.0]; at.len()];
    let mut points = vec![at.clone()];
    for _ in 0..40 {
        single.gradient(at.as_chunks().0, Sample::of(&everything), &mut scratch, &mut gradient);
        at.iter_mut().zip(&gradient).for_each(|(x, g)| *x -= 0.5 * g[0]);
        points.push(at.clone());
    }
    let truth = along(wide, &points);
    for (point, value) in points.iter().zip(&truth) {
        assert_eq!(single.evaluate(point.as_chunks().0, false, &mut scratch).value, [*value]);
    }
    let principal = Plane::principal(&points);
    let shadows: Vec<Vec<f64>> = points
        .iter()
        .map(|point| principal.plane.project(point))
        .map(|projection| principal.plane.point(projection.a, projection.b))
        .collect();
    let shown = along(wide, &shadows);
    let [first, second] = principal.explained;
    assert!(first + second > 0.9 && first + second < 1.0, "{first} {second}");
    // The last point is in the plane; others are beside it, where the loss is another.
    assert!((truth[40] - shown[40]).abs() < 1e-14);
    assert!(truth.iter().zip(&shown).any(|(truth, shown)| (truth - shown).abs() > 1e-6));
}

#[test]
fn lines_go_from_one_point_to_the_other() {
    let problem = sgdlab_landscapes::Problem::load(&Settings::defaults(landscape("double-well").unwrap())).unwrap();
    let wide: &dyn Objective<f64, WIDTH> = <f64 as Packs<WIDTH>>::objective(&problem);
    let line = Plane::line(&[-1.0], &[1.0]);
    assert_eq!(
        map(wide, &line, &Quantity::Value, (&even(0.0, 1.0, 5), &[0.0])),
        [0.0, 0.140_625, 0.25, 0.140_625, 0.0]
    );
    assert_eq!(map(wide, &line, &Quantity::Value, (&[], &[0.0])), [0.0; 0]);
}
