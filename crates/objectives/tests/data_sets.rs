//! The bundled sets: checksums, shapes, class order; standardization, splits, synthetic data.

use ndarray::{Array2, Axis, array};
use sgdlab_core::streams::Key;
use sgdlab_objectives::data::synthetic::{gaussian_classification, gaussian_regression};
use sgdlab_objectives::data::{Dataset, Standardizer, Targets, bundled, bundled_names};

fn readme() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/sets/README.md");
    std::fs::read_to_string(path).expect("the sets are described")
}

#[test]
fn the_readme_lists_every_set_with_its_size_and_checksum() {
    let readme = readme();
    let missing: Vec<String> = bundled_names()
        .into_iter()
        .map(|name| {
            let set = bundled(name).unwrap();
            format!("| `{name}.csv` | {} | {} | `{}` |", set.rows(), set.features.ncols(), set.checksum)
        })
        .filter(|line| !readme.contains(line))
        .collect();
    assert!(missing.is_empty(), "data/sets/README.md lacks\n{}", missing.join("\n"));
}

/// Name, rows, features, classes with their counts (none for numbers), first row's first entry.
type Facts = (&'static str, usize, usize, &'static [(&'static str, usize)], f64);

const FACTS: [Facts; 9] = [
    ("breast-cancer", 569, 30, &[("malignant", 212), ("benign", 357)], 17.99),
    ("diabetes", 442, 10, &[], 0.038075906433423026),
    (
        "digits",
        1797,
        64,
        &[
            ("0", 178),
            ("1", 182),
            ("2", 177),
            ("3", 183),
            ("4", 181),
            ("5", 182),
            ("6", 181),
            ("7", 179),
            ("8", 174),
            ("9", 180),
        ],
        0.0,
    ),
    ("iris", 150, 4, &[("setosa", 50), ("versicolor", 50), ("virginica", 50)], 5.1),
    ("line-50", 50, 1, &[], -0.006985472049564123),
    ("neuron-2", 2, 1, &[], 0.5),
    ("neuron-8", 8, 1, &[], -1.5),
    ("wine", 178, 13, &[("class_0", 59), ("class_1", 71), ("class_2", 48)], 14.23),
    ("zigzag-12", 12, 1, &[], -1.305),
];

#[test]
fn bundled_sets_have_their_published_sizes_and_classes() {
    assert_eq!(bundled_names(), FACTS.map(|facts| facts.0));
    for (name, rows, features, classes, first) in FACTS {
        let set = bundled(name).unwrap();
        assert_eq!((set.features.dim(), set.feature_names.len()), ((rows, features), features), "{name}");
        assert_eq!((set.targets.len(), set.features[(0, 0)]), (rows, first), "{name}");
        let found: Vec<(&str, usize)> = match &set.targets {
            Targets::Numbers(_) => vec![],
            Targets::Classes { labels, names } => {
                let count = |class: usize| labels.iter().filter(|&&label| label as usize == class).count();
                names.iter().enumerate().map(|(class, name)| (name.as_str(), count(class))).collect()
            }
        };
        assert_eq!(found, classes, "{name}");
    }
}

#[test]
fn targets_become_numbers_and_signs() {
    let classes = Targets::Classes { labels: vec![0, 1, 1], names: vec!["a".into(), "b".into()] };
    assert_eq!(classes.to_numbers(), [0.0, 1.0, 1.0]);
    assert_eq!(classes.signs(1), Some(vec![-1.0, 1.0, 1.0]));
    assert_eq!(classes.signs(2), None);
    assert_eq!(Targets::Numbers(vec![1.0]).signs(0), None);
}

fn table(features: Array2<f64>) -> Dataset {
    let targets = Targets::Numbers(features.rows().into_iter().enumerate().map(|(i, _)| i as f64).collect());
    let feature_names = (0..features.ncols()).map(|j| format!("x{j}")).collect();
    Dataset { name: "table".into(), features, feature_names, targets, checksum: String::new() }
}

#[test]
fn standardization_uses_the_population_deviation_and_sends_constants_to_zero() {
    // 0.1 three times has a computed mean next to 0.1; the middle column has squares below the smallest number.
    let mut train = table(array![[1.0, 1e-200, 0.1], [2.0, 2e-200, 0.1], [6.0, 6e-200, 0.1]]);
    let standardizer = Standardizer::fit(&train);
    assert_eq!(standardizer.means[0], 3.0);
    let deviation = (14f64 / 3.0).sqrt();
    assert!((standardizer.deviations[0] - deviation).abs() < 1e-15);
    assert_eq!(standardizer.deviations[2], 0.0);
    standardizer.apply(&mut train);
    for (i, x) in [-2.0, -1.0, 3.0].into_iter().enumerate() {
        for j in 0..2 {
            assert!((train.features[(i, j)] - x / deviation).abs() < 1e-14);
        }
        assert_eq!(train.features[(i, 2)], 0.0);
    }
    let mut test = table(array![[3.0, 3e-200, 7.0]]);
    standardizer.apply(&mut test);
    assert!(test.features[(0, 1)].abs() < 1e-14);
    assert_eq!((test.features[(0, 0)], test.features[(0, 2)]), (0.0, 0.0));
}

#[test]
fn splits_are_partitions_in_order_of_the_file() {
    let cases = [(10, 0.25, 3), (10, 0.0, 0), (10, 1.0, 9), (1, 0.9, 0), (3, -1.0, 0), (3, f64::NAN, 0), (7, 2.0, 6)];
    for (rows, share, expected) in cases {
        let set = table(Array2::from_shape_fn((rows, 2), |(i, _)| i as f64));
        let (train, test) = set.clone().split(share, Key::new("split"));
        assert_eq!(test.as_ref().map_or(0, Dataset::rows), expected, "{rows} rows, share {share}");
        let test_targets = test.as_ref().map_or(vec![], |test| test.targets.to_numbers());
        for part in [Some(&train), test.as_ref()].into_iter().flatten() {
            assert_eq!(part.features.column(0).to_vec(), part.targets.to_numbers(), "rows stay together");
            assert!(part.targets.to_numbers().is_sorted());
        }
        let mut all = [train.targets.to_numbers(), test_targets].concat();
        all.sort_by(f64::total_cmp);
        assert_eq!(all, set.targets.to_numbers());
    }
}

#[test]
fn splits_depend_on_the_key_alone() {
    let split = |key: &str| bundled("iris").unwrap().split(0.3, Key::new(key));
    assert_eq!(split("a"), split("a"));
    assert_ne!(split("a"), split("b"));
}

#[test]
fn synthetic_targets_are_what_the_weights_predict() {
    let made = gaussian_regression(2000, 3, 0.5, Key::new("synthetic"));
    let errors: Vec<f64> = made
        .dataset
        .targets
        .to_numbers()
        .iter()
        .zip(made.dataset.features.axis_iter(Axis(0)))
        .map(|(y, x)| y - x.dot(&made.weights))
        .collect();
    let variance = errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64;
    // Its standard error is 0.25 √(2/2000) = 0.0079.
    assert!((variance - 0.25).abs() < 0.04, "{variance}");
    let moments = made.dataset.features.mapv(|x| x * x).mean().unwrap();
    // Standard error √(2/6000) = 0.018.
    assert!((moments - 1.0).abs() < 0.09, "{moments}");

    let classes = gaussian_classification(50, 3, 0.0, Key::new("synthetic"));
    for (sign, x) in classes.dataset.targets.signs(1).unwrap().iter().zip(classes.dataset.features.axis_iter(Axis(0))) {
        assert!(sign * x.dot(&classes.weights) > 0.0);
    }
}

#[test]
fn synthetic_data_keep_their_bits() {
    let made = gaussian_regression(3, 2, 0.1, Key::new("pinned"));
    assert_eq!(made.dataset.name, "gaussian-regression(n=3, d=2, noise=0.1)");
    assert_eq!(made.dataset.checksum, "8f102806b53fd7c0893f2f7d6fddaacf84eee9b0469979ca2eb248bb0aeeab3d");
}
