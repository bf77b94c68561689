//! Paths: runs of a result with parameters, or rules that run here.

use std::collections::HashMap;
use std::path::Path as File;

use anyhow::{Context, Result, anyhow, bail, ensure};
use sgdlab_core::streams::Key;
use sgdlab_core::{Entry, Settings, Value};
use sgdlab_optimizers::RuleSpec;
use sgdlab_reports::reading::{TableFile, Wanted};
use sgdlab_samplers::SamplerSpec;
use sgdlab_sweeps::{Course, Problem};

use super::problem::Chosen;
use super::{Arguments, numbers};
use crate::text::{bytes, grouped};
use crate::words::{assignment, hint, value};

/// More paths in one picture are not told apart.
const MOST_PATHS: usize = 8;

/// Most numbers that are kept of runs, 800 MB of them.
const MOST_NUMBERS: u64 = 100_000_000;

/// A run through parameter space.
pub struct Path {
    /// What it is called.
    pub name: String,
    /// Steps done so far at each point.
    pub steps: Vec<u64>,
    /// The points.
    pub points: Vec<Vec<f64>>,
    /// −rate · gradient at each point.
    pub gradients: Vec<Vec<f64>>,
    /// What the rule would do at each point with a gradient of 0; empty where that is not known.
    pub velocities: Vec<Vec<f64>>,
    /// Whether it was given up.
    pub diverged: bool,
}

/// Paths, and what has to be said about them.
#[derive(Default)]
pub struct Paths {
    /// The paths.
    pub paths: Vec<Path>,
    /// How they were chosen or run; empty if there is nothing to say.
    pub words: String,
    /// Whether every step is known, and what rules keep.
    pub whole: bool,
}

/// A name with KEY=VALUE words behind it, as settings of an entry.
fn settings(words: &str, entries: &[&'static Entry], what: &str) -> Result<Settings> {
    let mut words = words.split_whitespace();
    let word = words.next().unwrap_or_default();
    let (name, dialect) = word.split_once('/').map_or((word, None), |(name, dialect)| (name, Some(dialect)));
    let Some(entry) = entries.iter().find(|entry| entry.name == name) else {
        let names: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
        bail!("no {what} is called \"{name}\"; cargo xtask list {what}s lists them{}", hint(name, &names));
    };
    let mut given: Vec<(String, Value)> = Vec::new();
    for word in words {
        let (key, word) = assignment(word).map_err(|error| anyhow!("{what} {name}: {error}"))?;
        let names: Vec<&str> = entry.hyperparameters.iter().map(|h| h.name).collect();
        ensure!(names.contains(&key.as_str()), "{name} has no hyperparameter \"{key}\"{}", hint(&key, &names));
        let value = value(entry, &key, &word)?;
        given.push((key, value));
    }
    let dialect = dialect.or(entry.dialects.first().map(|dialect| dialect.name));
    Ok(Settings::in_dialect(entry, dialect, given.iter().map(|(key, value)| (key.as_str(), value.clone())))?)
}

/// A sampler by its name, with settings.
pub fn sampler(words: &str) -> Result<SamplerSpec> {
    Ok(SamplerSpec::new(&settings(words, &sgdlab_samplers::entries(), "sampler")?)?)
}

/// Parts between commas that are in no brackets.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let split = |c: char| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == ',' && depth == 0
    };
    text.split(split).map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// A rule with its rate: `adam beta2=0.99:0.01`.
fn rule(text: &str) -> Result<(String, RuleSpec, f64)> {
    let Some((words, rate)) = text.rsplit_once(':') else {
        bail!("--rules {text} is not accepted: a rule takes its rate, as in {text}:0.1");
    };
    let number: f64 = rate.trim().parse().unwrap_or(f64::NAN);
    ensure!(
        number > 0.0 && number.is_finite(),
        "--rules {text} is not accepted: the rate is a finite number > 0, and not {rate}"
    );
    let (name, rest) = words.trim().split_once(' ').unwrap_or((words.trim(), ""));
    let full = match name {
        "momentum" => format!("sgd momentum=0.9 {rest}"),
        "nesterov" => format!("sgd momentum=0.9 nesterov=true {rest}"),
        _ => words.to_owned(),
    };
    let spec = RuleSpec::new(&settings(&full, &sgdlab_optimizers::entries(), "rule")?)?;
    Ok((format!("{} {}", words.trim(), crate::catalogue::number(number)), spec, number))
}

/// Runs rules on the problem.
pub fn of_rules(text: &str, arguments: &Arguments, problem: &Problem, key: &Key) -> Result<Paths> {
    let rules = parts(text).into_iter().map(rule).collect::<Result<Vec<_>>>()?;
    ensure!((1..=MOST_PATHS).contains(&rules.len()), "--rules takes 1 to {MOST_PATHS} rules, and not {}", rules.len());
    for (i, (name, ..)) in rules.iter().enumerate() {
        ensure!(rules[..i].iter().all(|(other, ..)| other != name), "--rules has {name} twice");
    }
    let (steps, size) = (arguments.steps.unwrap_or(200), problem.layout().size());
    let of_step = 3 * (size * rules.len()) as u64;
    let kept = steps.saturating_mul(of_step);
    let (parameters, most) = (grouped(size as u64), MOST_NUMBERS / of_step.max(1));
    ensure!(most >= 1, "--rules takes smaller problems: a step of {parameters} parameters is {}", bytes(8 * of_step));
    ensure!(
        steps >= 1 && kept <= MOST_NUMBERS,
        "--steps {steps} is not accepted: it takes 1 to {most}, as a step of {parameters} parameters is {}",
        bytes(8 * of_step)
    );
    let start = match &arguments.start {
        Some(text) => numbers("--start", text)?,
        None => sgdlab_sweeps::start(problem, 0),
    };
    ensure!(start.len() == size, "--start has {} numbers, and there are {size} parameters", start.len());
    let sampler = sampler(arguments.sampler())?;
    let batches = arguments.batch.map(|size| (&sampler, size));
    let path = |(name, rule, rate): &(String, RuleSpec, f64)| -> Result<Path> {
        let course = Course { rule, rate: *rate, start: &start, steps, batches, key: *key };
        let trail = course.run(problem).with_context(|| format!("--rules {name}"))?;
        let scaled = |gradient: &[f64]| gradient.iter().map(|g| -rate * g).collect();
        Ok(Path {
            name: name.clone(),
            steps: (0..trail.points.len() as u64).collect(),
            gradients: trail.moves.iter().map(|step| scaled(&step.gradient)).collect(),
            velocities: trail.moves.into_iter().map(|step| step.coasting).collect(),
            points: trail.points,
            diverged: trail.diverged,
        })
    };
    let words = match arguments.batch {
        None => format!("{steps} steps with all terms."),
        Some(size) => format!("{steps} steps with batches of {size}, {}.", arguments.sampler()),
    };
    Ok(Paths { paths: rules.iter().map(path).collect::<Result<_>>()?, words, whole: true })
}

/// The columns by which runs are told apart, the first always named.
const AXES: [&str; 8] = ["rule", "rate", "batch_size", "sampler", "schedule", "estimator", "precision", "replicate"];

/// A run of a result.
struct Run {
    id: String,
    axes: Vec<String>,
    last: f64,
}

/// Steps with the point at each.
type Trace = (Vec<u64>, Vec<Vec<f64>>);

/// The runs of a result on the problem that meet the conditions.
fn runs(folder: &File, only: &[(String, String)], label: &str) -> Result<Vec<Run>> {
    let table = TableFile::of_folder(folder, "runs")?;
    let Some(table) = table else {
        bail!("{} has no runs.csv: the sweep is not finished, or it is no result", folder.display());
    };
    let names: Vec<&str> = ["run", "problem"].into_iter().chain(AXES).collect();
    let mut wanted: Vec<Wanted> = names.iter().map(|name| Wanted::text(name)).collect();
    wanted.extend(only.iter().map(|(column, _)| Wanted::text(column)));
    wanted.push(Wanted::number("final_value"));
    let (mut found, mut seen) = (Vec::new(), vec![Vec::<String>::new(); only.len()]);
    table.read(&wanted, &mut |batch| {
        for row in 0..batch.rows {
            let word = |column: usize| batch.columns[column].texts().word(row);
            let conditions = (names.len()..).zip(only);
            for ((column, _), seen) in conditions.clone().zip(&mut seen) {
                if seen.len() < 100 && seen.iter().all(|known| known != word(column)) {
                    seen.push(word(column).to_owned());
                }
            }
            // Conditions on one column are alternatives.
            let meets = conditions.clone().all(|(_, (name, _))| {
                conditions.clone().any(|(column, (other, value))| name == other && same(word(column), value))
            });
            if word(1) == label && meets {
                let axes = (2..names.len()).map(|column| word(column).to_owned()).collect();
                let last = batch.columns[names.len() + only.len()].numbers()[row];
                found.push(Run { id: word(0).to_owned(), axes, last });
            }
        }
        Ok(())
    })?;
    if found.is_empty() {
        let conditions: Vec<String> = only.iter().map(|(column, value)| format!("{column} = {value}")).collect();
        let lacks = |((_, value), seen): &(&(String, String), &Vec<String>)| !seen.iter().any(|word| same(word, value));
        if let Some(((column, value), seen)) = only.iter().zip(&seen).find(lacks) {
            let known: Vec<&str> = seen.iter().map(String::as_str).collect();
            bail!("no run has {column} = {value}{}; there are {}", hint(value, &known), known.join(", "));
        }
        bail!("no run of {label} has {}", conditions.join(" and "));
    }
    Ok(found)
}

/// Whether two fields are the same text or the same number.
fn same(field: &str, value: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    field == value || number(field).is_some_and(|field| number(value) == Some(field))
}

/// Of too many runs, the best of each rule.
fn few(mut runs: Vec<Run>) -> (Vec<Run>, String) {
    let all = runs.len();
    if all <= MOST_PATHS {
        return (runs, String::new());
    }
    let finite = |run: &Run| if run.last.is_nan() { f64::INFINITY } else { run.last };
    runs.sort_by(|a, b| finite(a).total_cmp(&finite(b)));
    let mut rules: Vec<String> = Vec::new();
    runs.retain(|run| {
        let new = !rules.contains(&run.axes[0]);
        rules.extend(new.then(|| run.axes[0].clone()));
        new
    });
    runs.truncate(MOST_PATHS);
    let words = format!("Of {all} runs, the one with the lowest last loss of each rule; --where chooses others.");
    (runs, words)
}

/// What runs are called: their rule, and what else tells them apart or says much.
fn called(runs: &[Run]) -> Vec<String> {
    let differs = |axis: usize| axis < 2 || runs.iter().any(|run| run.axes[axis] != runs[0].axes[axis]);
    let shown: Vec<usize> = (0..AXES.len()).filter(|&axis| differs(axis)).collect();
    let word = |run: &Run, axis: usize| match AXES[axis] {
        "batch_size" => format!("batch {}", run.axes[axis]),
        "replicate" => format!("replicate {}", run.axes[axis]),
        _ => run.axes[axis].clone(),
    };
    runs.iter().map(|run| shown.iter().map(|&axis| word(run, axis)).collect::<Vec<_>>().join(" ")).collect()
}

/// The paths of runs of a result.
pub fn of_results(folder: &File, only: &[(String, String)], chosen: &Chosen) -> Result<Paths> {
    let shown = folder.display();
    let (runs, words) = few(runs(folder, only, &chosen.label)?);
    let Some(table) = TableFile::of_folder(folder, "parameters")? else {
        bail!(
            "{shown} has no parameters.csv: its plan does not say parameters = true, which records them; for a result \
             that has them,\n  cargo xtask sweep --from {shown}/manifest.toml --set parameters=true --out {shown}-paths"
        );
    };
    let size = chosen.problem.layout().size();
    let names = called(&runs);
    let mut traces: Vec<Trace> = vec![Trace::default(); runs.len()];
    let places: HashMap<&str, usize> = runs.iter().enumerate().map(|(i, run)| (run.id.as_str(), i)).collect();
    table.read(&[Wanted::text("run"), Wanted::number("step"), Wanted::number("x")], &mut |batch| {
        let [run, step, x] = &batch.columns[..] else { return Ok(()) };
        let of_word: Vec<Option<usize>> =
            run.texts().words.iter().map(|word| places.get(word.as_str()).copied()).collect();
        for row in 0..batch.rows {
            let Some(place) = of_word[run.texts().codes[row] as usize] else { continue };
            let (steps, points) = &mut traces[place];
            let step = step.numbers()[row] as u64;
            if steps.last() != Some(&step) {
                steps.push(step);
                points.push(Vec::with_capacity(size));
            }
            points.last_mut().expect("pushed with its step").push(x.numbers()[row]);
        }
        Ok(())
    })?;
    let path = |((name, run), (steps, points)): ((String, &Run), Trace)| -> Result<Path> {
        ensure!(!points.is_empty(), "{} has no parameters of the run {}", table.path().display(), run.id);
        if let Some(point) = points.iter().find(|point| point.len() != size) {
            let label = &chosen.label;
            bail!("the run {} has {} parameters a step, and {label} has {size}", run.id, point.len());
        }
        let whole = points.iter().take_while(|point| point.iter().all(|x| x.is_finite())).count();
        let (steps, points) = (steps[..whole].to_vec(), points[..whole].to_vec());
        ensure!(whole > 0, "the run {} begins at no finite point", run.id);
        let rate: f64 = run.axes[1].parse().unwrap_or(1.0);
        let gradient = |point: &Vec<f64>| chosen.problem.gradient(point).iter().map(|g| -rate * g).collect();
        Ok(Path {
            name,
            gradients: points.iter().map(gradient).collect(),
            velocities: Vec::new(),
            diverged: !run.last.is_finite(),
            steps,
            points,
        })
    };
    let paths = names.into_iter().zip(&runs).zip(traces).map(path).collect::<Result<_>>()?;
    Ok(Paths { paths, words, whole: false })
}
