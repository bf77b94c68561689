//! Losses of several inputs against the recorded numbers of torch.

use serde_json::Value as Json;
use sgdlab_losses::structured::{self, ClassWeights, Reduction, Triplet};

use crate::records::{document, id, numbers};

/// Files, and how many of their records are replayed here.
pub const FILES: [(&str, usize); 10] = [
    ("cross_entropy", 18),
    ("nll", 9),
    ("kl_div", 8),
    ("multi_margin", 9),
    ("multilabel_margin", 3),
    ("multilabel_soft_margin", 3),
    ("margin_ranking", 6),
    ("cosine_embedding", 6),
    ("triplet_margin", 9),
    ("gaussian_nll", 6),
];

/// One term: its value, its weight in a mean, and its gradient in each input.
struct Term {
    value: f64,
    weight: f64,
    gradients: Vec<Vec<f64>>,
}

impl Term {
    fn new(value: f64, gradients: Vec<Vec<f64>>) -> Self {
        Self { value, weight: 1.0, gradients }
    }
}

/// A record with its inputs by rows.
struct Case<'a> {
    record: &'a Json,
    weights: Option<Vec<f64>>,
}

impl Case<'_> {
    fn number(&self, key: &str) -> f64 {
        self.record["parameters"][key].as_f64().unwrap()
    }

    fn flag(&self, key: &str) -> bool {
        self.record["parameters"][key].as_bool().unwrap()
    }

    fn input(&self, name: &str) -> Vec<f64> {
        numbers(&self.record["inputs"][name])
    }

    /// Row `i` of an input, of the terms there are.
    fn row(&self, name: &str, i: usize) -> Vec<f64> {
        let rows = self.record["inputs"][name]["shape"][0].as_u64().unwrap() as usize;
        let all = self.input(name);
        all[i * all.len() / rows..(i + 1) * all.len() / rows].to_vec()
    }

    fn terms(&self) -> usize {
        let first = if self.record["loss"] == "triplet_margin" { "anchor" } else { "target" };
        self.record["inputs"][first]["shape"][0].as_u64().unwrap() as usize
    }
}

/// Term `i` of a loss of classes.
fn of_classes(case: &Case<'_>, i: usize) -> Term {
    let (x, target) = (case.row("input", i), case.row("target", i));
    let weights = case.weights.as_deref();
    let ignored = case.record["parameters"]["ignore_index"].as_u64().map(|label| label as usize);
    let classes = ClassWeights { weights, ignored };
    let (label, mut gradient) = (target[0] as usize, vec![f64::NAN; x.len()]);
    let value = match case.record["loss"].as_str().unwrap() {
        "cross_entropy" if target.len() > 1 => {
            let mut in_target = vec![f64::NAN; x.len()];
            let value = structured::cross_entropy_soft(&x, &target, weights, &mut gradient, &mut in_target);
            return Term::new(value, vec![gradient, in_target]);
        }
        "cross_entropy" => {
            let smoothing = case.record["parameters"]["label_smoothing"].as_f64().unwrap_or(0.0);
            let value = structured::cross_entropy(&x, label, classes, smoothing, &mut gradient);
            return Term { value, weight: classes.term(label), gradients: vec![gradient] };
        }
        "nll" => {
            let value = structured::negative_log_likelihood(&x, label, classes, &mut gradient);
            return Term { value, weight: classes.term(label), gradients: vec![gradient] };
        }
        "multi_margin" => {
            let squared = case.number("p") == 2.0;
            structured::multi_margin(&x, label, case.number("margin"), squared, weights, &mut gradient)
        }
        "multilabel_margin" => {
            let labels: Vec<usize> = target.iter().take_while(|&&y| y >= 0.0).map(|&y| y as usize).collect();
            structured::multilabel_margin(&x, &labels, &mut gradient)
        }
        "multilabel_soft_margin" => structured::multilabel_soft_margin(&x, &target, weights, &mut gradient),
        other => panic!("{other} is no loss of classes"),
    };
    Term::new(value, vec![gradient])
}

/// Term `i` of a loss of pairs, triplets or variances.
fn of_pairs(case: &Case<'_>, i: usize) -> Term {
    let one = |name: &str| case.input(name)[i];
    match case.record["loss"].as_str().unwrap() {
        "margin_ranking" => {
            let (a, b, target) = (one("input1"), one("input2"), one("target"));
            let (value, [in_a, in_b]) = structured::margin_ranking(a, b, target, case.number("margin"));
            Term::new(value, vec![vec![in_a], vec![in_b]])
        }
        "gaussian_nll" => {
            let (x, v, y) = (one("input"), one("var"), one("target"));
            let (value, [mean, variance]) = structured::gaussian_nll(x, v, y, case.number("eps"), case.flag("full"));
            Term::new(value, vec![vec![mean], vec![variance]])
        }
        "cosine_embedding" => {
            let (a, b) = (case.row("input1", i), case.row("input2", i));
            let (mut in_a, mut in_b) = (a.clone(), b.clone());
            let margin = case.number("margin");
            let value = structured::cosine_embedding(&a, &b, one("target"), margin, &mut in_a, &mut in_b);
            Term::new(value, vec![in_a, in_b])
        }
        "triplet_margin" => {
            let [margin, p, eps] = ["margin", "p", "eps"].map(|key| case.number(key));
            let how = Triplet { margin, p, eps, swap: case.flag("swap") };
            let rows = ["anchor", "positive", "negative"].map(|name| case.row(name, i));
            let mut gradients = rows.clone();
            let value = structured::triplet_margin(rows.each_ref().map(Vec::as_slice), how, {
                let [a, p, n] = &mut gradients;
                [a, p, n]
            });
            Term::new(value, gradients.to_vec())
        }
        other => panic!("{other} is no loss of pairs"),
    }
}

/// Divergences, entry by entry.
fn divergences(case: &Case<'_>) -> Vec<Term> {
    let (input, target) = (case.input("input"), case.input("target"));
    let entry = |(&l, &t): (&f64, &f64)| {
        let (value, slope) = structured::kl_divergence(l, t, case.flag("log_target"));
        Term::new(value, vec![vec![slope]])
    };
    input.iter().zip(&target).map(entry).collect()
}

#[track_caller]
fn check_close(what: &str, id: &str, ours: &[f64], recorded: &[f64]) {
    assert_eq!(ours.len(), recorded.len(), "{what} of {id}");
    // Slopes are differences of numbers of about 1: where these cancel, their rounding remains.
    let rounding = 4.0 * f64::EPSILON;
    for (k, (a, b)) in ours.iter().zip(recorded).enumerate() {
        assert!((a - b).abs() <= 1e-13 * b.abs() + rounding, "{what} {k} of {id}: {a:e}, recorded {b:e}");
    }
}

/// The names under which a record has gradients, in the order of its inputs.
fn gradient_names(loss: &str) -> &'static [&'static str] {
    match loss {
        "margin_ranking" | "cosine_embedding" => &["input1", "input2"],
        "triplet_margin" => &["anchor", "positive", "negative"],
        "gaussian_nll" => &["input", "var"],
        "cross_entropy" => &["input", "target"],
        _ => &["input"],
    }
}

fn replay(record: &Json) {
    let weights = record["parameters"]["weight"].as_array().map(|_| numbers(&record["parameters"]["weight"]));
    let (case, loss) = (Case { record, weights }, record["loss"].as_str().unwrap());
    let rows = case.terms();
    let terms: Vec<Term> = match loss {
        "kl_div" => divergences(&case),
        "margin_ranking" | "cosine_embedding" | "triplet_margin" | "gaussian_nll" => {
            (0..rows).map(|i| of_pairs(&case, i)).collect()
        }
        _ => (0..rows).map(|i| of_classes(&case, i)).collect(),
    };
    let values: Vec<f64> = terms.iter().map(|term| term.value).collect();
    let weight: f64 = terms.iter().map(|term| term.weight).sum();
    let (values, factor) = match record["parameters"]["reduction"].as_str().unwrap() {
        "none" => (values, 1.0),
        "sum" => (vec![Reduction::Sum.value(&values, weight)], 1.0),
        "mean" => (vec![Reduction::Mean.value(&values, weight)], Reduction::Mean.factor(weight)),
        "batchmean" => (vec![Reduction::Mean.value(&values, rows as f64)], Reduction::Mean.factor(rows as f64)),
        other => panic!("{other} is no reduction"),
    };
    check_close("value", id(record), &values, &numbers(&record["value"]));
    let recorded = record["grad"].as_object().unwrap();
    for (k, name) in gradient_names(loss).iter().enumerate().filter(|(_, name)| recorded.contains_key(**name)) {
        let ours: Vec<f64> = terms.iter().flat_map(|term| &term.gradients[k]).map(|slope| factor * slope).collect();
        check_close(name, id(record), &ours, &numbers(&recorded[*name]));
    }
}

#[test]
fn records() {
    for (file, count) in FILES {
        let mut records = document(file);
        // Infinite logits are those of the plain loss, which replays them.
        records.retain(|record| !id(record).contains("/edges"));
        assert_eq!(records.len(), count, "records of {file}");
        records.iter().for_each(replay);
    }
}

#[test]
fn nan_stays_nan() {
    let (nan, mut gradient) = (f64::NAN, [0.0; 2]);
    assert!(structured::cross_entropy(&[nan, 0.0], 1, ClassWeights::default(), 0.0, &mut gradient).is_nan());
    assert!(gradient.iter().all(|slope| slope.is_nan()));
    assert!(structured::margin_ranking(nan, 0.0, 1.0, 0.0).0.is_nan());
    assert!(structured::gaussian_nll(nan, 1.0, 0.0, 1e-6, false).0.is_nan());
    assert!(structured::kl_divergence(nan, 0.5, false).0.is_nan());
}
