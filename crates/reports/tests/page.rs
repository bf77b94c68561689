//! The page of a report made by hand, looked at in a browser.

#[path = "../../../tests/suite/browser.rs"]
mod browser;

use std::path::PathBuf;

use browser::Browser;
use sgdlab_reports::Table;
use sgdlab_reports::figures::{Axis, Curve, Sample, boxes, curves, sensitivity};
use sgdlab_reports::page::{Column, Exhibit, Fact, Report, Section, Sheet, Show, Source};

/// What a plan's author could call a rule.
const HOSTILE: &str = "</script><b onmouseover=alert(1)>&amp;\"'";

fn table(name: &str, columns: &[&str], rows: &[&[&str]]) -> Table {
    let columns = columns.iter().map(|&name| name.to_owned()).collect();
    Table { name: name.to_owned(), columns, rows: rows.iter().map(|row| row.to_vec().into()).collect() }
}

fn report() -> Report {
    let x: Vec<f64> = (0..60).map(|i| 16.0 * 1.12f64.powi(i)).collect();
    let decay = |rate: f64, floor: f64| x.iter().map(|x| 0.9 * (-x * rate).exp() + floor).collect::<Vec<f64>>();
    let scaled = |y: &[f64], factor: f64| y.iter().map(|y| y * factor).collect::<Vec<f64>>();
    let names = ["nesterov", "adadelta", "momentum", HOSTILE, "sgd"];
    let data: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(i, _)| {
            let y = decay(2e-3 / (1.0 + i as f64), 0.035 + 0.004 * i as f64);
            let (low, high) = (scaled(&y, 0.9), scaled(&y, 1.12));
            (y, low, high)
        })
        .collect();
    let lines: Vec<Curve> = names
        .iter()
        .zip(&data)
        .map(|(name, (y, low, high))| Curve { name, x: &x, y, band: Some((low, high)) })
        .collect();
    let learning = curves(
        "Held-out error while learning",
        Axis::new("gradient evaluations", "").log(),
        Axis::new("test error", "share").log(),
        &lines,
    );
    let rates = [0.01, 0.0316, 0.1, 0.316, 1.0, 3.16, 10.0];
    let costs = [
        [f64::INFINITY, 9000.0, 4000.0, 2116.0, 5000.0, f64::INFINITY, f64::INFINITY],
        [f64::INFINITY, f64::INFINITY, 20000.0, 9000.0, 4556.0, 6000.0, f64::INFINITY],
    ];
    let sens = sensitivity(
        "Sensitivity to the rate",
        Axis::new("rate", ""),
        Axis::new("gradient evaluations to a test error of 0.04", "").log(),
        &[
            Curve { name: "nesterov", x: &rates, y: &costs[0], band: None },
            Curve { name: "sgd", x: &rates, y: &costs[1], band: None },
        ],
    );
    let samples = [
        [1924.0, 2116.0, 2116.0, 5020.0, 1800.0],
        [2824.0, 3416.0, 4556.0, 3400.0, 3300.0],
        [3768.0, 3768.0, 4556.0, 4000.0, f64::INFINITY],
    ];
    let boxed: Vec<Sample> = ["nesterov", "adadelta", "a rule with a rather long name, beta = 0.9"]
        .iter()
        .zip(&samples)
        .map(|(name, values)| Sample { name, values })
        .collect();
    let strips = boxes("Cost of every replicate", Axis::new("gradient evaluations", "").log(), &boxed);
    let ranking = table(
        "ranking",
        &["rule", "rate", "cost", "low", "high", "diverged"],
        &[
            &["nesterov", "0.316227766017", "2116", "1924", "5020", "0"],
            &["adadelta", "31.6227766017", "3416", "2824", "4556", "0.2"],
            &[HOSTILE, "1e-5", "inf", "1000.5", "inf", "1"],
            &["sgd", "1", "4556", "", "", "0.00001"],
        ],
    );
    let interval = Show::Interval { middle: "cost".into(), low: "low".into(), high: "high".into() };
    let sheet = Sheet {
        data: ranking,
        columns: vec![
            Column::new("Rule", Show::Text("rule".into())).note("The update rule."),
            Column::new("Rate", Show::Number("rate".into())),
            Column::new("Cost", interval).unit("evaluations"),
            Column::new("Diverged", Show::Share("diverged".into())),
        ],
    };
    let source = Source {
        command: "cargo xtask report results/digits".into(),
        key: "231c907cbf2bbe38".into(),
        hashes: vec![Fact::new("runs.csv", "11726b5caa69f3acf2a73763210a076de7bedfe8cfa7e1901fdfd1ae2334c7bd")],
    };
    let figure = |id: &str, title: &str, figure| Exhibit {
        id: id.into(),
        title: title.into(),
        caption: vec!["Lines are medians over 5 replicates, bands reach from quartile to quartile.".into()],
        figure: Some(figure),
        sheet: Some(sheet.clone()),
        source: source.clone(),
    };
    Report {
        title: "digits".into(),
        question: "Which update rule, at which rate, needs the fewest term gradients to classify handwritten digits, how wide is its range of good rates, and what do batch size and sampler change?".into(),
        verdict: "Nesterov at rate 0.32 reaches a held-out error of 0.04 after 2,116 gradient evaluations (median of 5 replicates, 95 % interval 1,924 to 5,020), but 5 replicates cannot tell it apart from adadelta and momentum.".into(),
        reservations: vec!["The best rates were chosen on the same replicates that are reported.".into()],
        facts: vec![Fact::new("Runs", "1,620"), Fact::new("Diverged", "0 %"), Fact::new("Replicates", "5"), Fact::new("Budget", "15 epochs"), Fact::new("Target", "test error ≤ 0.04")],
        sections: vec![
            Section { id: "ranking".into(), title: "Ranking".into(), text: vec!["Every rule at its best setting.".into()], exhibits: vec![Exhibit { id: "ranked".into(), title: "Rules by cost".into(), caption: vec![], figure: None, sheet: Some(sheet.clone()), source: source.clone() }] },
            Section { id: "learning".into(), title: "Learning".into(), text: vec![], exhibits: vec![figure("curves", "Held-out error while learning", learning)] },
            Section { id: "rates".into(), title: "Rates".into(), text: vec![], exhibits: vec![figure("sensitivity", "Sensitivity to the rate", sens), figure("strips", "Cost of every replicate", strips)] },
        ],
        glossary: vec![Fact::new("term gradient", "The gradient of one term of the mean, that is, of one training example."), Fact::new("diverged", "A run whose parameters became infinite or not a number; it counts as an infinite cost.")],
        provenance: vec![Fact::new("Program", "sgdlab 0.1.0"), Fact::new("plan.toml", "231c907cbf2bbe38c17c04b86c49a7e722884a1bbf6247e784bb0acd624375cb")],
        plan: "name = \"digits\"\n".into(),
        generator: "sgdlab 0.1.0".into(),
    }
}

#[test]
fn shots() {
    let html = report().html().unwrap();
    let out = PathBuf::from("/tmp/report-shots");
    std::fs::create_dir_all(&out).unwrap();
    let path = out.join("report.html");
    std::fs::write(&path, &html).unwrap();
    let Some(mut browser) = Browser::start() else { return };
    for (name, width, scheme) in [("light", 1280, "light"), ("dark", 1280, "dark"), ("narrow", 390, "light")] {
        browser.resize(width, 900);
        browser.media("screen", scheme);
        browser.open(&path);
        let height = browser.value("document.documentElement.scrollHeight").as_f64().unwrap();
        browser.resize(width, height as u32);
        browser.until("[...document.querySelectorAll('.picture')].every(p => p.classList.contains('live'))");
        std::fs::write(out.join(format!("{name}.png")), browser.picture(true)).unwrap();
    }
    println!(
        "{:#?} {:?}",
        browser.complaints(),
        browser.requests().iter().map(|r| r.chars().take(80).collect::<String>()).collect::<Vec<_>>()
    );
    std::fs::write(out.join("paper.pdf"), browser.paper()).unwrap();
}
