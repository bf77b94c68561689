//! Replicates put together: from runs to `summary.csv`.

use std::fmt::Write as _;
use std::io::{self, Write};

use rayon::prelude::*;

use crate::runs::{AXES, Group, Runs};
use crate::statistics::Spread;
use crate::table::push_line;

/// Combinations are put together in pieces of this many, on all threads.
const PIECE: usize = 1 << 12;

/// Writes the summary of runs as CSV: for each combination the number of its runs, the shares of those
/// that diverged and failed, and the median and quartiles of every numeric column.
///
/// # Errors
/// If `out` fails.
///
/// ```
/// use sgdlab_reports::{Collector, write_summary};
/// let header = "run,problem,precision,sampler,batch_size,estimator,schedule,rule,rate,replicate,status,final_value\n";
/// let mut collector = Collector::new("runs", header)?;
/// for (replicate, end) in ["done,1.0", "done,3.0", "diverged,inf", "failed,"].iter().enumerate() {
///     collector.push(&format!("a{replicate},p,f64,s,8,plain,constant,sgd,0.1,{replicate},{end}\n"));
/// }
/// let mut text = Vec::new();
/// write_summary(&collector.finish()?, &mut text)?;
/// let expected = "\
/// problem,precision,sampler,batch_size,estimator,schedule,rule,rate,runs,diverged,failed,\
/// final_value_median,final_value_q25,final_value_q75
/// p,f64,s,8,plain,constant,sgd,0.1,4,0.25,0.25,inf,2.5,inf
/// ";
/// assert_eq!(String::from_utf8(text)?, expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_summary(runs: &Runs, out: &mut impl Write) -> io::Result<()> {
    out.write_all(header(runs).as_bytes())?;
    for piece in runs.groups().chunks(PIECE) {
        let lines: Vec<String> = piece.par_iter().map(|group| line(runs, group, &spreads(runs, group))).collect();
        lines.iter().try_for_each(|line| out.write_all(line.as_bytes()))?;
    }
    Ok(())
}

/// The names of the columns, as a line.
pub(crate) fn header(runs: &Runs) -> String {
    let mut header = String::new();
    let measured = runs.columns().flat_map(|name| ["median", "q25", "q75"].map(|part| format!("{name}_{part}")));
    let names: Vec<String> =
        AXES.iter().chain(&["runs", "diverged", "failed"]).map(|&name| name.to_owned()).chain(measured).collect();
    push_line(names.iter().map(String::as_str), &mut header);
    header
}

/// Median and quartiles of every numeric column over the runs of a combination.
pub(crate) fn spreads(runs: &Runs, group: &Group) -> Vec<Option<Spread>> {
    runs.all_numbers(group).map(|numbers| numbers.map(|numbers| Spread::of(&numbers))).collect()
}

/// The line of a combination.
pub(crate) fn line(runs: &Runs, group: &Group, spreads: &[Option<Spread>]) -> String {
    let mut text = String::new();
    push_line(runs.axes(group).into_iter(), &mut text);
    text.pop();
    let count = group.runs.len();
    let share = |runs: usize| runs as f64 / count as f64;
    let _ = write!(text, ",{count},{},{}", share(group.diverged), share(group.failed));
    for spread in spreads {
        match spread {
            Some(Spread { median, q25, q75 }) => {
                let _ = write!(text, ",{median},{q25},{q75}");
            }
            None => text.push_str(",,,"),
        }
    }
    text.push('\n');
    text
}
