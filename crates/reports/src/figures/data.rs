//! The numbers behind a figure.

use super::model::{Chart, Figure, Guide, Map, Mark, Picture, Surface};
use crate::table::{StringRecord, Table};

/// The columns of the numbers behind a figure.
const COLUMNS: [&str; 7] = ["chart", "series", "mark", "x", "y", "low", "high"];

impl Figure {
    /// The numbers behind the figure: one row for each point of each mark.
    ///
    /// `chart` is the title of the chart, `mark` what is drawn. A band has `low` and `high` instead of `y`; a box has a
    /// row for each of its numbers, and its name is the series. In maps, `low` is the number at x and y.
    #[must_use]
    pub fn data(&self) -> Table {
        let mut rows = Rows(Vec::new());
        match &self.picture {
            Picture::Charts(charts) => charts.charts.iter().for_each(|chart| rows.chart(chart)),
            Picture::Ranks(ranks) => {
                for (name, &rank) in ranks.names.iter().zip(&ranks.ranks) {
                    rows.push(["", name, "rank"], [rank, f64::NAN, f64::NAN, f64::NAN]);
                }
                let nothing = f64::NAN;
                rows.push(["", "critical difference", "rank"], [ranks.critical_difference, nothing, nothing, nothing]);
            }
            Picture::Surface(surface) => rows.surface(surface),
        }
        Table { name: "data".to_owned(), columns: COLUMNS.map(str::to_owned).to_vec(), rows: rows.0 }
    }
}

struct Rows(Vec<StringRecord>);

impl Rows {
    fn push(&mut self, words: [&str; 3], numbers: [f64; 4]) {
        let number = |x: f64| if x.is_nan() { String::new() } else { x.to_string() };
        self.0.push(words.into_iter().map(str::to_owned).chain(numbers.map(number)).collect());
    }

    fn points(&mut self, words: [&str; 3], x: &[f64], y: &[f64]) {
        for (&x, &y) in x.iter().zip(y) {
            self.push(words, [x, y, f64::NAN, f64::NAN]);
        }
    }

    fn map(&mut self, chart: &str, map: &Map) {
        for (&y, row) in map.y.iter().zip(map.z.chunks(map.x.len().max(1))) {
            for (&x, &z) in map.x.iter().zip(row) {
                self.push([chart, &map.axis.label, "map"], [x, y, z, f64::NAN]);
            }
        }
    }

    fn mark(&mut self, chart: &str, series: &str, mark: &Mark) {
        match mark {
            Mark::Line { x, y, steps } => self.points([chart, series, if *steps { "steps" } else { "line" }], x, y),
            Mark::Points { x, y } => self.points([chart, series, "points"], x, y),
            Mark::Path { x, y } => self.points([chart, series, "path"], x, y),
            Mark::Band { x, low, high } => {
                for ((&x, &low), &high) in x.iter().zip(low).zip(high) {
                    self.push([chart, series, "band"], [x, f64::NAN, low, high]);
                }
            }
            Mark::Box { at, values, .. } => {
                values.iter().for_each(|&x| self.push([chart, series, "box"], [x, *at, f64::NAN, f64::NAN]));
            }
            Mark::Rug { x } => {
                x.iter().for_each(|&x| self.push([chart, series, "rug"], [x, f64::NAN, f64::NAN, f64::NAN]));
            }
        }
    }

    fn chart(&mut self, chart: &Chart) {
        let title = &chart.title;
        if let Some(map) = &chart.map {
            self.map(title, map);
        }
        for reference in &chart.references {
            let words = [title, &*reference.name, "reference"];
            match &reference.guide {
                Guide::Horizontal(y) => self.push(words, [f64::NAN, *y, f64::NAN, f64::NAN]),
                Guide::Vertical(x) => self.push(words, [*x, f64::NAN, f64::NAN, f64::NAN]),
                Guide::Curve { x, y } => self.points(words, x, y),
            }
        }
        for series in &chart.series {
            for mark in &series.marks {
                let named = match mark {
                    Mark::Box { at, .. } => chart.y.names.get(*at as usize).unwrap_or(&series.name),
                    _ => &series.name,
                };
                self.mark(title, named, mark);
            }
        }
        chart.spots.iter().for_each(|spot| self.points([title, &spot.name, "spot"], &[spot.x], &[spot.y]));
    }

    fn surface(&mut self, surface: &Surface) {
        self.map("", &surface.map);
        for series in &surface.series {
            series.marks.iter().for_each(|mark| self.mark("", &series.name, mark));
        }
        surface.spots.iter().for_each(|spot| self.points(["", &spot.name, "spot"], &[spot.x], &[spot.y]));
        surface.beside.iter().for_each(|chart| self.chart(chart));
    }
}
