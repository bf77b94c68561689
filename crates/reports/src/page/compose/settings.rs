//! What rates, batch sizes, samplers and the like change.

use super::words::counted;
use super::{Draft, Shown, curve, table};
use crate::analysis::{Combination, Contest};
use crate::figures::{Axis, Chart, Figure, Map, Mark, Series, heat_map};
use crate::page::{Column, Exhibit, Section, Sheet, Show};

/// How much the rate matters.
pub fn rates(draft: &Draft<'_>) -> Section {
    let mut section = Section::new("rates", "Rates");
    section.exhibits.extend(sensitivity(draft));
    section.exhibits.extend(diverged(draft));
    if draft.comparison.runs > 0 && draft.comparison.diverged == 0 {
        section.text.push("No run diverged at any rate.".to_owned());
    }
    section
}

fn sensitivity(draft: &Draft<'_>) -> Option<Exhibit> {
    let chart = |contest: &Contest| {
        let several = contest.sensitivity.iter().filter(|found| found.rates.len() > 1);
        let series: Vec<Series> = several
            .map(|found| {
                let score = |x: f64| draft.written(contest, x);
                let x: Vec<f64> = found.rates.iter().map(|&(rate, _)| rate).collect();
                let column = |of: fn(&crate::analysis::Scores) -> f64| {
                    found.rates.iter().map(|(_, scores)| score(of(scores))).collect::<Vec<f64>>()
                };
                let (a, b) = (column(|scores| scores.q25), column(|scores| scores.q75));
                let low = a.iter().zip(&b).map(|(a, b)| a.min(*b)).collect();
                let high = a.iter().zip(&b).map(|(a, b)| a.max(*b)).collect();
                draft.series(&found.rule, curve(x, column(|scores| scores.median), Some((low, high)), true))
            })
            .collect();
        let x = Axis::new("rate", "").log();
        (!series.is_empty()).then(|| Chart { x, y: draft.score_axis(contest), series, ..Chart::default() })
    };
    let title = "How much the rate matters, at the setting that is chosen for each rule";
    let figure = draft.per_problem(title, chart)?;
    let runs = draft.comparison.contests.iter().flat_map(|contest| &contest.sensitivity).flat_map(|found| &found.rates);
    let runs = runs.map(|(_, scores)| scores.runs()).max().unwrap_or(0);
    let mut caption = vec![format!(
        "Medians over all {} of a rate, bands reach from the lower to the upper quartile. A flat bottom forgives a rate \
         that is off; at ∞ half of the runs or more diverged or missed the target.",
        counted(runs, "run")
    )];
    caption.extend(draft.left_out());
    let mut columns = vec![
        Column::new("Rule", Show::Text("rule".to_owned())),
        Column::new("Rate", Show::Number("rate".to_owned())),
        Column::new(
            "Median",
            Show::Interval { middle: "median".to_owned(), low: "q25".to_owned(), high: "q75".to_owned() },
        )
        .unit("[quartiles]"),
        Column::new("Runs", Show::Of { part: "reached".to_owned(), whole: "runs".to_owned() }),
    ];
    if draft.comparison.contests.len() > 1 {
        columns.insert(0, Column::new("Problem", Show::Text("problem".to_owned())));
    }
    let shown = Shown { figure: Some(figure), sheet: draft.sheet("rates", columns), caption };
    Some(draft.exhibit("rates-sensitivity", title, &["runs"], shown))
}

/// The share of diverged runs by rule and rate; nothing if there are none.
fn diverged(draft: &Draft<'_>) -> Option<Exhibit> {
    let comparison = draft.comparison;
    if comparison.diverged == 0 {
        return None;
    }
    let of_rate = |word: &String| word.parse::<f64>().ok().filter(|rate| *rate > 0.0 && rate.is_finite());
    let mut x: Vec<f64> = comparison.words[7].iter().filter_map(of_rate).collect();
    x.sort_by(f64::total_cmp);
    let rules = &comparison.rules;
    if x.len() < 2 || rules.is_empty() {
        return None;
    }
    let mut counts = vec![[0usize; 2]; x.len() * rules.len()];
    for Combination { axes, scores } in &comparison.combinations {
        let rate = of_rate(&comparison.words[7][axes[7] as usize]);
        let column = rate.and_then(|rate| x.iter().position(|&known| known == rate));
        let row = rules.iter().position(|rule| *rule == comparison.words[6][axes[6] as usize]);
        if let (Some(column), Some(row)) = (column, row) {
            let [diverged, runs] = &mut counts[row * x.len() + column];
            *diverged += scores.diverged;
            *runs += scores.runs();
        }
    }
    let z: Vec<f64> = counts.iter().map(|&[diverged, runs]| diverged as f64 / runs as f64).collect();
    let y: Vec<f64> = (0..rules.len()).map(|row| row as f64).collect();
    let map = Map {
        x: x.clone(),
        y,
        z: z.clone(),
        axis: Axis::new("share of runs that diverged", "").between(0.0, 1.0),
        ..Map::default()
    };
    let names = Axis { names: rules.clone(), ..Axis::default() };
    let title = "Share of runs that diverged, by rule and rate";
    let mut figure = heat_map(title, [Axis::new("rate", "").log(), names], map);
    figure.height = 80.0 + 30.0 * rules.len() as f64;
    let rows = (0..rules.len()).flat_map(|row| (0..x.len()).map(move |column| (row, column)));
    let rows = rows.filter(|&(row, column)| counts[row * x.len() + column][1] > 0).map(|(row, column)| {
        let [diverged, runs] = counts[row * x.len() + column];
        vec![rules[row].clone(), x[column].to_string(), diverged.to_string(), runs.to_string()]
    });
    let data = table("diverged", &["rule", "rate", "diverged", "runs"], rows);
    let columns = vec![
        Column::new("Rule", Show::Text("rule".to_owned())),
        Column::new("Rate", Show::Number("rate".to_owned())),
        Column::new("Diverged", Show::Of { part: "diverged".to_owned(), whole: "runs".to_owned() }),
    ];
    let caption = "Over all problems, samplers, batch sizes and replicates. Gray: not tried.".to_owned();
    let shown = Shown { figure: Some(figure), sheet: Some(Sheet { data, columns }), caption: vec![caption] };
    Some(draft.exhibit("rates-diverged", title, &["runs"], shown))
}

/// What sampler, batch size, estimator, schedule and precision change.
pub fn others(draft: &Draft<'_>) -> Section {
    let words = &draft.comparison.words;
    let varies: Vec<usize> = (1..6).filter(|&axis| words[axis].len() > 1).collect();
    let names: Vec<String> = varies.iter().map(|&axis| crate::AXES[axis].replace('_', " ")).collect();
    let what = super::listed(&names);
    let mut section = Section::new("settings", &super::words::sentence(&what).replace('.', ""));
    if varies.is_empty() {
        return section;
    }
    let best = best(draft, &varies);
    let title = format!("What {what} {}", if names.len() == 1 { "changes" } else { "change" });
    let mut caption = vec![
        "For each setting the median over all runs at the rate that is best there: chosen and scored on the same runs, so \
         differences of neighbors are not to be trusted.".to_owned(),
    ];
    caption.extend(draft.left_out());
    let shown = Shown { figure: dots(draft, &best, &title), sheet: Some(numbers(draft, &best)), caption };
    section.exhibits.push(draft.exhibit("settings-best", &title, &["runs"], shown));
    section
}

/// Every rule in every setting as a dot.
fn dots(draft: &Draft<'_>, best: &[Best], title: &str) -> Option<Figure> {
    let chart = |contest: &Contest| {
        let rules: Vec<String> = contest.standings.iter().map(|standing| standing.rule.clone()).collect();
        let mut settings: Vec<&str> = Vec::new();
        for found in best.iter().filter(|found| found.problem == contest.problem) {
            if !settings.contains(&found.setting.as_str()) {
                settings.push(&found.setting);
            }
        }
        let series: Vec<Series> = settings
            .iter()
            .enumerate()
            .map(|(style, setting)| {
                let own = best.iter().filter(|found| found.problem == contest.problem && found.setting == *setting);
                let places = own.filter_map(|found| {
                    Some((
                        draft.written(contest, found.median),
                        rules.iter().position(|rule| *rule == found.rule)? as f64,
                    ))
                });
                let (x, y) = places.unzip();
                Series { name: (*setting).to_owned(), style, marks: vec![Mark::Points { x, y }] }
            })
            .collect();
        let y = Axis { names: rules, ..Axis::default() };
        (!series.is_empty() && series.len() <= 16).then(|| Chart {
            x: draft.score_axis(contest),
            y,
            series,
            ..Chart::default()
        })
    };
    let mut figure = draft.per_problem(title, chart);
    if let Some(figure) = &mut figure {
        figure.height = 80.0 + 30.0 * draft.comparison.rules.len() as f64;
    }
    figure
}

/// The same as a table.
fn numbers(draft: &Draft<'_>, best: &[Best]) -> Sheet {
    let contest = |problem: &str| draft.comparison.contests.iter().find(|contest| contest.problem == problem);
    let rows = best.iter().map(|found| {
        let median = contest(&found.problem).map_or(found.median, |contest| draft.written(contest, found.median));
        vec![
            found.problem.clone(),
            found.rule.clone(),
            found.setting.clone(),
            found.rate.clone(),
            median.to_string(),
            found.runs.to_string(),
        ]
    });
    let data = table("settings", &["problem", "rule", "setting", "rate", "median", "runs"], rows);
    let mut columns = vec![
        Column::new("Rule", Show::Text("rule".to_owned())),
        Column::new("Setting", Show::Text("setting".to_owned())),
        Column::new("Median", Show::Number("median".to_owned())),
        Column::new("Best rate", Show::Setting("rate".to_owned())),
        Column::new("Runs", Show::Number("runs".to_owned())),
    ];
    if draft.comparison.contests.len() > 1 {
        columns.insert(0, Column::new("Problem", Show::Text("problem".to_owned())));
    }
    Sheet { data, columns }
}

/// A value of an axis as it is understood alone.
fn named(axis: usize, word: &str) -> String {
    match crate::AXES[axis] {
        "batch_size" => format!("batch size {word}"),
        _ => word.to_owned(),
    }
}

/// The best rate of a rule in a setting.
struct Best {
    problem: String,
    rule: String,
    setting: String,
    rate: String,
    median: f64,
    runs: usize,
}

fn best(draft: &Draft<'_>, varies: &[usize]) -> Vec<Best> {
    let words = &draft.comparison.words;
    let word = |combination: &Combination, axis: usize| words[axis][combination.axes[axis] as usize].clone();
    let mut known = std::collections::HashMap::new();
    let mut found: Vec<Best> = Vec::new();
    for combination in &draft.comparison.combinations {
        let mut without_rate = combination.axes;
        without_rate[7] = 0;
        let median = combination.scores.median;
        let at = *known.entry(without_rate).or_insert(found.len());
        let one = || Best {
            problem: word(combination, 0),
            rule: word(combination, 6),
            setting: varies.iter().map(|&axis| named(axis, &word(combination, axis))).collect::<Vec<_>>().join(", "),
            rate: word(combination, 7),
            median,
            runs: combination.scores.runs(),
        };
        if at == found.len() {
            found.push(one());
        } else if median < found[at].median {
            found[at] = one();
        }
    }
    found
}

/// What tuning is worth.
pub fn tuning(draft: &Draft<'_>) -> Section {
    let mut section = Section::new("tuning", "Tuning");
    let chart = |contest: &Contest| {
        let tuned = contest.standings.iter().filter(|standing| standing.best_of.len() > 1);
        let series: Vec<Series> = tuned
            .map(|standing| {
                let x = standing.best_of.iter().map(|&(trials, ..)| trials as f64).collect();
                let y = standing.best_of.iter().map(|&(_, _, median)| draft.written(contest, median)).collect();
                draft.series(&standing.rule, vec![Mark::Line { x, y, steps: false }])
            })
            .collect();
        let x = Axis::new("settings tried", "");
        (!series.is_empty()).then(|| Chart { x, y: draft.score_axis(contest), series, ..Chart::default() })
    };
    let title = "What a number of trials finds";
    if let Some(figure) = draft.per_problem(title, chart) {
        let mut caption = vec![
            "The median of the best score of so many settings, drawn at random from those that were tried. A line that falls \
             early belongs to a rule that is easy to tune.".to_owned(),
        ];
        caption.extend(draft.left_out());
        let mut columns = vec![
            Column::new("Rule", Show::Text("rule".to_owned())),
            Column::new("Trials", Show::Number("trials".to_owned())),
            Column::new("Median best", Show::Number("median_best".to_owned())),
            Column::new("Expected best", Show::Number("expected_best".to_owned())),
        ];
        if draft.comparison.contests.len() > 1 {
            columns.insert(0, Column::new("Problem", Show::Text("problem".to_owned())));
        }
        let shown = Shown { figure: Some(figure), sheet: draft.sheet("tuning", columns), caption };
        section.exhibits.push(draft.exhibit("tuning-trials", title, &["runs"], shown));
    }
    section.exhibits.extend(honesty(draft));
    section
}

/// Scores where settings were chosen, on fresh replicates, and at default rates.
fn honesty(draft: &Draft<'_>) -> Option<Exhibit> {
    let standings = || draft.comparison.contests.iter().flat_map(|contest| &contest.standings);
    let default = standings().any(|standing| standing.default.is_some());
    if !default && !standings().any(|standing| standing.curse.is_some()) {
        return None;
    }
    let number = |name: &str| Show::Number(name.to_owned());
    let mut columns = vec![
        Column::new("Rule", Show::Text("rule".to_owned())),
        Column::new("Settings tried", number("settings")),
        Column::new("Where chosen", number("tuning_median"))
            .note("The median on the replicates that the setting was chosen on."),
        Column::new("Fresh", number("median")).note("The median on the other replicates."),
        Column::new("Fresh / chosen", number("fresh_over_tuning"))
            .note("Above 1, the setting looked better than it is."),
    ];
    if draft.comparison.contests.len() > 1 {
        columns.insert(0, Column::new("Problem", Show::Text("problem".to_owned())));
    }
    if default {
        columns.push(Column::new("Default rate", number("default_rate")));
        columns.push(
            Column::new("At default", number("default_median"))
                .note("The median on fresh replicates at the default rate."),
        );
    }
    let sheet = draft.sheet("ranking", columns)?;
    let caption =
        "Chance makes the best of many settings look better than it is; the fresh column is honest.".to_owned();
    let shown = Shown { sheet: Some(sheet), caption: vec![caption], figure: None };
    Some(draft.exhibit(
        "tuning-honesty",
        "Scores where settings were chosen, and on fresh replicates",
        &["runs"],
        shown,
    ))
}
