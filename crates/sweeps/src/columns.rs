//! Every column of every table, documented once.

use crate::formats::Format;
use crate::plan::Metric;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holds {
    /// Text.
    Text,
    /// Whole numbers from 0 on.
    Count,
    /// Numbers of 64 bits, which may be infinite or NaN.
    Number,
}

/// One column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// What it holds, unless a field is empty.
    pub holds: Holds,
    /// Its unit, or what kind of text it holds.
    pub unit: &'static str,
    /// What it holds, with its convention.
    pub meaning: &'static str,
}

/// One table of a result folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The name of its file as CSV.
    pub file: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
}

impl Table {
    /// The name of its file in a format.
    #[must_use]
    pub fn file_name(&self, format: Format) -> String {
        format!("{}.{}", self.stem(), format.name())
    }

    /// The name of its file without an ending.
    #[must_use]
    pub fn stem(&self) -> &'static str {
        self.file.trim_end_matches(".csv")
    }

    /// What the column of this name holds; columns for each target are found by how they begin.
    #[must_use]
    pub fn holds(&self, name: &str) -> Option<Holds> {
        let is = |column: &&Column| match column.name.split_once('<') {
            Some((start, _)) => name.starts_with(start),
            None => name == column.name,
        };
        self.columns.iter().find(is).map(|column| column.holds)
    }
}

macro_rules! columns {
    ($($name:literal, $holds:ident, $unit:literal, $meaning:literal;)*) => {
        &[$(Column { name: $name, holds: Holds::$holds, unit: $unit, meaning: $meaning }),*]
    };
}

/// One row per logged step of a run.
pub const ROWS: Table = Table {
    file: "rows.csv",
    row: "one logged step of one run, runs in the order of the plan, steps ascending",
    columns: columns! {
        "run", Text, "key", "the run's key, 16 hexadecimal digits; the same in all tables";
        "step", Count, "updates", "updates done so far; 0 is the initial point";
        "evaluations", Count, "term gradients", "term gradients computed so far, by the oracle's count; values and products with the Hessian that rules \
         ask for count as much; measuring is free";
        "lr", Number, "1", "the rate that the last update was given, schedule included (the base rate in row 0); rules that drive their rate go on from it";
        "value", Number, "loss", "f(x), the mean over all training terms with the penalty; the loss's own convention for ½";
        "error", Number, "share", "training terms classified wrongly; ties are wrong";
        "test_value", Number, "loss", "mean loss of the held-out data, without the penalty";
        "test_error", Number, "share", "held-out data classified wrongly";
        "gap", Number, "loss", "value − min f, where the minimum is known; rounding can make it slightly negative";
        "distance", Number, "parameters", "‖x − x*‖₂ to the nearest minimizer that is known; empty if only the minimum is";
        "gradient_norm", Number, "loss / parameters", "‖∇f(x)‖₂ of the full gradient";
        "sharpness", Number, "loss / parameters²", "greatest eigenvalue of the Hessian of f at x, by Lanczos's method in double precision, to a relative bound \
         of 10⁻⁶ or by 64 products; only if the plan measures `sharpness`, as are the next two";
        "sharpness_bound", Number, "loss / parameters²", "an eigenvalue is no further from sharpness than this";
        "sharpness_ratio", Number, "1", "sharpness · lr / 2: plain gradient descent is unstable above 1";
        "hessian_trace", Number, "loss / parameters²", "trace of the Hessian of f at x, by Hutchinson's estimate with 32 vectors of random signs; only if the \
         plan measures `hessian-trace`, as is the next one";
        "hessian_trace_error", Number, "loss / parameters²", "standard error of hessian_trace";
        "noise_curvature", Number, "loss³ / parameters⁴", "tr(HΣ), H being the Hessian of f at x and Σ the covariance of the terms' gradients, estimated with 32 \
         random mixtures of terms; only if the plan measures `noise-curvature`, as is the next one";
        "noise_curvature_error", Number, "loss³ / parameters⁴", "standard error of noise_curvature";
    },
};

/// One row per run.
pub const RUNS: Table = Table {
    file: "runs.csv",
    row: "one run, in the order of the plan",
    columns: columns! {
        "run", Text, "key", "the run's key, 16 hexadecimal digits; the same in all tables";
        "problem", Text, "label", "the plan's label of the problem";
        "precision", Text, "f32 or f64", "the number type the run computes in";
        "sampler", Text, "label", "how batches are drawn";
        "batch_size", Count, "terms", "terms per batch, as the plan asks for it";
        "estimator", Text, "label", "how a gradient is made of the batch";
        "schedule", Text, "label", "how the rate changes";
        "rule", Text, "label", "the update rule";
        "rate", Number, "1", "the base rate";
        "replicate", Count, "count", "0, 1, …: runs that differ only in random streams; equal numbers share them";
        "status", Text, "word", "`done`, `diverged` (value not finite, or above 10¹⁰ · max(1, |first value|), at a logged step) or `failed` (it panicked: a defect, no rows)";
        "steps", Count, "updates", "updates up to the last row";
        "epochs", Number, "passes", "batches divided by those of an epoch; a step is one batch unless the sampler puts several together";
        "evaluations", Count, "term gradients", "term gradients up to the last row";
        "diverged_at", Count, "updates", "the logged step at which divergence was seen; empty otherwise";
        "message", Text, "text", "why a run failed; empty otherwise";
        "first_value", Number, "loss", "value at step 0";
        "best_value", Number, "loss", "smallest value in any row";
        "final_value", Number, "loss", "value of the last row; `inf` if diverged";
        "final_error", Number, "share", "training error of the last row; 1 if diverged";
        "best_test_value", Number, "loss", "smallest held-out value in any row";
        "final_test_value", Number, "loss", "held-out value of the last row; `inf` if diverged";
        "best_test_error", Number, "share", "smallest held-out error in any row";
        "final_test_error", Number, "share", "held-out error of the last row; 1 if diverged";
        "final_gap", Number, "loss", "gap of the last row; `inf` if diverged";
        "steps_to_<target>", Number, "updates", "first logged step at which the target metric is at most the target; `inf` if never";
        "evaluations_to_<target>", Number, "term gradients", "evaluations at that step; `inf` if never";
    },
};

/// Replicates put together.
pub const SUMMARY: Table = Table {
    file: "summary.csv",
    row: "one cell of the plan: all replicates of one combination",
    columns: columns! {
        "problem … rate", Text, "as in runs.csv", "the combination";
        "runs", Count, "count", "replicates behind the row";
        "diverged", Number, "share", "runs with status `diverged`";
        "failed", Number, "share", "runs with status `failed`";
        "<column>_median", Number, "as the column", "median over replicates of a numeric column of runs.csv; diverged and failed runs count as +∞ in best and final values and costs of targets";
        "<column>_q25", Number, "as the column", "lower quartile, by linear interpolation between order statistics";
        "<column>_q75", Number, "as the column", "upper quartile";
    },
};

/// How long runs took.
pub const TIMINGS: Table = Table {
    file: "timings.csv",
    row: "one run, in the order of the plan; the only table that differs from one execution to the next",
    columns: columns! {
        "run", Text, "key", "the run's key";
        "attempt", Count, "count", "number of the attempt that ran it, in the order of the journals' names";
        "pack", Count, "count", "number of the pack it ran in, in its attempt";
        "lanes", Count, "count", "runs in that pack";
        "pack_seconds", Number, "seconds", "wall time of the pack, rendering of its rows included";
        "seconds", Number, "seconds", "pack_seconds / lanes";
    },
};

/// Parameters at logged steps, where the plan asks for them.
pub const PARAMETERS: Table = Table {
    file: "parameters.csv",
    row: "one parameter at one logged step of one run",
    columns: columns! {
        "run", Text, "key", "the run's key";
        "step", Count, "updates", "updates done so far";
        "tensor", Text, "name", "the tensor it belongs to";
        "index", Count, "count", "its position in the tensor, row-major from 0";
        "x", Number, "1", "its value";
    },
};

/// Every table of a result folder.
pub const TABLES: &[Table] = &[ROWS, RUNS, SUMMARY, TIMINGS, PARAMETERS];

/// The metrics of the optional columns of [`ROWS`], in the order of the columns.
pub(crate) const OPTIONAL: [Metric; 6] =
    [Metric::Error, Metric::TestValue, Metric::TestError, Metric::Gap, Metric::Distance, Metric::GradientNorm];

/// The metrics that have columns of [`ROWS`] only where they are measured, behind all others and in this order.
const CURVATURE: [(Metric, &[&str]); 3] = [
    (Metric::Sharpness, &["sharpness", "sharpness_bound", "sharpness_ratio"]),
    (Metric::HessianTrace, &["hessian_trace", "hessian_trace_error"]),
    (Metric::NoiseCurvature, &["noise_curvature", "noise_curvature_error"]),
];

/// The header of `rows.csv` where these metrics are measured, with the end of the line.
#[must_use]
pub fn rows_header(metrics: &[Metric]) -> String {
    let missing = |name: &str| CURVATURE.iter().any(|(metric, of)| of.contains(&name) && !metrics.contains(metric));
    let names: Vec<&str> = ROWS.columns.iter().map(|column| column.name).filter(|name| !missing(name)).collect();
    names.join(",") + "\n"
}

/// The header of `runs.csv` for these targets, with the end of the line.
#[must_use]
pub fn runs_header(targets: &[f64]) -> String {
    let fixed = RUNS.columns.iter().map(|column| column.name.to_owned()).filter(|name| !name.contains('<'));
    // The shortest digits that plans would use: 1, 0.05, 1e-6.
    let shortest = |target: &f64| format!("{target:?}").trim_end_matches(".0").to_owned();
    let to = targets
        .iter()
        .map(shortest)
        .flat_map(|target| [format!("steps_to_{target}"), format!("evaluations_to_{target}")]);
    fixed.chain(to).collect::<Vec<_>>().join(",") + "\n"
}

/// The header of a table whose columns are all fixed.
pub(crate) fn header(table: &Table) -> String {
    table.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(",") + "\n"
}
