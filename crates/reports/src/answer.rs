//! The answer to a sweep's question as text of at most 80 columns.

use std::fmt::Write;

use crate::stats::Spread;
use crate::summary::{AXES, Group, groups, numbers};
use crate::table::{Table, TableError};

/// A rate is good if it needs at most this many times the evaluations of the best one.
pub const GOOD: f64 = 2.0;

/// What combinations are compared by.
#[derive(Clone, Debug, PartialEq)]
struct Criterion {
    column: String,
    /// The target behind an `evaluations_to_` column.
    target: Option<String>,
}

/// A combination with its score: smaller is better.
#[derive(Clone, Debug)]
struct Scored {
    group: Group,
    score: Spread,
    rate: f64,
}

impl Scored {
    fn axis(&self, name: &str) -> &str {
        let position = AXES.iter().position(|&axis| axis == name).expect("an axis of the table");
        &self.group.axes[position]
    }

    /// What a setting is apart from rule and rate.
    fn setting(&self) -> Vec<&str> {
        self.group.axes[..6].iter().map(String::as_str).collect()
    }
}

/// The answer that a table of runs gives: for each problem, the rules ranked at their best rate,
/// the range of good rates, the share of diverged runs, and what batch size and sampler change.
///
/// `metric` is the metric of the targets, as tables call it.
/// Rules are compared by the term gradients to the smallest target that any combination reaches
/// in the median over replicates; without such a target by the final value.
///
/// # Errors
/// If a column is missing or a field is not a number.
pub fn answer(runs: &Table, metric: &str) -> Result<String, TableError> {
    let groups = groups(runs)?;
    let mut text = String::new();
    let mut problems: Vec<String> = groups.iter().map(|group| group.axes[0].clone()).collect();
    problems.dedup();
    for problem in problems {
        let groups: Vec<Group> = groups.iter().filter(|group| group.axes[0] == problem).cloned().collect();
        if !text.is_empty() {
            text.push('\n');
        }
        one_problem(runs, &problem, metric, groups, &mut text)?;
    }
    text.push('\n');
    text.push_str(LEGEND);
    Ok(text)
}

fn one_problem(
    runs: &Table,
    problem: &str,
    metric: &str,
    groups: Vec<Group>,
    text: &mut String,
) -> Result<(), TableError> {
    let criterion = criterion(runs, &groups)?;
    let mut scored = Vec::new();
    for group in groups {
        let score = Spread::of(&numbers(runs, &group, &criterion.column)?.unwrap_or_default());
        let rate = group.axes[7].parse().unwrap_or(f64::NAN);
        scored.push(Scored { group, score, rate });
    }
    let replicates = scored.iter().map(|scored| scored.group.rows.len()).max().unwrap_or(0);
    let measure = match &criterion.target {
        Some(target) => format!("term gradients until {metric} ≤ {target}"),
        None => "final value (no target was reached, or none was set)".to_owned(),
    };
    let _ = writeln!(text, "{problem}: {measure}");
    let noun = if replicates == 1 { "replicate" } else { "replicates" };
    let _ = writeln!(text, "median [quartiles] over {replicates} {noun}, each rule at its best setting\n");
    let best = best_of_each_rule(&scored);
    let name = if criterion.target.is_some() { "cost" } else { "value" };
    ranking(&best, &scored, name, text);
    other_targets(runs, &best, &scored, &criterion, text)?;
    matrix(&best, &scored, text);
    Ok(())
}

/// The smallest target that some combination reaches in the median; otherwise the final value.
fn criterion(runs: &Table, groups: &[Group]) -> Result<Criterion, TableError> {
    let mut found: Option<(f64, Criterion)> = None;
    for column in runs.columns.iter().filter(|column| column.starts_with("evaluations_to_")) {
        let target = column.trim_start_matches("evaluations_to_");
        let Ok(level) = target.parse::<f64>() else { continue };
        let mut reached = false;
        for group in groups {
            let numbers = numbers(runs, group, column)?.unwrap_or_default();
            reached |= Spread::of(&numbers).median.is_finite();
        }
        if reached && found.as_ref().is_none_or(|(smallest, _)| level < *smallest) {
            found = Some((level, Criterion { column: column.clone(), target: Some(target.to_owned()) }));
        }
    }
    Ok(found.map_or(Criterion { column: "final_value".to_owned(), target: None }, |(_, criterion)| criterion))
}

/// The best combination of each rule, best rule first; a rule without a finite score comes last.
fn best_of_each_rule(scored: &[Scored]) -> Vec<&Scored> {
    let mut best: Vec<&Scored> = Vec::new();
    for candidate in scored {
        match best.iter_mut().find(|known| known.axis("rule") == candidate.axis("rule")) {
            Some(known) if better(candidate, known) => *known = candidate,
            Some(_) => {}
            None => best.push(candidate),
        }
    }
    best.sort_by(|a, b| a.score.median.total_cmp(&b.score.median));
    best
}

fn better(a: &Scored, b: &Scored) -> bool {
    let key = |scored: &Scored| (scored.score.median, scored.score.q75);
    let ((a, a75), (b, b75)) = (key(a), key(b));
    a < b || (a == b && a75 < b75)
}

/// What the columns of the ranking say.
const LEGEND: &str = "\
good rates: within twice the cost of the best one in that setting; * where they
reach the end of the grid. diverged: of all runs of the rule.
";

fn ranking(best: &[&Scored], scored: &[Scored], name: &str, text: &mut String) {
    let varies = varying(scored);
    let mut rows = vec![["rule", "rate", name, "good rates", "diverged", "setting"].map(str::to_owned).to_vec()];
    rows.extend(best.iter().map(|best| {
        let of_rule: Vec<&Scored> = scored.iter().filter(|scored| scored.axis("rule") == best.axis("rule")).collect();
        let runs: usize = of_rule.iter().map(|scored| scored.group.rows.len()).sum();
        let diverged: usize = of_rule.iter().map(|scored| scored.group.diverged).sum();
        let reached = best.score.median.is_finite();
        let only_if_reached = |field: String| if reached { field } else { "–".to_owned() };
        vec![
            best.axis("rule").to_owned(),
            only_if_reached(short(best.rate)),
            if diverged == runs { "diverged".to_owned() } else { spread(&best.score) },
            good_rates(best, &of_rule),
            format!("{:.0} %", 100.0 * diverged as f64 / runs as f64),
            only_if_reached(title(&best.setting(), &varies)),
        ]
    }));
    // Where there is but one setting, nobody has to be told it.
    if varies.is_empty() {
        rows.iter_mut().for_each(|row| row.truncate(5));
    }
    if line_width(&rows) > WIDTH && !varies.is_empty() {
        let settings: Vec<String> = rows.iter_mut().filter_map(Vec::pop).collect();
        columns(&rows, text);
        text.push_str("\nbest settings:\n");
        for (row, setting) in rows.iter().zip(&settings).skip(1) {
            let _ = writeln!(text, "  {}: {setting}", row[0]);
        }
    } else {
        columns(&rows, text);
    }
}

/// Each rule's best median for the other targets, at whatever setting is best for them.
fn other_targets(
    runs: &Table,
    best: &[&Scored],
    scored: &[Scored],
    criterion: &Criterion,
    text: &mut String,
) -> Result<(), TableError> {
    let others = runs.columns.iter().filter(|name| name.starts_with("evaluations_to_") && **name != criterion.column);
    let mut lists = vec![vec!["rule".to_owned()]];
    lists[0].extend(best.iter().map(|best| best.axis("rule").to_owned()));
    for column in others {
        let mut list = vec![column.trim_start_matches("evaluations_to_").to_owned()];
        for best in best {
            let mut least = f64::INFINITY;
            for scored in scored.iter().filter(|scored| scored.axis("rule") == best.axis("rule")) {
                let numbers = numbers(runs, &scored.group, column)?.unwrap_or_default();
                least = least.min(Spread::of(&numbers).median);
            }
            list.push(count(least));
        }
        lists.push(list);
    }
    if lists.len() > 1 {
        text.push_str("\nbest median for other targets:\n\n");
        side_by_side(&lists, text);
    }
    Ok(())
}

/// The range of rates around the best one whose score is within [`GOOD`] of it.
fn good_rates(best: &Scored, of_rule: &[&Scored]) -> String {
    if !best.score.median.is_finite() {
        return "none".to_owned();
    }
    let mut same: Vec<&&Scored> = of_rule.iter().filter(|scored| scored.setting() == best.setting()).collect();
    same.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    let good = |scored: &Scored| scored.score.median <= GOOD * best.score.median;
    let at = same.iter().position(|scored| scored.rate == best.rate).unwrap_or(0);
    let low = same[..=at].iter().rev().take_while(|scored| good(scored)).last().map_or(best.rate, |scored| scored.rate);
    let high = same[at..].iter().take_while(|scored| good(scored)).last().map_or(best.rate, |scored| scored.rate);
    let edge = |rate: f64, end: Option<&&&Scored>| if end.is_some_and(|end| end.rate == rate) { "*" } else { "" };
    match (edge(low, same.first()), edge(high, same.last())) {
        _ if same.len() == 1 => short(low),
        (left, right) if low == high => format!("{left}{}{right}", short(low)),
        (left, right) => format!("{left}{} – {}{right}", short(low), short(high)),
    }
}

/// The axes of a setting, the problem aside, that have several values.
fn varying(scored: &[Scored]) -> Vec<usize> {
    let differs = |axis: &usize| scored.iter().any(|other| other.setting()[*axis] != scored[0].setting()[*axis]);
    (1..6).filter(differs).collect()
}

/// A setting by the axes that vary.
fn title(setting: &[&str], varies: &[usize]) -> String {
    varies.iter().map(|&axis| setting[axis]).collect::<Vec<_>>().join(" ")
}

/// Each rule's best score in every setting of batch size, sampler and the like.
fn matrix(best: &[&Scored], scored: &[Scored], text: &mut String) {
    let mut settings: Vec<Vec<&str>> = Vec::new();
    for scored in scored {
        if !settings.contains(&scored.setting()) {
            settings.push(scored.setting());
        }
    }
    if settings.len() < 2 {
        return;
    }
    let varies = varying(scored);
    let names: Vec<&str> = varies.iter().map(|&axis| AXES[axis]).collect();
    let _ = writeln!(text, "\nbest median for each {}:\n", names.join(", "));
    let cell = |rule: &str, setting: &[&str]| {
        let of_cell = scored.iter().filter(|scored| scored.axis("rule") == rule && scored.setting() == setting);
        let medians = of_cell.map(|scored| scored.score.median).map(|x| if x.is_nan() { f64::INFINITY } else { x });
        // Nothing, where the plan leaves the combination out.
        medians.reduce(f64::min).map_or_else(String::new, count)
    };
    let mut rows = vec![vec!["rule".to_owned()]];
    rows[0].extend(best.iter().map(|best| best.axis("rule").to_owned()));
    for setting in &settings {
        let mut row = vec![title(setting, &varies)];
        row.extend(best.iter().map(|best| cell(best.axis("rule"), setting)));
        rows.push(row);
    }
    side_by_side(&rows, text);
}

/// Lists as columns beside the first one while they fit, in several tables otherwise.
fn side_by_side(rows: &[Vec<String>], text: &mut String) {
    let mut start = 1;
    while start < rows.len() {
        let mut end = start + 1;
        while end < rows.len() && width(rows, start, end + 1) <= WIDTH {
            end += 1;
        }
        let turned: Vec<Vec<String>> = (0..rows[0].len())
            .map(|line| std::iter::once(0).chain(start..end).map(|column| rows[column][line].clone()).collect())
            .collect();
        columns(&turned, text);
        start = end;
        if start < rows.len() {
            text.push('\n');
        }
    }
}

/// The width of a terminal that everything fits into.
const WIDTH: usize = 80;

fn widest(fields: &[String]) -> usize {
    fields.iter().map(|field| field.chars().count()).max().unwrap_or(0)
}

/// The width of the lists 0 and `start..end` side by side.
fn width(lists: &[Vec<String>], start: usize, end: usize) -> usize {
    2 + widest(&lists[0]) + lists[start..end].iter().map(|list| 2 + widest(list)).sum::<usize>()
}

/// Rows with columns aligned; the first column to the left, the others to the right.
///
/// Rows that would be too wide have their first and last fields shortened.
fn columns(rows: &[Vec<String>], text: &mut String) {
    let mut rows = rows.to_vec();
    let last = rows[0].len() - 1;
    for (column, least) in [(last, 14), (0, 12)] {
        let excess = line_width(&rows).saturating_sub(WIDTH);
        let widest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        if excess > 0 {
            let keep = widest.saturating_sub(excess).max(least);
            rows.iter_mut().for_each(|row| row[column] = shortened(&row[column], keep));
        }
    }
    let widths = widths(&rows);
    for row in rows {
        let mut line = String::from("  ");
        for (column, field) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - field.chars().count());
            let _ = match column {
                0 => write!(line, "{field}{pad}"),
                _ => write!(line, "  {pad}{field}"),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let of_column = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    (0..rows[0].len()).map(of_column).collect()
}

fn line_width(rows: &[Vec<String>]) -> usize {
    widths(rows).iter().map(|width| width + 2).sum()
}

/// At most `keep` characters, with an ellipsis in the middle if something is missing.
fn shortened(field: &str, keep: usize) -> String {
    let characters: Vec<char> = field.chars().collect();
    if characters.len() <= keep {
        return field.to_owned();
    }
    let tail = (keep - 1) / 2;
    let head = &characters[..keep - 1 - tail];
    head.iter().chain(&['…']).chain(&characters[characters.len() - tail..]).collect()
}

/// `median [q25–q75]`.
fn spread(spread: &Spread) -> String {
    if !spread.median.is_finite() {
        return "not reached".to_owned();
    }
    format!("{} [{}–{}]", count(spread.median), count(spread.q25), count(spread.q75))
}

/// A score with three significant digits: 12.3k for counts, 0.0123 for values.
fn count(x: f64) -> String {
    match x {
        _ if x.is_nan() => "–".to_owned(),
        _ if x.is_infinite() => "∞".to_owned(),
        _ if x >= 1e6 => format!("{}M", three(x / 1e6)),
        _ if x >= 1e4 => format!("{}k", three(x / 1e3)),
        _ => three(x),
    }
}

fn three(x: f64) -> String {
    let digits = if x == 0.0 { 0 } else { x.abs().log10().floor() as i32 };
    let decimals = (2 - digits).clamp(0, 6) as usize;
    if digits < -4 { format!("{x:.2e}") } else { format!("{x:.decimals$}") }
}

/// A rate with two significant digits.
fn short(x: f64) -> String {
    let digits = if x == 0.0 { 0 } else { x.abs().log10().floor() as i32 };
    let rounded = format!("{:.*}", (1 - digits).max(0) as usize, x);
    let trimmed = if rounded.contains('.') { rounded.trim_end_matches('0').trim_end_matches('.') } else { &rounded };
    if digits < -4 { format!("{x:.1e}") } else { trimmed.to_owned() }
}
