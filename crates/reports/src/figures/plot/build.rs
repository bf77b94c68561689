//! From rows to a figure.

use std::fmt::Write;

use super::records::{Records, is_measured};
use super::tables::{From, Tables, Task};
use super::{Drawn, Kind, PlotError};
use crate::figures::kinds::{Sample, boxes, ecdf, heat_map};
use crate::figures::model::{Axis, Chart, Charts, Figure, Map, Mark, Picture, Scale, Series};
use crate::figures::scale::three;
use crate::statistics::{Spread, quantile};

/// More series than this cannot be told apart.
const MOST: usize = 12;

/// A line with more points than this is thinned: its lowest and highest point of equal parts stay.
const LONG: usize = 10_000;

/// One series, ready to be drawn.
struct Line {
    problem: String,
    name: String,
    score: f64,
    x: Vec<f64>,
    y: Vec<f64>,
    /// Quartiles, where several rows have one x.
    band: Option<(Vec<f64>, Vec<f64>)>,
    /// Numbers that are not put together.
    values: Vec<f64>,
    runs: usize,
    lost: usize,
}

/// Makes the figure.
pub fn figure(tables: &Tables, task: &Task, records: Records) -> Result<Drawn, PlotError> {
    if records.series.is_empty() {
        let columns = [&task.x, &task.y].into_iter().filter(|name| !name.is_empty()).cloned().collect::<Vec<_>>();
        let which = if task.wish.only.is_empty() { "" } else { " that is asked for" };
        return Err(PlotError::Refused(format!(
            "{}: no row{which} has a number for {}",
            tables.name,
            columns.join(" and ")
        )));
    }
    let texts = Texts { tables, task, records: &records };
    if task.kind == Kind::Heat {
        return Ok(texts.drawn(heat(&texts)?, &[], 0));
    }
    let names = texts.names();
    let mut lines: Vec<Line> =
        rows_of_series(&records).into_iter().enumerate().map(|(i, rows)| line(&texts, i, &rows, &names)).collect();
    lines.sort_by(|a, b| a.score.total_cmp(&b.score));
    let hidden = keep_best(&mut lines);
    let figure = match task.kind {
        Kind::Boxes => over_samples(&texts, &lines, boxes),
        Kind::Ecdf => over_samples(&texts, &lines, |title, axis, samples| ecdf(title, axis, "share of runs", samples)),
        _ => over_lines(&texts, &lines),
    };
    Ok(texts.drawn(figure, &lines, hidden))
}

/// The rows of each series.
fn rows_of_series(records: &Records) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); records.tuples.tuples.len()];
    records.series.iter().zip(0..).for_each(|(&series, row)| rows[series as usize].push(row));
    rows
}

/// Leaves the best of each problem, and says how many others there are.
fn keep_best(lines: &mut Vec<Line>) -> usize {
    let before = lines.len();
    let mut kept: Vec<(String, usize)> = Vec::new();
    lines.retain(|line| {
        let place = kept.iter_mut().find(|(problem, _)| *problem == line.problem);
        let count = match place {
            Some((_, count)) => count,
            None => {
                kept.push((line.problem.clone(), 0));
                &mut kept.last_mut().expect("pushed").1
            }
        };
        *count += 1;
        *count <= MOST
    });
    before - lines.len()
}

/// Puts the rows of a series together.
fn line(texts: &Texts<'_>, series: usize, rows: &[u32], names: &[String]) -> Line {
    let Texts { records, task, .. } = texts;
    let tuple = &records.tuples.tuples[series];
    let members = &records.members[series];
    let lost = members.iter().filter(|&&run| records.runs.lost[run as usize]).count();
    let mut line = Line {
        problem: records.words[0].words.get(tuple[0] as usize).cloned().unwrap_or_default(),
        name: names[series].clone(),
        score: records.best[series].0,
        x: Vec::new(),
        y: Vec::new(),
        band: None,
        values: Vec::new(),
        runs: members.len(),
        lost,
    };
    match task.kind {
        Kind::Boxes | Kind::Ecdf => line.values = rows.iter().map(|&row| records.value[row as usize]).collect(),
        Kind::Points => {
            line.x = rows.iter().map(|&row| records.x[row as usize]).collect();
            line.y = rows.iter().map(|&row| records.value[row as usize]).collect();
        }
        _ => together(records, task, series, rows, &mut line),
    }
    line
}

/// Medians and quartiles of rows with the same step, or the same x where rows have no steps.
fn together(records: &Records, task: &Task, series: usize, rows: &[u32], line: &mut Line) {
    let place = |row: u32| if records.step.is_empty() { records.x[row as usize] } else { records.step[row as usize] };
    let mut rows = rows.to_vec();
    rows.sort_by(|&a, &b| place(a).total_cmp(&place(b)));
    let mut ends = ends_of_lost(records, task, series);
    ends.sort_by(f64::total_cmp);
    let (mut low, mut high, mut several) = (Vec::new(), Vec::new(), false);
    for group in rows.chunk_by(|&a, &b| place(a) == place(b)) {
        let at = |row: &u32| records.x[*row as usize];
        let mut values: Vec<f64> = group.iter().map(|&row| records.value[row as usize]).collect();
        let gone = ends.partition_point(|end| *end < place(group[0]));
        values.extend(std::iter::repeat_n(f64::INFINITY, gone));
        several |= values.len() > 1;
        let spread = Spread::of(&values);
        line.x.push(if group.len() == 1 {
            at(&group[0])
        } else {
            quantile(&group.iter().map(at).collect::<Vec<_>>(), 0.5)
        });
        line.y.push(spread.median);
        low.push(spread.q25);
        high.push(spread.q75);
    }
    line.band = several.then_some((low, high));
    thin(line);
}

/// The last steps of runs that diverged or failed.
fn ends_of_lost(records: &Records, task: &Task, series: usize) -> Vec<f64> {
    if records.step.is_empty() || !is_measured(task.measured()) {
        return Vec::new();
    }
    let lost = records.members[series].iter().filter(|&&run| records.runs.lost[run as usize]);
    lost.map(|&run| records.last[run as usize]).collect()
}

/// Leaves the lowest and the highest point of each part of a long line.
fn thin(line: &mut Line) {
    if line.x.len() <= LONG {
        return;
    }
    let part = line.x.len().div_ceil(LONG / 2);
    let mut kept = Vec::new();
    for start in (0..line.x.len()).step_by(part) {
        let range = start..(start + part).min(line.x.len());
        let by = |a: &usize, b: &usize| line.y[*a].total_cmp(&line.y[*b]);
        let ends = [range.clone().min_by(by), range.max_by(by)];
        let [Some(low), Some(high)] = ends else { continue };
        kept.push(low.min(high));
        kept.extend((low != high).then_some(low.max(high)));
    }
    let chosen = |values: &[f64]| kept.iter().map(|&i| values[i]).collect::<Vec<f64>>();
    (line.x, line.y) = (chosen(&line.x), chosen(&line.y));
    line.band = line.band.take().map(|(low, high)| (chosen(&low), chosen(&high)));
}

/// Whether numbers ask for a logarithmic axis: they are positive, or zero, and span so much.
fn spans(numbers: impl Iterator<Item = f64>, ratio: f64) -> bool {
    let (mut low, mut high) = (f64::INFINITY, 0.0f64);
    for x in numbers.filter(|x| x.is_finite()) {
        if x < 0.0 {
            return false;
        }
        if x > 0.0 {
            (low, high) = (low.min(x), high.max(x));
        }
    }
    high / low >= ratio
}

fn scaled(axis: Axis, asked: Option<bool>, numbers: impl Iterator<Item = f64>, ratio: f64) -> Axis {
    let log = asked.unwrap_or_else(|| spans(numbers, ratio));
    Axis { scale: if log { Scale::Log } else { Scale::Linear }, ..axis }
}

fn over_lines(texts: &Texts<'_>, lines: &[Line]) -> Figure {
    let task = texts.task;
    let ratio = if task.kind == Kind::Settings { 30.0 } else { 100.0 };
    let x = scaled(texts.axis(&task.x), task.wish.log_x, lines.iter().flat_map(|line| line.x.iter().copied()), ratio);
    let y = scaled(texts.axis(&task.y), task.wish.log_y, lines.iter().flat_map(|line| line.y.iter().copied()), 20.0);
    let problems = problems(lines);
    let styles = Styles::of(lines);
    let charts: Vec<Chart> = problems
        .iter()
        .map(|problem| {
            let series =
                lines.iter().filter(|line| line.problem == *problem).map(|line| series(task.kind, line, &styles));
            let title = if problems.len() > 1 { problem.clone() } else { String::new() };
            Chart { title, x: x.clone(), y: y.clone(), series: series.collect(), ..Chart::default() }
        })
        .collect();
    arranged(charts)
}

/// The same name has the same look in every chart.
struct Styles(Vec<String>);

impl Styles {
    fn of(lines: &[Line]) -> Self {
        let mut names: Vec<String> = Vec::new();
        for line in lines {
            if !names.contains(&line.name) {
                names.push(line.name.clone());
            }
        }
        Self(names)
    }

    fn style(&self, name: &str) -> usize {
        self.0.iter().position(|known| known == name).unwrap_or(0)
    }
}

fn series(kind: Kind, line: &Line, styles: &Styles) -> Series {
    let (x, y) = (line.x.clone(), line.y.clone());
    let band = line.band.as_ref().map(|(low, high)| Mark::Band { x: x.clone(), low: low.clone(), high: high.clone() });
    let points = matches!(kind, Kind::Points | Kind::Settings).then(|| Mark::Points { x: x.clone(), y: y.clone() });
    let joined = (kind != Kind::Points).then_some(Mark::Line { x, y, steps: false });
    let marks = band.into_iter().chain(joined).chain(points).collect();
    Series { name: line.name.clone(), style: styles.style(&line.name), marks }
}

/// The problems, in the order of their best lines.
fn problems(lines: &[Line]) -> Vec<String> {
    let mut problems: Vec<String> = Vec::new();
    for line in lines {
        if !problems.contains(&line.problem) {
            problems.push(line.problem.clone());
        }
    }
    problems
}

/// One chart, or several side by side.
fn arranged(mut charts: Vec<Chart>) -> Figure {
    match charts.len() {
        1 => Figure::of("", charts.remove(0)),
        n => Figure::multiples("", charts, n.min(if n % 3 == 0 { 3 } else { 2 })),
    }
}

fn over_samples(texts: &Texts<'_>, lines: &[Line], make: impl Fn(&str, Axis, &[Sample<'_>]) -> Figure) -> Figure {
    let task = texts.task;
    let axis = texts.axis(&task.y);
    let axis = scaled(
        axis,
        task.wish.log_y.or(task.wish.log_x),
        lines.iter().flat_map(|line| line.values.iter().copied()),
        50.0,
    );
    let problems = problems(lines);
    let of_problem = |problem: &String| {
        let lines = lines.iter().filter(|line| line.problem == *problem);
        let samples: Vec<Sample<'_>> = lines.map(|line| Sample { name: &line.name, values: &line.values }).collect();
        make("", axis.clone(), &samples)
    };
    let mut figures: Vec<Figure> = problems.iter().map(of_problem).collect();
    if figures.len() == 1 {
        return figures.remove(0);
    }
    let height = figures.iter().map(|figure| figure.height).fold(0.0, f64::max);
    let mut charts = Vec::new();
    for (problem, figure) in problems.iter().zip(figures) {
        if let Picture::Charts(Charts { charts: own, .. }) = figure.picture {
            charts.extend(own.into_iter().map(|chart| Chart { title: problem.clone(), ..chart }));
        }
    }
    Figure { height: height.min(300.0), ..arranged(charts) }
}

/// The order of words along an axis: that of their numbers, if all are numbers.
fn ordered(words: &[String]) -> (Vec<usize>, Vec<String>) {
    let numbers: Option<Vec<f64>> = words.iter().map(|word| word.parse().ok()).collect();
    let mut order: Vec<usize> = (0..words.len()).collect();
    if let Some(numbers) = &numbers {
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    }
    let name = |&i: &usize| numbers.as_ref().map_or_else(|| words[i].clone(), |numbers| three(numbers[i]));
    let names = order.iter().map(name).collect();
    (order, names)
}

fn heat(texts: &Texts<'_>) -> Result<Figure, PlotError> {
    let Texts { records, task, .. } = texts;
    const CELLS: usize = 250_000;
    let [(columns, x_names), (rows, y_names)] = [0, 1].map(|i| ordered(&records.axes[i].words));
    let (width, height) = (columns.len(), rows.len());
    if width * height > CELLS {
        let message = format!("{} × {} cells are too many for a heat map: at most {CELLS}", width, height);
        return Err(PlotError::Refused(message));
    }
    let names = texts.names();
    let mut charts = Vec::new();
    let upward: Vec<f64> = (0..height).map(|i| i as f64).collect();
    for (series, own) in rows_of_series(records).into_iter().enumerate() {
        let mut cells: Vec<Vec<f64>> = vec![Vec::new(); width * height];
        for row in own {
            let [x, y] = [&records.x, &records.y].map(|codes| codes[row as usize] as usize);
            cells[y * width + x].push(records.value[row as usize]);
        }
        // The largest number is on top.
        let order = rows.iter().rev().flat_map(|&y| columns.iter().map(move |&x| y * width + x));
        let z: Vec<f64> = order.map(|cell| quantile(&cells[cell], 0.5)).collect();
        let axis = scaled(texts.axis(task.measured()), None, z.iter().copied(), 20.0);
        let map = Map { x: (0..width).map(|i| i as f64).collect(), y: upward.clone(), z, axis, ..Map::default() };
        let x = Axis { names: x_names.clone(), ..texts.axis(&task.x) };
        let y = Axis { names: y_names.iter().rev().cloned().collect(), ..texts.axis(&task.y) };
        let figure = heat_map("", [x, y], map);
        if let Picture::Charts(Charts { charts: own, .. }) = figure.picture {
            charts.extend(own.into_iter().map(|chart| Chart { title: names[series].clone(), ..chart }));
        }
    }
    if charts.len() > MOST {
        let message =
            format!("{} heat maps are too many: at most {MOST}; --where COLUMN=VALUE leaves some out", charts.len());
        return Err(PlotError::Refused(message));
    }
    if let [chart] = &mut charts[..] {
        chart.title.clear();
    }
    Ok(arranged(charts))
}

/// Everything that is written.
struct Texts<'a> {
    tables: &'a Tables,
    task: &'a Task,
    records: &'a Records,
}

impl Texts<'_> {
    /// A column for people.
    fn label(&self, column: &str) -> String {
        let metric = self.tables.facts.metric.as_deref().map_or("target", |metric| metric).replace('_', " ");
        for cost in ["evaluations", "steps"] {
            if let Some(level) = column.strip_prefix(&format!("{cost}_to_")) {
                let (level, rest) = level.split_once('_').unwrap_or((level, ""));
                let rest = if rest.is_empty() { String::new() } else { format!(", {rest}") };
                return format!("{cost} to {metric} ≤ {level}{rest}");
            }
        }
        column.replace('_', " ")
    }

    fn axis(&self, column: &str) -> Axis {
        let unit = |name: &str| self.task.wish.units.get(name).cloned();
        let target = column.split_once("_to_").map(|(cost, _)| cost);
        let unit = unit(column).or_else(|| unit(target?)).unwrap_or_default();
        Axis::new(&self.label(column), if unit == "1" { "" } else { &unit })
    }

    /// The name of each series: its words, and those of its setting that vary.
    fn names(&self) -> Vec<String> {
        let Self { records, task, .. } = self;
        let varies = self.varying();
        let mut names = Vec::new();
        for (tuple, (_, combination)) in records.tuples.tuples.iter().zip(&records.best) {
            let mut words: Vec<String> = Vec::new();
            for (i, name) in task.by.iter().enumerate() {
                let word = records.words[i + 1].words.get(tuple[i + 1] as usize).cloned().unwrap_or_default();
                words.push(described(name, &word));
            }
            words.extend(
                varies
                    .iter()
                    .map(|&c| described(&records.runs.columns[c], records.runs.word(self.any(*combination), c))),
            );
            names.push(words.join(", "));
        }
        names
    }

    /// A run of a combination.
    fn any(&self, combination: u32) -> u32 {
        self.records.runs.tuple.iter().position(|tuple| *tuple == combination).unwrap_or(0) as u32
    }

    /// The axes of settings of which several values were run, if each series has one setting.
    fn varying(&self) -> Vec<usize> {
        let runs = &self.records.runs;
        if matches!(self.task.kind, Kind::Settings | Kind::Points | Kind::Heat) {
            return Vec::new();
        }
        let several = |column: &usize| runs.words[*column].words.len() > 1 && runs.columns[*column] != "problem";
        (runs.series..runs.columns.len()).filter(several).collect()
    }

    /// The figure with its texts.
    fn drawn(&self, figure: Figure, lines: &[Line], hidden: usize) -> Drawn {
        let task = self.task;
        let measured = self.label(task.measured());
        let title = match task.kind {
            Kind::Heat => format!("{measured}, by {} and {}", self.label(&task.x), self.label(&task.y)),
            Kind::Boxes if task.by.is_empty() => measured,
            Kind::Boxes => format!("{measured}, by {}", self.list(&task.by)),
            Kind::Ecdf => format!("Share of runs by {measured}"),
            _ => format!("{measured} against {}", self.label(&task.x)),
        };
        let mut name = [&task.z.clone().unwrap_or_default(), &task.y, &task.x]
            .into_iter()
            .filter(|s| !s.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join("-");
        if !task.wish.by.is_empty() || matches!(task.kind, Kind::Boxes) {
            let _ = write!(name, "-by-{}", task.by.join("-"));
        }
        if let Some(kind) = task.wish.kind {
            let _ = write!(
                name,
                "-{}",
                super::KINDS.iter().find(|(known, ..)| *known == kind).map_or("", |(_, name, _)| name)
            );
        }
        let name = name.replace(|c: char| !c.is_alphanumeric() && !"._-".contains(c), "_");
        let figure = Figure { title: format!("{}: {title}", self.tables.name), ..figure };
        Drawn { figure: figure.with_subtitle(&self.subtitle(lines)).with_note(&self.note(lines, hidden)), name }
    }

    fn list(&self, columns: &[String]) -> String {
        columns.iter().map(|name| self.label(name)).collect::<Vec<_>>().join(" and ")
    }

    fn subtitle(&self, lines: &[Line]) -> String {
        let task = self.task;
        if matches!(task.from, From::Alone(_)) {
            let several = lines.iter().any(|line| line.band.is_some());
            return if several { "Medians and quartiles of rows with the same x.".to_owned() } else { String::new() };
        }
        let replicates = lines.iter().map(|line| line.runs).max().unwrap_or(0);
        let each = match (&task.by[..], task.kind) {
            (_, Kind::Points) => "every run".to_owned(),
            ([], _) => "at the best setting".to_owned(),
            (by, _) => format!("each {} at its best setting", self.list(by)),
        };
        let text = match task.kind {
            Kind::Curves if replicates > 1 => format!("medians over {replicates} replicates with quartiles, {each}"),
            Kind::Settings => format!("medians over replicates with quartiles, {each}"),
            Kind::Boxes => format!("quartiles and every run, {each}"),
            Kind::Heat => "medians over replicates, everything else at its best setting".to_owned(),
            _ => each,
        };
        let mut characters = text.chars();
        let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{}.", characters.as_str())
    }

    fn note(&self, lines: &[Line], hidden: usize) -> String {
        let mut note = String::new();
        let runs: usize = lines.iter().map(|line| line.runs).sum();
        let lost: usize = lines.iter().map(|line| line.lost).sum();
        if runs > 0 {
            let _ = write!(note, "{runs} runs");
            let _ = match lost {
                0 => write!(note, ", none of which diverged. "),
                lost => write!(note, ", of which {lost} diverged or failed and are at ∞ from then on. "),
            };
        }
        if self.task.kind != Kind::Points && !self.records.criteria.is_empty() {
            let criteria = self.list(&self.records.criteria);
            let _ = write!(note, "The best setting has the smallest median of {criteria}, on the same runs. ");
        }
        if hidden > 0 {
            let _ = write!(note, "{hidden} series that are not among the best {MOST} are left out.");
        }
        note.trim_end().to_owned()
    }
}

/// A word that says what it is.
fn described(column: &str, word: &str) -> String {
    let short = |word: &str| word.parse::<f64>().map_or_else(|_| word.to_owned(), three);
    match column {
        "rate" => format!("rate {}", short(word)),
        "batch_size" => format!("batch {word}"),
        // What is a number does not say of what.
        _ if word.parse::<f64>().is_ok() => format!("{} {}", column.replace('_', " "), short(word)),
        _ if word.is_empty() => format!("no {}", column.replace('_', " ")),
        _ => word.to_owned(),
    }
}
