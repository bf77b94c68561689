//! The legend, above the charts.

use super::canvas::{Anchor, Canvas, Point, SIZE};
use super::font;
use super::marks::{self, CROWD, guide, stroke, symbols};
use super::model::{Chart, Mark, Reference, Series, Spot, Surface};

/// The width of a sample and the space after it.
const SAMPLE: f64 = 34.0;

/// The height of a row.
const ROW: f64 = 18.0;

/// The space between columns.
const GAP: f64 = 18.0;

/// What an entry shows beside its name.
#[derive(Clone, Debug, PartialEq)]
enum Sample {
    Series { style: usize, line: bool, symbol: bool, area: bool },
    Guide(usize),
    Star,
    Path,
    Cross,
}

/// A legend that knows how much space it takes.
#[derive(Clone, Debug)]
pub struct Legend {
    entries: Vec<(String, Sample)>,
    columns: usize,
    width: f64,
}

impl Legend {
    /// The legend of charts, in this width.
    pub fn of_charts(charts: &[Chart], width: f64) -> Self {
        let mut legend = Self { entries: Vec::new(), columns: 1, width };
        for chart in charts {
            let has_line = |series: &&Series| series.marks.iter().any(|mark| matches!(mark, Mark::Line { .. }));
            let crowd = chart.series.iter().filter(has_line).count() >= CROWD;
            chart.series.iter().for_each(|series| legend.series(series, crowd));
            legend.references(&chart.references);
            legend.spots(&chart.spots);
        }
        let marks = || charts.iter().flat_map(|chart| &chart.series).flat_map(|series| &series.marks);
        if marks().any(|mark| matches!(mark, Mark::Path { .. })) {
            legend.add("from start to end", Sample::Path);
        }
        let infinite = |y: &[f64]| y.contains(&f64::INFINITY);
        let lost = |series: &Series| {
            let points = series.marks.iter().any(|mark| matches!(mark, Mark::Points { .. }));
            series.marks.iter().any(|mark| match mark {
                Mark::Line { y, .. } => !points && infinite(y),
                Mark::Box { values, .. } => infinite(values),
                _ => false,
            })
        };
        if charts.iter().flat_map(|chart| &chart.series).any(lost) {
            legend.add("diverged or not reached", Sample::Cross);
        }
        legend.fitted()
    }

    /// The legend of paths and points on a surface, and of what is beside it.
    pub fn of_surface(Surface { series, spots, beside, .. }: &Surface, width: f64) -> Self {
        let mut legend = Self { entries: Vec::new(), columns: 1, width };
        series.iter().for_each(|series| legend.series(series, false));
        beside.iter().flat_map(|chart| &chart.series).for_each(|series| legend.series(series, false));
        legend.spots(spots);
        if !series.is_empty() {
            legend.add("from start to end", Sample::Path);
        }
        legend.fitted()
    }

    fn add(&mut self, name: &str, sample: Sample) {
        if !name.trim().is_empty() && self.entries.iter().all(|(known, _)| known != name) {
            self.entries.push((name.to_owned(), sample));
        }
    }

    fn series(&mut self, series: &Series, crowd: bool) {
        let has = |is: fn(&Mark) -> bool| series.marks.iter().any(is);
        let line = has(|mark| matches!(mark, Mark::Line { .. } | Mark::Path { .. }));
        let symbol =
            has(|mark| matches!(mark, Mark::Points { .. })) || (crowd && has(|mark| matches!(mark, Mark::Line { .. })));
        let area = has(|mark| matches!(mark, Mark::Band { .. }))
            && !(crowd && has(|mark| matches!(mark, Mark::Points { .. })));
        self.add(&series.name, Sample::Series { style: series.style, line, symbol, area });
    }

    fn references(&mut self, references: &[Reference]) {
        references.iter().enumerate().for_each(|(i, reference)| self.add(&reference.name, Sample::Guide(i)));
    }

    fn spots(&mut self, spots: &[Spot]) {
        spots.iter().for_each(|spot| self.add(&spot.name, Sample::Star));
    }

    fn fitted(mut self) -> Self {
        // One name is said by the title or the axis, if there is nothing to tell apart.
        let widest = self.widest();
        self.columns =
            (((self.width + GAP) / (SAMPLE + widest + GAP)).floor() as usize).clamp(1, self.entries.len().max(1));
        self
    }

    fn widest(&self) -> f64 {
        let widths = self.entries.iter().map(|(name, _)| font::width(name, SIZE));
        widths.fold(0.0, f64::max).min(0.6 * self.width)
    }

    /// Its height with the space after it.
    pub fn height(&self) -> f64 {
        let rows = self.entries.len().div_ceil(self.columns);
        if rows == 0 { 0.0 } else { rows as f64 * ROW + 8.0 }
    }

    /// Draws it with its upper left corner there; entries go down the columns.
    pub fn draw(&self, canvas: &mut Canvas, [left, top]: Point) {
        let rows = self.entries.len().div_ceil(self.columns).max(1);
        let (widest, mut from) = (self.widest(), left);
        for column in self.entries.chunks(rows) {
            for (i, (name, sample)) in column.iter().enumerate() {
                let y = top + (i as f64 + 0.5) * ROW;
                draw_sample(canvas, sample, [from, y], name);
                canvas.text([from + SAMPLE, y + 4.0], Anchor::Start, ("t", SIZE), name, widest);
            }
            let of_column = column.iter().map(|(name, _)| font::width(name, SIZE)).fold(0.0, f64::max).min(widest);
            from += SAMPLE + of_column + GAP;
        }
    }
}

fn draw_sample(canvas: &mut Canvas, sample: &Sample, [x, y]: Point, name: &str) {
    let (ends, middle) = ([[x, y], [x + 27.0, y]], [x + 13.5, y]);
    match *sample {
        Sample::Series { style, line, symbol, area } => {
            canvas.open_series(style, name);
            if area {
                let place = super::canvas::rectangle([x, y - 5.0], [27.0, 10.0]);
                canvas.element("rect", &format!("{place} fill=\"currentColor\" fill-opacity=\".17\""));
            }
            if line {
                canvas.line(&ends, &stroke(style));
            }
            if symbol {
                symbols(canvas, &[middle], style, 3.6);
            }
            canvas.close();
        }
        Sample::Guide(index) => canvas.line(&ends, &guide(index)),
        Sample::Star => canvas.element("path", &format!("class=\"e\" d=\"{}\"", marks::star(middle, 7.0))),
        Sample::Path => {
            canvas.open("class=\"k\"");
            canvas.line(&ends, "fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.4\"");
            marks::start_and_end(canvas, [x + 3.0, y], [x + 24.0, y]);
            canvas.close();
        }
        Sample::Cross => {
            canvas.open("class=\"k\"");
            marks::crosses(canvas, &[middle]);
            canvas.close();
        }
    }
}
