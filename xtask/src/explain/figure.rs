//! The responses as small multiples.

use std::sync::Arc;

use kuva::backend::svg::SvgBackend;
use kuva::plot::{LegendEntry, LegendShape, LinePlot};
use kuva::render::figure::Figure;
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use sgdlab_fingerprints::{Response, STEPS};

use super::page::short;
use crate::catalogue::number;

/// Blue, vermilion and green of the palette of Okabe and Ito, which all kinds of color vision tell apart and which stand
/// out on white and on dark paper.
const COLORS: [&str; 3] = ["#0072B2", "#D55E00", "#009E73"];

/// Dashes of the first, second and third series of a panel.
const DASHES: [Option<&str>; 3] = [None, Some("7 4"), Some("2 3")];

/// Width and height of a panel, in pixels.
const CELL: (f64, f64) = (320.0, 240.0);

/// The lines of one panel.
struct Line<'a> {
    rule: usize,
    series: usize,
    response: &'a Response,
}

/// An SVG picture of the responses of one rule, or of two.
///
/// One rule has a color for each series, two rules have one color each; dashes tell series apart in either case.
pub fn draw(all: &[(String, Vec<Response>)], rate: f64) -> String {
    let mut panels: Vec<(&str, Vec<Line>)> = Vec::new();
    for (rule, (_, responses)) in all.iter().enumerate() {
        for response in responses {
            if !panels.iter().any(|(stimulus, _)| *stimulus == response.stimulus) {
                panels.push((response.stimulus, Vec::new()));
            }
            let known = panels.iter_mut().find(|(stimulus, _)| *stimulus == response.stimulus);
            let lines = &mut known.expect("pushed if it was not there").1;
            let series = lines.iter().filter(|line| line.rule == rule).count();
            lines.push(Line { rule, series, response });
        }
    }
    let labels: Vec<&str> = all.iter().map(|(label, _)| label.as_str()).collect();
    let (plots, layouts) = panels.iter().map(|(stimulus, lines)| panel(stimulus, lines, all.len() > 1)).unzip();
    let title = format!("{}: steps against the gradient, at the rate {}", labels.join(" and "), number(rate));
    let scene = Figure::new(2, 3)
        .with_title(title)
        .with_title_size(16)
        .with_plots(plots)
        .with_layouts(layouts)
        .with_cell_size(CELL.0, CELL.1)
        .with_shared_legend_at(2.0 * CELL.0 + 90.0, CELL.1 + 110.0)
        .with_shared_legend_entries(legend(&panels, &labels))
        .render();
    SvgBackend::new().render_scene(&scene)
}

fn color(line: &Line<'_>, several: bool) -> &'static str {
    COLORS[if several { line.rule } else { line.series }]
}

fn panel(stimulus: &str, lines: &[Line<'_>], several: bool) -> (Vec<Plot>, Layout) {
    let plots: Vec<Plot> = lines
        .iter()
        .map(|line| {
            let points = line.response.values.iter().enumerate().filter(|(_, value)| value.is_finite());
            // What is drawn first is wider, so that it shows where lines are the same.
            let plot = LinePlot::new()
                .with_data(points.map(|(t, &value)| ((t + 1) as f64, value)).collect::<Vec<_>>())
                .with_color(color(line, several))
                .with_stroke_width(if lines.len() > 1 && line.rule == 0 && (several || line.series == 0) {
                    4.0
                } else {
                    2.0
                });
            Plot::Line(match line.series {
                0 => plot,
                1 => plot.with_dashed(),
                _ => plot.with_dotted(),
            })
        })
        .collect();
    let values = || lines.iter().flat_map(|line| line.response.values.iter().copied()).filter(|x| x.is_finite());
    let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let layout = Layout::auto_from_plots(&plots)
        .with_title(stimulus)
        .with_title_size(14)
        .with_x_label("step")
        .with_y_label("−Δx / rate")
        .with_x_axis_min(0.0)
        .with_x_axis_max(STEPS as f64)
        .with_y_tick_format(TickFormat::Custom(Arc::new(short)));
    // A gradient that is not there yet has no size to be drawn to scale, only what decay does.
    let logarithmic = low > 0.0 && high > 20.0 * low && stimulus != "rotated";
    let layout = if logarithmic {
        layout.with_log_y()
    } else {
        // From 0, so that rounding is not drawn as if it were something.
        let (low, high) = (low.min(0.0), high.max(0.0));
        let margin = if high > low { 0.08 * (high - low) } else { 1.0 };
        let low = if low < 0.0 { low - margin } else { 0.0 };
        layout.with_y_axis_min(low).with_y_axis_max(high + margin)
    };
    (plots, layout)
}

fn legend(panels: &[(&str, Vec<Line<'_>>)], labels: &[&str]) -> Vec<LegendEntry> {
    let several = labels.len() > 1;
    let entry = |label: String, color: &str, dash: Option<&str>| LegendEntry {
        label,
        color: color.to_owned(),
        shape: LegendShape::Line,
        dasharray: dash.map(str::to_owned),
    };
    let rules =
        labels.iter().enumerate().filter(|_| several).map(|(i, label)| entry((*label).to_owned(), COLORS[i], None));
    let lines = panels.iter().flat_map(|(stimulus, lines)| lines.iter().map(move |line| (stimulus, line)));
    let series =
        lines.filter(|(_, line)| line.rule == 0 && !line.response.series.is_empty()).map(|(stimulus, line)| {
            let color = if several { "#666666" } else { COLORS[line.series] };
            entry(format!("{stimulus}: {}", line.response.series), color, DASHES[line.series])
        });
    rules.chain(series).collect()
}
