//! Recorded numbers of torch and of closed forms in 50 digits.

use serde_json::Value as Json;
use sgdlab_core::{Lanes, Settings, Value};
use sgdlab_losses::restricted::{BinaryProbability, HingeEmbedding, PoissonRate, TweedieMean};
use sgdlab_losses::{Exponential, Loss, LossSpec, cross_entropy, entries};

/// File, the loss of the catalogue it records (none if its predictions are restricted), and how
/// many records it has.
const SCALAR: [(&str, &str, usize); 27] = [
    ("mse", "squared", 4),
    ("l1", "absolute", 4),
    ("huber", "huber", 12),
    ("smooth_l1", "smooth-l1", 16),
    ("log_cosh", "log-cosh", 1),
    ("pinball", "pinball", 3),
    ("epsilon_insensitive", "epsilon-insensitive", 2),
    ("squared_epsilon_insensitive", "squared-epsilon-insensitive", 2),
    ("logistic", "logistic", 1),
    ("soft_margin", "logistic", 1),
    ("hinge", "hinge", 1),
    ("squared_hinge", "squared-hinge", 1),
    ("perceptron", "perceptron", 1),
    ("modified_huber", "modified-huber", 1),
    ("exponential", "exponential", 1),
    ("exponential_sklearn", "exponential", 1),
    ("bce_with_logits", "weighted-binary-cross-entropy", 9),
    ("half_binomial", "binary-cross-entropy", 1),
    ("sigmoid_focal", "sigmoid-focal", 2),
    ("poisson_nll", "poisson-nll", 12),
    ("half_poisson", "poisson-nll", 1),
    ("half_gamma", "half-gamma", 1),
    ("half_tweedie", "half-tweedie", 5),
    ("half_tweedie_identity", "", 5),
    ("tweedie_deviance", "", 6),
    ("bce", "", 6),
    ("hinge_embedding", "", 4),
];

/// The file of the softmax cross-entropy, and the beginnings of the ids with class weights, label
/// smoothing, ignored labels or distributions as targets, and how many there are.
const OUT_OF_SCOPE: [(&str, usize); 4] =
    [("torch/label_smoothing/", 3), ("torch/weight", 6), ("torch/ignore_index/", 3), ("torch/soft_targets/", 3)];

pub fn document(file: &str) -> Vec<Json> {
    let path = format!("{}/../../data/reference/losses/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut json: Json = serde_json::from_str(&text).unwrap();
    let Json::Array(records) = json["records"].take() else { panic!("{file} has no records") };
    records
}

/// The records of plain cross-entropy; the others must be as many as stated.
fn plain_cross_entropy() -> Vec<Json> {
    let mut records = document("cross_entropy");
    for (beginning, count) in OUT_OF_SCOPE {
        let before = records.len();
        records.retain(|record| !id(record).starts_with(&format!("cross_entropy/{beginning}")));
        assert_eq!(before - records.len(), count, "records beginning with {beginning}");
    }
    records
}

pub fn id(record: &Json) -> &str {
    record["id"].as_str().unwrap()
}

/// An array of numbers, or its `data`; infinities and NaN are strings.
pub fn numbers(json: &Json) -> Vec<f64> {
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

/// The relative and the absolute tolerance of a record.
///
/// The slope 1 − y/(x + ε) of Poisson means was recorded as this difference, with rounding of 1.
/// The focal loss was recorded with 1 − p_t as a difference: at logits of ±8 it has lost four
/// digits, and its square twice as many units of the last one.
fn tolerance(id: &str) -> (f64, f64) {
    match id {
        id if id.starts_with("sigmoid_focal/") => (2e-12, 1e-300),
        id if id.starts_with("poisson_nll/torch/log_input_False") => (1e-13, f64::EPSILON),
        _ => (1e-13, 1e-300),
    }
}

#[track_caller]
pub fn check_close(what: &str, id: &str, ours: &[f64], recorded: &[f64]) {
    assert_eq!(ours.len(), recorded.len(), "{what} of {id}");
    let (relative, absolute) = tolerance(id);
    for (k, (&a, &b)) in ours.iter().zip(recorded).enumerate() {
        let near = (a - b).abs() <= relative * b.abs() + absolute;
        let same = if b.is_finite() { near } else { a == b || (a != a && b != b) };
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

/// Value, slope and curvature at a prediction and a target.
type Scalar = Box<dyn Fn(f64, f64) -> [f64; 3]>;

/// The loss of element `k` of a record, from its parameters.
fn loss(file: &str, name: &str, record: &Json, k: usize) -> Scalar {
    let parameters = &record["parameters"];
    let number = |key: &str| parameters[key].as_f64().unwrap();
    macro_rules! restricted {
        ($loss:expr) => {{
            let loss = $loss;
            Box::new(move |x, y| [loss.value(x, y), loss.slope(x, y), loss.curvature(x, y)])
        }};
    }
    match file {
        "bce" => restricted!(BinaryProbability),
        "half_tweedie_identity" => restricted!(TweedieMean { power: number("power") }),
        "tweedie_deviance" => {
            let loss = TweedieMean { power: number("power") };
            Box::new(move |x, y| [loss.deviance(x, y), 0.0, 0.0])
        }
        "hinge_embedding" => restricted!(HingeEmbedding { margin: number("margin") }),
        "poisson_nll" if parameters["log_input"] == false => {
            restricted!(PoissonRate { full: parameters["full"] == true, eps: number("eps") })
        }
        // Targets 0 and 1 for −1 and 1.
        "exponential_sklearn" => Box::new(|x, y| {
            let (loss, y) = (Exponential, 2.0 * y - 1.0);
            [loss.value(x, y), loss.slope(x, y), loss.curvature(x, y)]
        }),
        _ => restricted!(cataloged(name, parameters, k)),
    }
}

/// The loss of the catalogue that has the parameters of a record, for its element `k`.
fn cataloged(name: &str, parameters: &Json, k: usize) -> LossSpec {
    let entry = entries().into_iter().find(|entry| entry.name == name).unwrap();
    let mut given = vec![];
    for (key, value) in parameters.as_object().unwrap() {
        match (key.as_str(), value) {
            ("reduction" | "weight" | "log_input" | "eps", _) | ("pos_weight", Json::Null) => {}
            ("pos_weight", Json::Array(columns)) => {
                given.push(("pos-weight", Value::Number(columns[k % columns.len()].as_f64().unwrap())));
            }
            ("pos_weight", value) => given.push(("pos-weight", Value::Number(value.as_f64().unwrap()))),
            (key, Json::Bool(value)) => given.push((key, Value::Flag(*value))),
            (key, value) => given.push((key, Value::Number(value.as_f64().unwrap()))),
        }
    }
    if name == "squared" {
        given.push(("half", Value::Flag(false)));
    }
    LossSpec::new(&Settings::new(entry, given).unwrap()).unwrap()
}

/// The weight of element `k` of a record: weights repeat along rows.
fn weight(record: &Json, k: usize) -> f64 {
    let Json::Array(columns) = &record["parameters"]["weight"] else { return 1.0 };
    columns[k % columns.len()].as_f64().unwrap()
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
        "bce_with_logits" if input.len() > 6 => {
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

/// What a record of a scalar loss asks for.
fn replay(file: &str, name: &str, record: &Json) {
    let (input, target) = (numbers(&record["inputs"]["input"]), numbers(&record["inputs"]["target"]));
    let at = |k: usize| loss(file, name, record, k)(input[k], target[k]).map(|x| weight(record, k) * x);
    let all: Vec<[f64; 3]> = (0..input.len()).map(at).collect();
    let [values, slopes, curvatures] = [0, 1, 2].map(|order| all.iter().map(|one| one[order]).collect());
    let ours = reduced(record, input.len(), Numbers { values, slopes, curvatures });
    if file == "tweedie_deviance" {
        return check_close("value", id(record), &ours.values, &numbers(&record["value"]));
    }
    let mut recorded = recorded(record, &input);
    correct(file, &input, &target, &mut recorded);
    check(id(record), &ours, &recorded);
    if let Some(of_target) = record["grad"].get("target") {
        // A function of the residual falls along the target as it rises along the prediction.
        let mirrored: Vec<f64> = ours.slopes.iter().map(|slope| -slope).collect();
        check_close("slope in the target", id(record), &mirrored, &numbers(of_target));
    }
}

#[test]
fn scalar_losses() {
    for (file, name, count) in SCALAR {
        let records = document(file);
        assert_eq!(records.len(), count, "records of {file}");
        records.iter().for_each(|record| replay(file, name, record));
    }
}

#[test]
fn binary_cross_entropy_is_the_weighted_one_of_weight_one() {
    let weighted = cataloged("weighted-binary-cross-entropy", &serde_json::json!({}), 0);
    let plain = cataloged("binary-cross-entropy", &serde_json::json!({}), 0);
    for x in numbers(&document("bce_with_logits")[0]["inputs"]["input"]) {
        for y in [0.0, 0.3, 1.0] {
            let all = |loss: &LossSpec| [loss.value(x, y), loss.slope(x, y), loss.curvature(x, y)];
            check_close("all", &format!("{x}, {y}"), &all(&weighted), &all(&plain));
        }
    }
}

#[test]
fn softmax_cross_entropy() {
    let records = plain_cross_entropy();
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
    walked.extend(crate::structured::FILES.iter().map(|(file, _)| format!("{file}.json")));
    on_disk.sort();
    walked.sort();
    assert_eq!(on_disk, walked);
}
