//! Diagonal linear networks: what their data are, and what the held-out ones say.

use sgdlab_core::WIDTH;
use sgdlab_objectives::{Model, Problem, Stored};

use crate::support::{close, everything, gradient_at, largest, load, point, single, value_at};

/// θ, which the known minimizer is made of.
fn teacher(problem: &Problem) -> Vec<f64> {
    let (u, v) = problem.facts().minimizer.as_ref().unwrap().split_at(problem.layout().size() / 2);
    u.iter().zip(v).map(|(u, v)| u * v).collect()
}

#[test]
fn the_teacher_is_sparse_and_of_norm_1_and_fits_every_term() {
    for (case, sparsity) in
        [("diagonal-network", 20), ("diagonal-network terms=9 dimension=6 sparsity=3 seed=7 alpha=0.01", 3)]
    {
        let problem = load(case);
        let teacher = teacher(&problem);
        close(teacher.iter().map(|w| w * w).sum::<f64>(), 1.0, 1e-14, case);
        assert!(teacher[..sparsity].iter().all(|&w| w > 0.0) && teacher[sparsity..].iter().all(|&w| w == 0.0));
        let minimizer = problem.facts().minimizer.as_ref().unwrap();
        assert_eq!(problem.facts().minimum, Some(0.0));
        assert_eq!(value_at(&problem, minimizer), 0.0, "{case}");
        assert!(problem.gradient_norms(minimizer).iter().all(|&norm| norm == 0.0), "{case}");
    }
}

#[test]
fn seeds_and_sizes_change_the_data_and_the_initial_point_does_not() {
    let checksum = |case: &str| load(case).checksum().to_owned();
    assert_eq!(checksum("diagonal-network"), checksum("diagonal-network alpha=0.3"));
    for other in ["seed=2", "terms=81", "dimension=201", "sparsity=19"] {
        assert_ne!(checksum("diagonal-network"), checksum(&format!("diagonal-network {other}")), "{other}");
    }
}

/// The mean of ½ ((θ − θ*)·x)² over Gaussian x is ½ ‖θ − θ*‖².
#[test]
fn held_out_values_are_half_the_squared_distance_to_the_teacher() {
    let case = "diagonal-network terms=5 dimension=30 sparsity=4";
    let problem = load(case);
    let teacher = teacher(&problem);
    let held_out = f64::held_out(&problem).unwrap().objective::<1>();
    let mut scratch = vec![[0.0]; held_out.scratch(1)];
    for k in 0..5 {
        let at = point(case, k, 0.5, 60);
        let square: f64 = (0..30).map(|j| (at[j] * at[30 + j] - teacher[j]).powi(2)).sum();
        close(held_out.evaluate(&single(&at), false, &mut scratch).value[0], 0.5 * square, 1e-14 * square, case);
    }
    assert_eq!(problem.held_out_terms(), 30);
}

/// Least squares without an intercept, by another model.
#[test]
fn on_data_the_minimum_is_that_of_least_squares() {
    for data in ["diabetes", "iris"] {
        let own = load(&format!("diagonal-network-on-data data={data}"));
        let linear = load(&format!("least-squares data={data} intercept=false"));
        let minimum = linear.facts().minimum.unwrap();
        close(own.facts().minimum.unwrap(), minimum, 1e-13 * minimum, data);
        let minimizer = own.facts().minimizer.as_ref().unwrap();
        close(value_at(&own, minimizer), minimum, 1e-13 * minimum, data);
        let slopes = largest(&gradient_at(&own, minimizer, &everything(&own)));
        assert!(slopes <= 1e-11 * minimum.max(1.0), "{data}: a slope of {slopes:e}");
    }
}

#[test]
fn rows_are_those_of_the_terms() {
    let problem = load("diagonal-network terms=4 dimension=3 sparsity=2");
    let Model::Diagonal(model) = f64::model(&problem) else { panic!("another model") };
    // At u = 1, v = 0 the slope in v is −y x; at u = 1, v = 1 it is (Σ x − y) x.
    for term in 0..4 {
        let row = model.row(term as usize);
        let [zero, one] = [0.0, 1.0].map(|v| gradient_at(&problem, &[1.0, 1.0, 1.0, v, v, v], &[term]));
        let sum: f64 = row.iter().sum();
        for j in 0..3 {
            close(one[3 + j] - zero[3 + j], sum * row[j], 1e-14, "the difference of slopes");
        }
    }
}

#[test]
fn lanes_are_what_scratch_is_counted_in() {
    let problem = load("diagonal-network terms=4 dimension=3 sparsity=2");
    let objective = f64::model(&problem).objective::<WIDTH>();
    assert_eq!([objective.scratch(1), objective.scratch(9)], [7, 12]);
    assert_eq!(objective.curvature_scratch(2), 10);
}
