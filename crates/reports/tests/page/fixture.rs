//! A report made by hand, with a label that tries to be markup.

use sgdlab_reports::Table;
use sgdlab_reports::figures::{Axis, Curve, Figure, Sample, boxes, curves, sensitivity};
use sgdlab_reports::page::{Column, Exhibit, Fact, Judged, Report, Section, Sheet, Show, Source, Told};

/// What a plan's author could call a rule.
pub const HOSTILE: &str = "</script><b onmouseover=alert(1)>&amp;";

/// Rules with their rate, median cost and its range, and share of diverged runs.
const RANKING: [[&str; 6]; 4] = [
    ["nesterov", "0.316227766017", "2116", "1924", "5020", "0"],
    ["adadelta", "31.6227766017", "3416", "2824", "4556", "0.2"],
    [HOSTILE, "1e-5", "inf", "1000.5", "inf", "1"],
    ["sgd", "1", "4556", "", "", "0.00001"],
];

fn sheet() -> Sheet {
    let data = Table {
        name: "ranking".to_owned(),
        columns: ["rule", "rate", "cost", "low", "high", "diverged"].map(str::to_owned).to_vec(),
        rows: RANKING.iter().map(|row| row.to_vec().into()).collect(),
    };
    let text = |name: &str| name.to_owned();
    let interval = Show::Interval { middle: text("cost"), low: text("low"), high: text("high") };
    let columns = vec![
        Column::new("Rule", Show::Text(text("rule"))).note("The update rule."),
        Column::new("Rate", Show::Number(text("rate"))),
        Column::new("Cost", interval).unit("evaluations"),
        Column::new("Diverged", Show::Share(text("diverged"))),
    ];
    Sheet { data, columns }
}

fn learning() -> Figure {
    let x: Vec<f64> = (0..60).map(|i| 16.0 * 1.12f64.powi(i)).collect();
    let names = ["nesterov", "adadelta", "momentum", HOSTILE, "sgd"];
    let of = |rule: usize, factor: f64| -> Vec<f64> {
        let (rate, floor) = (2e-3 / (1.0 + rule as f64), 0.035 + 0.004 * rule as f64);
        x.iter().map(|x| factor * (0.9 * (-x * rate).exp() + floor)).collect()
    };
    let data: Vec<[Vec<f64>; 3]> =
        (0..names.len()).map(|rule| [1.0, 0.9, 1.12].map(|factor| of(rule, factor))).collect();
    let lines: Vec<Curve> = names
        .iter()
        .zip(&data)
        .map(|(name, [y, low, high])| Curve { name, x: &x, y, band: Some((low, high)) })
        .collect();
    let [x, y] = [Axis::new("gradient evaluations", "").log(), Axis::new("held-out error", "share").log()];
    curves("Held-out error while learning", x, y, &lines)
}

fn rates() -> Figure {
    const INF: f64 = f64::INFINITY;
    let rates = [0.01, 0.0316, 0.1, 0.316, 1.0, 3.16, 10.0];
    let costs = [[INF, 9000.0, 4000.0, 2116.0, 5000.0, INF, INF], [INF, INF, 20000.0, 9000.0, 4556.0, 6000.0, INF]];
    let curve = |(name, y)| Curve { name, x: &rates, y, band: None };
    let lines = [("nesterov", &costs[0][..]), ("sgd", &costs[1][..])].map(curve);
    let y = Axis::new("gradient evaluations until held-out error ≤ 0.04", "").log();
    sensitivity("How much the rate matters", Axis::new("rate", ""), y, &lines)
}

fn strips() -> Figure {
    let values = [
        [1924.0, 2116.0, 2116.0, 5020.0, 1800.0],
        [2824.0, 3416.0, 4556.0, 3400.0, 3300.0],
        [3768.0, 3768.0, 4556.0, 4000.0, f64::INFINITY],
    ];
    let names = ["nesterov", "adadelta", "a rule with a rather long name, beta = 0.9"];
    let samples: Vec<Sample> = names.iter().zip(&values).map(|(name, values)| Sample { name, values }).collect();
    boxes("Cost of every replicate", Axis::new("gradient evaluations", "").log(), &samples)
}

fn exhibit(id: &str, title: &str, figure: Option<Figure>) -> Exhibit {
    let hash = "11726b5caa69f3acf2a73763210a076de7bedfe8cfa7e1901fdfd1ae2334c7bd";
    let source = Source {
        command: "cargo xtask report results/digits".to_owned(),
        key: "231c907cbf2bbe38".to_owned(),
        hashes: vec![Fact::new("runs.csv", hash)],
    };
    let caption = vec!["Medians over 5 replicates.".to_owned()];
    Exhibit { id: id.to_owned(), title: title.to_owned(), caption, figure, sheet: Some(sheet()), source }
}

/// A section with a verdict.
fn told() -> Section {
    let claims = [("The mean is the gradient.", true), ("The variance is <b>σ²/m</b>.", false)];
    let judged = |(statement, holds): (&str, bool)| Judged {
        statement: statement.to_owned(),
        kind: "confirms".to_owned(),
        holds,
        numbers: "m = 256: 0.75 ± 0.01, expected 1.".to_owned(),
    };
    let told = Told {
        sentence: "The minibatch gradient is unbiased, and its variance is σ²/m.".to_owned(),
        holds: false,
        truth: "not as claimed".to_owned(),
        verdict: "1 of 2 claims fails.".to_owned(),
        claims: claims.map(judged).into(),
        notes: vec![Fact::new("When it fails", "Batches that are drawn without replacement vary less.")],
    };
    Section {
        id: "variance".to_owned(),
        title: "Variance of batches".to_owned(),
        told: Some(told),
        exhibits: vec![exhibit("variances", "Variance over batch size", Some(rates()))],
        ..Section::default()
    }
}

/// The report.
pub fn report() -> Report {
    let section = |id: &str, title: &str, exhibits| Section {
        id: id.to_owned(),
        title: title.to_owned(),
        exhibits,
        ..Section::default()
    };
    let both = vec![
        exhibit("rates", "How much the rate matters", Some(rates())),
        exhibit("strips", "Cost of every replicate", Some(strips())),
    ];
    Report {
        title: "digits".to_owned(),
        question: "Which update rule needs the fewest gradients to classify handwritten digits?".to_owned(),
        verdict: "nesterov needs the fewest: 2116 in the median.".to_owned(),
        reservations: vec!["Five replicates are few.".to_owned()],
        setup: "Four rules.".to_owned(),
        facts: vec![Fact::new("Runs", "1620"), Fact::new("Target", "held-out error ≤ 0.04")],
        sections: vec![
            section("ranking", "Ranking", vec![exhibit("ranked", "Rules by cost", None)]),
            section("learning", "Learning", vec![exhibit("curves", "Held-out error while learning", Some(learning()))]),
            section("settings", "Rates", both),
            told(),
        ],
        glossary: vec![Fact::new("Diverged", "It counts as an infinite cost.")],
        provenance: vec![Fact::new("Program", "sgdlab 0.1.0")],
        plan: "name = \"digits\"\n".to_owned(),
        generator: "sgdlab 0.1.0".to_owned(),
    }
}
