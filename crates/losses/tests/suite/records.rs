//! Recorded numbers of torch and of closed forms in 50 digits.

use serde_json::Value as Json;
use sgdlab_core::{Lanes, Settings, Value};
use sgdlab_losses::{Loss, LossSpec, cross_entropy, entries};

/// File, the loss it records, and how many of its records are covered.
const SCALAR: [(&str, &str, usize); 11] = [
    ("mse", "squared", 4),
    ("l1", "absolute", 4),
    ("huber", "huber", 12),
    ("smooth_l1", "smooth-l1", 16),
    ("log_cosh", "log-cosh", 1),
    ("pinball", "pinball", 3),
    ("logistic", "logistic", 1),
    ("soft_margin", "logistic", 1),
    ("bce_with_logits", "binary-cross-entropy", 3),
    ("hinge", "hinge", 1),
    ("squared_hinge", "squared-hinge", 1),
];

/// Beginnings of the ids of records with class weights, label smoothing, ignored labels or
/// distributions as targets, and how many there are.
const OUT_OF_SCOPE: [(&str, &str, usize); 6] = [
    ("bce_with_logits", "torch/pos_weight2.5_", 3),
    ("bce_with_logits", "torch/weighted/", 3),
    ("cross_entropy", "torch/label_smoothing/", 3),
    ("cross_entropy", "torch/weight", 6),
    ("cross_entropy", "torch/ignore_index/", 3),
    ("cross_entropy", "torch/soft_targets/", 3),
];

fn document(file: &str) -> Vec<Json> {
    let path = format!("{}/../../data/reference/losses/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut json: Json = serde_json::from_str(&text).unwrap();
    let Json::Array(records) = json["records"].take() else { panic!("{file} has no records") };
    records
}

/// The records that are covered; those that are not must be as many as stated.
fn covered(file: &str) -> Vec<Json> {
    let mut records = document(file);
    for (_, beginning, count) in OUT_OF_SCOPE.iter().filter(|(of, ..)| *of == file) {
        let before = records.len();
        records.retain(|record| !id(record).starts_with(&format!("{file}/{beginning}")));
        assert_eq!(before - records.len(), *count, "records of {file} beginning with {beginning}");
    }
    records
}

fn id(record: &Json) -> &str {
    record["id"].as_str().unwrap()
}

/// An array of numbers, or its `data`; infinities and NaN are strings.
fn numbers(json: &Json) -> Vec<f64> {
    let array = json.as_array().or_else(|| json["data"].as_array()).expect("an array of numbers");
    let number = |x: &Json| x.as_f64().unwrap_or_else(|| x.as_str().unwrap().parse().unwrap());
    array.iter().map(number).collect()
}

/// What one record states, number by number.
struct Numbers {
    values: Vec<f64>,
    slopes: Vec<f64>,
    curvatures: Vec<f64>,
}

#[track_caller]
fn check_close(what: &str, id: &str, ours: &[f64], recorded: &[f64]) {
    assert_eq!(ours.len(), recorded.len(), "{what} of {id}");
    for (k, (&a, &b)) in ours.iter().zip(recorded).enumerate() {
        let same = if b.is_finite() { (a - b).abs() <= 1e-13 * b.abs() + 1e-300 } else { a == b || (a != a && b != b) };
        assert!(same, "{what} {k} of {id}: {a:e}, recorded {b:e}");
    }
}

#[track_caller]
fn check(id: &str, ours: &Numbers, recorded: &Numbers) {
    check_close("value", id, &ours.values, &recorded.values);
    check_close("slope", id, &ours.slopes, &recorded.slopes);
    check_close("curvature", id, &ours.curvatures, &recorded.curvatures);
}

/// The mean or sum over `terms` terms, where the record is of that.
fn reduced(record: &Json, terms: usize, each: Numbers) -> Numbers {
    let scale = match record["parameters"]["reduction"].as_str() {
        Some("mean") => 1.0 / terms as f64,
        Some("sum") => 1.0,
        Some("none") | None => return each,
        Some(other) => panic!("{other} is no reduction"),
    };
    Numbers {
        values: vec![each.values.iter().sum::<f64>() * scale],
        slopes: each.slopes.iter().map(|x| x * scale).collect(),
        curvatures: each.curvatures.iter().map(|x| x * scale).collect(),
    }
}

/// The loss of a record, from its parameters.
fn loss(name: &str, record: &Json) -> LossSpec {
    let entry = entries().into_iter().find(|entry| entry.name == name).unwrap();
    let mut given = vec![];
    for (key, value) in record["parameters"].as_object().unwrap() {
        match key.as_str() {
            "reduction" => {}
            "pos_weight" => assert!(value.is_null(), "{} has weights", id(record)),
            key => given.push((key, Value::Number(value.as_f64().unwrap()))),
        }
    }
    if name == "squared" {
        given.push(("half", Value::Flag(false)));
    }
    LossSpec::new(&Settings::new(entry, given).unwrap()).unwrap()
}

/// The recorded numbers, with the exact ones in their place where there are some.
fn recorded(record: &Json, input: &[f64]) -> Numbers {
    let mut numbers = Numbers {
        values: numbers(&record["value"]),
        slopes: numbers(&record["grad"]["input"]),
        curvatures: numbers(&record["hess_diag"]["input"]),
    };
    if let Some(exact) = record.get("exact") {
        let only_finite = exact.get("for_finite_inputs_only").is_some();
        let places: Vec<usize> = (0..input.len()).filter(|&k| !only_finite || input[k].is_finite()).collect();
        replace(&mut numbers.values, &places, &exact["value"]);
        replace(&mut numbers.slopes, &places, &exact["grad"]["input"]);
    }
    numbers
}

fn replace(all: &mut [f64], places: &[usize], exact: &Json) {
    let exact = numbers(exact);
    assert_eq!(places.len(), exact.len());
    places.iter().zip(exact).for_each(|(&k, x)| all[k] = x);
}

/// Puts right what torch's own arithmetic loses, from numbers recorded elsewhere.
fn correct(file: &str, input: &[f64], target: &[f64], numbers: &mut Numbers) {
    match file {
        // Overflows beyond 709; the closed form is recorded at the same inputs.
        "soft_margin" => {
            let closed = &document("logistic")[0];
            assert_eq!(self::numbers(&closed["inputs"]["input"]), input);
            assert_eq!(self::numbers(&closed["inputs"]["target"]), target);
            numbers.curvatures = self::numbers(&closed["hess_diag"]["input"]);
        }
        // p (1 − p) cancels at large logits, and is even: the record at −|x| has all digits.
        // And at −∞ the limit is ∞, not NaN, unless the target is 0.
        "bce_with_logits" => {
            for k in 0..input.len() {
                let mirrored = input.iter().position(|&x| x == -input[k].abs()).unwrap_or(k);
                numbers.curvatures[k] = numbers.curvatures[mirrored];
                if input[k] == f64::NEG_INFINITY && target[k] > 0.0 {
                    numbers.values[k] = f64::INFINITY;
                }
            }
        }
        _ => {}
    }
}

#[test]
fn scalar_losses() {
    for (file, name, count) in SCALAR {
        let records = covered(file);
        assert_eq!(records.len(), count, "covered records of {file}");
        for record in &records {
            let loss = loss(name, record);
            let (input, target) = (numbers(&record["inputs"]["input"]), numbers(&record["inputs"]["target"]));
            let mut recorded = recorded(record, &input);
            correct(file, &input, &target, &mut recorded);
            let map = |f: &dyn Fn(f64, f64) -> f64| input.iter().zip(&target).map(|(&x, &y)| f(x, y)).collect();
            let each = Numbers {
                values: map(&|x, y| loss.value(x, y)),
                slopes: map(&|x, y| loss.slope(x, y)),
                curvatures: map(&|x, y| loss.curvature(x, y)),
            };
            check(id(record), &reduced(record, input.len(), each), &recorded);
        }
    }
}

#[test]
fn softmax_cross_entropy() {
    let records = covered("cross_entropy");
    assert_eq!(records.len(), 5, "covered records of cross_entropy");
    for record in &records {
        let (logits, labels) = (numbers(&record["inputs"]["input"]), numbers(&record["inputs"]["target"]));
        let mut each = Numbers { values: vec![], slopes: vec![], curvatures: vec![] };
        for (row, &label) in logits.chunks(logits.len() / labels.len()).zip(&labels) {
            let mut slopes: Vec<Lanes<f64, 1>> = row.iter().map(|&z| [z]).collect();
            let mut curvatures = slopes.clone();
            each.values.extend(cross_entropy::value_and_slopes(&mut slopes, label as usize));
            cross_entropy::curvatures(&mut curvatures);
            each.slopes.extend(slopes.as_flattened());
            each.curvatures.extend(curvatures.as_flattened());
        }
        check(id(record), &reduced(record, labels.len(), each), &recorded(record, &logits));
    }
}

#[test]
fn every_file_of_records_is_walked() {
    let folder = std::fs::read_dir(format!("{}/../../data/reference/losses", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut on_disk: Vec<String> = folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let mut walked: Vec<String> = SCALAR.iter().map(|(file, ..)| format!("{file}.json")).collect();
    walked.push("cross_entropy.json".to_owned());
    on_disk.sort();
    walked.sort();
    assert_eq!(on_disk, walked);
}
