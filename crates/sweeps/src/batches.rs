//! Runs of every sampler: what they cost, how many epochs they are, and who shares a pack.

use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Sample};
use sgdlab_samplers::BatchBuffer;

use crate::drawn::Drawn;
use crate::pack::Packing;
use crate::plan::Plan;
use crate::sweep::Sweep;
use crate::{Finished, Progress, SweepError, catalogues};

const IRIS: &str = "{ name = \"softmax\", data = \"iris\" }";

/// A plan of SGD in batches of 6, with six rates so that runs share packs.
fn sweep(problem: &str, samplers: &str, rest: &str) -> Result<Sweep, SweepError> {
    let text = format!(
        "name = \"a\"\nquestion = \"b\"\nproblems = {problem}\nrules = \"sgd\"\nreplicates = 2\nbatch-sizes = 6\n\
         rates = [0.001, 0.002, 0.003, 0.004, 0.005, 0.006]\nsamplers = {samplers}\n{rest}\n"
    );
    let plan = Plan::parse(&text, "plan", &[], &catalogues()).unwrap_or_else(|errors| panic!("{errors}"));
    Sweep::new(plan, Packing::Automatic)
}

/// Steps, epochs and evaluations of each run, as `runs.csv` has them.
fn outcomes(sweep: &Sweep) -> Vec<[String; 3]> {
    let mut outcomes = Vec::new();
    let sink = |finished: Finished<'_>| {
        let fields: Vec<&str> = finished.summary.split(',').collect();
        let done = fields.iter().position(|field| *field == "done").expect("nothing diverges");
        outcomes.push([1, 2, 3].map(|k| fields[done + k].to_owned()));
        Ok::<(), SweepError>(())
    };
    sweep.execute(1, &Progress::default(), sink).expect("nothing fails");
    outcomes
}

/// Every sampler, with some of their variants.
fn samplers() -> Vec<String> {
    let variants = [
        "{ name = \"reshuffle\", order = \"bijection\" }",
        "{ name = \"poisson\", estimator = \"ratio\" }",
        "{ name = \"stratified\", allocation = \"neyman\" }",
        "{ name = \"importance\", by = \"gradient-norms\", mix = 0.5 }",
        "{ name = \"class-balanced\", reweight = true }",
        "{ name = \"block\", order = \"cyclic\" }",
        "{ name = \"sobol\", grid = [15, 10] }",
        "{ name = \"growing\", base = \"poisson\", every = 3, unit = \"steps\" }",
    ];
    let entries = sgdlab_samplers::entries();
    entries.iter().map(|entry| format!("\"{}\"", entry.name)).chain(variants.map(str::to_owned)).collect()
}

#[test]
fn every_sampler_costs_the_terms_of_its_batches() {
    for sampler in samplers() {
        let sweep =
            sweep(IRIS, &sampler, "budget = { steps = 40 }").unwrap_or_else(|error| panic!("{sampler}: {error}"));
        for (run, [steps, epochs, evaluations]) in sweep.runs().iter().zip(outcomes(&sweep)) {
            let mut bound = sweep.sampler(&run.cell, run.replicate).unwrap();
            let mut batch = BatchBuffer::with_capacity(bound.largest_batch());
            let parameters = sweep.problems()[0].layout().size();
            let size = |step| {
                bound.fill(step, &mut batch);
                // The sizes of batches do not depend on gradients.
                bound.observe(step, &vec![0.0; parameters]);
                batch.indices.len() as u64
            };
            assert_eq!(evaluations, (0..40).map(size).sum::<u64>().to_string(), "{sampler}");
            assert_eq!(steps, "40", "{sampler}");
            let per_epoch = if sampler.contains("full-batch") { 1.0 } else { 25.0 };
            let exact = bound.batches(40) as f64 / per_epoch;
            assert_eq!(epochs.parse::<f64>().unwrap(), exact, "{sampler}");
        }
    }
}

#[test]
fn samples_of_random_size_cost_what_they_are() {
    let sweep = sweep(IRIS, "\"poisson\"", "budget = { steps = 100 }").unwrap();
    let found: Vec<u64> = outcomes(&sweep).iter().map(|[_, _, evaluations]| evaluations.parse().unwrap()).collect();
    assert!(
        found.iter().all(|&n| n.abs_diff(600) < 5 * 24 && n != 600),
        "{found:?}: 600 ± 24 (one standard deviation)"
    );
    assert!(found[0] != found[1], "replicates differ");
}

/// Epochs of 25 batches: 25 steps of 1, 13 of 2, 7 of 4 are 79 batches; 3 epochs end in step 44 with 75 of them.
#[test]
fn budgets_and_epochs_count_the_terms_of_growing_batches() {
    let growing = "{ name = \"growing\", base = \"with-replacement\" }";
    let of = |budget: &str| outcomes(&sweep(IRIS, growing, budget).unwrap())[0].clone();
    assert_eq!(of("budget = { epochs = 3 }"), ["44", "3.0", "450"]);
    assert_eq!(of("budget = { evaluations = 450 }"), ["44", "3.0", "450"]);
    assert_eq!(of("budget = { steps = 44 }"), ["44", "3.0", "450"]);
    let rows = |log: &str| {
        let sweep = sweep(IRIS, growing, &format!("budget = {{ epochs = 3 }}\nlog = {log}")).unwrap();
        let mut steps = Vec::new();
        let sink = |finished: Finished<'_>| {
            if finished.run == 0 {
                steps = finished.rows.lines().map(|row| row.split(',').nth(1).unwrap().to_owned()).collect();
            }
            Ok::<(), SweepError>(())
        };
        sweep.execute(1, &Progress::default(), sink).unwrap();
        steps.join(" ")
    };
    // Batches 25, 50 and 75 are used up after steps 25, 38 (51 of them) and 44.
    assert_eq!(rows("{ every-epochs = 1 }"), "0 25 38 44");
    assert_eq!(rows("{ every-steps = 20 }"), "0 20 40 44");
}

#[test]
fn runs_that_observe_gradients_are_alone() {
    let sweep = sweep(IRIS, "[\"reshuffle\", \"importance\", \"grab\"]", "budget = { steps = 1 }").unwrap();
    for pack in sweep.packs().iter() {
        let observes = sweep.runs().cell(pack[0]).sampler == 2;
        assert_eq!(pack.len(), if observes { 1 } else { 6 });
    }
}

/// The final parameters of all runs, as `parameters.csv` has them.
fn parameters(sweep: &Sweep) -> Vec<Vec<f64>> {
    let size = sweep.problems()[0].layout().size();
    let mut parameters = Vec::new();
    let sink = |finished: Finished<'_>| {
        let numbers: Vec<f64> =
            finished.parameters.lines().map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
        parameters.push(numbers[numbers.len() - size..].to_vec());
        Ok::<(), SweepError>(())
    };
    sweep.execute(2, &Progress::default(), sink).expect("nothing fails");
    parameters
}

/// Gradient descent written out: the order of the second and third epoch is by the gradients of this very run.
#[test]
fn orders_are_by_the_gradients_of_the_run() {
    for balance in ["mean", "pair"] {
        let grab = format!("{{ name = \"grab\", balance = \"{balance}\" }}");
        let sweep = sweep(IRIS, &grab, "budget = { epochs = 3 }\nparameters = true").unwrap();
        let problem = &sweep.problems()[0];
        let objective: &dyn Objective<f64, 1> = problem.objective();
        let mut scratch = vec![[0.0]; objective.scratch(6)];
        for (run, found) in sweep.runs().iter().zip(parameters(&sweep)) {
            let mut sampler = sweep.sampler(&run.cell, run.replicate).unwrap();
            let mut batch = BatchBuffer::with_capacity(6);
            let mut x = vec![[0.0]; problem.layout().size()];
            let mut slopes = x.clone();
            for step in 0..75 {
                sampler.fill(step, &mut batch);
                objective.gradient(&x, Sample::of(&batch.indices), &mut scratch, &mut slopes);
                sampler.observe(step, slopes.as_flattened());
                x.iter_mut().zip(&slopes).for_each(|(x, g)| x[0] -= run.cell.rate * g[0]);
            }
            for (found, x) in found.iter().zip(&x) {
                assert!((found - x[0]).abs() <= 1e-14, "{balance}: {found}, not {}", x[0]);
            }
        }
    }
}

#[track_caller]
fn check_refused(problem: &str, sampler: &str, expected: &str) {
    let refused = sweep(problem, sampler, "budget = { steps = 1 }").err().expect("a refusal");
    assert_eq!(refused.to_string(), expected);
}

#[test]
fn what_a_problem_lacks_is_said() {
    let diabetes = "{ name = \"linear\", label = \"p\", data = \"diabetes\", loss = \"absolute\" }";
    check_refused(
        diabetes,
        "\"stratified\"",
        "sampler \"stratified\" on problem \"p\": stratified needs classes of the terms, which this problem does not have",
    );
    check_refused(
        diabetes,
        "\"importance\"",
        "sampler \"importance\" on problem \"p\": importance needs Lipschitz constants of its terms' gradients, \
         which this problem does not have",
    );
    check_refused(
        diabetes,
        "{ name = \"stratified\", strata = 7 }",
        "batch-sizes with sampler \"stratified\" on problem \"p\": stratified draws from each of 7 strata: \
         a batch of 6 is too small",
    );
    check_refused(
        diabetes,
        "{ name = \"importance\", by = \"weights\", weights = [1, 2] }",
        "sampler \"importance\" on problem \"p\": importance was given 2 weights, and needs 442",
    );
    for sampler in ["{ name = \"stratified\", strata = 3 }", "{ name = \"importance\", by = \"gradient-norms\" }"] {
        assert!(sweep(diabetes, sampler, "budget = { steps = 1 }").is_ok(), "{sampler}");
    }
    check_refused(
        IRIS,
        "{ name = \"growing\", limit = 10000000 }",
        "problem \"softmax\": 60000000 terms per batch, where at most 16777216 are accepted",
    );
}

/// Every sampler on 150 terms in batches of 6, and orders that are cut into batches with two terms left over.
fn with_samplers(mut see: impl FnMut(&str, &Sweep)) {
    for sampler in samplers() {
        see(&sampler, &sweep(IRIS, &sampler, "budget = { steps = 40 }").unwrap());
    }
    for remainder in ["keep", "drop", "wrap", "rescale"] {
        for name in ["reshuffle", "sequential"] {
            let sampler = format!("{{ name = \"{name}\", remainder = \"{remainder}\" }}");
            // A line has 50 points: 8 batches and a short one, or another one that is whole.
            see(&sampler, &sweep("\"line\"", &sampler, "budget = { steps = 40 }").unwrap());
        }
    }
}

/// Batches of a step and of those that are ahead, whatever was asked for before.
#[test]
fn packs_share_the_batches_that_their_sampler_draws() {
    with_samplers(|text, sweep| {
        let cell = sweep.runs().cell(0);
        let (of, drawn) = ((0, Key::new("drawn")), Drawn::default());
        for _ in 0..3 {
            let mut own = sweep.sampler(&cell, 0).unwrap();
            let mut shared = drawn.share(of, 40, sweep.sampler(&cell, 0).unwrap());
            assert_eq!(shared.observes(), own.observes(), "{text}");
            if own.observes() {
                continue;
            }
            let largest = own.largest_batch();
            let [mut expected, mut found] = [0; 2].map(|_| BatchBuffer::with_capacity(largest));
            // The last two are beyond what is drawn for all.
            for step in [3, 0, 1, 39, 7, 8, 9, 24, 25, 26, 38, 40, 77] {
                own.fill(step, &mut expected);
                shared.fill(step, &mut found);
                assert_eq!(found, expected, "{text}, step {step}");
                let ahead = shared.ahead(step).map(<[u32]>::to_vec).unwrap_or_default();
                assert_eq!(ahead.len() % largest, 0, "{text}");
                for (step, terms) in (step..).zip(ahead.chunks_exact(largest)) {
                    own.fill(step, &mut expected);
                    assert_eq!((terms, expected.scale), (&*expected.indices, 1.0), "{text}, step {step}");
                }
            }
            assert_eq!((shared.batches_per_epoch(), shared.batches(7)), (own.batches_per_epoch(), own.batches(7)));
        }
    });
}

/// Whoever asks first draws, and nothing is kept; whoever asks second keeps what others get.
#[test]
fn batches_are_drawn_ahead_once_two_packs_want_them() {
    let sweep = sweep(IRIS, "\"reshuffle\"", "budget = { steps = 40 }").unwrap();
    let (drawn, cell) = (Drawn::default(), sweep.runs().cell(0));
    let ahead = |problem, steps| {
        let mut sampler = drawn.share((problem, Key::new("drawn")), steps, sweep.sampler(&cell, 0).unwrap());
        sampler.ahead(0).map(<[u32]>::len)
    };
    // An epoch has 150 terms in batches of 6; 80 steps are more than were drawn before.
    assert_eq!([40, 40, 40, 80, 30].map(|steps| ahead(0, steps)), [150, 240, 240, 480, 480].map(Some));
    assert_eq!([ahead(1, 40), ahead(1, 40)], [Some(150), Some(240)]);
    assert_eq!([1, 2, 3].map(|_| ahead(2, 1 << 20)), [Some(150); 3], "too many are not kept");
}

/// Problems of the same data differ in what samplers see of them: each has the rows that it has without the others.
#[test]
fn problems_do_not_get_each_others_batches() {
    let problems = [
        "{ name = \"softmax\", label = \"a\", data = \"iris\" }",
        "{ name = \"softmax\", label = \"b\", data = \"iris\", l2 = 0.5 }",
        "{ name = \"softmax\", label = \"c\", data = \"iris\", test = 0.25 }",
        "{ name = \"mlp\", label = \"d\", data = \"iris\", hidden = [3] }",
    ];
    let samplers = "[\"reshuffle\", \"class-balanced\", { name = \"importance\", by = \"gradient-norms\", mix = 0.5 }]";
    let rows = |problems: &str| {
        let rest = "budget = { steps = 30 }\nlog = { every-steps = 10 }";
        let text = format!(
            "name = \"a\"\nquestion = \"b\"\nproblems = [{problems}]\nrules = [\"sgd\", \"adam\", \"lion\"]\n\
             replicates = 2\nbatch-sizes = 6\nrates = 0.01\nsamplers = {samplers}\n{rest}\n"
        );
        let plan = Plan::parse(&text, "plan", &[], &catalogues()).unwrap_or_else(|errors| panic!("{errors}"));
        let mut rows = String::new();
        let sink = |finished: Finished<'_>| {
            rows.push_str(finished.rows);
            Ok::<(), SweepError>(())
        };
        Sweep::new(plan, Packing::Automatic).unwrap().execute(1, &Progress::default(), sink).unwrap();
        rows
    };
    assert_eq!(rows(&problems.join(", ")), problems.map(rows).concat());
}
