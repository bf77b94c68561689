//! Rules that ask, and rules that are told the diagonal of the Hessian, in sweeps: where they end and what they cost.

use sgdlab_sweeps::plan::Plan;
use sgdlab_sweeps::{Packing, Progress, Sweep, SweepError, catalogues};

fn sweep(axes: &str) -> Result<Sweep, SweepError> {
    let text = format!("name = \"methods\"\nquestion = \"Where do they end?\"\nreplicates = 1\n{axes}\n");
    let plan = Plan::parse(&text, "plan", &[], &catalogues()).unwrap_or_else(|errors| panic!("{errors}"));
    Sweep::new(plan, Packing::Automatic)
}

/// The last logged step of a run.
#[derive(Debug)]
struct Last {
    step: f64,
    evaluations: f64,
    value: f64,
    gap: f64,
    slope: f64,
}

/// The last logged step of every run, in the plan's order.
fn last_steps(axes: &str) -> Vec<Last> {
    let sweep = sweep(axes).unwrap_or_else(|error| panic!("{axes}\n{error}"));
    let mut found = Vec::new();
    let sink = |finished: sgdlab_sweeps::Finished<'_>| -> Result<(), SweepError> {
        let line = finished.rows.lines().last().expect("at least one row");
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap_or(f64::NAN)).collect();
        found.push(Last {
            step: fields[1],
            evaluations: fields[2],
            value: fields[4],
            gap: fields[8],
            slope: fields[10],
        });
        Ok(())
    };
    sweep.execute(2, &Progress::default(), sink).expect("nothing fails");
    found
}

/// Steps of the full batch at the rate 1 end within 10⁻¹² of the minimum, relative to it.
#[track_caller]
fn check_optimum(problem: &str, rule: &str, steps: u64) {
    let last = last_steps(&format!(
        "problems = {problem}\nrules = {rule}\nrates = 1\nsamplers = \"full-batch\"\nmetrics = [\"gap\"]\n\
         budget = {{ steps = {steps} }}"
    ));
    let [Last { value, gap, .. }] = last[..] else { panic!("one run") };
    assert!(gap.abs() <= 1e-12 * (value - gap), "{rule} on {problem}: {gap:e} above {}", value - gap);
}

#[test]
fn newton_reaches_the_minimum() {
    check_optimum("\"ridge\"", "\"newton\"", 1);
    check_optimum("\"noisy-quadratic\"", "\"newton\"", 1);
    check_optimum("{ name = \"logistic\", l2 = 0.01 }", "\"newton\"", 8);
    check_optimum("{ name = \"logistic\", data = \"wine\", positive = \"class_1\", l2 = 0.1 }", "\"newton\"", 6);
    check_optimum("{ name = \"softmax\", data = \"iris\", l2 = 0.1 }", "\"newton\"", 7);
    check_optimum(
        "{ name = \"softmax\", data = \"wine\", l2 = 0.01 }",
        "{ name = \"newton\", curvature = \"gauss-newton\" }",
        9,
    );
}

#[test]
fn reweighted_least_squares_reach_the_minimum() {
    check_optimum("\"ridge\"", "\"irls\"", 1);
    check_optimum("{ name = \"logistic\", l2 = 0.01 }", "\"irls\"", 8);
    check_optimum("{ name = \"softmax\", data = \"iris\", l2 = 0.1 }", "\"irls\"", 7);
    check_optimum("{ name = \"line\", loss = \"huber\" }", "\"irls\"", 40);
    check_optimum("{ name = \"linear\", loss = { name = \"huber\", delta = 40 }, l2 = 0.5 }", "\"irls\"", 40);
    check_optimum("{ name = \"line\", loss = \"log-cosh\" }", "\"irls\"", 40);
    check_optimum("{ name = \"line\", loss = \"absolute\" }", "{ name = \"irls\", floor = 1e-13 }", 120);
}

#[test]
fn fisher_scoring_finds_where_likelihoods_are_flat() {
    // These losses are convex, and their minimum is not among the facts of a problem.
    // Weights of the gamma loss are 1: the first step goes far beyond targets of 150, and each of the next back by 1.
    let cases =
        [("poisson-nll", "iris", [9, 9]), ("half-gamma", "diabetes", [12, 170]), ("half-tweedie", "iris", [9, 60])];
    for (loss, data, steps) in cases {
        for (rule, steps) in ["newton", "irls"].into_iter().zip(steps) {
            let last = last_steps(&format!(
                "problems = {{ name = \"linear\", data = \"{data}\", loss = \"{loss}\", l2 = 0.1 }}\n\
                 rules = \"{rule}\"\nrates = 1\nsamplers = \"full-batch\"\nmetrics = [\"gradient-norm\"]\n\
                 budget = {{ steps = {steps} }}"
            ));
            assert!(last[0].slope <= 1e-12, "{rule} under {loss}: {last:?}");
        }
    }
}

#[test]
fn lbfgs_reaches_the_minimum() {
    let rule = "{ name = \"lbfgs\", line-search-fn = \"strong-wolfe\", tolerance-grad = 1e-10, tolerance-change = 0 }";
    check_optimum("{ name = \"logistic\", l2 = 0.01 }", rule, 3);
    check_optimum("{ name = \"softmax\", data = \"iris\", l2 = 0.1 }", rule, 3);
    check_optimum("{ name = \"line\", loss = \"huber\" }", rule, 3);
}

#[test]
fn evaluations_are_those_that_rules_document() {
    // 150 flowers in batches of 30, 15 parameters; the line has 2 parameters, and a minimum before the steps end.
    let axes = |rules: &str| {
        format!(
            "problems = {{ name = \"softmax\", data = \"iris\", l2 = 0.1 }}\nrules = {rules}\nrates = 0.01\n\
             batch-sizes = 30\nbudget = {{ steps = 20 }}"
        )
    };
    let rules = "[\"newton\", \"irls\", \"adahessian\", \"sophia\", { name = \"sophia\", label = \"rare\", update-period = 7 }, \
                 { name = \"lbfgs\", max-iter = 1 }, { name = \"lbfgs\", label = \"four\", max-iter = 4 }, \"sgd\"]";
    let counted: Vec<f64> = last_steps(&axes(rules)).iter().map(|last| last.evaluations / 30.0).collect();
    assert_eq!(counted, [320.0, 320.0, 40.0, 22.0, 23.0, 20.0, 80.0, 20.0]);
    // At least a gradient and a value a step.
    let armijo = &last_steps(&axes("{ name = \"armijo\", reset = \"rate\" }"))[0];
    assert!(armijo.evaluations >= 40.0 * 30.0 && armijo.evaluations % 30.0 == 0.0, "{armijo:?}");
}

#[test]
fn budgets_of_evaluations_are_spent() {
    let axes = "problems = { name = \"softmax\", data = \"iris\", l2 = 0.1 }\nbatch-sizes = 30\nrates = 0.01\n\
                rules = [\"newton\", \"adahessian\", \"sophia\", \"lbfgs\", \"armijo\"]\nbudget = { evaluations = 9000 }";
    let last = last_steps(axes);
    // 16, 2 and 11/10 evaluations of each of 30 terms in a step.
    assert_eq!([last[0].step, last[1].step, last[2].step], [19.0, 150.0, 272.0]);
    for last in &last {
        // No step begins once the budget is spent, and none of these takes more than 25 evaluations of its batch.
        assert!((9000.0..9000.0 + 25.0 * 30.0).contains(&last.evaluations), "{last:?}");
    }
}

#[test]
fn schedules_end_where_a_budget_of_evaluations_does() {
    // Rates fall until the end of a run over 150 flowers.
    let ends = |(sampler, estimator): (&str, &str), batch: u32, budget: &str| {
        let last = last_steps(&format!(
            "problems = {{ name = \"softmax\", data = \"iris\", l2 = 0.1 }}\nrates = 0.1\nbatch-sizes = {batch}\n\
             rules = \"sgd\"\nschedules = \"linear\"\nsamplers = {sampler}\n\
             estimators = \"{estimator}\"\nbudget = {budget}"
        ));
        (last[0].step, last[0].evaluations, last[0].value)
    };
    let twice = "{ name = \"growing\", base = \"full-batch\", factor = 2, every = 1, unit = \"steps\", limit = 2 }";
    let drop = "{ name = \"reshuffle\", remainder = \"drop\" }";
    for (method, batch, steps, evaluations) in [
        (("\"full-batch\"", "plain"), 10, 4, 600),
        ((twice, "plain"), 10, 4, 1050),
        (("\"with-replacement\"", "plain"), 100, 12, 1200),
        (("\"with-replacement\"", "plain"), 600, 3, 1800),
        (("\"reshuffle\"", "plain"), 100, 8, 600),
        ((drop, "plain"), 100, 6, 600),
        // All terms are paid for first, and again after two epochs.
        (("\"reshuffle\"", "svrg"), 10, 3, 210),
        (("\"reshuffle\"", "svrg"), 10, 31, 920),
        (("\"reshuffle\"", "sarah"), 10, 3, 190),
        (("\"reshuffle\"", "saga"), 10, 3, 180),
    ] {
        let spent = ends(method, batch, &format!("{{ evaluations = {evaluations} }}"));
        assert_eq!(spent, ends(method, batch, &format!("{{ steps = {steps} }}")), "{method:?}");
        assert_eq!((spent.0, spent.1), (f64::from(steps), f64::from(evaluations)), "{method:?}");
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    let refused = |axes: &str| {
        let axes = format!("{axes}\nrates = 1\nbudget = {{ steps = 1 }}");
        sweep(&axes).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(
        refused("problems = \"line\"\nrules = [\"sgd\", \"lbfgs\"]\nestimators = [\"plain\", \"svrg\"]"),
        "rule \"lbfgs\" computes gradients itself, which estimator \"svrg\" cannot change: exclude this combination"
    );
    assert_eq!(
        refused("problems = \"mlp\"\nrules = \"newton\""),
        "rule \"newton\" takes at most 1024 parameters, and problem \"mlp\" has 2410: exclude this combination"
    );
    let excluded = "problems = \"line\"\nrules = [\"sgd\", \"lbfgs\"]\nestimators = [\"plain\", \"svrg\"]\n\
                    rates = 1\nbudget = { steps = 1 }\n[[exclude]]\nrule = \"lbfgs\"\nestimator = \"svrg\"";
    assert_eq!(sweep(excluded).map(|sweep| sweep.runs().len()).ok(), Some(3));
}
