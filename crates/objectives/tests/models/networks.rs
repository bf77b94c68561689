//! What is special to networks for numbers, students and residual networks.

use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Sample};
use sgdlab_losses::{LossSpec, Squared};
use sgdlab_objectives::data::bundled;
use sgdlab_objectives::{Activation, Answers, Biases, Model, Network, NetworkSpec, Outputs, Problem, Stored};

use crate::support::{close, load, point, single, value_at};

fn network(problem: &Problem) -> &Network<f64> {
    let Model::Network(network) = f64::model(problem) else { panic!("a network") };
    network
}

fn held_out(problem: &Problem) -> &Network<f64> {
    let Some(Model::Network(network)) = f64::held_out(problem) else { panic!("a network with held-out terms") };
    network
}

/// The initial parameters of the tensor of this name.
fn initial(problem: &Problem, name: &str, key: &str) -> Vec<f64> {
    let tensor = problem.layout().tensors().iter().find(|tensor| tensor.name == name).unwrap();
    problem.initial(Key::new(key))[tensor.offset..][..tensor.size()].to_vec()
}

/// Their mean is 0 and their mean square `deviation`², within 5 standard errors of normal draws.
fn check_deviation(x: &[f64], deviation: f64, what: &str) {
    let m = x.len() as f64;
    close(x.iter().sum::<f64>() / m, 0.0, 5.0 * deviation / m.sqrt(), what);
    let square = x.iter().map(|x| x * x).sum::<f64>() / m;
    close(square / (deviation * deviation), 1.0, 5.0 * (2.0 / m).sqrt(), what);
}

#[test]
fn initial_parameters_have_the_laws_that_are_asked_for() {
    let problem = load(
        "mlp-regression hidden=[1000] biases=first weight-deviations=[2.5,4] first-weights=signs bias-law=normal \
         bias-scale=3",
    );
    let names: Vec<_> = problem.layout().tensors().iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["weight1", "bias1", "weight2"]);
    let signs = initial(&problem, "weight1", "one");
    assert!(signs.iter().all(|w| w.abs() == 2.5));
    check_deviation(&signs, 2.5, "signs");
    check_deviation(&initial(&problem, "bias1", "one"), 3.0, "normal biases");
    check_deviation(&initial(&problem, "weight2", "one"), 4.0, "weights of the last layer");
    assert_ne!(initial(&problem, "bias1", "one"), initial(&problem, "bias1", "two"));
    assert_ne!(initial(&problem, "bias1", "one")[..9], initial(&problem, "weight2", "one")[..9]);

    let student = load("teacher-student hidden=[400,100] weight-deviations=[0.8] bias-law=uniform bias-scale=2");
    check_deviation(&initial(&student, "weight2", "one"), 0.8, "one deviation for all layers");
    let biases = initial(&student, "bias2", "one");
    let bound = 2.0 / 20.0;
    assert!(biases.iter().all(|b| (-bound..bound).contains(b)) && biases.iter().any(|b| b.abs() > 0.9 * bound));
    let none = load("teacher-student biases=none weight-deviations=[0.5,0,0]");
    assert_eq!(none.layout().tensors().len(), 3);
    assert_eq!(initial(&none, "weight3", "one"), [0.0; 10]);
}

#[test]
fn initial_weights_of_a_residual_network_shrink_with_its_depth() {
    let problem = load("residual width=80 blocks=4 branch=0.5 head=0.25");
    let he = (2.0f64 / 80.0).sqrt();
    for (name, deviation) in [
        ("weight1", (2.0f64 / 64.0).sqrt()),
        ("weight2", he),
        ("weight3", he * 0.5 / 2.0),
        ("weight8", he),
        ("weight9", he * 0.5 / 2.0),
        ("weight10", he * 0.25),
    ] {
        check_deviation(&initial(&problem, name, "one"), deviation, name);
    }
    assert_eq!(problem.layout().tensors().len(), 20);
    assert!(initial(&problem, "bias9", "one").iter().all(|&b| b == 0.0));
}

/// With V = 0 a block changes nothing: the network is the stem and the head.
#[test]
fn blocks_that_add_nothing_are_not_there() {
    let deep = load("residual data=iris width=6 blocks=3 branch=0");
    let shallow = load("mlp data=iris hidden=[6]");
    let at = deep.initial(Key::new("one"));
    let tensor = |name: &str| {
        let tensor = deep.layout().tensors().iter().find(|tensor| tensor.name == name).unwrap();
        at[tensor.offset..][..tensor.size()].to_vec()
    };
    let ends = ["weight1", "bias1", "weight8", "bias8"].map(tensor).concat();
    assert_eq!(value_at(&deep, &at), value_at(&shallow, &ends));
}

#[test]
fn held_out_digits_are_the_ones_of_the_split() {
    let rows = |split: u64| {
        let case = format!("residual test=0.7774 features=unit shift=-0.3 split={split} width=3 blocks=1");
        let problem = load(&case);
        assert_eq!((problem.terms(), problem.held_out_terms()), (400, 1397));
        let pixels = network(&problem).inputs().to_vec();
        assert!(pixels.iter().all(|x| (-0.3..=0.7).contains(x)));
        pixels
    };
    assert_ne!(rows(0), rows(1));
    assert_ne!(rows(1), rows(2));
    assert_eq!(rows(2), rows(2));
    // The rows that other classifiers hold out.
    let softmax = load("softmax test=0.7774 features=unit");
    let own = load("residual test=0.7774 features=unit width=3 blocks=1");
    let Model::Network(of_softmax) = f64::model(&softmax) else { panic!("a network") };
    assert_eq!(of_softmax.inputs(), network(&own).inputs());
}

#[test]
fn the_points_of_the_zigzag_are_the_published_ones() {
    let steps = [-2.0, 1.5, 0.0, 0.0, 2.0, 1.0, 0.0, -1.0, 0.0, 1.0, 2.0, -1.0];
    let zigzag = bundled("zigzag-12").unwrap();
    for (i, (&x, y)) in zigzag.features.iter().zip(zigzag.targets.to_numbers()).enumerate() {
        close(x, (i as f64 - 5.5) / 4.0 + 0.07, 1e-15, "x");
        close(y, 0.345 + steps[i], 1e-15, "y");
    }
}

#[test]
fn teachers_answer_on_the_inputs_that_are_asked_for() {
    let problem = load("teacher-student teacher=[1] teacher-law=unit terms=300 dimension=3 held-out=50 seed=4");
    let model = network(&problem);
    let (rows, answers): (Vec<_>, _) = (model.inputs().chunks(3).collect(), model.numbers().unwrap());
    for row in &rows {
        close(row.iter().map(|x| x * x).sum::<f64>(), 1.0, 1e-14, "length of an input");
    }
    // ± relu(w·x) with |w| = 1: w is the vector that explains the answers that are not 0.
    let sign = answers.iter().find(|y| **y != 0.0).unwrap().signum();
    let active: Vec<usize> = (0..300).filter(|&i| answers[i] != 0.0).collect();
    assert!((100..200).contains(&active.len()), "half of the sphere is seen");
    let w = solve([0, 1, 2].map(|k| (rows[active[k]], sign * answers[active[k]])));
    close(w.iter().map(|w| w * w).sum::<f64>(), 1.0, 1e-9, "length of the teacher's weights");
    for (model, scale) in [(model, 1.0), (held_out(&problem), 1.0)] {
        for (row, answer) in model.inputs().chunks(3).zip(model.numbers().unwrap()) {
            let expected = row.iter().zip(w).map(|(x, w)| x * w).sum::<f64>().max(0.0);
            close(sign * answer, expected, 1e-9 * scale, "an answer");
        }
    }
    assert_eq!(held_out(&problem).inputs().len(), 150);
    let other = load("teacher-student teacher=[1] teacher-law=unit terms=300 dimension=3 held-out=50 seed=5");
    assert_ne!(network(&other).inputs(), model.inputs());
    let longer = load("teacher-student terms=310 dimension=3 inputs=normal held-out=0 seed=4");
    assert_eq!(longer.held_out_terms(), 0);
    assert!(network(&longer).inputs().chunks(3).any(|row| row.iter().map(|x| x * x).sum::<f64>() > 2.0));
}

/// Cramer's rule.
fn solve(rows: [(&[f64], f64); 3]) -> [f64; 3] {
    let determinant = |m: [[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let matrix = rows.map(|(row, _)| [row[0], row[1], row[2]]);
    let replaced = |column: usize| {
        let mut own = matrix;
        own.iter_mut().zip(rows).for_each(|(row, (_, y))| row[column] = y);
        determinant(own) / determinant(matrix)
    };
    [replaced(0), replaced(1), replaced(2)]
}

/// The slopes of the outputs, from those of the squared error of one term: ∇ ½(z − y)² = (z − y) ∇z.
#[test]
fn a_jacobian_has_the_gradients_of_the_output() {
    for case in ["mlp-regression hidden=[5,4] activation=tanh", "teacher-student hidden=[6] biases=first"] {
        let problem = load(case);
        let (model, at) = (network(&problem), point(case, 0, 0.5, problem.layout().size()));
        let columns = model.inputs().len() / problem.terms();
        let jacobian = model.jacobian(&at, model.inputs());
        assert_eq!(jacobian.len(), problem.terms());
        let outputs = model.respond(&at, model.inputs()).pop().unwrap();
        let objective: &dyn Objective<f64, 1> = model;
        let mut scratch = vec![[0.0]; objective.scratch(1)];
        let mut slopes = vec![[0.0]; at.len()];
        for term in 0..problem.terms() {
            objective.gradient(&single(&at), Sample::of(&[term as u32]), &mut scratch, &mut slopes);
            let residual = outputs[term] - model.numbers().unwrap()[term];
            for (slope, of_output) in slopes.iter().zip(&jacobian[term]) {
                close(slope[0], residual * of_output, 1e-13 * residual.abs().max(1.0) * 10.0, case);
            }
        }
        let row = &model.inputs()[..columns];
        assert_eq!(model.jacobian(&at, row), jacobian[..1], "{case}: rows do not depend on each other");
    }
}

#[test]
fn units_of_a_layer_are_those_of_its_definition() {
    let case = "residual data=iris width=4 blocks=2";
    let problem = load(case);
    let (model, at) = (network(&problem), point(case, 0, 0.5, problem.layout().size()));
    let units = model.respond(&at, &model.inputs()[..8]);
    assert_eq!(units.iter().map(Vec::len).collect::<Vec<_>>(), [8, 8, 8, 8, 8, 6]);
    let tensor = |name: &str| {
        let tensor = problem.layout().tensors().iter().find(|tensor| tensor.name == name).unwrap();
        &at[tensor.offset..][..tensor.size()]
    };
    let (v, bias) = (tensor("weight5"), tensor("bias5"));
    for row in 0..2 {
        for unit in 0..4 {
            let sum: f64 = (0..4).map(|j| units[3][row * 4 + j] * v[j * 4 + unit]).sum();
            let expected = (units[2][row * 4 + unit] + sum + bias[unit]).max(0.0);
            close(units[4][row * 4 + unit], expected, 1e-13, case);
        }
    }
}

#[test]
#[should_panic(expected = "a shortcut between unequal layers")]
fn shortcuts_connect_equal_layers() {
    let spec = NetworkSpec {
        hidden: vec![3, 4, 2],
        residual: true,
        biases: Biases::All,
        activation: Activation::Relu,
        l2: 0.0,
        outputs: Outputs::Number(LossSpec::Squared(Squared::new(true))),
    };
    drop(Network::<f64>::new(spec, &[1.0], 1, Answers::Numbers(&[1.0])));
}
