//! The responses as small charts.

use sgdlab_fingerprints::{Response, STEPS};
use sgdlab_reports::figures::{Axis, CYCLE, Chart, Figure, Mark, Series};

use crate::catalogue::number;

/// A line of a chart: the rule, the series of the response, and the response.
type Line<'a> = (usize, usize, &'a Response);

/// An SVG picture of the responses of one rule, or of two.
pub fn draw(all: &[(String, Vec<Response>)], rate: f64) -> String {
    let mut stimuli: Vec<(&str, Vec<Line<'_>>)> = Vec::new();
    for (rule, (_, responses)) in all.iter().enumerate() {
        for response in responses {
            if !stimuli.iter().any(|(stimulus, _)| *stimulus == response.stimulus) {
                stimuli.push((response.stimulus, Vec::new()));
            }
            let known = stimuli.iter_mut().find(|(stimulus, _)| *stimulus == response.stimulus);
            let lines = &mut known.expect("pushed if it was not there").1;
            let series = lines.iter().filter(|line| line.0 == rule).count();
            lines.push((rule, series, response));
        }
    }
    let labels: Vec<&str> = all.iter().map(|(label, _)| label.as_str()).collect();
    let charts = stimuli.iter().map(|(stimulus, lines)| chart(stimulus, lines, &labels)).collect();
    let title = format!("{}: steps against the gradient, at the rate {}", labels.join(" and "), number(rate));
    Figure::multiples(&title, charts, 3).svg()
}

/// What a rule does on one stimulus.
fn chart(stimulus: &str, lines: &[Line<'_>], labels: &[&str]) -> Chart {
    let values = || lines.iter().flat_map(|line| line.2.values.iter().copied()).filter(|x| x.is_finite());
    let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let y = Axis::new("−Δx / rate", "");
    // A gradient that is not there yet has no size to be drawn to scale, only what decay does.
    let y = if low > 0.0 && high > 20.0 * low && stimulus != "rotated" {
        y.log()
    } else {
        // From 0, so that rounding is not drawn as if it were something.
        let (low, high) = (low.min(0.0), high.max(0.0));
        let margin = if high > low { 0.08 * (high - low) } else { 1.0 };
        y.between(if low < 0.0 { low - margin } else { 0.0 }, high + margin)
    };
    let series = lines.iter().map(|line| series(stimulus, line, labels)).collect();
    let x = Axis::new("step", "").between(0.0, STEPS as f64);
    Chart { title: stimulus.to_owned(), x, y, series, ..Chart::default() }
}

/// One line. Of one rule, series have colors of their own; of two, each rule has one color, and series differ in dashes.
fn series(stimulus: &str, (rule, series, response): &Line<'_>, labels: &[&str]) -> Series {
    let name = match (labels.len(), response.series) {
        (1, "") => String::new(),
        (1, series) => format!("{stimulus}: {series}"),
        (_, "") => labels[*rule].to_owned(),
        (_, series) => format!("{}, {stimulus}: {series}", labels[*rule]),
    };
    let x = (1..=response.values.len()).map(|t| t as f64).collect();
    // What is not finite is not drawn.
    let y = response.values.iter().map(|&x| if x.is_finite() { x } else { f64::NAN }).collect();
    let style = if labels.len() > 1 { rule + CYCLE * series } else { *series };
    Series { name, style, marks: vec![Mark::Line { x, y, steps: false }] }
}
