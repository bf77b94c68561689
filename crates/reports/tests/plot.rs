//! Figures of tables: which columns, rows and settings are shown, and what is refused.

use std::fs;
use std::path::PathBuf;

use sgdlab_reports::figures::*;
use tempfile::TempDir;

const RUNS: &str = "run,problem,precision,sampler,batch_size,estimator,schedule,rule,rate,replicate,status,final_value,evaluations_to_0.5\n";

/// A result folder with two rules at two rates each; one of the runs of adam at 0.2 diverges.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let (mut runs, mut rows, mut timings) =
        (RUNS.to_owned(), "run,step,evaluations,value\n".to_owned(), "run,attempt,seconds\n".to_owned());
    let mut number = 0;
    for (rule, rate, factor) in [("sgd", 0.1, 0.9), ("sgd", 0.2, 0.5), ("adam", 0.1, 0.4), ("adam", 0.2, 0.7)] {
        for replicate in 0..3 {
            number += 1;
            let lost = (rule, rate, replicate) == ("adam", 0.2, 2);
            let cost = if lost { "inf".to_owned() } else { format!("{}", 80.0 * factor + f64::from(replicate)) };
            let (status, end) =
                if lost { ("diverged", "inf".to_owned()) } else { ("done", format!("{}", 10.0 * factor)) };
            runs += &format!(
                "{number:016x},p,f64,reshuffle,8,plain,constant,{rule},{rate},{replicate},{status},{end},{cost}\n"
            );
            timings += &format!("{number:016x},0,{number}\n");
            for step in 0..=if lost { 2 } else { 4 } {
                let value =
                    if lost && step == 2 { 1e12 } else { 10.0 * f64::powi(factor, step) + f64::from(replicate) };
                rows += &format!("{number:016x},{step},{},{value:.3}\n", 8 * step);
            }
        }
    }
    fs::write(folder.path().join("runs.csv"), runs).unwrap();
    fs::write(folder.path().join("rows.csv"), rows).unwrap();
    fs::write(folder.path().join("timings.csv"), timings).unwrap();
    folder
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

/// The numbers behind the figure of a folder, without those of bands, as `series: x y, x y`.
#[track_caller]
fn shown(wish: &Plot) -> Vec<String> {
    let folder = folder();
    let drawn = plot(folder.path(), wish).unwrap_or_else(|error| panic!("{error}"));
    listed(&drawn.figure)
}

fn listed(figure: &Figure) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for row in figure.data().rows.iter().filter(|row| matches!(&row[2], "line" | "steps" | "box" | "points" | "map")) {
        let start = format!("{} {}:", &row[2], &row[1]);
        let point = if &row[2] == "map" {
            format!(" {} {} {},", &row[3], &row[4], &row[5])
        } else {
            format!(" {} {},", &row[3], &row[4])
        };
        match lines.iter_mut().find(|line| line.starts_with(&start)) {
            Some(line) => line.push_str(&point),
            None => lines.push(start + &point),
        }
    }
    lines
}

#[track_caller]
fn check_refused(wish: &Plot, parts: &[&str]) {
    let folder = folder();
    let error = plot(folder.path(), wish).unwrap_err().to_string();
    parts.iter().for_each(|part| assert!(error.contains(part), "{error} lacks {part}"));
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn without_wishes_each_rule_is_a_curve_of_medians_at_its_best_setting() {
    let folder = folder();
    let Drawn { figure, name } = plot(folder.path(), &Plot::default()).unwrap();
    assert_eq!(name, "value-evaluations");
    assert_eq!(
        listed(&figure),
        [
            "line adam, rate 0.1: 0 11, 8 5, 16 2.6, 24 1.64, 32 1.256,",
            "line sgd, rate 0.2: 0 11, 8 6, 16 3.5, 24 2.25, 32 1.625,",
        ]
    );
    let bands: Vec<_> = figure.data().rows.into_iter().filter(|row| &row[2] == "band").collect();
    assert_eq!(bands.len(), 10);
    assert_eq!((&bands[0][5], &bands[0][6]), ("10.5", "11.5"), "quartiles of 10, 11, 12");
    assert_eq!(figure.subtitle, "Medians over 3 replicates with quartiles, each rule at its best setting.");
    assert!(
        figure.note.starts_with(
            "6 runs, none of which diverged. The best setting has the smallest median of evaluations to target ≤ 0.5"
        ),
        "{}",
        figure.note
    );
}

#[test]
fn a_run_that_diverged_is_infinite_from_then_on() {
    let only = vec![("rate".to_owned(), "0.2".to_owned()), ("rule".to_owned(), "adam".to_owned())];
    let folder = folder();
    let Drawn { figure, .. } = plot(folder.path(), &Plot { only, ..Plot::default() }).unwrap();
    let rows = figure.data().rows;
    let at = |mark: &str, x: &str| rows.iter().find(|row| &row[2] == mark && &row[3] == x).unwrap().clone();
    // Of 10 · 0.7², 10 · 0.7² + 1 and ∞ the median is the second, and the upper quartile is infinite.
    assert_eq!(&at("line", "16")[4], "5.9");
    assert_eq!((&at("band", "16")[5], &at("band", "16")[6]), ("5.4", "inf"));
    assert_eq!(&at("band", "32")[6], "inf", "where it has no rows any more");
    assert_eq!(&at("band", "8")[6], "8.5");
    assert!(figure.note.contains("3 runs, of which 1 diverged or failed and are at ∞ from then on"), "{}", figure.note);
}

#[test]
fn columns_of_runs_are_drawn_over_rates_and_rules() {
    let cost = "evaluations_to_0.5";
    assert_eq!(
        shown(&Plot { x: some("rate"), ..Plot::default() }),
        [
            "line adam: 0.1 33, 0.2 57,",
            "points adam: 0.1 33, 0.2 57,",
            "line sgd: 0.1 73, 0.2 41,",
            "points sgd: 0.1 73, 0.2 41,",
        ]
    );
    let boxes = shown(&Plot { x: some("rule"), y: some(cost), ..Plot::default() });
    assert_eq!(boxes, ["box adam, rate 0.1: 32 0, 33 0, 34 0,", "box sgd, rate 0.2: 40 1, 41 1, 42 1,"]);
    let boxes = shown(&Plot { x: some("rate"), y: some(cost), kind: Some(Kind::Boxes), ..Plot::default() });
    assert!(boxes[0].starts_with("box rate 0.1, adam:") && boxes[1].starts_with("box rate 0.2, sgd:"), "{boxes:?}");
    let ecdf = shown(&Plot {
        kind: Some(Kind::Ecdf),
        y: some(cost),
        only: vec![("rate".to_owned(), "0.2".to_owned())],
        ..Plot::default()
    });
    assert_eq!(
        ecdf[1], "steps adam: 56 0, 56 0.3333333333333333, 57 0.6666666666666666,",
        "the third never gets there"
    );
    let points =
        shown(&Plot { x: some("seconds"), y: some("final_value"), by: words(&["rule", "rate"]), ..Plot::default() });
    assert_eq!(points[3], "points adam, rate 0.2: 10 7, 11 7, 12 inf,");
}

#[test]
fn heat_maps_have_a_cell_for_each_pair() {
    let wish = Plot { x: some("rate"), y: some("rule"), z: some("evaluations_to_0.5"), ..Plot::default() };
    assert_eq!(
        shown(&wish),
        ["map evaluations to target ≤ 0.5: 0 0 73, 1 0 41, 0 1 33, 1 1 57,"],
        "adam is the second row"
    );
}

#[test]
fn several_problems_have_a_chart_each() {
    let folder = folder();
    let runs = fs::read_to_string(folder.path().join("runs.csv")).unwrap();
    fs::write(
        folder.path().join("runs.csv"),
        runs.replace(",p,f64,reshuffle,8,plain,constant,adam", ",q,f64,reshuffle,8,plain,constant,adam"),
    )
    .unwrap();
    let Drawn { figure, .. } = plot(folder.path(), &Plot::default()).unwrap();
    let Picture::Charts(charts) = figure.picture else { panic!("charts") };
    let titles: Vec<&str> = charts.charts.iter().map(|chart| chart.title.as_str()).collect();
    assert_eq!(titles, ["p", "q"], "as in the table");
}

#[test]
fn what_is_wrong_is_named_with_what_is_there() {
    let x = |x: &str| Plot { x: some(x), ..Plot::default() };
    check_refused(
        &x("evalutions"),
        &["has no column \"evalutions\"; did you mean \"evaluations\"?", "columns: step, evaluations, value, problem"],
    );
    check_refused(
        &Plot { y: some("value"), ..x("seconds") },
        &["no table has all columns: \"seconds\" is in runs, \"value\" is in rows"],
    );
    check_refused(
        &Plot { only: vec![("rule".to_owned(), "adm".to_owned())], ..Plot::default() },
        &["no row has rule = adm; did you mean \"adam\"?"],
    );
    check_refused(
        &Plot { only: vec![("rle".to_owned(), "adam".to_owned())], ..Plot::default() },
        &["no column \"rle\"; did you mean \"rule\"?"],
    );
    check_refused(
        &Plot { kind: Some(Kind::Curves), y: some("final_value"), ..x("rule") },
        &["--x rule has words; --kind boxes draws a row for each"],
    );
    check_refused(&Plot { kind: Some(Kind::Heat), ..x("rate") }, &["heat maps need --z COLUMN"]);
    check_refused(&Plot { kind: Some(Kind::Boxes), z: some("rate"), ..x("rate") }, &["--z is for heat maps"]);
    let error = plot(&PathBuf::from("nowhere"), &Plot::default()).unwrap_err();
    assert_eq!(error.to_string(), "nowhere: there is no such folder or file");
    let empty = TempDir::new().unwrap();
    assert!(
        plot(empty.path(), &Plot::default()).unwrap_err().to_string().contains("no result: there is no table runs.csv")
    );
}

/// A table of its own.
#[track_caller]
fn of_file(text: &str, wish: &Plot) -> Result<Figure, String> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("t.csv"), text).unwrap();
    plot(&folder.path().join("t.csv"), wish).map(|drawn| drawn.figure).map_err(|error| error.to_string())
}

#[test]
fn other_tables_are_drawn_as_they_are() {
    let text = "method,epoch,loss\na,1,3\na,2,2\na,1,5\nb,1,4\nb,2,\na,2,nan\n";
    let wish = Plot { x: some("epoch"), y: some("loss"), by: words(&["method"]), ..Plot::default() };
    let figure = of_file(text, &wish).unwrap();
    // Empty fields are nothing, numbers that are none are infinite.
    assert_eq!(listed(&figure), ["line a: 1 4, 2 inf,", "line b: 1 4,"]);
    assert_eq!(figure.title, "t.csv: loss against epoch");
    let only = vec![("method".to_owned(), "b".to_owned())];
    let alone = of_file(text, &Plot { by: Vec::new(), only, ..wish.clone() }).unwrap();
    assert_eq!(listed(&alone), ["line : 1 4,"]);
    let boxes = of_file(text, &Plot { x: some("method"), by: Vec::new(), ..wish.clone() }).unwrap();
    assert_eq!(listed(&boxes), ["box a: 3 0, 2 0, 5 0, inf 0,", "box b: 4 1,"]);
    let refused = |text: &str, wish: &Plot| of_file(text, wish).unwrap_err();
    assert!(refused(text, &Plot::default()).contains("--x COLUMN and --y COLUMN are needed"));
    assert!(
        refused("epoch,loss\n", &Plot { by: Vec::new(), ..wish.clone() })
            .contains("no row has a number for epoch and loss")
    );
    assert!(refused("epoch,loss\n1,x\n", &Plot { by: Vec::new(), ..wish.clone() }).contains("\"x\""));
    assert!(refused("", &wish).contains("t.csv"));
}

#[test]
fn of_many_series_those_are_drawn_that_are_said_to_be() {
    let table = |name: &str| {
        let row = |i: u32| format!("o{i},1,{}\no{i},2,{}\n", i, 40 - i);
        format!("opt,epoch,{name}\n{}", (0..40).map(row).collect::<String>())
    };
    let wish = |y: &str| Plot { x: some("epoch"), y: some(y), by: words(&["opt"]), ..Plot::default() };
    let names = |figure: &Figure| {
        listed(figure).iter().map(|line| line.split([' ', ':']).nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let figure = of_file(&table("loss"), &wish("loss")).unwrap();
    assert_eq!(names(&figure), (28..40).map(|i| format!("o{i}")).collect::<Vec<_>>());
    assert_eq!(figure.note, "28 series that are not among the 12 that end with the smallest loss are left out.");
    let figure = of_file(&table("accuracy"), &wish("accuracy")).unwrap();
    assert_eq!(names(&figure), (0..12).map(|i| format!("o{i}")).collect::<Vec<_>>());
    assert_eq!(figure.note, "28 series that are not among the first 12 are left out.");
}

#[test]
fn rules_look_alike_in_every_chart_and_say_their_settings() {
    let folder = TempDir::new().unwrap();
    let mut runs = RUNS.to_owned();
    // On p one is best at the rate 0.1, on q at 0.2; two is worse on p and better on q, and always best with batches of 16.
    for (problem, swap) in [("p", false), ("q", true)] {
        for (rule, rate, batch, cost) in [
            ("one", 0.1, 8, 10.0),
            ("one", 0.2, 8, 20.0),
            ("two", 0.1, 16, 15.0),
            ("two", 0.2, 16, 30.0),
            ("two", 0.1, 8, 60.0),
            ("two", 0.2, 8, 60.0),
        ] {
            let cost = if swap { 100.0 - cost } else { cost };
            let number = runs.len();
            runs += &format!(
                "{number:016x},{problem},f64,reshuffle,{batch},plain,constant,{rule},{rate},0,done,{cost},{cost}\n"
            );
        }
    }
    fs::write(folder.path().join("runs.csv"), runs).unwrap();
    let draw = |wish: Plot| plot(folder.path(), &wish).unwrap().figure;
    let styles = |figure: &Figure| {
        let Picture::Charts(charts) = &figure.picture else { panic!("charts") };
        let series = charts.charts.iter().flat_map(|chart| &chart.series);
        series.map(|series| (series.name.clone(), series.style)).collect::<Vec<_>>()
    };
    let ecdf = draw(Plot { kind: Some(Kind::Ecdf), y: some("final_value"), ..Plot::default() });
    let found = styles(&ecdf);
    let style = |rule: &str| {
        found.iter().filter(|(name, _)| name.starts_with(rule)).map(|(_, style)| *style).collect::<Vec<_>>()
    };
    let [one, two] = ["one", "two"].map(style);
    assert!(one.len() == 2 && one[0] == one[1] && two[0] == two[1] && one[0] != two[0], "{found:?}");
    let only = vec![("problem".to_owned(), "p".to_owned())];
    let rates = draw(Plot { x: some("rate"), only: only.clone(), ..Plot::default() });
    assert_eq!(styles(&rates), [("one, batch 8".to_owned(), 0), ("two, batch 16".to_owned(), 1)]);
    let only = vec![only[0].clone(), ("rule".to_owned(), "two".to_owned())];
    let text = fs::read_to_string(folder.path().join("runs.csv")).unwrap();
    fs::write(folder.path().join("runs.csv"), text.replace("two,0.2,0,done,60,60", "two,0.2,0,done,1,1")).unwrap();
    let rates = plot(folder.path(), &Plot { x: some("rate"), only, ..Plot::default() }).unwrap().figure;
    assert_eq!(
        rates.subtitle,
        "Medians over replicates with quartiles, each rule at the best batch size for each rate."
    );
    let heat = draw(Plot { x: some("problem"), y: some("rule"), z: some("final_value"), ..Plot::default() });
    let Picture::Charts(charts) = &heat.picture else { panic!("charts") };
    assert_eq!((charts.charts.len(), &charts.charts[0].x.names), (1, &words(&["p", "q"])));
    let heat = draw(Plot { x: some("rate"), y: some("rule"), z: some("final_value"), ..Plot::default() });
    let Picture::Charts(charts) = &heat.picture else { panic!("charts") };
    assert_eq!(charts.charts.iter().map(|chart| &*chart.title).collect::<Vec<_>>(), ["p", "q"]);
}

#[test]
fn what_nobody_reached_is_said() {
    let text = "method,epoch,loss\na,1,inf\na,2,inf\n";
    let wish = Plot { x: some("epoch"), y: some("loss"), by: words(&["method"]), ..Plot::default() };
    let svg = of_file(text, &wish).unwrap().svg();
    assert!(svg.contains(">diverged or never reached</text>") && !svg.contains(">10</text>"), "{svg}");
    let ecdf = of_file(text, &Plot { kind: Some(Kind::Ecdf), x: None, ..wish.clone() }).unwrap();
    assert_eq!(listed(&ecdf), ["steps a: inf 0,"]);
    assert!(ecdf.svg().contains(">diverged or never reached</text>"));
    let negative = of_file(&text.replace("inf", "-1"), &Plot { log_y: Some(true), ..wish });
    assert!(negative.unwrap_err().contains("--log-y: loss has no positive value"));
}

#[test]
fn long_lines_keep_their_extremes() {
    let text: String = (0..50_000).map(|i| format!("{i},{}\n", if i == 31_234 { -7 } else { i % 10 })).collect();
    let figure = of_file(&format!("x,y\n{text}"), &Plot { x: some("x"), y: some("y"), ..Plot::default() }).unwrap();
    let rows = figure.data().rows;
    assert!(rows.len() <= 10_000 && rows.iter().any(|row| &row[3] == "31234" && &row[4] == "-7"), "{}", rows.len());
}
