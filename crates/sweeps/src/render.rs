//! Traces as CSV text.
//!
//! Numbers are the shortest decimals that read back to the same `f32` or `f64`.

use std::fmt::Write;
use std::sync::Mutex;

use sgdlab_core::{Layout, Real};

use crate::columns::{OPTIONAL, RUNS};
use crate::curvature::Measured;
use crate::drive::{Point, Trace};
use crate::plan::{Metric, Targets};
use crate::run::RunId;
use crate::status::Status;

/// The rendered outcomes of a pack's runs, lane by lane.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) rows: Texts,
    pub(crate) summaries: Texts,
    pub(crate) parameters: Texts,
    pub(crate) statuses: Vec<Status>,
    /// Updates of each run, up to its divergence.
    pub(crate) steps: Vec<u64>,
}

impl Rendered {
    /// The number of runs.
    pub(crate) fn runs(&self) -> usize {
        self.statuses.len()
    }

    /// A run without rows, whose line begins like this, and why it has none.
    pub(crate) fn failed(mut line: String, message: &str, targets: usize) -> Self {
        line.push_str(Status::Failed.name());
        line.push_str(",0,0,0,,");
        push_text(&mut line, message);
        line.push_str(&",".repeat(behind_message()));
        line.push_str(&",inf".repeat(2 * targets));
        line.push('\n');
        let texts = |text: String| Texts { ends: vec![text.len()], text };
        Self {
            rows: texts(String::new()),
            summaries: texts(line),
            parameters: texts(String::new()),
            statuses: vec![Status::Failed],
            steps: vec![0],
        }
    }

    /// Adds the runs of another one behind these.
    pub(crate) fn append(&mut self, other: &Self) {
        for run in 0..other.runs() {
            self.rows.push(other.rows.of(run));
            self.summaries.push(other.summaries.of(run));
            self.parameters.push(other.parameters.of(run));
            self.statuses.push(other.statuses[run]);
            self.steps.push(other.steps[run]);
        }
    }

    /// Summary, rows and parameters of a run.
    pub(crate) fn texts(&self, run: usize) -> [&str; 3] {
        [self.summaries.of(run), self.rows.of(run), self.parameters.of(run)]
    }

    /// Bytes of all texts.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.text.len() + self.summaries.text.len() + self.parameters.text.len()
    }
}

/// Memory of rows that were written, for those that are rendered next.
///
/// To get memory from the system costs about as much as to fill it with rows.
static SPARE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// So many of them are kept, and of so many bytes at most: 16 MB.
const SPARES: (usize, usize) = (64, 1 << 18);

impl Drop for Rendered {
    fn drop(&mut self) {
        let mut text = std::mem::take(&mut self.rows.text);
        let mut spare = SPARE.lock().expect("nobody panics with it");
        if spare.len() < SPARES.0 && (1..=SPARES.1).contains(&text.capacity()) {
            text.clear();
            spare.push(text);
        }
    }
}

/// Texts of several runs in one piece of memory.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    /// The text of one run.
    pub(crate) fn of(&self, run: usize) -> &str {
        let start = if run == 0 { 0 } else { self.ends[run - 1] };
        &self.text[start..self.ends[run]]
    }

    fn push(&mut self, run: &str) {
        self.text.push_str(run);
        self.end_run();
    }

    fn end_run(&mut self) {
        self.ends.push(self.text.len());
    }
}

/// What rendering needs to know beside the trace.
pub(crate) struct Context<'a> {
    /// The metrics of [`Trace::metrics`].
    pub(crate) metrics: &'a [Metric],
    /// The metrics of [`Trace::curvatures`].
    pub(crate) curvatures: &'a [Metric],
    pub(crate) targets: &'a Targets,
    pub(crate) minimum: Option<f64>,
    /// Whether it is known where distances are measured to.
    pub(crate) has_minimizer: bool,
    /// Epochs that so many steps are.
    pub(crate) epochs: &'a dyn Fn(u64) -> f64,
    pub(crate) layout: &'a Layout,
}

/// Appends a float in its own precision.
pub(crate) fn push_float<R: Real>(text: &mut String, x: R) {
    text.push_str(float_text(x, &mut zmij::Buffer::new()));
}

/// Appends a whole number.
pub(crate) fn push_whole(text: &mut String, x: u64) {
    text.push_str(itoa::Buffer::new().format(x));
}

/// A float in its own precision; `buffer` is where it is written.
#[inline]
pub(crate) fn float_text<R: Real>(x: R, buffer: &mut zmij::Buffer) -> &str {
    let x = x.to_f64();
    if x.is_nan() {
        "NaN"
    } else if x.is_infinite() {
        if x > 0.0 { "inf" } else { "-inf" }
    } else if R::NAME == "f32" {
        buffer.format_finite(x as f32)
    } else {
        buffer.format_finite(x)
    }
}

/// Renders the lanes of a trace that are runs: each has an id and who writes the beginning of its summary.
pub(crate) fn render<R: Real, const N: usize>(
    trace: &Trace<R, N>,
    runs: impl ExactSizeIterator<Item = (RunId, impl FnOnce(&mut String))>,
    context: &Context<'_>,
) -> Rendered {
    let mut rendered = Rendered::default();
    let mut rows = SPARE.lock().expect("nobody panics with it").pop().unwrap_or_default().into_bytes();
    rows.reserve(runs.len() * trace.points.len() * ROW);
    let shared: Vec<_> = trace.points.iter().map(shared_fields).collect();
    for (lane, (id, begin_summary)) in runs.enumerate() {
        let view = Lane { trace, lane, context, points: trace.diverged[lane].unwrap_or(trace.points.len()) };
        view.rows(id, &shared, &mut rows);
        rendered.rows.ends.push(rows.len());
        begin_summary(&mut rendered.summaries.text);
        view.outcome(&mut rendered.summaries.text);
        rendered.summaries.end_run();
        view.parameters(id, &mut rendered.parameters.text);
        rendered.parameters.end_run();
        let diverged = trace.diverged[lane].is_some();
        rendered.statuses.push(if diverged { Status::Diverged } else { Status::Done });
        rendered.steps.push(trace.points[view.points - 1].step);
    }
    rendered.rows.text = String::from_utf8(rows).expect("rows are made of texts");
    rendered
}

/// Fixed columns of `runs.csv` behind `message`.
fn behind_message() -> usize {
    let names = RUNS.columns.iter().map(|column| column.name).filter(|name| !name.contains('<'));
    names.skip_while(|name| *name != "message").skip(1).count()
}

/// A CSV field, quoted if it has to be.
pub(crate) fn push_text(line: &mut String, text: &str) {
    if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
}

/// About as long is a row without optional metrics.
const ROW: usize = 64;

/// A text of at most `M` bytes.
///
/// Copying all of them takes a few wide stores, and a text of any length a call.
#[derive(Clone, Copy)]
struct Piece<const M: usize> {
    bytes: [u8; M],
    length: usize,
}

impl<const M: usize> Piece<M> {
    fn of(texts: &[&str]) -> Self {
        let mut piece = Self { bytes: [0; M], length: 0 };
        for text in texts {
            piece.bytes[piece.length..][..text.len()].copy_from_slice(text.as_bytes());
            piece.length += text.len();
        }
        piece
    }
}

/// The fields that all lanes of a trace share at a point: `,step,evaluations,`.
fn shared_fields<R: Real, const N: usize>(point: &Point<R, N>) -> Piece<48> {
    let (mut step, mut evaluations) = (itoa::Buffer::new(), itoa::Buffer::new());
    Piece::of(&[",", step.format(point.step), ",", evaluations.format(point.evaluations), ","])
}

/// The beginning of a row, up to the field `value` and behind it where no optional metric is measured.
///
/// Its pieces have 16, 48 and 32 bytes; a number has at most 24.
struct Line {
    bytes: [u8; 128],
    length: usize,
}

impl Line {
    #[inline]
    fn push<const M: usize>(&mut self, piece: &Piece<M>) {
        self.bytes[self.length..][..M].copy_from_slice(&piece.bytes);
        self.length += piece.length;
    }

    #[inline]
    fn push_str(&mut self, text: &str) {
        self.bytes[self.length..][..text.len()].copy_from_slice(text.as_bytes());
        self.length += text.len();
    }
}

struct Lane<'a, R, const N: usize> {
    trace: &'a Trace<R, N>,
    lane: usize,
    context: &'a Context<'a>,
    /// How many of the trace's points belong to the run.
    points: usize,
}

impl<R: Real, const N: usize> Lane<'_, R, N> {
    /// All rows.
    fn rows(&self, id: RunId, shared: &[Piece<48>], text: &mut Vec<u8>) {
        let columns = OPTIONAL.map(|metric| self.context.metrics.contains(&metric));
        let plain = columns == [false; 6] && self.context.curvatures.is_empty();
        let mut line = Line { bytes: [0; 128], length: 0 };
        line.push(&Piece { bytes: id.digits(), length: 16 });
        let (mut rate, mut rate_text, mut rest) = (f64::NAN, Piece::<32>::of(&[]), String::new());
        for (point, shared) in shared[..self.points].iter().enumerate() {
            line.length = 16;
            line.push(shared);
            // Most schedules leave the rate alone for many rows.
            let next = self.trace.points[point].rates[self.lane];
            if next != rate {
                (rate, rate_text) = (next, Piece::of(&[float_text(next, &mut zmij::Buffer::new()), ","]));
            }
            line.push(&rate_text);
            line.push_str(float_text(self.trace.points[point].value[self.lane], &mut zmij::Buffer::new()));
            if plain {
                line.push(&Piece { bytes: *b",,,,,,\n", length: 7 });
            }
            // All of it: that is again a few stores and no call.
            let end = text.len() + line.length;
            text.extend_from_slice(&line.bytes);
            text.truncate(end);
            if !plain {
                rest.clear();
                self.optional(point, &columns, &mut rest);
                text.extend_from_slice(rest.as_bytes());
            }
        }
    }

    /// A metric at a point; `None` if it was not measured or does not exist.
    fn metric(&self, point: usize, metric: Metric) -> Option<f64> {
        if metric == Metric::Value {
            return Some(self.trace.points[point].value[self.lane].to_f64());
        }
        if metric.is_curvature() {
            let position = self.context.curvatures.iter().position(|&known| known == metric)?;
            return Some(self.curvature(point, position).value);
        }
        let position = self.context.metrics.iter().position(|&known| known == metric)?;
        let measured = self.trace.metrics[point * self.context.metrics.len() + position][self.lane].to_f64();
        match metric {
            Metric::Gap => self.context.minimum.map(|minimum| measured - minimum),
            Metric::Distance => self.context.has_minimizer.then_some(measured),
            _ => Some(measured),
        }
    }

    /// A row behind `value`, with the end of the line.
    fn optional(&self, point: usize, columns: &[bool; 6], text: &mut String) {
        for (metric, &measured) in OPTIONAL.iter().zip(columns) {
            text.push(',');
            if measured {
                self.push_metric(point, *metric, text);
            }
        }
        for (position, &metric) in self.context.curvatures.iter().enumerate() {
            self.push_curvature(point, (position, metric), text);
        }
        text.push('\n');
    }

    /// What is known of a metric that takes products with the Hessian, in double precision whatever the run has.
    fn push_curvature(&self, point: usize, (position, metric): (usize, Metric), text: &mut String) {
        let Measured { value, error } = self.curvature(point, position);
        let rate = self.trace.points[point].rates[self.lane];
        let ratio = (metric == Metric::Sharpness).then_some(0.5 * value * rate);
        for x in [value, error].into_iter().chain(ratio) {
            text.push(',');
            push_float(text, x);
        }
    }

    fn curvature(&self, point: usize, position: usize) -> Measured {
        self.trace.curvatures[point * self.context.curvatures.len() + position][self.lane]
    }

    fn push_metric(&self, point: usize, metric: Metric, text: &mut String) {
        match self.metric(point, metric) {
            Some(x) if metric == Metric::Gap => push_float(text, x),
            Some(x) => push_float(text, R::of(x)),
            None => {}
        }
    }

    /// All parameters at all points, if they were recorded.
    fn parameters(&self, id: RunId, text: &mut String) {
        let size = self.context.layout.size();
        for (at, point) in self.trace.parameters.chunks(size).zip(&self.trace.points[..self.points]) {
            for tensor in self.context.layout.tensors() {
                for index in 0..tensor.size() {
                    let _ = write!(text, "{id},{},{},{index},", point.step, tensor.name);
                    push_float(text, at[tensor.offset + index][self.lane]);
                    text.push('\n');
                }
            }
        }
    }

    /// From `status` to the last column of `runs.csv`, with the end of the line.
    fn outcome(&self, text: &mut String) {
        let diverged = self.trace.diverged[self.lane].is_some();
        let last = &self.trace.points[self.points - 1];
        let epochs = (self.context.epochs)(last.step);
        let status = if diverged { Status::Diverged } else { Status::Done };
        text.push_str(status.name());
        text.push(',');
        push_whole(text, last.step);
        text.push(',');
        push_float(text, epochs);
        text.push(',');
        push_whole(text, last.evaluations);
        text.push(',');
        if diverged {
            push_whole(text, last.step);
        }
        // No message.
        text.push(',');
        let [final_loss, final_share] = [diverged.then_some(f64::INFINITY), diverged.then_some(1.0)];
        let columns = [
            self.metric(0, Metric::Value),
            self.best(Metric::Value),
            final_loss.or(self.metric(self.points - 1, Metric::Value)),
            self.metric(self.points - 1, Metric::Error).map(|x| final_share.unwrap_or(x)),
            self.best(Metric::TestValue),
            self.metric(self.points - 1, Metric::TestValue).map(|x| final_loss.unwrap_or(x)),
            self.best(Metric::TestError),
            self.metric(self.points - 1, Metric::TestError).map(|x| final_share.unwrap_or(x)),
            self.metric(self.points - 1, Metric::Gap).map(|x| final_loss.unwrap_or(x)),
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
            self.target(target, text);
        }
        text.push('\n');
    }

    fn best(&self, metric: Metric) -> Option<f64> {
        if metric != Metric::Value && !self.context.metrics.contains(&metric) {
            return None;
        }
        (0..self.points).filter_map(|point| self.metric(point, metric)).filter(|x| !x.is_nan()).reduce(f64::min)
    }

    fn target(&self, target: f64, text: &mut String) {
        let metric = self.context.targets.metric;
        let reached = (0..self.points).find(|&point| self.metric(point, metric).is_some_and(|x| x <= target));
        match reached.map(|point| &self.trace.points[point]) {
            Some(point) => {
                for number in [point.step, point.evaluations] {
                    text.push(',');
                    push_whole(text, number);
                }
            }
            None => text.push_str(",inf,inf"),
        }
    }
}
