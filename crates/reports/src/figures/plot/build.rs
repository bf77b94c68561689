//! From rows to a figure.

use super::records::{Records, is_measured};
use super::tables::{Tables, Task};
use super::texts::Texts;
use super::{Drawn, Kind, PlotError};
use crate::figures::kinds::{Sample, boxes, ecdf, heat_map};
use crate::figures::model::{Axis, Chart, Charts, Figure, Map, Mark, Picture, Scale, Series};
use crate::figures::scale::three;
use crate::statistics::{Spread, quantile};

/// More series than this cannot be told apart.
pub const MOST: usize = 12;

/// A line with more points than this is thinned: its lowest and highest point of equal parts stay.
const LONG: usize = 10_000;

/// One series, ready to be drawn.
pub struct Line {
    problem: String,
    name: String,
    score: f64,
    /// Its place among boxes, where these stand for numbers; NaN elsewhere.
    number: f64,
    x: Vec<f64>,
    y: Vec<f64>,
    /// Quartiles, where several rows have one x.
    pub band: Option<(Vec<f64>, Vec<f64>)>,
    /// Numbers that are not put together.
    values: Vec<f64>,
    /// Whether its points are rows, in no order.
    scattered: bool,
    /// What its color, dash and symbol stand for: its name without its setting.
    key: String,
    /// How many runs are behind it.
    pub runs: usize,
    /// How many of them diverged or failed.
    pub lost: usize,
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
        return Ok(texts.drawn(heat(&texts)?, &[], Hidden::default()));
    }
    let names = texts.names();
    let mut lines: Vec<Line> =
        rows_of_series(&records).into_iter().enumerate().map(|(i, rows)| line(&texts, i, &rows, &names)).collect();
    let hidden = Hidden::of(&mut lines, task);
    if !(task.is_alone() || task.is_every_run()) {
        lines.sort_by(|a, b| a.score.total_cmp(&b.score));
    }
    if task.kind == Kind::Boxes {
        lines.sort_by(|a, b| a.number.total_cmp(&b.number));
    }
    if matches!(task.kind, Kind::Boxes | Kind::Ecdf) {
        let numbers = || lines.iter().flat_map(|line| line.values.iter().copied());
        has_logarithms("--log-y", &task.y, task.wish.log_y, numbers())?;
        has_logarithms("--log-x", &task.y, task.wish.log_x, numbers())?;
    }
    let figure = match task.kind {
        Kind::Boxes => over_samples(&texts, &lines, boxes),
        Kind::Ecdf => over_samples(&texts, &lines, |title, axis, samples| ecdf(title, axis, "share of runs", samples)),
        _ => over_lines(&texts, &lines)?,
    };
    Ok(texts.drawn(figure, &lines, hidden))
}

/// The rows of each series.
fn rows_of_series(records: &Records) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); records.tuples.tuples.len()];
    records.series.iter().zip(0..).for_each(|(&series, row)| rows[series as usize].push(row));
    rows
}

/// The series that are not drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hidden {
    /// How many there are.
    pub count: usize,
    /// Whether those that are drawn are the best ones, and not the first.
    pub worse: bool,
}

impl Hidden {
    /// Leaves so many series of each problem as can be told apart: the best ones, or the first where nothing says what is good.
    fn of(lines: &mut Vec<Line>, task: &Task) -> Self {
        let unchosen = task.is_alone() || task.is_every_run();
        let worse = !unchosen || is_better_small(task.measured());
        if unchosen {
            lines.iter_mut().for_each(|line| line.score = if worse { line.outcome() } else { 0.0 });
        }
        let before = lines.len();
        let mut order: Vec<usize> = (0..before).collect();
        order.sort_by(|&a, &b| lines[a].score.total_cmp(&lines[b].score));
        let mut of_problem = std::collections::HashMap::new();
        let mut kept = vec![false; before];
        for i in order {
            let count: &mut usize = of_problem.entry(lines[i].problem.clone()).or_default();
            *count += 1;
            kept[i] = *count <= MOST;
        }
        let mut kept = kept.into_iter();
        lines.retain(|_| kept.next().unwrap_or(false));
        Self { count: before - lines.len(), worse }
    }
}

impl Line {
    /// Its last height, or the median of its numbers.
    fn outcome(&self) -> f64 {
        let middle = |numbers: &[f64]| quantile(numbers, 0.5);
        match (&self.values[..], &self.band, &self.y[..]) {
            ([], None, y) if self.scattered => middle(y),
            ([], _, y) => y.last().copied().unwrap_or(f64::INFINITY),
            (values, ..) => middle(values),
        }
    }
}

/// Whether less of a column is better, by its name.
fn is_better_small(name: &str) -> bool {
    const BAD: [&str; 17] = [
        "loss",
        "error",
        "err",
        "cost",
        "evaluations",
        "steps",
        "seconds",
        "time",
        "gap",
        "distance",
        "norm",
        "regret",
        "perplexity",
        "nll",
        "mse",
        "rmse",
        "value",
    ];
    let name = name.to_lowercase();
    name.split(|c: char| !c.is_alphanumeric())
        .any(|word| BAD.contains(&word.trim_end_matches('s')) || BAD.contains(&word))
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
        number: match &tuple[1..] {
            [word] => records.words[1].words.get(*word as usize).and_then(|word| word.parse().ok()).unwrap_or(f64::NAN),
            _ => f64::NAN,
        },
        x: Vec::new(),
        y: Vec::new(),
        band: None,
        values: Vec::new(),
        scattered: task.kind == Kind::Points,
        key: texts.words(series).join(", "),
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

/// Whether numbers ask for a logarithmic axis: they span so much, and none is negative but for rounding.
fn spans(numbers: impl Iterator<Item = f64>, ratio: f64) -> bool {
    let (mut least, mut low, mut high) = (0.0f64, f64::INFINITY, 0.0f64);
    for x in numbers.filter(|x| x.is_finite()) {
        least = least.min(x);
        if x > 0.0 {
            (low, high) = (low.min(x), high.max(x));
        }
    }
    high / low >= ratio && -least <= 1e-6 * high
}

fn scaled(axis: Axis, asked: Option<bool>, numbers: impl Iterator<Item = f64>, ratio: f64) -> Axis {
    let log = asked.unwrap_or_else(|| spans(numbers, ratio));
    Axis { scale: if log { Scale::Log } else { Scale::Linear }, ..axis }
}

fn over_lines(texts: &Texts<'_>, lines: &[Line]) -> Result<Figure, PlotError> {
    let task = texts.task;
    let numbers = |of: fn(&Line) -> &Vec<f64>| lines.iter().flat_map(move |line| of(line).iter().copied());
    has_logarithms("--log-x", &task.x, task.wish.log_x, numbers(|line| &line.x))?;
    has_logarithms("--log-y", &task.y, task.wish.log_y, numbers(|line| &line.y))?;
    let ratio = if task.kind == Kind::Settings { 30.0 } else { 100.0 };
    let x = scaled(texts.axis(&task.x), task.wish.log_x, lines.iter().flat_map(|line| line.x.iter().copied()), ratio);
    let y = scaled(texts.axis(&task.y), task.wish.log_y, lines.iter().flat_map(|line| line.y.iter().copied()), 20.0);
    let problems = problems(texts, lines);
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
    Ok(arranged(charts))
}

/// Refuses a logarithmic axis on which nothing has a place.
fn has_logarithms(
    option: &str,
    column: &str,
    asked: Option<bool>,
    mut numbers: impl Iterator<Item = f64>,
) -> Result<(), PlotError> {
    if asked == Some(true) && numbers.all(|x| x <= 0.0 || x.is_nan()) {
        return Err(PlotError::Refused(format!(
            "{option}: {column} has no positive value, which a logarithmic axis needs"
        )));
    }
    Ok(())
}

/// What is of the same rule, or whatever tells series apart, has the same look in every chart.
struct Styles(Vec<String>);

impl Styles {
    fn of(lines: &[Line]) -> Self {
        let mut names: Vec<String> = Vec::new();
        for line in lines {
            if !names.contains(&line.key) {
                names.push(line.key.clone());
            }
        }
        Self(names)
    }

    fn style(&self, key: &str) -> usize {
        self.0.iter().position(|known| known == key).unwrap_or(0)
    }
}

fn series(kind: Kind, line: &Line, styles: &Styles) -> Series {
    let (x, y) = (line.x.clone(), line.y.clone());
    let band = line.band.as_ref().map(|(low, high)| Mark::Band { x: x.clone(), low: low.clone(), high: high.clone() });
    let points = matches!(kind, Kind::Points | Kind::Settings).then(|| Mark::Points { x: x.clone(), y: y.clone() });
    let joined = (kind != Kind::Points).then_some(Mark::Line { x, y, steps: false });
    let marks = band.into_iter().chain(joined).chain(points).collect();
    Series { name: line.name.clone(), style: styles.style(&line.key), marks }
}

/// The problems, in the order of the table.
fn problems(texts: &Texts<'_>, lines: &[Line]) -> Vec<String> {
    let problems = texts.records.words[0].words.iter();
    let problems: Vec<String> =
        problems.filter(|word| lines.iter().any(|line| line.problem == **word)).cloned().collect();
    if problems.is_empty() { vec![String::new()] } else { problems }
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
    let (problems, styles) = (problems(texts, lines), Styles::of(lines));
    let of_problem = |problem: &String| {
        let lines = lines.iter().filter(|line| line.problem == *problem);
        let samples = lines.clone().map(|line| Sample { name: &line.name, values: &line.values });
        let mut figure = make("", axis.clone(), &samples.collect::<Vec<_>>());
        if let (Kind::Ecdf, Picture::Charts(charts)) = (task.kind, &mut figure.picture) {
            let series = charts.charts.iter_mut().flat_map(|chart| &mut chart.series);
            series.zip(lines).for_each(|(series, line)| series.style = styles.style(&line.key));
        }
        figure
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
fn ordered(words: &[String], upward: bool) -> (Vec<usize>, Vec<String>) {
    let numbers: Option<Vec<f64>> = words.iter().map(|word| word.parse().ok()).collect();
    let mut order: Vec<usize> = (0..words.len()).collect();
    if let Some(numbers) = &numbers {
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
        // Names go from top to bottom, and the largest number is on top.
        if upward {
            order.reverse();
        }
    }
    let name = |&i: &usize| numbers.as_ref().map_or_else(|| words[i].clone(), |numbers| three(numbers[i]));
    let names = order.iter().map(name).collect();
    (order, names)
}

fn heat(texts: &Texts<'_>) -> Result<Figure, PlotError> {
    let Texts { records, task, .. } = texts;
    const CELLS: usize = 250_000;
    let [(columns, x_names), (rows, y_names)] = [0, 1].map(|i| ordered(&records.axes[i].words, i == 1));
    let (width, height) = (columns.len(), rows.len());
    if width * height > CELLS {
        let message = format!("{width} × {height} cells are too many for a heat map: at most {CELLS}");
        return Err(PlotError::Refused(message));
    }
    let names = texts.names();
    let title = |series: usize| {
        let problem = &records.words[0].words[records.tuples.tuples[series][0] as usize];
        let words = [problem, &names[series]].into_iter().filter(|word| !word.is_empty());
        words.map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let mut charts = Vec::new();
    let upward: Vec<f64> = (0..height).map(|i| i as f64).collect();
    for (series, own) in rows_of_series(records).into_iter().enumerate() {
        let mut cells: Vec<Vec<f64>> = vec![Vec::new(); width * height];
        for row in own {
            let [x, y] = [&records.x, &records.y].map(|codes| codes[row as usize] as usize);
            cells[y * width + x].push(records.value[row as usize]);
        }
        let order = rows.iter().flat_map(|&y| columns.iter().map(move |&x| y * width + x));
        let z: Vec<f64> = order.map(|cell| quantile(&cells[cell], 0.5)).collect();
        let axis = scaled(texts.axis(task.measured()), None, z.iter().copied(), 20.0);
        let map = Map { x: (0..width).map(|i| i as f64).collect(), y: upward.clone(), z, axis, ..Map::default() };
        let x = Axis { names: x_names.clone(), ..texts.axis(&task.x) };
        let y = Axis { names: y_names.clone(), ..texts.axis(&task.y) };
        let figure = heat_map("", [x, y], map);
        if let Picture::Charts(Charts { charts: own, .. }) = figure.picture {
            charts.extend(own.into_iter().map(|chart| Chart { title: title(series), ..chart }));
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
