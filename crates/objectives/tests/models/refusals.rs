//! Problems that cannot be set up, and what they say.

use std::io::Write;

use sgdlab_objectives::{Problem, check};
use tempfile::NamedTempFile;

use crate::support::settings;

fn message(case: &str) -> String {
    Problem::load(&settings(case)).err().unwrap_or_else(|| panic!("{case} was accepted")).to_string()
}

fn file(text: &str) -> NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// The message about a file with this text; `{data}` stands for its path on both sides.
fn check_file(text: &str, case: &str, expected: &str) {
    let file = file(text);
    let path = file.path().to_str().unwrap();
    assert_eq!(message(&case.replace("{data}", path)), expected.replace("{data}", path));
}

#[test]
fn classes_are_needed_by_classifiers() {
    for name in ["logistic", "svm", "softmax", "mlp"] {
        assert_eq!(
            message(&format!("{name} data=diabetes")),
            format!(
                "diabetes has numbers as targets, and {name} needs classes: give it `target-kind = \"categorical\"`"
            )
        );
    }
    assert_eq!(
        message("linear loss=hinge"),
        "diabetes has numbers as targets, and linear needs classes: give it `target-kind = \"categorical\"`"
    );
    check_file(
        "x,y\n1,0\n2,1\n",
        "softmax data={data}",
        "{data} has numbers as targets, and softmax needs classes: give it `target-kind = \"categorical\"`",
    );
    let file = file("x,y\n1,0\n2,1\n");
    let accepted = format!("softmax data={} target-kind=categorical", file.path().display());
    assert_eq!(Problem::load(&settings(&accepted)).unwrap().terms(), 2);
}

#[test]
fn two_classes_are_needed() {
    check_file(
        "x,y\n1,a\n2,a\n",
        "logistic data={data}",
        "{data}: every row has the class \"a\"; classification needs two classes",
    );
    // Whichever row is kept for training, it has one class.
    let file = file("x,y\n1,a\n2,b\n");
    let path = file.path().to_str().unwrap();
    for name in ["logistic", "softmax", "mlp"] {
        let found = message(&format!("{name} data={path} test=0.5"));
        let one = |class: &str| {
            format!("{path} has one class only, \"{class}\", in its training rows: a classifier needs at least two")
        };
        assert!(found == one("a") || found == one("b"), "{found}");
    }
}

#[test]
fn the_positive_class_is_one_of_the_classes() {
    assert_eq!(
        message("logistic data=iris positive=rose"),
        "positive = rose is not accepted: it takes \"setosa\", \"versicolor\", \"virginica\""
    );
    assert_eq!(
        message("svm data=iris"),
        "positive = \"\" is not accepted: it takes one of the 3 classes \"setosa\", \"versicolor\", \"virginica\""
    );
    assert_eq!(
        message("linear data=wine loss=binary-cross-entropy"),
        "positive = \"\" is not accepted: it takes one of the 3 classes \"class_0\", \"class_1\", \"class_2\""
    );
}

#[test]
fn weights_fit_the_classes() {
    for (case, expected) in [
        (
            "softmax data=iris loss=focal(class-weights=[1,2])",
            "class-weights = [1.0, 2.0] is not accepted: it takes a number for each of the 3 classes \"setosa\", \
             \"versicolor\", \"virginica\"",
        ),
        (
            "mlp data=iris loss=crammer-singer(class-weights=[0,0,0])",
            "class-weights = [0.0, 0.0, 0.0] is not accepted: it takes a number above 0 for a class of the training rows",
        ),
    ] {
        assert_eq!(message(case), expected);
    }
    // One of the classes has one row, which is held out or not, by key.
    let file = file("x,y\n1,a\n2,b\n3,b\n4,c\n5,c\n6,c\n");
    let path = file.path().to_str().unwrap();
    let refused = |share: f64| {
        let case = format!("softmax data={path} loss=cross-entropy(class-weights=balanced) test={share}");
        Problem::load(&settings(&case)).err().map(|error| error.to_string())
    };
    assert_eq!(refused(0.0), None);
    let found = [0.2, 0.35, 0.5].into_iter().find_map(refused).expect("one share holds out all rows of a class");
    let start = "class-weights = balanced is not accepted: it takes training rows of every class, and none is of";
    assert!(found.starts_with(start), "{found}");
}

#[test]
fn counts_and_positive_numbers_are_needed() {
    check_file(
        "x,y\n1,0.5\n2,-0.25\n",
        "linear data={data} loss=poisson-nll",
        "{data} has the target -0.25, and the loss of linear needs numbers ≥ 0",
    );
    check_file(
        "x,y\n1,0.5\n2,0\n",
        "linear data={data} loss=half-tweedie(power=2)",
        "{data} has the target 0, and the loss of linear needs numbers > 0",
    );
}

#[test]
fn probabilities_lie_between_0_and_1() {
    for (case, name) in [
        ("linear loss=binary-cross-entropy data=line-50", "linear"),
        ("line loss=sigmoid-squared", "line"),
        ("sigmoid-neuron data=line-50", "sigmoid-neuron"),
    ] {
        assert_eq!(
            message(case),
            format!("line-50 has the target 1.7231495380401611, and {name} needs probabilities: numbers from 0 to 1")
        );
    }
    check_file(
        "x,y\n1,0.5\n2,-0.25\n",
        "sigmoid-neuron data={data}",
        "{data} has the target -0.25, and sigmoid-neuron needs probabilities: numbers from 0 to 1",
    );
}

#[test]
fn missing_files_are_named() {
    assert_eq!(
        message("ridge data=nowhere.csv"),
        "nowhere.csv: no such file, and no bundled data set of that name \
         (breast-cancer, diabetes, digits, iris, line-50, neuron-2, neuron-8, wine, zigzag-12)"
    );
}

#[test]
fn a_spectrum_goes_from_small_to_large() {
    let upside_down = settings("noisy-quadratic smallest=2 largest=0.5");
    let expected = "largest = 0.5 is not accepted: it takes a number ≥ smallest, which is 2";
    assert_eq!(check(&upside_down).unwrap_err().to_string(), expected);
    assert_eq!(message("noisy-quadratic smallest=2 largest=0.5"), expected);
    assert!(check(&settings("noisy-quadratic smallest=2 largest=2")).is_ok());
}

#[test]
fn a_teacher_has_no_more_weights_than_there_are() {
    for (case, expected) in [
        (
            "diagonal-network dimension=4 sparsity=5",
            "sparsity = 5 is not accepted: it takes at most dimension, which is 4",
        ),
        (
            "diagonal-network dimension=1000000",
            "dimension = 1000000 is not accepted: it takes with 1000000 dimensions at most 134217728 numbers",
        ),
    ] {
        assert_eq!(check(&settings(case)).unwrap_err().to_string(), expected);
        assert_eq!(message(case), expected);
    }
    assert!(check(&settings("diagonal-network dimension=4 sparsity=4")).is_ok());
}

#[test]
fn a_delimiter_is_one_character() {
    let long = settings("ridge data=x.csv delimiter=;;");
    assert_eq!(check(&long).unwrap_err().to_string(), "delimiter = ;; is not accepted: it takes one character");
    assert!(check(&settings("ridge data=x.csv delimiter=;")).is_ok());
}

#[test]
fn networks_refuse_what_does_not_fit_their_layers() {
    for (case, expected) in [
        (
            "mlp-regression hidden=[5] weight-deviations=[1,2,3]",
            "weight-deviations = [1.0, 2.0, 3.0] is not accepted: it takes one number, or one for each of the 2 layers",
        ),
        (
            "mlp-regression loss=hinge",
            "loss = hinge is not accepted: it takes a loss of numbers, whose targets are neither signs nor probabilities",
        ),
        ("residual width=1048577", "width = 1048577 is not accepted: it takes at most 1048576 units"),
        ("residual blocks=5000", "blocks = 5000 is not accepted: it takes at most 4096"),
        (
            "teacher-student terms=100000000",
            "terms = 100000000 is not accepted: it takes with 1000 held out and 5 dimensions at most 134217728 numbers",
        ),
        (
            "teacher-student teacher=[100000,10000]",
            "teacher = [100000, 10000] is not accepted: it takes layers with 5 inputs and at most 134217728 weights",
        ),
        (
            "teacher-student teacher=[2000000]",
            "teacher = 2000000 is not accepted: it takes layers of at most 1048576 units",
        ),
    ] {
        assert_eq!(message(case), expected);
    }
    check_file(
        "x,y\n1,0.5\n2,-0.25\n",
        "mlp-regression data={data} loss=poisson-nll",
        "{data} has the target -0.25, and the loss of mlp-regression needs numbers ≥ 0",
    );
    assert_eq!(
        message("residual data=diabetes"),
        "diabetes has numbers as targets, and residual needs classes: give it `target-kind = \"categorical\"`"
    );
}
