//! Whatever is written, checking ends with a plan or with errors; and plans survive being written out.

use proptest::collection::vec;
use proptest::prelude::*;
use sgdlab_sweeps::plan::Plan;

use crate::support::{FULL, catalogues, small};

fn parse(text: &str, sets: &[String]) -> Result<Plan, sgdlab_sweeps::plan::PlanErrors> {
    Plan::parse(text, "x.toml", sets, &catalogues())
}

/// Checks the text; errors must be rendered within 80 columns and in order of position.
fn survives(text: &str, sets: &[String]) -> Result<(), TestCaseError> {
    let errors = match parse(text, sets) {
        Ok(plan) => {
            let again = parse(&plan.resolved_toml(), &[]);
            prop_assert_eq!(again, Ok(plan));
            return Ok(());
        }
        Err(errors) => errors,
    };
    prop_assert!(!errors.errors.is_empty());
    let file: Vec<_> =
        errors.errors.iter().filter(|error| error.line > 0).map(|error| (error.line, error.column)).collect();
    prop_assert!(file.is_sorted());
    for line in errors.render().lines().filter(|line| line.contains(" | ")) {
        prop_assert!(line.chars().count() <= 80, "{}", line);
    }
    Ok(())
}

/// Texts that mean something at many places of a plan.
fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("inf"),
        Just("nan"),
        Just("-1"),
        Just("0"),
        Just("1e308"),
        Just("[]"),
        Just("{}"),
        Just("\"sgd\""),
        Just("[[exclude]]\n"),
        Just("{ log = [1, 2], count = 10000 }"),
        Just("{ lin = [-1, 1], count = 2 }"),
        Just("9223372036854775807"),
        Just("true"),
        Just("1979-05-27"),
        Just("[[1], 2]"),
        Just("\n"),
        Just("="),
        Just("é"),
        Just("\"\\u0000\""),
        Just("name = \"huber\""),
        Just("log"),
        Just("0xff"),
        Just("\"\"\"")
    ]
    .prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn random_bytes_are_refused(bytes in vec(any::<u8>(), 0..200)) {
        survives(&String::from_utf8_lossy(&bytes), &[])?;
    }

    #[test]
    fn mutated_plans_are_checked(
        edits in vec((0..FULL.len(), 0..12_usize, prop_oneof![token(), "\\PC{0,3}"]), 1..4),
        sets in vec(("[a-z.-]{0,12}|budget|rates|rules|targets|exclude|problems.loss", token()), 0..2),
    ) {
        let mut text = FULL.to_owned();
        for (at, length, new) in edits {
            let start = text.floor_char_boundary(at.min(text.len()));
            let end = text.floor_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, &new);
        }
        let sets: Vec<String> = sets.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        survives(&text, &sets)?;
    }

    #[test]
    fn values_are_replaced_by_others(line in 0..17_usize, new in token()) {
        let mut lines: Vec<String> = FULL.lines().map(ToOwned::to_owned).collect();
        if let Some((key, _)) = lines[line].clone().split_once('=') {
            lines[line] = format!("{key}= {new}");
        }
        survives(&lines.join("\n"), &[])?;
    }

    /// Rates, hyperparameters and texts of any kind come back from the resolved plan bit for bit.
    #[test]
    fn resolved_plans_are_equal(
        rates in vec(f64::MIN_POSITIVE..f64::MAX, 1..5),
        momentum in vec(0.0..1.0_f64, 1..4),
        ends in (1e-300..1.0_f64, 1.0..1e300_f64),
        count in 2..40_usize,
        data in "\\PC{0,12}",
        hidden in vec(vec(1..1000_i64, 0..4), 1..3),
        minimum in proptest::option::of(-1e3..1e3_f64),
        epochs in 1e-3..1e3_f64,
    ) {
        let quoted = toml::Value::String(data).to_string();
        let exclude = minimum.map_or(String::new(), |x| format!("[[exclude]]\nrate = {{ min = {x:?} }}\nbatch-size = 7\n"));
        let text = small(&format!(
            "rates = {rates:?}\nbudget = {{ epochs = {epochs:?} }}\n\
             rules = [{{ name = \"sgd\", momentum = {momentum:?} }}, {{ name = \"adam\", rates = {{ log = [{:?}, {:?}], count = {count} }} }}]\n\
             problems = {{ name = \"softmax\", data = {quoted}, hidden = {hidden:?} }}\n{exclude}",
            ends.0, ends.1
        ));
        if let Ok(plan) = parse(&text, &[]) {
            prop_assert_eq!(parse(&plan.resolved_toml(), &[]), Ok(plan));
        } else {
            // Only values that happen to be drawn twice are refused.
            let errors = parse(&text, &[]).unwrap_err().to_string();
            prop_assert!(errors.contains("is the same") || errors.contains("is already that of"), "{}", errors);
        }
    }
}
