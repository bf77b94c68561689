//! The line fit of an article on `torch.optim.SGD`, repeated by the bundled plan `line`.

use std::collections::HashMap;

use crate::support::{Lab, Table, assert_close, number, root};

const LOSSES: [(&str, &str); 4] =
    [("mse", "mse"), ("l1", "l1"), ("huber_delta1", "huber"), ("smooth_l1_beta1", "smooth-l1")];
const SETTINGS: [(&str, &str); 5] = [
    ("plain", "plain"),
    ("momentum", "momentum"),
    ("nesterov", "nesterov"),
    ("nesterov_weight_decay", "nesterov-weight-decay"),
    ("dampening", "dampening"),
];

/// The key of each run by problem, precision and rule.
fn keys(lab: &Lab) -> HashMap<(String, String, String), String> {
    let of = |row: HashMap<String, String>| {
        ((row["problem"].clone(), row["precision"].clone(), row["rule"].clone()), row["run"].clone())
    };
    lab.table("out/runs.csv").rows.into_iter().map(of).collect()
}

fn line() -> Lab {
    let lab = Lab::new();
    let said = lab.run(&["sweep", "line", "--quiet", "--out", "out"]);
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(0), "", ""));
    lab
}

/// The values of `column` by the columns `by`.
fn column(table: &Table, by: &[&str], column: &str) -> HashMap<String, f64> {
    let key = |row: &HashMap<String, String>| by.iter().map(|name| &*row[*name]).collect::<Vec<_>>().join(" ");
    table.rows.iter().map(|row| (key(row), number(row, column))).collect()
}

#[test]
fn the_published_losses_come_out_in_single_precision() {
    let lab = line();
    let run = &keys(&lab)[&("mse".into(), "f32".into(), "plain".into())];
    let values = column(&lab.table("out/rows.csv"), &["run", "step"], "value");
    let path = root().join("data/reference/toy_regression/reference.json");
    let reference: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let published = &reference["published_losses"];
    let epochs = published["epochs"].as_array().unwrap();
    assert_eq!(epochs.len(), 13);
    for (epoch, loss) in epochs.iter().zip(published["loss"].as_array().unwrap()) {
        let (value, loss) = (values[&format!("{run} {epoch}")], loss.as_f64().unwrap());
        assert!((value - loss).abs() <= 1e-6 * loss, "epoch {epoch}: {value} instead of {loss}");
    }
}

#[test]
fn every_trajectory_comes_out_in_double_precision() {
    let lab = line();
    let keys = keys(&lab);
    let values = column(&lab.table("out/rows.csv"), &["run", "step"], "value");
    let parameters = column(&lab.table("out/parameters.csv"), &["run", "step", "tensor", "index"], "x");
    let path = root().join("data/reference/toy_regression/trajectories_f64.csv");
    let mut compared = 0;
    for row in csv::Reader::from_path(path).unwrap().deserialize() {
        let row: HashMap<String, String> = row.unwrap();
        let loss = LOSSES.iter().find(|(name, _)| *name == row["loss_fn"]).expect("a known loss").1;
        let rule = SETTINGS.iter().find(|(name, _)| *name == row["setting"]).expect("a known setting").1;
        let (run, step) = (&keys[&(loss.into(), "f64".into(), rule.into())], &row["epoch"]);
        let what = |name: &str| format!("{name} of {rule} on {loss} at epoch {step}");
        assert_close(&what("loss"), values[&format!("{run} {step}")], number(&row, "loss"), 1e-12);
        for (ours, theirs) in [("weight", "w"), ("bias", "b")] {
            let x = parameters[&format!("{run} {step} {ours} 0")];
            assert_close(&what(theirs), x, number(&row, theirs), 1e-12);
        }
        compared += 1;
    }
    assert_eq!(compared, 4 * 5 * 101);
}
