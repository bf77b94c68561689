//! Minima of whole problems against recorded ones.

use serde_json::Value;

use crate::support::{close, everything, gradient_at, largest, load, value_at};

fn reference(path: &str) -> Value {
    let path = format!("{}/../../data/reference/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

/// One number or a list of them.
fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().map_or_else(|| vec![number(value)], |list| list.iter().map(number).collect())
}

/// A record's problem as the catalogue spells it.
fn case(record: &Value) -> String {
    let [problem, dataset] = ["problem", "dataset"].map(|key| record[key].as_str().unwrap());
    let names: &[&str] = match dataset {
        "iris" => &["setosa", "versicolor", "virginica"],
        "breast_cancer" => &["malignant", "benign"],
        "digits" => &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        _ => &[],
    };
    let positive = record["positive_class"].as_u64().map(|class| format!(" positive={}", names[class as usize]));
    let weight = match problem {
        "svm" => format!("c={}", record["C"]),
        _ => format!("l2={}", record["lambda"]),
    };
    format!("{problem} data={} {weight}{}", dataset.replace('_', "-"), positive.unwrap_or_default())
}

/// The recorded minimizer in the model's order: weights input by input, then intercepts.
fn minimizer(record: &Value) -> Option<Vec<f64>> {
    let weights = record["w"].as_array()?;
    let by_input: Vec<f64> = match weights[0].as_array() {
        None => weights.iter().map(number).collect(),
        Some(first) => {
            (0..first.len()).flat_map(|j| weights.iter().map(move |of_class| number(&of_class[j]))).collect()
        }
    };
    Some([by_input, numbers(&record["b"])].concat())
}

#[test]
fn recorded_optima_are_the_minima_of_the_problems() {
    let document = reference("optima/optima.json");
    let records = document["records"].as_array().unwrap();
    assert_eq!(records.len(), 18);
    for record in records {
        let (case, optimum) = (case(record), number(&record["optimum"]));
        let problem = load(&case);
        let facts = problem.facts();
        close(facts.minimum.unwrap(), optimum, 1e-12 * optimum, &case);
        let own = facts.minimizer.as_ref().unwrap();
        close(value_at(&problem, own), optimum, 1e-12 * optimum, &case);
        if let Some(recorded) = minimizer(record) {
            assert_eq!(recorded.len(), problem.layout().size(), "{case}");
            close(value_at(&problem, &recorded), optimum, 1e-12 * optimum, &case);
        }
        if !case.starts_with("svm") {
            // Rounding in a mean of slopes of size 1 (ridge: of the targets' size) times features up to 40.
            let slopes = largest(&gradient_at(&problem, own, &everything(&problem)));
            assert!(slopes <= 1e-12 * optimum.max(1.0), "{case}: a slope of {slopes:e} at the minimizer");
        }
        assert!(facts.convex, "{case}");
    }
}

#[test]
fn recorded_minima_of_the_line_are_those_of_the_problem() {
    let document = reference("toy_regression/reference.json");
    let unpenalized = |record: &&Value| number(&record["weight_decay"]) == 0.0;
    let records: Vec<_> = document["minima"].as_array().unwrap().iter().filter(unpenalized).collect();
    assert_eq!(records.len(), 4);
    for record in records {
        let loss = match record["loss_fn"].as_str().unwrap() {
            "mse" => "squared(half=false)",
            "l1" => "absolute",
            "huber_delta1" => "huber(delta=1)",
            "smooth_l1_beta1" => "smooth-l1(beta=1)",
            other => panic!("no loss {other}"),
        };
        let (case, optimum) = (format!("line loss={loss}"), number(&record["objective"]));
        let problem = load(&case);
        close(problem.facts().minimum.unwrap(), optimum, 1e-12 * optimum, &case);
        let own = problem.facts().minimizer.as_ref().unwrap();
        close(value_at(&problem, own), optimum, 1e-12 * optimum, &case);
        let recorded = ["w", "b"].map(|key| number(&record[key]));
        close(value_at(&problem, &recorded), optimum, 1e-12 * optimum, &case);
        if loss != "absolute" {
            let slopes = largest(&gradient_at(&problem, own, &everything(&problem)));
            assert!(slopes <= 1e-14, "{case}: a slope of {slopes:e} at the minimizer");
        }
    }
}
