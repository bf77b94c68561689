//! Which table has the columns that are asked for.

use std::path::Path;

use super::{Kind, Plot, PlotError};
use crate::reading::{Facts, TableFile, nearest};
use crate::runs::AXES;

/// The tables of a result folder, or one table.
pub struct Tables {
    /// What messages and titles call it.
    pub name: String,
    /// What the manifest says.
    pub facts: Facts,
    /// The table of runs of a folder.
    pub runs: Option<TableFile>,
    /// The wall times of its runs.
    pub timings: Option<TableFile>,
    /// Tables with several rows for a run, or none: rows, parameters, summary, or the one file.
    pub others: Vec<(&'static str, TableFile)>,
}

/// Where the rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The table of runs, with their wall times.
    Runs,
    /// One of [`Tables::others`], whose rows belong to runs.
    Keyed(usize),
    /// One of [`Tables::others`], whose rows stand for themselves.
    Alone(usize),
}

/// Everything that is to be done, with no question left.
#[derive(Clone, Debug)]
pub struct Task {
    /// The kind of figure.
    pub kind: Kind,
    /// Where the rows come from.
    pub from: From,
    /// The column to the right; empty where there is none.
    pub x: String,
    /// Whether it has words.
    pub words: bool,
    /// The column upward.
    pub y: String,
    /// The column of colors.
    pub z: Option<String>,
    /// The columns whose values are series.
    pub by: Vec<String>,
    /// What is asked for beside that.
    pub wish: Plot,
}

impl Task {
    /// The column with the numbers that replicates are put together of.
    pub fn measured(&self) -> &str {
        self.z.as_deref().unwrap_or(&self.y)
    }

    /// Whether rows stand for themselves, and nothing says which setting is best.
    pub fn is_alone(&self) -> bool {
        matches!(self.from, From::Alone(_))
    }

    /// Whether every run is shown, at all settings.
    pub fn is_every_run(&self) -> bool {
        self.kind == Kind::Points && self.from == From::Runs
    }
}

impl Tables {
    /// Finds the tables.
    pub fn open(path: &Path) -> Result<Self, PlotError> {
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let table = TableFile::open(path)?;
            return Ok(Self {
                name,
                facts: Facts::default(),
                runs: None,
                timings: None,
                others: vec![("the table", table)],
            });
        }
        if !path.is_dir() {
            return Err(PlotError::Refused(format!("{}: there is no such folder or file", path.display())));
        }
        let facts = Facts::read(path)?;
        let mut others = Vec::new();
        for stem in ["rows", "parameters", "summary"] {
            others.extend(TableFile::of_folder(path, stem)?.map(|table| (stem, table)));
        }
        let (runs, timings) = (TableFile::of_folder(path, "runs")?, TableFile::of_folder(path, "timings")?);
        if runs.is_none() {
            let reason = "no result: there is no table runs.csv, runs.csv.gz or runs.parquet in it";
            return Err(PlotError::Refused(format!("{}: {reason}", path.display())));
        }
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { name: facts.name.clone().unwrap_or(file), facts, runs, timings, others })
    }

    /// Every column, each once; those of the table of rows first.
    fn columns(&self) -> Vec<&str> {
        let tables = self.others.iter().map(|(_, table)| table).chain(&self.runs).chain(&self.timings);
        let mut columns: Vec<&str> = Vec::new();
        // Those of the summary are these with an ending.
        let derived = |name: &str| ["_median", "_q25", "_q75"].iter().any(|ending| name.ends_with(ending));
        for column in tables.flat_map(TableFile::header) {
            let listed = self.runs.is_none() || !derived(column);
            if listed && !columns.contains(&column.as_str()) && !matches!(column.as_str(), "run" | "message") {
                columns.push(column);
            }
        }
        columns
    }

    fn known(&self, column: &str) -> Result<(), PlotError> {
        let tables = self.others.iter().map(|(_, table)| table).chain(&self.runs).chain(&self.timings);
        if tables.clone().any(|table| table.has(column)) {
            return Ok(());
        }
        let near = nearest(column, tables.flat_map(TableFile::header).map(String::as_str));
        // What lists some columns is no guess, and all are listed below.
        let near = if near.contains("did you mean") { near } else { String::new() };
        Err(PlotError::Refused(format!("{} has no column \"{column}\"{near}{}", self.name, listed(&self.columns()))))
    }

    fn has(&self, from: From, column: &str) -> bool {
        let of_runs = || self.runs.iter().chain(&self.timings).any(|table| table.has(column));
        match from {
            From::Runs => of_runs(),
            From::Keyed(i) | From::Alone(i) => self.others[i].1.has(column),
        }
    }

    /// Every place where rows can come from.
    fn places(&self) -> Vec<From> {
        let keyed = |i: usize| self.runs.is_some() && self.others[i].1.has("run");
        let place = |i: usize| if keyed(i) { From::Keyed(i) } else { From::Alone(i) };
        let mut places: Vec<From> = (0..self.others.len()).map(place).collect();
        // Rows first, then runs.
        let after = places.iter().take_while(|place| matches!(place, From::Keyed(_))).count().min(1);
        if self.runs.is_some() {
            places.insert(after, From::Runs);
        }
        places
    }

    /// The place that has all of some columns.
    fn place_of(&self, columns: &[&str]) -> Option<From> {
        self.places().into_iter().find(|&from| columns.iter().all(|column| self.has(from, column)))
    }

    /// Answers every question that is left open.
    pub fn task(&self, wish: &Plot) -> Result<Task, PlotError> {
        let asked = [&wish.x, &wish.y, &wish.z].into_iter().flatten().chain(&wish.by);
        for column in asked.chain(wish.only.iter().map(|(column, _)| column)) {
            self.known(column)?;
        }
        if wish.kind == Some(Kind::Heat) && wish.z.is_none() {
            let columns = listed(&self.columns());
            return Err(PlotError::Refused(format!("heat maps need --z COLUMN, whose numbers are colors{columns}")));
        }
        if wish.z.is_some() && !matches!(wish.kind, None | Some(Kind::Heat)) {
            return Err(PlotError::Refused("--z is for heat maps; --kind heat draws one".to_owned()));
        }
        let (x, y) = self.axes(wish)?;
        let needed: Vec<&str> = [x.as_str(), y.as_str()].into_iter().chain(wish.z.as_deref()).collect();
        let needed: Vec<&str> = needed.into_iter().filter(|column| !column.is_empty()).collect();
        let Some(from) = self.place_of(&needed) else {
            let where_is = |column: &&str| format!("\"{column}\" is in {}", self.where_is(column));
            let places: Vec<String> = needed.iter().map(where_is).collect();
            return Err(PlotError::Refused(format!("no table has all columns: {}", places.join(", "))));
        };
        let by = self.series(wish, from, &x)?;
        let words = !x.is_empty() && self.has_words(from, &x)?;
        let kind = wish.kind.unwrap_or_else(|| self.kind(wish, from, &x, words));
        let mut task = Task { kind, from, x, words, y, z: wish.z.clone(), by, wish: wish.clone() };
        match kind {
            Kind::Boxes if !task.x.is_empty() => task.by = vec![std::mem::take(&mut task.x)],
            Kind::Ecdf => task.x.clear(),
            Kind::Heat => {}
            _ if task.words => {
                let columns = format!("--x {} has words; --kind boxes draws a row for each", task.x);
                return Err(PlotError::Refused(columns));
            }
            _ => {}
        }
        Ok(task)
    }

    /// The columns of both axes; x is empty if it is not needed.
    fn axes(&self, wish: &Plot) -> Result<(String, String), PlotError> {
        if self.runs.is_none() {
            let needs_x = !matches!(wish.kind, Some(Kind::Boxes | Kind::Ecdf)) || wish.z.is_some();
            return match (&wish.x, &wish.y) {
                (Some(x), Some(y)) => Ok((x.clone(), y.clone())),
                (None, Some(y)) if !needs_x => Ok((String::new(), y.clone())),
                _ => Err(PlotError::Refused(format!(
                    "--x COLUMN and --y COLUMN are needed for a table that is no result folder{}",
                    listed(&self.columns())
                ))),
            };
        }
        let metric = self.facts.metric.clone().unwrap_or_else(|| "value".to_owned());
        let has_rows = matches!(self.places().first(), Some(From::Keyed(_)));
        let of_runs = |column: &str| self.has(From::Runs, column);
        let y = match (&wish.y, &wish.x) {
            (Some(y), _) => y.clone(),
            (None, Some(x)) if self.place_of(&[x, &metric]).is_none() && of_runs(x) => self.cost(),
            (None, None) if matches!(wish.kind, Some(Kind::Settings | Kind::Boxes | Kind::Ecdf)) => self.cost(),
            _ if has_rows => metric,
            _ => self.cost(),
        };
        let x = match &wish.x {
            Some(x) => x.clone(),
            None if matches!(wish.kind, Some(Kind::Boxes | Kind::Ecdf)) => String::new(),
            None if wish.kind != Some(Kind::Settings) && self.place_of(&["step", &y]).is_some() => {
                let along = ["evaluations", "step"].into_iter().find(|x| *x != y && self.place_of(&[x, &y]).is_some());
                along.unwrap_or("step").to_owned()
            }
            None => "rate".to_owned(),
        };
        Ok((x, y))
    }

    /// The column of runs with what is compared: the cost of the hardest target, or the final value.
    fn cost(&self) -> String {
        let header = self.runs.as_ref().map(TableFile::header).unwrap_or_default();
        let level = |name: &&String| name.strip_prefix("evaluations_to_")?.parse::<f64>().ok();
        let costs = header.iter().filter(|name| level(name).is_some());
        let hardest = costs.min_by(|a, b| level(a).unwrap_or(0.0).total_cmp(&level(b).unwrap_or(0.0)));
        hardest.map_or_else(|| "final_value".to_owned(), Clone::clone)
    }

    fn series(&self, wish: &Plot, from: From, x: &str) -> Result<Vec<String>, PlotError> {
        let by = match (&wish.by[..], from) {
            ([], From::Runs | From::Keyed(_)) if x != "rule" && wish.kind != Some(Kind::Heat) && wish.z.is_none() => {
                vec!["rule".to_owned()]
            }
            (by, _) => by.to_vec(),
        };
        for column in by.iter().chain(wish.only.iter().map(|(column, _)| column)) {
            let reachable = self.has(from, column) || (!matches!(from, From::Alone(_)) && self.has(From::Runs, column));
            if !reachable {
                let message =
                    format!("column \"{column}\" is in {}, not in the table that is drawn", self.where_is(column));
                return Err(PlotError::Refused(message));
            }
        }
        Ok(by)
    }

    fn kind(&self, wish: &Plot, from: From, x: &str, words: bool) -> Kind {
        match from {
            _ if wish.z.is_some() => Kind::Heat,
            _ if words => Kind::Boxes,
            From::Runs if AXES.contains(&x) => Kind::Settings,
            From::Runs => Kind::Points,
            _ => Kind::Curves,
        }
    }

    /// Whether a column has words: its first field says so.
    fn has_words(&self, from: From, column: &str) -> Result<bool, PlotError> {
        let table = match from {
            From::Runs => self.runs.iter().chain(&self.timings).find(|table| table.has(column)),
            From::Keyed(i) | From::Alone(i) => Some(&self.others[i].1),
        };
        let Some(table) = table else { return Ok(false) };
        Ok(first_words(table, column)?.iter().any(|word| !word.is_empty() && word.parse::<f64>().is_err()))
    }

    fn where_is(&self, column: &str) -> String {
        let mut found: Vec<&str> =
            self.others.iter().filter(|(_, table)| table.has(column)).map(|(name, _)| *name).collect();
        if self.has(From::Runs, column) && self.runs.is_some() {
            found.push("runs");
        }
        found.join(" and ")
    }
}

/// Some fields of a column, from the beginning.
fn first_words(table: &TableFile, column: &str) -> Result<Vec<String>, PlotError> {
    // A piece is as much as has to be read; what follows is not wanted.
    let mut found = Vec::new();
    let enough = "enough was read";
    let result = table.read(&[crate::reading::Wanted::text(column)], &mut |batch| {
        found.clone_from(&batch.columns[0].texts().words);
        Err(crate::table::TableError::of_file(table.path(), enough))
    });
    match result {
        Err(error) if !error.to_string().contains(enough) => Err(error.into()),
        _ => Ok(found),
    }
}

/// Columns for the end of a message.
pub fn listed(columns: &[&str]) -> String {
    format!("\ncolumns: {}", columns.join(", "))
}
