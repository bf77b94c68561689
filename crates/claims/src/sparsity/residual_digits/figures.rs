//! Pairs of runs, and how losses and sparsity go.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};
use sgdlab_reports::statistics::{median, quantile};

use super::{ARMS, BLOCKS, EPOCHS, LARGE, Point, Run, SEEDS, SMALL, of_arm};
use crate::tools::drawing::{curve, line};
use crate::{Header, Outcome};

pub(super) static RUNS: Header = Header {
    table: "runs",
    row: "one seed with one step",
    columns: &[
        ("split", "which images are held out, and the order of batches"),
        ("seed", "initial weights within the split, the same for all steps"),
        ("step", "size of the step while it is large, and up to which share of the run"),
        ("diverged", "whether the last training loss is not finite"),
        ("phase_loss", "median training loss in the phase of large steps"),
        ("train_loss", "mean cross-entropy of the 400 training images at the end"),
        ("test_loss", "mean cross-entropy of the 1397 held-out images"),
        ("test_err", "share of errors on the held-out images"),
        ("active_fraction", "share of non-zero activations of the last block"),
        ("sparsity_stem", "feature sparsity of the stem"),
        ("sparsity_block_1", "of the first block"),
        ("sparsity_block_2", "of the second"),
        ("sparsity_block_3", "of the third"),
        ("sparsity_block_4", "of the fourth"),
        ("sparsity_block_5", "of the fifth"),
        ("sparsity_block_6", "of the sixth"),
        ("sparsity_block_7", "of the seventh"),
        ("sparsity_block_8", "of the last"),
    ],
};

pub(super) static COURSES: Header = Header {
    table: "courses",
    row: "one run at one time",
    columns: &[
        ("split", "as in runs"),
        ("seed", "as in runs"),
        ("step", "as in runs"),
        ("epoch", "passes over the training images"),
        ("train_loss", "mean cross-entropy of the training images"),
        ("feature_sparsity", "of the last block"),
    ],
};

pub(super) fn tabulate(runs: &[Run], out: &mut Outcome) {
    let name = |run: &Run| [run.split.to_string(), run.seed.to_string(), ARMS[run.arm].name.to_owned()];
    let row = |run: &Run| {
        let diverged = f64::from(u8::from(run.diverged()));
        let numbers = [diverged, run.phase, run.train, run.test_loss, run.test_error, run.active];
        let numbers = numbers.iter().chain(&run.sparsity).map(f64::to_string);
        name(run).into_iter().chain(numbers).collect::<Vec<_>>()
    };
    out.tabulate(&RUNS, runs.iter().map(row));
    let rows = runs.iter().flat_map(|run| {
        run.course.iter().map(move |point| {
            let numbers = [point.epoch, point.loss, point.sparsity].map(|x| x.to_string());
            name(run).into_iter().chain(numbers).collect::<Vec<_>>()
        })
    });
    out.tabulate(&COURSES, rows);
}

/// How many seeds have a line of their own: more cover each other.
const DRAWN: usize = 4 * SEEDS;

/// One line a seed, from the small step to each of the others.
pub(super) fn pairs(runs: &[Run]) -> Figure {
    let chart = |title: &str, y: Axis, of: fn(&Run) -> f64| {
        let lines = (0..of_arm(runs, SMALL).len().min(DRAWN)).map(|seed| {
            let y: Vec<f64> = (0..ARMS.len()).map(|arm| of(of_arm(runs, arm)[seed])).collect();
            let x: Vec<f64> = (0..ARMS.len()).map(|arm| arm as f64).collect();
            Series { name: "one seed".to_owned(), ..curve("", 0, &x, y) }
        });
        let finite = |arm: usize| of_arm(runs, arm).into_iter().filter(|run| !run.diverged());
        let middle = |arm: usize| median(&finite(arm).map(of).collect::<Vec<_>>());
        let x: Vec<f64> = (0..ARMS.len()).map(|arm| arm as f64).collect();
        let medians = curve("median", 1, &x, (0..ARMS.len()).map(middle).collect());
        Chart {
            title: title.to_owned(),
            x: Axis {
                names: ARMS.iter().map(|arm| arm.name.to_owned()).collect(),
                ..Axis::new("step, up to which share of the run", "")
            },
            y,
            series: lines.chain([medians]).collect(),
            ..Chart::default()
        }
    };
    let charts = vec![
        chart("feature sparsity of the last block", Axis::new("share", "").between(0.0, 1.0), Run::last_sparsity),
        chart("errors on held-out images", Axis::new("errors", "%"), |run| 100.0 * run.test_error),
    ];
    let figure = Figure::multiples("Larger steps, sparser features; fewer errors up to a point", charts, 2);
    Figure { height: 280.0, ..figure }
        .with_subtitle("A residual network of 18 layers on 400 digits. Points of a line began with the same weights; medians of all seeds.")
}

/// A number of all runs of an arm over time: the median and the quartiles.
fn over_time(runs: &[Run], arm: usize, of: fn(&Point) -> f64) -> Series {
    let own: Vec<&Run> = of_arm(runs, arm).into_iter().filter(|run| !run.diverged()).collect();
    let x: Vec<f64> = runs[0].course.iter().map(|point| point.epoch).collect();
    let at = |i: usize, q: f64| quantile(&own.iter().map(|run| of(&run.course[i])).collect::<Vec<_>>(), q);
    let [low, middle, high] = [0.25, 0.5, 0.75].map(|q| (0..x.len()).map(|i| at(i, q)).collect::<Vec<_>>());
    let marks = vec![Mark::Band { x: x.clone(), low, high }, line(&x, middle)];
    Series { name: ARMS[arm].name.to_owned(), style: arm, marks }
}

/// Loss and sparsity over time.
pub(super) fn courses(runs: &[Run]) -> Figure {
    let chart = |title: &str, y: Axis, of: fn(&Point) -> f64| Chart {
        title: title.to_owned(),
        x: Axis::new("epoch", "").between(0.0, EPOCHS as f64),
        y,
        references: vec![Reference {
            name: "0.15 and 0.3 are divided by ten".to_owned(),
            guide: Guide::Vertical(ARMS[LARGE].decay.unwrap_or(0.0) * EPOCHS as f64),
        }],
        series: (0..ARMS.len()).map(|arm| over_time(runs, arm, of)).collect(),
        ..Chart::default()
    };
    let charts = vec![
        chart("training loss", Axis::new("cross-entropy", "").log(), |point| point.loss),
        chart("feature sparsity of the last block", Axis::new("share", "").between(0.0, 1.0), |point| point.sparsity),
    ];
    let figure =
        Figure::multiples("Features are sparse long before the step is made small; 0.3 holds the loss up", charts, 2);
    Figure { height: 280.0, ..figure }
        .with_subtitle("Medians over the seeds that did not diverge; bands are quartiles.")
}

/// Sparsity from the stem to the last block.
pub(super) fn blocks(runs: &[Run]) -> Figure {
    let x: Vec<f64> = (0..=BLOCKS).map(|block| block as f64).collect();
    let series = |arm: usize| {
        let own: Vec<&Run> = of_arm(runs, arm).into_iter().filter(|run| !run.diverged()).collect();
        let middle = |block: usize| median(&own.iter().map(|run| run.sparsity[block]).collect::<Vec<_>>());
        curve(ARMS[arm].name, arm, &x, (0..=BLOCKS).map(middle).collect())
    };
    let chart = Chart {
        x: Axis::new("block (0 is the stem)", ""),
        y: Axis::new("feature sparsity", "").between(0.0, 1.0),
        series: (0..ARMS.len()).map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Every block becomes sparser with larger steps", chart)
        .with_subtitle("Medians over the seeds that did not diverge.")
}
