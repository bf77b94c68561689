//! Traces as CSV text.
//!
//! Numbers are the shortest decimals that read back to the same `f32` or `f64`.

use std::fmt::Write;

use sgdlab_core::{Layout, Real};

use crate::columns::OPTIONAL;
use crate::drive::Trace;
use crate::plan::{Metric, Targets};

/// The rendered outcome of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub(crate) rows: String,
    /// The part of its row in `runs.csv` that depends on the outcome.
    pub(crate) outcome: String,
    pub(crate) parameters: String,
    pub(crate) diverged: bool,
}

/// What rendering needs to know beside the trace.
pub(crate) struct Context<'a> {
    /// The metrics of [`Trace::metrics`].
    pub(crate) metrics: &'a [Metric],
    pub(crate) targets: &'a Targets,
    pub(crate) minimum: Option<f64>,
    pub(crate) steps_per_epoch: u64,
    pub(crate) layout: &'a Layout,
}

/// Appends a float in its own precision.
pub(crate) fn push_float<R: Real>(text: &mut String, x: R) {
    let mut buffer = zmij::Buffer::new();
    let x = x.to_f64();
    if x.is_nan() {
        text.push_str("NaN");
    } else if x.is_infinite() {
        text.push_str(if x > 0.0 { "inf" } else { "-inf" });
    } else if R::NAME == "f32" {
        text.push_str(buffer.format_finite(x as f32));
    } else {
        text.push_str(buffer.format_finite(x));
    }
}

/// The fields that all lanes of a trace share: `,step,evaluations,` for each point.
pub(crate) fn shared_fields<R: Real, const N: usize>(trace: &Trace<R, N>) -> Vec<String> {
    trace.points.iter().map(|point| format!(",{},{},", point.step, point.evaluations)).collect()
}

/// Renders lane `lane` of a trace; `run` is the run's key, `shared` are the [`shared_fields`].
pub(crate) fn render<R: Real, const N: usize>(
    trace: &Trace<R, N>,
    shared: &[String],
    lane: usize,
    run: &str,
    context: &Context<'_>,
) -> Rendered {
    let view = Lane { trace, lane, context };
    let points = trace.diverged[lane].unwrap_or(trace.points.len());
    let mut rendered = Rendered { diverged: trace.diverged[lane].is_some(), ..Rendered::default() };
    rendered.rows.reserve(points * 64);
    let columns = OPTIONAL.map(|metric| context.metrics.contains(&metric));
    let mut rate = (f64::NAN, String::new());
    for point in 0..points {
        rendered.rows.push_str(run);
        rendered.rows.push_str(&shared[point]);
        // Most schedules leave the rate alone for many rows.
        let next = trace.points[point].rates[lane];
        if next != rate.0 {
            rate = (next, String::new());
            push_float(&mut rate.1, next);
            rate.1.push(',');
        }
        rendered.rows.push_str(&rate.1);
        view.row(point, &columns, &mut rendered.rows);
        if !trace.parameters.is_empty() {
            view.parameters(point, run, &mut rendered.parameters);
        }
    }
    view.outcome(points, &mut rendered.outcome);
    rendered
}

struct Lane<'a, R, const N: usize> {
    trace: &'a Trace<R, N>,
    lane: usize,
    context: &'a Context<'a>,
}

impl<R: Real, const N: usize> Lane<'_, R, N> {
    /// A metric at a point; `None` if it was not measured or does not exist.
    fn metric(&self, point: usize, metric: Metric) -> Option<f64> {
        if metric == Metric::Value {
            return Some(self.trace.points[point].value[self.lane].to_f64());
        }
        let position = self.context.metrics.iter().position(|&known| known == metric)?;
        let measured = self.trace.metrics[point * self.context.metrics.len() + position][self.lane].to_f64();
        match metric {
            Metric::Gap => self.context.minimum.map(|minimum| measured - minimum),
            _ => Some(measured),
        }
    }

    /// A row from `value` on, with the end of the line.
    fn row(&self, point: usize, columns: &[bool; 6], text: &mut String) {
        push_float(text, self.trace.points[point].value[self.lane]);
        if *columns == [false; 6] {
            return text.push_str(",,,,,,\n");
        }
        for (metric, &measured) in OPTIONAL.iter().zip(columns) {
            text.push(',');
            if measured {
                self.push_metric(point, *metric, text);
            }
        }
        text.push('\n');
    }

    fn push_metric(&self, point: usize, metric: Metric, text: &mut String) {
        match self.metric(point, metric) {
            Some(x) if metric == Metric::Gap => push_float(text, x),
            // A NaN says that the metric does not exist; only a gradient's norm can be measured as NaN.
            Some(x) if !x.is_nan() || metric == Metric::GradientNorm => push_float(text, R::of(x)),
            _ => {}
        }
    }

    fn parameters(&self, point: usize, run: &str, text: &mut String) {
        let size = self.context.layout.size();
        let at = &self.trace.parameters[point * size..(point + 1) * size];
        for tensor in self.context.layout.tensors() {
            for index in 0..tensor.size() {
                let _ = write!(text, "{run},{},{},{index},", self.trace.points[point].step, tensor.name);
                push_float(text, at[tensor.offset + index][self.lane]);
                text.push('\n');
            }
        }
    }

    /// From `status` to the last column of `runs.csv`, with the end of the line.
    fn outcome(&self, points: usize, text: &mut String) {
        let diverged = self.trace.diverged[self.lane].is_some();
        let last = &self.trace.points[points - 1];
        let epochs = last.step as f64 / self.context.steps_per_epoch as f64;
        let _ = write!(text, "{},{},", if diverged { "diverged" } else { "done" }, last.step);
        push_float(text, epochs);
        let _ = write!(text, ",{},", last.evaluations);
        if diverged {
            let _ = write!(text, "{}", last.step);
        }
        let [final_loss, final_share] = [diverged.then_some(f64::INFINITY), diverged.then_some(1.0)];
        let columns = [
            self.at(0, Metric::Value),
            self.best(points, Metric::Value),
            final_loss.or(self.at(points - 1, Metric::Value)),
            self.at(points - 1, Metric::Error).map(|x| final_share.unwrap_or(x)),
            self.best(points, Metric::TestValue),
            self.at(points - 1, Metric::TestValue).map(|x| final_loss.unwrap_or(x)),
            self.best(points, Metric::TestError),
            self.at(points - 1, Metric::TestError).map(|x| final_share.unwrap_or(x)),
            self.at(points - 1, Metric::Gap).map(|x| final_loss.unwrap_or(x)),
        ];
        for (position, x) in columns.into_iter().enumerate() {
            text.push(',');
            match x {
                Some(x) if position == 8 => push_float(text, x),
                Some(x) => push_float(text, R::of(x)),
                None => {}
            }
        }
        for &target in &self.context.targets.values {
            self.target(points, target, text);
        }
        text.push('\n');
    }

    /// A metric, without the NaN that stands for "does not exist".
    fn at(&self, point: usize, metric: Metric) -> Option<f64> {
        self.metric(point, metric).filter(|x| !x.is_nan() || metric == Metric::Value)
    }

    fn best(&self, points: usize, metric: Metric) -> Option<f64> {
        (0..points).filter_map(|point| self.at(point, metric)).filter(|x| !x.is_nan()).reduce(f64::min)
    }

    fn target(&self, points: usize, target: f64, text: &mut String) {
        let metric = self.context.targets.metric;
        let reached = (0..points).find(|&point| self.at(point, metric).is_some_and(|x| x <= target));
        match reached.map(|point| &self.trace.points[point]) {
            Some(point) => {
                let _ = write!(text, ",{},{}", point.step, point.evaluations);
            }
            None => text.push_str(",inf,inf"),
        }
    }
}
