//! Metrics that take products with the Hessian, in sweeps.

use nalgebra::DMatrix;
use sgdlab_core::Objective;
use sgdlab_landscapes::curvature::{Hessian, Noise, Operator};
use sgdlab_objectives::Stored;
use sgdlab_sweeps::columns::rows_header;
use sgdlab_sweeps::plan::{Metric, Plan};
use sgdlab_sweeps::{Finished, Packing, Progress, Sweep, SweepError, catalogues};

fn sweep(axes: &str, packing: Packing) -> Sweep {
    let text = format!("name = \"curvature\"\nquestion = \"How does it curve?\"\n{axes}\n");
    let plan = Plan::parse(&text, "plan", &[], &catalogues()).unwrap_or_else(|errors| panic!("{errors}"));
    Sweep::new(plan, packing).unwrap_or_else(|error| panic!("{axes}\n{error}"))
}

/// The lines of the rows of each run, and those of its parameters.
fn lines(sweep: &Sweep, threads: usize) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let sink = |finished: Finished<'_>| -> Result<(), SweepError> {
        found.push((finished.rows.to_owned(), finished.parameters.to_owned()));
        Ok(())
    };
    sweep.execute(threads, &Progress::default(), sink).expect("nothing fails");
    found
}

/// The numbers of a row by the names of the columns.
fn numbers(line: &str, metrics: &[Metric]) -> impl Fn(&str) -> f64 {
    let header = rows_header(metrics);
    let names: Vec<String> = header.trim_end().split(',').map(str::to_owned).collect();
    let fields: Vec<String> = line.split(',').map(str::to_owned).collect();
    assert_eq!(names.len(), fields.len(), "{line}");
    move |name| fields[names.iter().position(|known| known == name).expect("a column")].parse().unwrap_or(f64::NAN)
}

const CURVATURES: [Metric; 3] = [Metric::Sharpness, Metric::HessianTrace, Metric::NoiseCurvature];

const QUADRATIC: &str = "\
problems = { name = \"noisy-quadratic\", dimension = 12, smallest = 1, largest = 50 }
rules = [\"sgd\", { name = \"sgd\", label = \"momentum\", momentum = 0.5 }]
rates = [0.001, 0.002, 0.004, 0.01, 0.02, 0.03]
schedules = \"exponential\"
replicates = 2
budget = { steps = 12 }
log = { every-steps = 4 }
";

#[test]
fn a_quadratic_has_the_numbers_of_its_spectrum() {
    let axes =
        format!("{QUADRATIC}metrics = [\"noise-curvature\", \"sharpness\", \"hessian-trace\"]\nparameters = true");
    let sweep = sweep(&axes, Packing::Automatic);
    let sgdlab_sweeps::Problem::Model(model) = &sweep.problems()[0] else { panic!("it is no landscape") };
    let objective: &dyn Objective<f64, 1> = f64::model(model).objective();
    let exact = dense(objective, &[1.0; 12]);
    let (greatest, trace) = (exact.symmetric_eigenvalues().max(), exact.trace());
    let noise = Noise::at(objective, &[1.0; 12]).curvature_trace;
    for (rows, _) in lines(&sweep, 2) {
        for line in rows.lines() {
            let of = numbers(line, &CURVATURES);
            assert!((of("sharpness") - greatest).abs() <= 1e-12 * greatest, "{line}");
            assert!(of("sharpness_bound") <= 1e-6 * greatest);
            assert_eq!(of("sharpness_ratio"), 0.5 * of("sharpness") * of("lr"));
            // The matrix is diagonal, and signs have no noise.
            assert!((of("hessian_trace") - trace).abs() <= 1e-12 * trace && of("hessian_trace_error") <= 1e-12 * trace);
            let away = (of("noise_curvature") - noise) / of("noise_curvature_error");
            assert!(away.abs() < 4.5, "{away} standard errors");
            assert_eq!(line.split(',').count(), rows_header(&CURVATURES).split(',').count());
        }
    }
}

/// By products with all unit vectors.
fn dense(objective: &dyn Objective<f64, 1>, at: &[f64]) -> DMatrix<f64> {
    let mut entries = DMatrix::zeros(at.len(), at.len());
    let mut unit = vec![0.0; at.len()];
    for j in 0..at.len() {
        unit[j] = 1.0;
        Hessian::new(objective, at).times(&unit, entries.column_mut(j).as_mut_slice());
        unit[j] = 0.0;
    }
    entries
}

const NETWORK: &str = "\
problems = { name = \"mlp\", data = \"iris\", hidden = [5, 4], activation = \"tanh\" }
rules = \"sgd\"
rates = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4]
batch-sizes = 50
replicates = 1
budget = { steps = 40 }
log = { every-steps = 20 }
parameters = true
";

#[test]
fn a_network_has_the_numbers_of_its_dense_hessian() {
    let metrics = "metrics = [\"sharpness\", \"hessian-trace\", \"noise-curvature\"]";
    for precision in ["f64", "f32"] {
        let sweep = sweep(&format!("{NETWORK}{metrics}\nprecision = \"{precision}\""), Packing::Automatic);
        let sgdlab_sweeps::Problem::Model(model) = &sweep.problems()[0] else { panic!("it is no landscape") };
        let objective: &dyn Objective<f64, 1> = f64::model(model).objective();
        for (rows, parameters) in lines(&sweep, 2) {
            let at: Vec<f64> =
                parameters.lines().map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
            for (line, at) in rows.lines().zip(at.chunks(objective.layout().size())) {
                let of = numbers(line, &CURVATURES);
                let exact = dense(objective, at);
                let greatest = exact.symmetric_eigenvalues().max();
                let (sharpness, bound) = (of("sharpness"), of("sharpness_bound"));
                assert!((sharpness - greatest).abs() <= bound + 1e-13 && bound <= 1e-6 * sharpness, "{line}");
                let away = (of("hessian_trace") - exact.trace()) / of("hessian_trace_error");
                assert!(away.abs() < 4.5, "{away} standard errors");
                let noise = Noise::at(objective, at).curvature_trace;
                let away = (of("noise_curvature") - noise) / of("noise_curvature_error");
                assert!(away.abs() < 4.5, "{away} standard errors");
            }
        }
    }
}

#[test]
fn rows_depend_neither_on_packs_nor_on_threads() {
    let metrics = "metrics = [\"hessian-trace\", \"sharpness\", \"noise-curvature\", \"gradient-norm\"]";
    for (axes, precision) in [(QUADRATIC, "f64"), (NETWORK, "f32"), (NETWORK, "f64")] {
        let axes = format!("{axes}{metrics}\nprecision = \"{precision}\"");
        let (packed, single) = (sweep(&axes, Packing::Automatic), sweep(&axes, Packing::Single));
        assert!(packed.packs().len() < single.packs().len());
        let found = lines(&packed, 1);
        assert!(found == lines(&packed, 3) && found == lines(&single, 2), "{axes}");
        let some: Vec<usize> = (0..packed.runs().len()).step_by(3).collect();
        let mut few = Vec::new();
        let sink = |finished: Finished<'_>| -> Result<(), SweepError> {
            few.push(finished.rows.to_owned());
            Ok(())
        };
        packed.execute_some(&some, 2, &Progress::default(), sink).expect("nothing fails");
        assert!(some.iter().zip(few).all(|(&run, rows)| found[run].0 == rows), "{axes}");
    }
}

/// What a plan measures beside does not change what else is in its rows.
#[test]
fn other_columns_are_those_without_curvature() {
    let with = sweep(&format!("{NETWORK}metrics = [\"error\", \"sharpness\"]"), Packing::Automatic);
    let without = sweep(&format!("{NETWORK}metrics = [\"error\"]"), Packing::Automatic);
    let start = |line: &str, fields: usize| line.split(',').skip(1).take(fields).collect::<Vec<_>>().join(",");
    let plain = rows_header(&[]);
    assert!(plain.ends_with("gradient_norm\n"));
    let fields = plain.split(',').count();
    for ((with, _), (without, _)) in lines(&with, 2).iter().zip(&lines(&without, 2)) {
        assert_eq!(with.lines().count(), without.lines().count());
        for (with, without) in with.lines().zip(without.lines()) {
            assert_eq!(start(with, fields - 1), start(without, usize::MAX));
            assert_eq!(with.split(',').count(), fields + 3);
        }
    }
}

#[test]
fn a_target_can_be_a_sharpness() {
    let axes = format!("{NETWORK}targets = {{ metric = \"sharpness\", values = [1e9, 0.0] }}");
    let sweep = sweep(&axes, Packing::Automatic);
    let mut ends = Vec::new();
    let sink = |finished: Finished<'_>| -> Result<(), SweepError> {
        let fields: Vec<&str> = finished.summary.trim_end().rsplit(',').take(4).collect();
        ends.push(fields.join(","));
        Ok(())
    };
    sweep.execute(1, &Progress::default(), sink).expect("nothing fails");
    assert!(ends.iter().all(|end| end == "inf,inf,0,0"), "{ends:?}");
}

#[test]
fn a_diverged_run_has_no_curvature_where_its_value_is_not_finite() {
    let axes = QUADRATIC.replace("0.03", "1e200") + "metrics = [\"sharpness\", \"hessian-trace\"]";
    let found = lines(&sweep(&axes, Packing::Automatic), 1);
    let finite = |line: &str| line.split(',').nth(4).is_some_and(|value| value.parse().is_ok_and(f64::is_finite));
    let last = found.iter().filter_map(|(rows, _)| rows.lines().last());
    let last: Vec<&str> = last.filter(|line| !finite(line)).collect();
    assert_eq!(last.len(), 4);
    assert!(last.iter().all(|line| line.ends_with(",NaN,NaN,NaN,NaN,NaN")), "{last:?}");
}

/// Every objective of the catalogue says whether it has products.
#[test]
fn the_objectives_of_the_catalogue_have_products() {
    for entry in sgdlab_sweeps::objectives() {
        let data = if entry.name == "sigmoid-neuron" { ", data = \"neuron-8\"" } else { "" };
        let axes = format!("problems = {{ name = \"{}\"{data} }}\nrules = \"sgd\"\nrates = 0.001", entry.name);
        let axes = axes + "\nreplicates = 1\nbatch-sizes = 2\nbudget = { steps = 1 }\nmetrics = [\"sharpness\"]";
        let found = lines(&sweep(&axes, Packing::Automatic), 1);
        assert!(found[0].0.lines().count() == 2, "{}: {found:?}", entry.name);
    }
}

#[test]
fn the_key_is_that_of_replicate_and_step() {
    let axes = format!("{NETWORK}metrics = [\"hessian-trace\"]\n").replace("replicates = 1", "replicates = 2");
    let axes = axes.replace("rates = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4]", "rates = [1e-300, 2e-300]");
    let found = lines(&sweep(&axes, Packing::Automatic), 1);
    let trace = |run: usize, line: usize| {
        numbers(found[run].0.lines().nth(line).unwrap(), &[Metric::HessianTrace])("hessian_trace")
    };
    let runs: Vec<[f64; 2]> = (0..found.len()).map(|run| [trace(run, 0), trace(run, 1)]).collect();
    // Nothing moves: two rates of a replicate share their vectors, steps and replicates do not.
    assert_eq!(runs.len(), 4);
    let shared = |run: &[f64; 2]| runs.iter().filter(|other| *other == run).count();
    assert!(runs.iter().all(|run| shared(run) == 2 && run[0] != run[1]), "{runs:?}");
}
