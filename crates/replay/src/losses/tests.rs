use serde_json::{Value as Json, json};

use super::*;

/// The record `base` with `change` put in its place.
fn outcome(base: &Json, change: &Json) -> Result<Comparison, String> {
    let mut record = base.clone();
    for (key, value) in change.as_object().expect("an object") {
        record[key] = value.clone();
    }
    replay(&record)
}

fn array(shape: &[usize], data: &Json) -> Json {
    json!({"shape": shape, "data": data})
}

/// Huber's loss of residuals ½ and −3.
fn huber() -> Json {
    json!({"loss": "huber", "parameters": {"delta": 2.0, "reduction": "none"},
           "inputs": {"input": array(&[2], &json!([0.5, -3.0])), "target": array(&[2], &json!([0.0, 0.0]))},
           "value": array(&[2], &json!([0.125, 4.0])),
           "grad": {"input": array(&[2], &json!([0.5, -2.0])), "target": array(&[2], &json!([-0.5, 2.0]))},
           "hess_diag": {"input": array(&[2], &json!([1.0, 0.0]))}})
}

#[test]
fn numbers_are_compared() {
    assert_eq!(outcome(&huber(), &json!({})), Ok(Comparison { numbers: 8, ..Comparison::default() }));
    for (change, place) in [
        (json!({"value": array(&[2], &json!([0.125, 4.000_000_1]))}), "value, entry 1"),
        (json!({"grad": {"input": array(&[2], &json!([0.5, 2.0]))}}), "grad of input, entry 1"),
        (json!({"grad": {"target": array(&[2], &json!([0.5, 2.0]))}}), "grad of target, entry 0"),
        (json!({"hess_diag": {"input": array(&[2], &json!([1.0, "nan"]))}}), "hess_diag of input, entry 1"),
        (json!({"exact": {"value": [0.125, 4.1]}}), "value, entry 1"),
    ] {
        let first = outcome(&huber(), &change).expect("compared").first;
        assert_eq!(first.map(|difference| difference.place).as_deref(), Some(place));
    }
}

#[test]
fn reductions_and_weights_are_honored() {
    let (value, grad) = (json!({"shape": [], "data": [2.0625]}), json!({"input": array(&[2], &json!([0.25, -1.0]))}));
    let mean =
        json!({"parameters": {"delta": 2.0, "reduction": "mean"}, "value": value, "grad": grad, "hess_diag": {}});
    assert_eq!(outcome(&huber(), &mean).expect("compared").first, None);
    let weighted = json!({"parameters": {"delta": 2.0, "weight": [2.0, 0.5]}, "value": array(&[2], &json!([0.25, 2.0])),
                          "grad": {}, "hess_diag": {}});
    assert_eq!(outcome(&huber(), &weighted).expect("compared").first, None);
}

#[test]
fn classes_may_be_any_axis_but_the_first() {
    // Two terms beside each other: the logits of class c are at places 2 c and 2 c + 1.
    let record = json!({"loss": "cross_entropy", "parameters": {"reduction": "mean", "ignore_index": -100},
        "inputs": {"input": array(&[1, 2, 2], &json!([0.0, 5.0, 0.0, 5.0])), "target": array(&[1, 2], &json!([1, -100]))},
        "value": array(&[], &json!([std::f64::consts::LN_2])),
        "grad": {"input": array(&[1, 2, 2], &json!([0.5, 0.0, -0.5, 0.0]))},
        "hess_diag": {"input": array(&[1, 2, 2], &json!([0.25, 0.0, 0.25, 0.0]))}});
    let met = outcome(&record, &json!({})).expect("compared");
    assert_eq!((met.numbers, met.first), (9, None));
}

#[test]
fn what_is_not_known_says_so() {
    for (change, expected) in [
        (json!({"loss": "zigzag"}), "no loss is called zigzag"),
        (json!({"parameters": {"delta": 2.0, "size": 3}}), "size"),
        (json!({"parameters": {"delta": -2.0}}), "delta = -2.0 is not accepted"),
        (json!({"parameters": {"delta": 2.0, "reduction": "median"}}), "none, mean, sum, batchmean"),
        (json!({"inputs": {"input": array(&[2], &json!([0.5, -3.0]))}}), "an input \"target\" is needed"),
        (json!({"value": array(&[3], &json!([0.125, 4.0]))}), "value has 2 numbers, and its shape asks for 3"),
        (json!({"value": array(&[1], &json!([0.125]))}), "value has 1 numbers, and 2 are computed"),
        (json!({"grad": {"scale": array(&[1], &json!([0.125]))}}), "grad of \"scale\" is not computed"),
        (json!({"loss": "multi_margin", "parameters": {"p": 3}}), "p = 3 is neither 1 nor 2"),
        (json!({"loss": "nll", "parameters": {}}), "target has 2 numbers, and 1 are needed"),
    ] {
        let error = outcome(&huber(), &change).expect_err(expected);
        assert!(error.contains(expected), "{error}");
    }
}
