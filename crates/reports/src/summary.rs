//! Replicates put together: from `runs.csv` to `summary.csv`.

use rayon::prelude::*;

use crate::stats::Spread;
use crate::table::{StringRecord, Table, TableError};

/// The columns that tell combinations apart.
pub const AXES: [&str; 8] = ["problem", "precision", "sampler", "batch_size", "estimator", "schedule", "rule", "rate"];

/// One combination with all of its replicates.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its values of [`AXES`].
    pub axes: Vec<String>,
    /// The positions of its rows.
    pub rows: Vec<usize>,
    /// Its runs that diverged.
    pub diverged: usize,
}

/// The combinations of a table of runs, in the order of their first rows.
///
/// # Errors
/// If a column of [`AXES`] or `status` is missing.
pub fn groups(runs: &Table) -> Result<Vec<Group>, TableError> {
    let axes = AXES.iter().map(|name| runs.column(name)).collect::<Result<Vec<_>, _>>()?;
    let status = runs.column("status")?;
    let mut positions = std::collections::HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (position, row) in runs.rows.iter().enumerate() {
        let key: Vec<String> = axes.iter().map(|&axis| row[axis].to_owned()).collect();
        let next = groups.len();
        let group = *positions.entry(key.clone()).or_insert(next);
        if group == next {
            groups.push(Group { axes: key, rows: Vec::new(), diverged: 0 });
        }
        groups[group].rows.push(position);
        groups[group].diverged += usize::from(&row[status] != "done");
    }
    Ok(groups)
}

/// A numeric column over the rows of a group, with diverged and failed runs as +∞ where it is a best or final
/// value or the cost of a target; `None` if it is empty everywhere.
///
/// # Errors
/// If the column is missing or a field is not a number.
pub fn numbers(runs: &Table, group: &Group, name: &str) -> Result<Option<Vec<f64>>, TableError> {
    let (column, status) = (runs.column(name)?, runs.column("status")?);
    let outcome = name.starts_with("best_") || name.starts_with("final_") || name.contains("_to_");
    let mut numbers = Vec::with_capacity(group.rows.len());
    for &row in &group.rows {
        let x = runs.number(row, column)?;
        // A run that has failed has no values, and yet it counts where others have one.
        let lost =
            || outcome && &runs.rows[row][status] == "failed" && runs.rows.iter().any(|row| !row[column].is_empty());
        if runs.rows[row][column].is_empty() && !lost() {
            continue;
        }
        numbers.push(if outcome && &runs.rows[row][status] != "done" { f64::INFINITY } else { x });
    }
    Ok((!numbers.is_empty()).then_some(numbers))
}

/// Puts the replicates of each combination together: median and quartiles of every numeric column.
///
/// # Errors
/// If a column is missing or a field is not a number.
///
/// ```
/// use sgdlab_reports::{Table, summarize};
/// let header = "run,problem,precision,sampler,batch_size,estimator,schedule,rule,rate,replicate,status,final_value";
/// let row = |replicate: u32, end: &str| format!("a{replicate},p,f64,s,8,plain,constant,sgd,0.1,{replicate},{end}");
/// let lines = [row(0, "done,1.0"), row(1, "done,3.0"), row(2, "diverged,inf")];
/// let fields = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
/// let runs = Table {
///     name: "runs".into(),
///     columns: fields(header),
///     rows: lines.iter().map(|line| fields(line).into()).collect(),
/// };
/// let summary = summarize(&runs).unwrap();
/// let median = summary.column("final_value_median").unwrap();
/// assert_eq!(&summary.rows[0][median], "3");
/// assert_eq!(&summary.rows[0][summary.column("diverged").unwrap()], "0.3333333333333333");
/// ```
pub fn summarize(runs: &Table) -> Result<Table, TableError> {
    let measured: Vec<&String> = runs
        .columns
        .iter()
        .filter(|name| !AXES.contains(&name.as_str()))
        .filter(|name| !["run", "replicate", "status", "diverged_at", "message"].contains(&name.as_str()))
        .collect();
    let mut columns: Vec<String> = AXES.iter().map(|&axis| axis.to_owned()).collect();
    columns.extend(["runs".to_owned(), "diverged".to_owned()]);
    for name in &measured {
        columns.extend(["median", "q25", "q75"].map(|part| format!("{name}_{part}")));
    }
    let row = |group: &Group| -> Result<StringRecord, TableError> {
        let mut row = group.axes.clone();
        row.push(group.rows.len().to_string());
        row.push((group.diverged as f64 / group.rows.len() as f64).to_string());
        for name in &measured {
            match numbers(runs, group, name)? {
                Some(numbers) => {
                    let spread = Spread::of(&numbers);
                    row.extend([spread.median, spread.q25, spread.q75].map(|x| x.to_string()));
                }
                None => row.extend(std::iter::repeat_n(String::new(), 3)),
            }
        }
        Ok(row.into())
    };
    let rows = groups(runs)?.par_iter().map(row).collect::<Result<_, _>>()?;
    Ok(Table { name: "summary.csv".to_owned(), columns, rows })
}
