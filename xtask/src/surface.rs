//! `surface`: an objective over a plane through its parameters, and what update rules do on it.

mod drawing;
mod film;
mod paths;
mod plane;
mod problem;
mod quantity;
mod tables;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use clap::{Args, ValueEnum};
use sgdlab_core::streams::Key;

use crate::output;
use crate::text::{self, bytes, duration, fill};
use crate::words::assignment;

/// Draw an objective over a plane through its parameters, with the paths of update rules.
///
/// PROBLEM is an entry of cargo xtask list objectives with settings, or PLAN/LABEL, a problem of a plan.
/// Writes a figure, the numbers of the map, and those of the paths. Where a path is beside the plane, its true loss is
/// drawn next to the loss of the plane below it, with the share of the path that the plane holds.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask surface rosenbrock
  cargo xtask surface rosenbrock --rules sgd:0.001,momentum:0.001,adam:0.05
  cargo xtask surface rosenbrock --rules adam:0.05 --out valley.html
  cargo xtask surface rastrigin dimension=5 --plane axes:0,3 --view 3d
  cargo xtask surface himmelblau --x=-6,6 --y=-6,6 --size 401 --out map.png
  cargo xtask surface mlp data=iris 'hidden=[8]' --rules adam:0.01 --plane pca
  cargo xtask surface --paths results/nets --where rule=adam --plane pca
  cargo xtask surface digits/digits --plane random --rules sgd:1 --batch 32
  cargo xtask surface line --quantity batch:5@2 --x=-3,6 --y=-4,5
  cargo xtask surface sigmoid-neuron --quantity modified:0.5,1

Planes:
  axes[:I,J]       along two parameters, counted from 0; the others are --center
  random           two random directions, normalized filter by filter, biases 0
  pca              the plane through the last point of the first path that is
                   nearest to all known points of the paths, which count alike
  line[:FROM,TO]   the line between two points: a curve instead of a map
Points:
  minimizer, start, last (of the first path), NAME or NAME@STEP of a path

Exit status: 0 drawn, 2 usage or input/output.")]
pub struct Arguments {
    /// What is minimized; may be left out with --paths.
    #[arg(value_name = "PROBLEM")]
    problem: Option<String>,
    /// Its settings, as in dimension=10.
    #[arg(value_name = "KEY=VALUE", value_parser = assignment)]
    settings: Vec<(String, String)>,
    /// Where the points of the map are [default: axes, or pca for many parameters with paths, else random].
    #[arg(long)]
    plane: Option<String>,
    /// The point that the plane goes through: a word of above, or numbers with commas.
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    center: Option<String>,
    /// The ends of the map to the right [default: published ones, or around the paths].
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true)]
    x: Option<String>,
    /// The ends of the map upward.
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true)]
    y: Option<String>,
    /// Points along the axes [default: 101; 201 for landscapes; 601 for a line].
    #[arg(long, value_name = "N|NxM")]
    size: Option<String>,
    /// What is shown: value; batch:SIZE or batch:SIZE@STEP, the mean of a batch; variance or variance:SIZE, that of the
    /// loss of batches of the sampler; gradient-variance; modified:RATE or modified:RATE,SIZE, the loss that an epoch of
    /// such batches descends.
    #[arg(long, default_value = "value", value_name = "QUANTITY")]
    quantity: String,
    /// Draw the runs of a result whose plan says parameters = true.
    #[arg(long, value_name = "DIR", conflicts_with = "rules")]
    paths: Option<PathBuf>,
    /// Of these, only those with this value of a column of runs.csv; again for more values or columns.
    #[arg(long = "where", value_name = "COLUMN=VALUE", requires = "paths", value_parser = condition)]
    only: Vec<(String, String)>,
    /// Run rules here: RULE[/DIALECT] [KEY=VALUE]…:RATE, with commas; momentum and nesterov are sgd with momentum=0.9.
    #[arg(long, value_name = "RULE:RATE,…")]
    rules: Option<String>,
    /// Steps of these runs [default: 200].
    #[arg(long, value_name = "N", requires = "rules")]
    steps: Option<u64>,
    /// Where they begin [default: where runs of a sweep do].
    #[arg(long, value_name = "X,Y,…", allow_hyphen_values = true, conflicts_with = "paths")]
    start: Option<String>,
    /// Terms of a batch of these runs [default: all terms].
    #[arg(long, value_name = "SIZE", requires = "rules")]
    batch: Option<usize>,
    /// How batches are drawn, as in "reshuffle remainder=drop" [default: reshuffle].
    #[arg(long, value_name = "NAME")]
    sampler: Option<String>,
    /// What batches and random directions come from.
    #[arg(long, value_name = "TEXT", default_value = "sgdlab")]
    key: String,
    /// A map with contours, or a surface in space.
    #[arg(long, value_enum, default_value_t = View::Contour)]
    view: View,
    /// The title of the figure.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The figure; tables go beside it [default: surface-PROBLEM.svg in results, or in the folder of --paths].
    #[arg(long, value_name = "FILE.svg|png|html|csv")]
    out: Option<PathBuf>,
    /// Show no progress.
    #[arg(long, short)]
    quiet: bool,
}

/// Most parameters of a problem: points are evaluated 16 at a time, 2 GB of them by each thread.
const MOST_PARAMETERS: usize = 1 << 24;

/// How a map is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum View {
    /// From above, with contours.
    Contour,
    /// From the side, in space.
    #[value(name = "3d")]
    Space,
}

/// Takes a condition apart.
fn condition(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((column, value)) if !column.is_empty() => Ok((column.to_owned(), value.to_owned())),
        _ => Err("it takes COLUMN=VALUE".to_owned()),
    }
}

/// Numbers with commas between them.
fn numbers(option: &str, text: &str) -> Result<Vec<f64>> {
    let number = |word: &str| word.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    let list: Option<Vec<f64>> = text.trim_matches(['[', ']']).split(',').map(number).collect();
    let Some(list) = list else { bail!("{option} {text} is not accepted: it takes finite numbers with commas") };
    Ok(list)
}

impl Arguments {
    /// The sampler in words.
    fn sampler(&self) -> &str {
        self.sampler.as_deref().unwrap_or("reshuffle")
    }

    /// Refuses what would do nothing.
    fn check(&self) -> Result<()> {
        let draws = ["batch", "variance"].contains(&self.quantity.split(':').next().unwrap_or_default());
        if let (Some(sampler), None, false) = (&self.sampler, self.batch, draws) {
            bail!(
                "--sampler {sampler} would do nothing: it goes with --batch of --rules, or with --quantity batch or \
                 variance"
            );
        }
        Ok(())
    }
}

/// Draws a surface and says where it is.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let clock = Instant::now();
    arguments.check()?;
    let chosen = problem::choose(arguments)?;
    let parameters = chosen.problem.layout().size();
    ensure!(
        parameters <= MOST_PARAMETERS,
        "{} has {} parameters, of which a map takes {} a thread: at most {} are accepted",
        chosen.label,
        text::grouped(parameters as u64),
        bytes(128 * parameters as u64),
        text::grouped(MOST_PARAMETERS as u64)
    );
    let out = arguments.out.clone().unwrap_or_else(|| default_path(&chosen.label, arguments.paths.as_deref()));
    accept(&out, arguments.paths.as_deref())?;
    let key = Key::new(&arguments.key);
    let quantity = quantity::Asked::read(&arguments.quantity, &chosen.problem, arguments.sampler(), &key)?;
    // Whatever can be refused is refused before anything is run.
    let size = plane::Size::read(arguments.size.as_deref())?;
    let paths = match (&arguments.paths, &arguments.rules) {
        (Some(folder), _) => paths::of_results(folder, &arguments.only, &chosen)?,
        (None, Some(rules)) => paths::of_rules(rules, arguments, &chosen.problem, &key)?,
        (None, None) => paths::Paths::default(),
    };
    let scene = plane::Scene::choose(arguments, &chosen, &paths.paths, &key)?;
    ensure!(
        !(scene.curve && arguments.view == View::Space),
        "--view 3d is not accepted: what is drawn is a curve {}, and no surface",
        scene.words
    );
    let sheet = tables::Sheet::compute(&chosen.problem, &scene, &quantity, size, arguments.quiet)?;
    let tracks = tables::tracks(&chosen.problem, &scene, &quantity, &paths.paths);
    let texts = drawing::Texts::new(&chosen, &scene, &quantity, (&sheet, &tracks), &paths);
    let files = write(arguments, &out, &Done { chosen, scene, quantity, paths, sheet, tracks, texts })?;
    let Written { files, said } = files;
    let size = files.iter().map(|(_, size)| size).sum();
    let lines: String = files.iter().map(|(path, _)| format!("  {}\n", path.display())).collect();
    let done = format!("{}, {} in {}", text::counted(files.len() as u64, "file"), bytes(size), time(clock));
    text::print(&format!("{said}\n{}\n{lines}", fill(&done, "", "  ")))?;
    Ok(ExitCode::SUCCESS)
}

fn time(clock: Instant) -> String {
    duration(clock.elapsed().as_secs_f64())
}

/// Everything that was found out.
struct Done {
    chosen: problem::Chosen,
    scene: plane::Scene,
    quantity: quantity::Asked,
    paths: paths::Paths,
    sheet: tables::Sheet,
    tracks: Vec<tables::Track>,
    texts: drawing::Texts,
}

/// What was written, and what is said about it.
struct Written {
    files: Vec<(PathBuf, u64)>,
    said: String,
}

fn write(arguments: &Arguments, out: &Path, done: &Done) -> Result<Written> {
    let mut texts = done.texts.clone();
    if let Some(title) = &arguments.title {
        texts.title.clone_from(title);
    }
    let mut files = Vec::new();
    let replaced = replaced(out, done);
    let mut put = |path: PathBuf, bytes: &[u8]| -> Result<()> {
        output::write(&path, bytes)?;
        files.push((path, bytes.len() as u64));
        Ok(())
    };
    let ending = ending(out);
    let map = tables::map(&done.sheet, &done.scene)?;
    let is_table = ending == "csv";
    match &*ending {
        "csv" => put(out.to_owned(), &map)?,
        "html" => put(out.to_owned(), film::page(done, &texts)?.as_bytes())?,
        _ => {
            let figure = drawing::figure(done, &texts, arguments.view);
            let bytes = if ending == "png" { crate::plot::png(&figure)? } else { figure.svg().into_bytes() };
            put(out.to_owned(), &bytes)?;
        }
    }
    // Beside a pipe there is no place.
    if !output::is_stream(out) {
        if !is_table {
            put(beside(out, "map"), &map)?;
        }
        if !done.tracks.is_empty() {
            put(beside(out, "paths"), &tables::paths(&done.tracks)?)?;
        }
        if done.chosen.problem.layout().size() > 2 {
            put(beside(out, "plane"), &tables::plane(done.chosen.problem.layout(), &done.scene.plane)?)?;
        }
    }
    Ok(Written { files, said: drawing::summary(done) + &replaced })
}

/// What is said of tables that another figure of the same stem had.
fn replaced(out: &Path, done: &Done) -> String {
    let others = ["svg", "png", "html"].map(|ending| out.with_extension(ending));
    let named = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut tables = vec!["map"];
    tables.extend((!done.tracks.is_empty()).then_some("paths"));
    tables.extend((done.chosen.problem.layout().size() > 2).then_some("plane"));
    let tables = tables.into_iter().map(|what| beside(out, what)).filter(|table| table.is_file());
    let tables: Vec<String> = tables.map(|table| named(&table)).collect();
    match others.iter().find(|other| *other != out && other.is_file()) {
        Some(other) if !tables.is_empty() && !output::is_stream(out) => {
            let verb = if tables.len() == 1 { "has" } else { "have" };
            let text =
                format!("{} {verb} this figure's numbers now, and not those of {}.", tables.join(", "), named(other));
            format!("{}\n", fill(&text, "", "  "))
        }
        _ => String::new(),
    }
}

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// A table beside the figure.
fn beside(out: &Path, what: &str) -> PathBuf {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{stem}-{what}.csv"))
}

/// Refuses a file that the figure, or a table beside it, must not be.
fn accept(out: &Path, read: Option<&Path>) -> Result<()> {
    output::has_ending("--out", out, &["svg", "png", "html", "csv"])?;
    let read: Vec<&Path> = read.into_iter().collect();
    ensure!(!read.contains(&out), "--out {} is what is read", out.display());
    output::accept(out, &read)?;
    ["map", "paths", "plane"].iter().try_for_each(|what| output::accept(&beside(out, what), &read))
}

fn default_path(label: &str, paths: Option<&Path>) -> PathBuf {
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name = format!("surface-{}.svg", label.chars().map(plain).collect::<String>());
    paths.unwrap_or(Path::new("results")).join(name)
}
