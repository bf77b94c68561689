//! The statistics against SciPy, statsmodels, scikit-posthocs, rliable, cocopp and mpmath, as recorded
//! in `data/statistics` by `tests/peers/reference_statistics.py`.

use serde_json::Value;
use sgdlab_core::streams::Key;
use sgdlab_reports::statistics::{self, Attempt, Bootstrap, Design, Draw, Flips, Interval, Method, Options};

/// |a − b| ≤ `TOLERANCE` · max(1, |b|).
const TOLERANCE: f64 = 1e-10;

/// A record and where it is.
struct Record {
    place: String,
    fields: Value,
}

fn records(name: &str) -> Vec<Record> {
    let path = format!("{}/../../data/statistics/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("recorded statistics");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let records = document["records"].as_array().expect("records");
    assert!(!records.is_empty());
    let record =
        |(number, fields): (usize, &Value)| Record { place: format!("{name} {number}"), fields: fields.clone() };
    records.iter().enumerate().map(record).collect()
}

fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().expect("an infinity"),
        value => value.as_f64().expect("a number"),
    }
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

fn matrix(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().expect("a matrix").iter().map(list).collect()
}

fn slices(rows: &[Vec<f64>]) -> Vec<&[f64]> {
    rows.iter().map(Vec::as_slice).collect()
}

impl Record {
    fn has(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|value| !value.is_null())
    }

    fn number(&self, field: &str) -> f64 {
        number(&self.fields[field])
    }

    fn count(&self, field: &str) -> usize {
        self.number(field) as usize
    }

    fn list(&self, field: &str) -> Vec<f64> {
        list(&self.fields[field])
    }

    fn matrix(&self, field: &str) -> Vec<Vec<f64>> {
        matrix(&self.fields[field])
    }

    fn text(&self, field: &str) -> &str {
        self.fields[field].as_str().expect("a text")
    }

    /// Whether a number is the recorded one; nothing recorded is fine.
    #[track_caller]
    fn check(&self, field: &str, found: f64) {
        if self.has(field) {
            self.near(field, found, self.number(field));
        }
    }

    #[track_caller]
    fn check_all(&self, field: &str, found: &[f64]) {
        let expected = self.list(field);
        assert_eq!(found.len(), expected.len(), "{}: {field}", self.place);
        found.iter().zip(expected).for_each(|(&found, expected)| self.near(field, found, expected));
    }

    #[track_caller]
    fn near(&self, field: &str, found: f64, expected: f64) {
        let equal = found == expected || (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
        assert!(equal, "{}: {field} is {found}, recorded is {expected}", self.place);
    }
}

#[test]
fn locations_are_those_of_scipy_and_rliable() {
    for record in records("location") {
        let numbers = record.list("numbers");
        let quantiles: Vec<f64> = record.list("q").iter().map(|&q| statistics::quantile(&numbers, q)).collect();
        record.check_all("quantiles", &quantiles);
        record.check("mean", statistics::mean(&numbers));
        record.check("iqr", statistics::iqr(&numbers));
        record.check("standard_deviation", statistics::standard_deviation(&numbers));
        record.check("iqm", statistics::iqm(&numbers));
        let trimmed: Vec<f64> =
            record.list("cuts").iter().map(|&cut| statistics::trimmed_mean(&numbers, cut)).collect();
        record.check_all("trimmed_means", &trimmed);
    }
}

#[test]
fn paired_tests_are_those_of_scipy() {
    let flips = Flips::of(Key::new("peers"));
    for record in records("paired") {
        let differences = record.list("differences");
        let test = statistics::wilcoxon(&differences).expect("a test");
        record.check("wilcoxon", test.p_value);
        let normal = record.text("kind") == "asymptotic";
        assert_eq!(test.method, if normal { Method::Normal } else { Method::Exact }, "{}", record.place);
        if record.has("sign_flip") {
            let test = statistics::sign_flip(&differences, &flips).expect("a test");
            record.check("sign_flip", test.p_value);
            assert_eq!(test.method, Method::Exact);
        }
    }
}

fn statistic(name: &str) -> fn(&[f64]) -> f64 {
    match name {
        "mean" => statistics::mean,
        "median" => statistics::median,
        "iqm" => statistics::iqm,
        name => panic!("{name} is no statistic"),
    }
}

/// The distribution over all nⁿ resamples, and the acceleration, which does not depend on what is drawn.
fn all_resamples(numbers: &[f64], statistic: fn(&[f64]) -> f64) -> Bootstrap {
    let n = numbers.len();
    let resample = |code: usize| (0..n).map(|place| numbers[code / n.pow(place as u32) % n]).collect::<Vec<_>>();
    let mut resamples: Vec<f64> = (0..n.pow(n as u32)).map(|code| statistic(&resample(code))).collect();
    resamples.sort_by(f64::total_cmp);
    let options = Options { resamples: 1, ..Options::of(Key::new("peers")) };
    let drawn = Bootstrap::draw(&[numbers], |strata| statistic(&strata[0]), &options).expect("a resample");
    Bootstrap { resamples, ..drawn }
}

#[track_caller]
fn within(record: &Record, field: &str, found: Option<Interval>) {
    let Interval { low, high } = found.expect("an interval");
    for (end, bounds) in [low, high].iter().zip(record.matrix(field)) {
        assert!(
            bounds[0] <= *end && *end <= bounds[1],
            "{}: {field} has the end {end}, not in {bounds:?}",
            record.place
        );
    }
}

#[test]
fn bootstrap_intervals_are_those_of_scipy_and_rliable() {
    for record in records("bootstrap") {
        let confidence = record.number("confidence");
        let statistic = statistic(record.text("statistic"));
        if record.text("kind") == "all resamples" {
            let bootstrap = all_resamples(&record.list("numbers"), statistic);
            let ends =
                |interval: Option<Interval>| interval.map(|Interval { low, high }| [low, high]).expect("an interval");
            record.check_all("percentile", &ends(bootstrap.percentile(confidence)));
            record.check_all("bca", &ends(bootstrap.bca(confidence)));
            continue;
        }
        let resamples = record.count("resamples") as u32;
        let options = Options { resamples, ..Options::of(Key::new("peers")) };
        let strata = if record.has("strata") { record.matrix("strata") } else { vec![record.list("numbers")] };
        let bootstrap =
            Bootstrap::draw(&slices(&strata), |strata| statistic(&strata.concat()), &options).expect("numbers");
        within(&record, "percentile", bootstrap.percentile(confidence));
        if record.has("bca") {
            within(&record, "bca", bootstrap.bca(confidence));
        }
    }
}

#[test]
fn friedman_and_nemenyi_are_those_of_scipy_and_scikit_posthocs() {
    for record in records("friedman") {
        let scores = record.matrix("scores");
        let test = statistics::friedman(&slices(&scores)).expect("scores");
        record.check_all("mean_ranks", &test.mean_ranks);
        record.check("statistic", test.statistic);
        record.check("p_value", test.p_value);
        record.check("iman_davenport", test.iman_davenport);
        if record.has("exact") {
            record.check("exact", test.exact.expect("few orders"));
        }
        for (found, expected) in statistics::nemenyi(&test).iter().zip(record.matrix("nemenyi")) {
            found.iter().zip(expected).for_each(|(&found, expected)| record.near("nemenyi", found, expected));
        }
    }
}

#[test]
fn the_studentized_range_is_that_of_mpmath_and_scipy() {
    for record in records("studentized_range") {
        let k = record.count("k");
        let found = if record.has("q") {
            statistics::studentized_range_p_value(record.number("q"), k)
        } else {
            statistics::studentized_range_quantile(record.number("alpha"), k)
        };
        record.check("exact", found.expect("a number"));
        record.check("scipy", found.expect("a number"));
    }
}

#[test]
fn holm_is_that_of_statsmodels() {
    for record in records("holm") {
        record.check_all("adjusted", &statistics::holm(&record.list("p_values")).expect("probabilities"));
    }
}

#[test]
fn improvements_and_distributions_are_those_of_rliable() {
    for record in records("improvement") {
        let (x, y) = (record.matrix("x"), record.matrix("y"));
        let found = statistics::probability_of_improvement(&slices(&x), &slices(&y));
        record.check("probability", found.expect("runs"));
        record.check("first_task", statistics::probability_of_smaller(&x[0], &y[0]).expect("runs"));
        let distribution = statistics::score_distribution(&slices(&y)).expect("runs");
        let below: Vec<f64> = record.list("taus").iter().map(|&tau| distribution.at(tau)).collect();
        record.check_all("below", &below);
    }
}

#[test]
fn ratios_and_effects_are_those_of_scipy() {
    for record in records("ratios") {
        let (a, b) = (record.list("a"), record.list("b"));
        record.check("ratio", statistics::geometric_mean_ratio(&a, &b).expect("costs"));
        let differences = statistics::differences(&a, &b).expect("pairs");
        if record.has("standardized") {
            record.check("standardized", statistics::standardized_difference(&differences).expect("a spread"));
        }
    }
}

#[test]
fn runtimes_are_those_of_cocopp() {
    for record in records("coco") {
        let (cost, spent) = (record.list("cost"), record.list("spent"));
        let runs: Vec<Attempt> = cost.iter().zip(spent).map(|(&cost, spent)| Attempt { cost, spent }).collect();
        record.check("art", statistics::art(&runs).expect("runs"));
        record.check("success_rate", statistics::success_rate(&runs).expect("runs"));
        if record.has("restarts") {
            let found = statistics::simulated_restarts(&runs, runs.len(), Key::new("peers")).expect("runs");
            record.check_all("restarts", &found);
            // The distribution function of cocopp goes from 0 to 1 in equal steps over these.
            let solved = statistics::ecdf(&found).expect("costs");
            for (place, &cost) in found.iter().enumerate() {
                record.near("ecdf", solved.at(cost), (place + 1) as f64 / found.len() as f64);
            }
        }
        if record.has("samples") {
            let found =
                statistics::simulated_restarts(&runs, record.count("samples"), Key::new("peers")).expect("runs");
            for (share, bounds) in record.list("shares").iter().zip(record.matrix("quantiles")) {
                let quantile = statistics::quantile(&found, *share);
                let inside = bounds[0] <= quantile && quantile <= bounds[1];
                assert!(inside, "{}: quantile {share} is {quantile}, not in {bounds:?}", record.place);
            }
        }
    }
}

#[test]
fn profiles_are_those_of_their_definition_and_scores_those_of_algoperf() {
    for record in records("profiles") {
        let costs = record.matrix("costs");
        let costs = slices(&costs);
        let check = |field: &str, arguments: &[f64], profiles: Option<Vec<statistics::Profile>>| {
            let (profiles, expected) = (profiles.expect("costs"), record.matrix(field));
            assert_eq!(profiles.len(), expected.len());
            for (profile, expected) in profiles.iter().zip(expected) {
                for (&argument, expected) in arguments.iter().zip(expected) {
                    record.near(field, profile.solved.at(argument), expected);
                }
            }
        };
        check("performance", &record.list("taus"), statistics::performance_profiles(&costs));
        check("without_leader", &record.list("taus"), statistics::profiles_without_leader(&costs));
        let units = record.list("units");
        check("data", &record.list("budgets"), statistics::data_profiles(&costs, &units));
        assert_eq!(statistics::leader(&costs), Some(record.count("leader")));
        // The trapezoidal rule has half a step of each jump wrong, at most, and all jumps together are 1.
        let bound = 0.5 * record.number("step") / 3.0;
        for (found, expected) in
            statistics::algoperf_score(&costs, 4.0).expect("costs").iter().zip(record.list("algoperf"))
        {
            assert!((found - expected).abs() <= bound, "{}: {found}, recorded is {expected}", record.place);
        }
    }
}

#[test]
fn expected_bests_are_those_of_all_draws() {
    for record in records("tuning") {
        let (scores, k) = (record.list("scores"), record.count("k"));
        record.check("with", statistics::expected_best(&scores, k, Draw::WithReplacement).expect("scores"));
        record.check("without", statistics::expected_best(&scores, k, Draw::WithoutReplacement).expect("scores"));
    }
}

#[test]
fn power_is_that_of_mpmath_and_statsmodels() {
    for record in records("power") {
        let (pairs, alpha) = (record.count("pairs"), record.number("alpha"));
        if record.has("effect") {
            record.check("power", statistics::paired_t_power(pairs, record.number("effect"), alpha).expect("pairs"));
        } else {
            let design = Design { alpha, power: record.number("wanted") };
            let found = statistics::minimum_detectable_difference(pairs, 1.0, &design).expect("a design");
            record.check("detectable", found);
        }
    }
}
