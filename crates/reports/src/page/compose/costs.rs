//! Other targets and budgets than the one that rules are ranked by.

use super::words::{counted, metric};
use super::{Draft, Shown};
use crate::analysis::Contest;
use crate::figures::{Axis, Chart, Figure, Mark, Series};
use crate::page::{Column, Exhibit, Section, Sheet, Show};
use crate::statistics::Steps;
use crate::table::Table;

/// Whether the ranking would be another one elsewhere.
pub fn section(draft: &Draft<'_>) -> Section {
    let mut section = Section::new("targets", "Other targets and budgets");
    section.exhibits.extend(outlook(draft));
    section.exhibits.extend(reach(draft));
    section.exhibits.extend(profiles(draft));
    section
}

/// A step function that begins where nothing is reached and goes on to the end of the axis.
fn steps(share: &Steps, end: f64) -> Option<Mark> {
    let &(first, _) = share.points.first()?;
    let mut points = vec![(first, 0.0)];
    points.extend(&share.points);
    points.push((end.max(points[points.len() - 1].0), share.limit()));
    let (x, y) = points.into_iter().unzip();
    Some(Mark::Line { x, y, steps: true })
}

fn lines<'a>(draft: &Draft<'_>, shares: impl Iterator<Item = (&'a str, &'a Steps)> + Clone) -> Vec<Series> {
    let end = shares.clone().filter_map(|(_, share)| share.points.last()).map(|&(x, _)| x).fold(0.0, f64::max);
    shares.filter_map(|(rule, share)| Some(draft.series(rule, vec![steps(share, end)?]))).collect()
}

fn reach(draft: &Draft<'_>) -> Option<Exhibit> {
    let measure = &draft.comparison.measure;
    let chart = |contest: &Contest| {
        let series = lines(draft, contest.reach.iter().map(|reach| (reach.rule.as_str(), &reach.share)));
        let x = Axis::new(&measure.unit, "").log();
        let y = Axis::new("share of runs and targets reached", "").between(0.0, 1.0);
        (!series.is_empty()).then(|| Chart { x, y, series, ..Chart::default() })
    };
    let title = "Share of targets reached by a cost";
    let figure = draft.per_problem(title, chart)?;
    let levels = draft.comparison.contests.iter().map(|contest| contest.ladder.len()).max().unwrap_or(0);
    let runs =
        draft.comparison.contests.iter().flat_map(|contest| &contest.reach).map(|reach| reach.runs).max().unwrap_or(0);
    let caption = format!(
        "Over {} and {} of the {} from easy to hard, each rule at its chosen setting. Further left is faster, higher is more \
         targets. A line that ends below 1 belongs to a rule that did not reach all of them.",
        counted(runs, "fresh run"),
        counted(levels, "target"),
        metric(&measure.metric).0
    );
    let mut caption = vec![caption];
    caption.extend(draft.left_out());
    let number = |name: &str| Show::Number(name.to_owned());
    let mut columns = vec![
        Column::new("Rule", Show::Text("rule".to_owned())),
        Column::new("Cost", number("cost")).unit(&measure.unit),
        Column::new("Share", Show::Share("share".to_owned())),
    ];
    if draft.comparison.contests.len() > 1 {
        columns.insert(0, Column::new("Problem", Show::Text("problem".to_owned())));
    }
    let shown = Shown { figure: Some(figure), sheet: draft.sheet("reach", columns), caption };
    Some(draft.exhibit("targets-reached", title, &["rows"], shown))
}

fn profiles(draft: &Draft<'_>) -> Option<Exhibit> {
    let profiles = draft.comparison.profiles.as_ref()?;
    let of = |shares: &[(String, Steps)]| lines(draft, shares.iter().map(|(rule, share)| (rule.as_str(), share)));
    let share = || Axis::new("share of instances", "").between(0.0, 1.0);
    let chart = |title: &str, x: Axis, series: Vec<Series>| Chart {
        title: title.to_owned(),
        x,
        y: share(),
        series,
        ..Chart::default()
    };
    let ratio = || Axis::new("cost relative to the best", "").log();
    let mut charts = vec![chart("relative to the best rule", ratio(), of(&profiles.performance))];
    if let Some(leader) = profiles.leader.as_ref().filter(|_| profiles.without_leader.len() > 1) {
        charts.push(chart(&format!("without {leader}"), ratio(), of(&profiles.without_leader)));
    }
    charts.push(chart("within a cost", Axis::new("cost", &profiles.data_unit).log(), of(&profiles.data)));
    charts.retain(|chart| !chart.series.is_empty());
    if charts.is_empty() {
        return None;
    }
    let title = format!("Performance profiles over {}", counted(profiles.instances, "instance"));
    let figure = Figure::multiples(&title, charts, 2);
    let caption = "An instance is a problem with a sampler, batch size and the like, and a fresh replicate; in each, every rule runs at its \
                   best rate there. The height at 1 is the share of instances where the rule is best, the height at r where it costs at \
                   most r times the best. Leaving the leader out shows whether the order of the others hangs on it.";
    let columns = vec![
        Column::new("Profile", Show::Text("profile".to_owned())),
        Column::new("Rule", Show::Text("rule".to_owned())),
        Column::new("Ratio or cost", Show::Number("x".to_owned())),
        Column::new("Share", Show::Share("share".to_owned())),
    ];
    let shown =
        Shown { figure: Some(figure), sheet: draft.sheet("profiles", columns), caption: vec![caption.to_owned()] };
    Some(draft.exhibit("targets-profiles", &title, &["runs"], shown))
}

/// Who leads for which target within which budget.
fn outlook(draft: &Draft<'_>) -> Option<Exhibit> {
    let comparison = draft.comparison;
    let several = comparison.contests.len() > 1;
    let mut rows = Vec::new();
    for found in &comparison.outlook {
        let reached = || found.ranking.iter().filter(|(.., scores)| scores.median.is_finite());
        let written = |x: f64| if found.target.is_some() { x } else { comparison.measure.written(x) };
        let place = |n: usize| reached().nth(n).map_or_else(String::new, |(rule, ..)| rule.clone());
        let median = reached().next().map_or_else(String::new, |(.., scores)| written(scores.median).to_string());
        let target = found.target.map_or_else(|| "best value".to_owned(), super::human);
        let budget = found.budget.to_string();
        rows.push(vec![
            found.problem.clone(),
            target,
            budget,
            found.share.to_string(),
            place(0),
            median,
            place(1),
            place(2),
            reached().count().to_string(),
        ]);
    }
    let columns = ["problem", "target", "budget", "share", "first", "median", "second", "third", "reached"];
    let data = Table {
        name: "outlook".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.into_iter().map(Into::into).collect(),
    };
    if data.rows.len() < 2 {
        return None;
    }
    let text = |name: &str| Show::Text(name.to_owned());
    let number = |name: &str| Show::Number(name.to_owned());
    let mut columns = vec![
        Column::new("Target", text("target")),
        Column::new("Budget", number("budget")).unit(&comparison.measure.unit),
        Column::new("First", text("first")),
        Column::new("Its median", number("median")),
        Column::new("Second", text("second")),
        Column::new("Third", text("third")),
        Column::new("Rules there", number("reached"))
            .note("How many rules reach the target within the budget in the median."),
    ];
    if several {
        columns.insert(0, Column::new("Problem", text("problem")));
    }
    let title = "Who leads for which target within which budget";
    let caption = "Settings are chosen anew for every target and budget, on the tuning replicates. Empty: no rule gets there in the median.".to_owned();
    let shown = Shown { sheet: Some(Sheet { data, columns }), caption: vec![caption], figure: None };
    Some(draft.exhibit("targets-outlook", title, &["runs", "rows"], shown))
}
