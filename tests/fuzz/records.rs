//! Records of other programs, with the sequences of gradients beside them.

use serde_json::{Value, json};
use sgdlab_replay::replay;
use tempfile::TempDir;

use crate::engine::{Reader, chain, fuzz};
use crate::mutate::Corpus;
use crate::seed;

/// What stands between a document and its sequences.
const SEQUENCES: &str = "\u{1e}";

/// Sequences for a tensor of 2 × 2 and one of 1.
const GRADIENTS: &str = r#"{"sequences": {"s": {"shapes": [[2, 2], [1]],
    "gradients": [[1, -2, 0.5, 0, 3], [0, 1, 1, -1, 1e-3]], "hessians": [[1, 1, 1, 1, 1], [2, 2, 2, 2, 2]]},
    "t": {"shapes": [[2, 2]], "gradients": [[[0, 1], [[1, 2], [3, 4]]], [[1], [[5, 6]]]]}}}"#;

const WORDS: &[&str] = &[
    "\"s\"",
    "\"t\"",
    "\"inf\"",
    "\"nan\"",
    "[]",
    "{}",
    "[[2, 2]]",
    "[[1]]",
    "\"float32\"",
    "\"tol\": ",
    "\"steps\": ",
    "\"lr\": ",
    "\"shapes\": ",
    "\"tensors\": [1], ",
    "\"sgd\"",
    "\"adam\"",
    "\"muon\"",
    "\"lbfgs\"",
    "\"torch\"",
    "\"weight\": [1, 2], ",
    "\"ignore_index\": ",
    "\"mean\"",
    "\"batchmean\"",
    "[2147483648, 8589934592]",
    SEQUENCES,
];

/// The paths of documents whose records are seeds.
fn documents() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    for folder in ["data/reference/rules", "data/reference/losses", "data/reference/schedules"] {
        let entries = std::fs::read_dir(root.join(folder)).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        paths.extend(
            names
                .filter(|name| name.ends_with(".json") && name != "gradients.json")
                .map(|name| format!("{folder}/{name}")),
        );
    }
    paths.sort();
    paths
}

/// A record of a rule, cut to two steps of five parameters whose gradients are here.
fn two_steps(mut record: Value) -> Value {
    let by_function = record.get("problem").is_some_and(|problem| !problem.is_null());
    if !by_function {
        record["shapes"] = json!([[2, 2], [1]]);
        record["initial"] = json!([1, -1, 0.5, 2, 0]);
        record["gradients"] = json!("s");
        record["trajectory"] = json!([[1, -1, 0.5, 2, 0], [1, -1, 0.5, 2, 0]]);
    }
    record["steps"] = json!(2);
    for rows in record.as_object_mut().expect("a record").values_mut().filter_map(Value::as_array_mut) {
        if rows.len() > 2 && rows[0].is_array() {
            rows.truncate(2);
        }
    }
    record.as_object_mut().expect("a record").retain(|key, _| !["extra", "tensors"].contains(&key.as_str()));
    record
}

struct Records(TempDir);

impl Records {
    fn read(&self, document: &[u8], sequences: &[u8]) -> Result<Vec<usize>, Vec<String>> {
        let path = self.0.path().join("x.json");
        std::fs::write(&path, document).expect("a file");
        std::fs::write(self.0.path().join("gradients.json"), sequences).expect("a file");
        let replayed = replay(&[path], None).map_err(|error| vec![chain(&error)])?;
        let document = &replayed.documents[0];
        let mut refused = Vec::new();
        let mut numbers = Vec::new();
        for record in &document.records {
            match &record.outcome {
                Ok(comparison) => numbers.push(comparison.numbers),
                Err(reason) => {
                    refused.push(format!("x.json: {} {}: {}: {reason}", document.kind.key(), document.name, record.id));
                }
            }
        }
        if refused.is_empty() { Ok(numbers) } else { Err(refused) }
    }
}

fn halves(input: &[u8]) -> (&[u8], &[u8]) {
    let at = input.iter().position(|byte| *byte == SEQUENCES.as_bytes()[0]);
    at.map_or((input, GRADIENTS.as_bytes()), |at| (&input[..at], &input[at + 1..]))
}

impl Reader for Records {
    /// How many numbers each record compared.
    type Value = Vec<usize>;
    const NAME: &'static str = "records";
    const CASES: u64 = 3000;

    fn corpus(&self) -> Corpus {
        let mut seeds: Vec<Vec<u8>> = Vec::new();
        for path in documents() {
            let mut document: Value = serde_json::from_slice(&seed(&path)).expect("JSON");
            let records = document["records"].as_array_mut().expect("records");
            records.sort_by_key(|record| record.to_string().len());
            records.truncate(2);
            if path.contains("/rules/") {
                records.iter_mut().for_each(|record| *record = two_steps(record.take()));
            }
            seeds.extend(records.iter().map(|record| json!({"records": [record]}).to_string().into()));
        }
        let sparse = r#"{"rule": "sgd", "records": [{"id": "a", "rule": "sgd", "shapes": [[2, 2]], "initial": [1, 2, 3, 4],
            "gradients": "t", "steps": 2, "trajectory": [[0, 0, 0, 0], [0, 0, 0, 0]], "tol": 1e-12}]}"#;
        seeds.push([sparse, SEQUENCES, GRADIENTS].concat().into());
        Corpus::new(seeds, WORDS)
    }

    fn read(&self, input: &[u8]) -> Result<Vec<usize>, Vec<String>> {
        let (document, sequences) = halves(input);
        Self::read(self, document, sequences)
    }

    fn names_place(&self, message: &str) -> bool {
        message.contains("x.json") || message.contains("gradients.json")
    }

    /// Every record compares something, and notices that the first of its numbers is another one.
    fn check(&self, input: &[u8], numbers: &Vec<usize>) -> Result<(), String> {
        if numbers.contains(&0) {
            return Err("a record that compares no number is met".to_owned());
        }
        let (document, sequences) = halves(input);
        let document: Value = serde_json::from_slice(document).map_err(|error| error.to_string())?;
        let place = ["/records/0/trajectory/0/0", "/records/0/lr/0", "/records/0/value/data/0"]
            .into_iter()
            .find(|place| document.pointer(place).is_some());
        let Some(place) = place.filter(|_| document.pointer("/records/0/exact").is_none()) else { return Ok(()) };
        let met = |number: Value| {
            let mut other = document.clone();
            *other.pointer_mut(place).expect("it is there") = number;
            std::fs::write(self.0.path().join("x.json"), other.to_string()).expect("a file");
            std::fs::write(self.0.path().join("gradients.json"), sequences).expect("a file");
            replay(&[self.0.path().join("x.json")], None)
                .is_ok_and(|replayed| replayed.documents[0].records[0].passes())
        };
        if met(json!("nan")) && met(json!(-12345.678)) { Err("any number is met".to_owned()) } else { Ok(()) }
    }
}

#[test]
fn records_are_replayed_or_refused() {
    fuzz(&Records(TempDir::new().expect("a folder")));
}
