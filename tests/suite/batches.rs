//! A batch of all terms is gradient descent, and batches of one term are stochastic gradient descent, bit for bit.

use sgdlab_core::{Sample, Settings, Value};
use sgdlab_objectives::{Problem, Stored};

use crate::support::{Lab, number};

/// Parameters after each of the logged steps, of every run that a plan of these axes has.
fn parameters(axes: &str) -> Vec<Vec<f64>> {
    let lab = Lab::with_plan(&format!(
        "name = \"batches\"\nquestion = \"Which batches are the same?\"\nproblems = \"line\"\nrates = 0.05\n\
         replicates = 1\nparameters = true\nlog = {{ every-steps = 1 }}\n{axes}"
    ));
    lab.sweep(&[]);
    let mut runs: Vec<(String, Vec<f64>)> = Vec::new();
    for row in lab.table("out/parameters.csv").rows {
        if runs.last().is_none_or(|(run, _)| *run != row["run"]) {
            runs.push((row["run"].clone(), Vec::new()));
        }
        runs.last_mut().expect("a run").1.push(number(&row, "x"));
    }
    runs.into_iter().map(|(_, parameters)| parameters).collect()
}

#[test]
fn a_batch_of_all_terms_is_gradient_descent() {
    for rule in ["\"sgd\"", "\"adam\"", "{ name = \"sgd\", momentum = 0.9, nesterov = true }"] {
        let axes = format!(
            "rules = {rule}\nbatch-sizes = 50\nbudget = {{ steps = 40 }}\nsamplers = [\"sequential\", \"full-batch\"]\n"
        );
        let [batches, descent] = parameters(&axes).try_into().expect("two runs");
        assert_eq!(batches.len(), 2 * 41);
        assert_eq!(batches, descent, "{rule}");
    }
}

#[test]
fn batches_of_one_term_are_stochastic_gradient_descent() {
    let axes = "rules = \"sgd\"\nbatch-sizes = 1\nbudget = { steps = 120 }\nsamplers = \"sequential\"\n";
    let [found] = parameters(axes).try_into().expect("one run");
    let entry = sgdlab_objectives::entries().into_iter().find(|entry| entry.name == "line").expect("a problem");
    let problem =
        Problem::load(&Settings::new(entry, [] as [(&str, Value); 0]).expect("defaults")).expect("bundled data");
    let objective = f64::model(&problem).objective::<1>();
    let mut at: Vec<[f64; 1]> =
        problem.initial(sgdlab_core::streams::Key::new("any")).into_iter().map(|x| [x]).collect();
    let (mut scratch, mut slope) = (vec![[0.0]; objective.scratch(1)], vec![[0.0]; at.len()]);
    let mut expected: Vec<f64> = at.concat();
    for step in 0..120 {
        objective.gradient(&at, Sample::of(&[step % 50]), &mut scratch, &mut slope);
        at.iter_mut().zip(&slope).for_each(|(x, slope)| x[0] -= 0.05 * slope[0]);
        expected.extend(at.concat());
    }
    assert_eq!(found, expected);
}
