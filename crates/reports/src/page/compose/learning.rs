//! What runs do over time.

use super::words::{counted, metric};
use super::{Draft, Shown, curve};
use crate::analysis::{Contest, Curve};
use crate::figures::{Axis, Chart, Guide, Reference};
use crate::page::{Column, Section, Show};

/// The metric against costs.
pub fn section(draft: &Draft<'_>) -> Section {
    let mut section = Section::new("learning", "Learning");
    let measure = &draft.comparison.measure;
    let (words, unit) = metric(&measure.metric);
    let chart = |contest: &Contest| {
        let series: Vec<_> = contest
            .curves
            .iter()
            .filter(|curve| !curve.points.is_empty())
            .map(|found| draft.series(&found.rule, of_curve(found)))
            .collect();
        if series.is_empty() {
            return None;
        }
        let positive = contest.curves.iter().flat_map(|curve| &curve.points).all(|point| point.median > 0.0);
        let axis = Axis::new(&words, &unit);
        let y = if positive { axis.log() } else { axis };
        let target = |target: &crate::reading::Target| Reference {
            name: format!("target {}", target.text),
            guide: Guide::Horizontal(target.level),
        };
        let references = measure.targets.iter().map(target).collect();
        Some(Chart { x: Axis::new(&measure.unit, "").log(), y, references, series, ..Chart::default() })
    };
    let title = format!(
        "{} against cost, each rule at its chosen setting",
        super::words::sentence(&words).trim_end_matches('.')
    );
    let Some(figure) = draft.per_problem(&title, chart) else { return section };
    let runs =
        draft.comparison.contests.iter().flat_map(|contest| &contest.curves).map(|curve| curve.runs).max().unwrap_or(0);
    let mut caption = vec![format!(
        "Lines are medians over {} for each rule, bands reach from the lower to the upper quartile.",
        counted(runs, "fresh run")
    )];
    caption.extend(draft.left_out());
    let text = |name: &str| Show::Number(name.to_owned());
    let mut columns = vec![Column::new("Rule", Show::Text("rule".to_owned()))];
    if draft.comparison.contests.len() > 1 {
        columns.insert(0, Column::new("Problem", Show::Text("problem".to_owned())));
    }
    columns.push(Column::new("Cost", text("cost")).unit(&measure.unit));
    let interval = Show::Interval { middle: "median".to_owned(), low: "q25".to_owned(), high: "q75".to_owned() };
    columns.push(Column::new(&super::words::sentence(&words).replace('.', ""), interval).unit("[quartiles]"));
    let shown = Shown { figure: Some(figure), sheet: draft.sheet("curves", columns), caption };
    section.exhibits.push(draft.exhibit("learning-curves", &title, &["rows"], shown));
    section
}

fn of_curve(found: &Curve) -> Vec<crate::figures::Mark> {
    // A logarithmic axis has no place for the cost 0 of the initial point.
    let points = || found.points.iter().filter(|point| point.cost > 0.0);
    let column = |of: fn(&crate::analysis::CurvePoint) -> f64| points().map(of).collect::<Vec<f64>>();
    let edges = (column(|point| point.q25), column(|point| point.q75));
    curve(column(|point| point.cost), column(|point| point.median), Some(edges), false)
}
