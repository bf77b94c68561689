//! Where the points of a map are.

use anyhow::{Result, bail, ensure};
use sgdlab_core::Layout;
use sgdlab_core::streams::Key;
use sgdlab_landscapes::surface::Plane;
use sgdlab_sweeps::Problem;

use super::paths::Path;
use super::problem::Chosen;
use super::{Arguments, numbers};
use crate::words::hint;

/// Most points of a map, and along an axis.
const MOST: usize = 4_000_000;

/// How many points a map has.
#[derive(Clone, Copy, Debug)]
pub struct Size(Option<(usize, Option<usize>)>);

impl Size {
    /// Reads `N` or `NxM`.
    pub fn read(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else { return Ok(Self(None)) };
        let count = |word: &str| word.trim().parse::<usize>().ok().filter(|n| (2..=MOST).contains(n));
        let read = match text.split_once(['x', '×']) {
            Some((wide, high)) => count(wide).zip(count(high)).map(|(wide, high)| (wide, Some(high))),
            None => count(text).map(|wide| (wide, None)),
        };
        let Some((wide, high)) = read else {
            bail!("--size {text} is not accepted: it takes N or NxM, from 2 points on, as in 201 or 201x101");
        };
        Ok(Self(Some((wide, high))))
    }

    /// Points to the right and upward.
    pub fn of(self, scene: &Scene, is_landscape: bool) -> Result<(usize, usize)> {
        let size = match (self.0, scene.curve) {
            (Some((wide, None)), true) => (wide, 1),
            (Some((wide, Some(high))), true) => bail!("--size {wide}x{high} is not accepted: a line takes one number"),
            (None, true) => (601, 1),
            (Some((wide, high)), false) => (wide, high.unwrap_or(wide)),
            (None, false) if is_landscape => (201, 201),
            (None, false) => (101, 101),
        };
        let all = size.0.saturating_mul(size.1);
        ensure!(all <= MOST, "--size {}x{} is not accepted: a map has at most {MOST} points", size.0, size.1);
        Ok(size)
    }
}

/// A plane, and what of it is seen.
pub struct Scene {
    /// The plane; along its first direction alone if it is a curve.
    pub plane: Plane,
    /// Whether there is one direction only.
    pub curve: bool,
    /// Whether it holds every point of parameter space.
    pub whole: bool,
    /// A point of it, from which distances are measured.
    pub center: Vec<f64>,
    /// What its coordinates are called.
    pub axes: [String; 2],
    /// From where to where it is seen.
    pub ends: [[f64; 2]; 2],
    /// What it is, as a sentence says it.
    pub words: String,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Axes(usize, usize),
    Axis(usize),
    Random,
    Principal,
    Line(String, String),
}

impl Kind {
    fn read(text: Option<&str>, size: usize, (is_landscape, paths): (bool, bool)) -> Result<Self> {
        let Some(text) = text else {
            return Ok(match size {
                1 => Self::Axis(0),
                2 => Self::Axes(0, 1),
                _ if is_landscape => Self::Axes(0, 1),
                _ if paths => Self::Principal,
                _ => Self::Random,
            });
        };
        let (name, rest) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        Ok(match (name, rest) {
            ("axes", None) if size == 1 => Self::Axis(0),
            ("axes", None) => Self::Axes(0, 1),
            ("axes", Some(rest)) => {
                let axes: Option<Vec<usize>> = rest.split(',').map(|word| word.trim().parse().ok()).collect();
                match axes.as_deref() {
                    Some(&[i]) if i < size => Self::Axis(i),
                    Some(&[i, j]) if i < size && j < size && i != j => Self::Axes(i, j),
                    _ => bail!(
                        "--plane {text} is not accepted: axes takes one or two different parameters from 0 to {}",
                        size - 1
                    ),
                }
            }
            ("random", None) => Self::Random,
            ("pca", None) => Self::Principal,
            ("line", None) if paths => Self::Line("start".to_owned(), "last".to_owned()),
            ("line", None) => Self::Line("start".to_owned(), "minimizer".to_owned()),
            ("line", Some(rest)) => match rest.split_once(',') {
                Some((from, to)) => Self::Line(from.trim().to_owned(), to.trim().to_owned()),
                None => bail!("--plane {text} is not accepted: a line takes two points, as in line:start,last"),
            },
            _ => bail!(
                "--plane {text} is not accepted: it takes axes[:I,J], random, pca or line[:FROM,TO]{}",
                hint(name, &["axes", "random", "pca", "line"])
            ),
        })
    }
}

/// What points can be named.
struct Points<'a> {
    problem: &'a Problem,
    start: &'a Option<String>,
    paths: &'a [Path],
}

impl Points<'_> {
    /// A point by its name: what it is called, and where it is.
    fn find(&self, word: &str) -> Result<(String, Vec<f64>)> {
        match word {
            "minimizer" => match &self.problem.facts().minimizer {
                Some(point) => Ok(("the minimizer".to_owned(), point.clone())),
                None => bail!("no minimizer is known of this problem: a point is start, last or the name of a path"),
            },
            "start" => Ok(("the start".to_owned(), self.start()?)),
            "last" => match self.paths.first() {
                Some(path) => Ok((format!("the last point of {}", path.name), last(path).clone())),
                None => bail!("there is no last point without a path: --rules or --paths give paths"),
            },
            _ => self.of_path(word),
        }
    }

    fn start(&self) -> Result<Vec<f64>> {
        match (self.paths.first(), self.start) {
            (Some(path), _) => Ok(path.points[0].clone()),
            (None, Some(text)) => {
                let (start, size) = (numbers("--start", text)?, self.problem.layout().size());
                ensure!(start.len() == size, "--start has {} numbers, and there are {size} parameters", start.len());
                Ok(start)
            }
            (None, None) => Ok(sgdlab_sweeps::start(self.problem, 0)),
        }
    }

    /// `NAME` or `NAME@STEP`.
    fn of_path(&self, word: &str) -> Result<(String, Vec<f64>)> {
        let (name, step) = word.rsplit_once('@').map_or((word, None), |(name, step)| (name, Some(step)));
        let Some(path) = self.paths.iter().find(|path| path.name == name) else {
            let names: Vec<&str> = self.paths.iter().map(|path| path.name.as_str()).collect();
            let known = ["minimizer", "start", "last"].into_iter().chain(names).collect::<Vec<_>>();
            bail!("no point is called \"{word}\": there are {}{}", known.join(", "), hint(name, &known));
        };
        let Some(step) = step else { return Ok((format!("the last point of {name}"), last(path).clone())) };
        let place = step.parse().ok().and_then(|step: u64| path.steps.iter().position(|known| *known == step));
        match place {
            Some(place) => Ok((format!("step {step} of {name}"), path.points[place].clone())),
            None => {
                let (first, last) = (path.steps[0], path.steps[path.steps.len() - 1]);
                bail!("{name} has no step {step} that is known: steps go from {first} to {last}")
            }
        }
    }
}

fn last(path: &Path) -> &Vec<f64> {
    &path.points[path.points.len() - 1]
}

/// What a parameter is called.
fn parameter(layout: &Layout, index: usize) -> String {
    let holds = |tensor: &&sgdlab_core::Tensor| (tensor.offset..tensor.offset + tensor.size()).contains(&index);
    match layout.tensors().iter().find(holds) {
        Some(tensor) if tensor.size() == 1 => tensor.name.clone(),
        Some(tensor) => format!("{}[{}]", tensor.name, index - tensor.offset),
        None => format!("[{index}]"),
    }
}

impl Scene {
    /// A line or a plane.
    pub fn what(&self) -> &'static str {
        if self.curve { "line" } else { "plane" }
    }

    /// Chooses the plane and what of it is seen.
    pub fn choose(arguments: &Arguments, chosen: &Chosen, paths: &[Path], key: &Key) -> Result<Self> {
        let (problem, layout) = (&chosen.problem, chosen.problem.layout());
        let size = layout.size();
        let is_landscape = matches!(problem, Problem::Landscape(_));
        let kind = Kind::read(arguments.plane.as_deref(), size, (is_landscape, !paths.is_empty()))?;
        let needs_two = matches!(kind, Kind::Random | Kind::Principal);
        ensure!(size > 1 || !needs_two, "a plane takes two parameters, and {} has one", chosen.label);
        let points = Points { problem, start: &arguments.start, paths };
        let mut scene = Self::of(&kind, arguments, &points, key)?;
        ensure!(
            scene.center.len() == size,
            "a point has {} numbers, and there are {size} parameters",
            scene.center.len()
        );
        ensure!(
            scene.center.iter().chain(&scene.plane.origin).all(|x| x.is_finite()),
            "the plane goes through a point that is not finite"
        );
        scene.whole = size == if scene.curve { 1 } else { 2 };
        scene.ends = scene.seen(&kind, problem, paths);
        for (axis, (option, text)) in [("--x", &arguments.x), ("--y", &arguments.y)].into_iter().enumerate() {
            let Some(text) = text else { continue };
            ensure!(axis == 0 || !scene.curve, "--y is not accepted: a line has no second direction");
            match numbers(option, text)?[..] {
                [low, high] if low < high => scene.ends[axis] = [low, high],
                _ => bail!("{option} {text} is not accepted: it takes LOW,HIGH with LOW < HIGH, as in {option}=-1,1"),
            }
        }
        Ok(scene)
    }

    fn of(kind: &Kind, arguments: &Arguments, points: &Points<'_>, key: &Key) -> Result<Self> {
        let layout = points.problem.layout();
        let size = layout.size();
        let new = |plane, curve, center: (String, Vec<f64>), axes: [&str; 2], words: String| Self {
            plane,
            curve,
            whole: false,
            words: if size <= 2 && !curve { words } else { format!("{words} through {}", center.0) },
            center: center.1,
            axes: axes.map(str::to_owned),
            ends: [[0.0, 1.0]; 2],
        };
        Ok(match kind {
            Kind::Axes(i, j) => {
                let center = center(arguments, points)?;
                let mut origin = center.1.clone();
                ensure!(origin.len() == size, "--center has {} numbers, and there are {size} parameters", origin.len());
                // Coordinates of the map are those of parameter space.
                (origin[*i], origin[*j]) = (0.0, 0.0);
                let (x, y) = (parameter(layout, *i), parameter(layout, *j));
                let words = format!("along {x} and {y}");
                new(Plane::axes(&origin, *i, *j), false, center, [&x, &y], words)
            }
            Kind::Axis(i) => {
                let center = center(arguments, points)?;
                let mut origin = center.1.clone();
                ensure!(origin.len() == size, "--center has {} numbers, and there are {size} parameters", origin.len());
                origin[*i] = 0.0;
                let mut first = vec![0.0; size];
                first[*i] = 1.0;
                let x = parameter(layout, *i);
                let words = format!("along {x}");
                let words = if size == 1 { words } else { format!("{words} through {}", center.0) };
                let plane = Plane { origin, first, second: vec![0.0; size] };
                Self { words, ..new(plane, true, center, [&x, ""], String::new()) }
            }
            Kind::Random => {
                let center = center(arguments, points)?;
                ensure!(
                    center.1.len() == size,
                    "--center has {} numbers, and there are {size} parameters",
                    center.1.len()
                );
                let plane = Plane::filter_normalized(layout, &center.1, key.child("random directions"));
                ensure!(
                    plane.is_plane(),
                    "--plane random spans no plane through {}: random directions are as long as its filters, which are 0, \
                     and biases do not move; --center chooses another point, --rules runs to one",
                    center.0
                );
                let axes = ["first random direction", "second random direction"];
                new(plane, false, center, axes, "along two random directions, normalized by filters,".to_owned())
            }
            Kind::Principal => {
                ensure!(arguments.center.is_none(), "--center does not go with --plane pca, which has one of its own");
                let Some(path) = points.paths.first() else {
                    bail!("--plane pca takes paths: --rules or --paths give them");
                };
                // The last point of the first path is the last of all.
                let others = points.paths[1..].iter().flat_map(|path| &path.points);
                let all: Vec<Vec<f64>> = others.chain(&path.points).cloned().collect();
                ensure!(all.iter().any(|point| point != last(path)), "--plane pca takes paths that move");
                let found = Plane::principal(&all);
                ensure!(found.plane.is_plane(), "all points of the paths are on one line: --plane line draws along it");
                let axis = |i: usize, word: &str| format!("{word} principal ({:.1} %)", 100.0 * found.explained[i]);
                let axes = [axis(0, "1st"), axis(1, "2nd")];
                let center = points.find("last")?;
                let words = "on the principal plane of the paths".to_owned();
                new(found.plane, false, center, [&axes[0], &axes[1]], words)
            }
            Kind::Line(from, to) => {
                ensure!(arguments.center.is_none(), "--center does not go with a line, which has its points");
                let ((from, a), (to, b)) = (points.find(from)?, points.find(to)?);
                ensure!(a != b, "--plane line takes two points, and {from} is {to}");
                let words = format!("on the line from {from} (0) to {to} (1)");
                let axis = format!("from {from} (0) to {to} (1)");
                Self { words, ..new(Plane::line(&a, &b), true, (from, a), [&axis, ""], String::new()) }
            }
        })
    }

    /// What is seen of the plane if nobody says: what is published, or what holds the paths.
    fn seen(&self, kind: &Kind, problem: &Problem, paths: &[Path]) -> [[f64; 2]; 2] {
        let window = match problem {
            Problem::Landscape(problem) => problem.landscape().map(|landscape| landscape.window()),
            Problem::Model(_) => None,
        };
        let of_axis = |i: usize| window.map(|window| window[i.min(1)]).map(|(low, high)| [low, high]);
        let base = match kind {
            Kind::Axes(i, j) => [of_axis(*i), of_axis(*j)],
            Kind::Axis(i) => [of_axis(*i), None],
            Kind::Random => [Some([-1.0, 1.0]); 2],
            Kind::Principal => [None; 2],
            Kind::Line(..) => [Some([-0.25, 1.25]), None],
        };
        let center = self.plane.project(&self.center);
        // A path that diverged is not what a map is about.
        let seen = |path: &Path| if path.diverged { 1 } else { path.points.len() };
        let points = paths.iter().flat_map(|path| &path.points[..seen(path)]);
        let places: Vec<[f64; 2]> = points.map(|point| self.plane.project(point)).map(|at| [at.a, at.b]).collect();
        let minimizer = if self.whole { problem.facts().minimizer.clone() } else { None };
        let minimizer = minimizer.map(|point| self.plane.project(&point)).map(|at| [at.a, at.b]);
        let mut ends = [0, 1].map(|axis| {
            let places = places.iter().chain(&minimizer).map(|place| place[axis]);
            widened(base[axis], [center.a, center.b][axis], places)
        });
        if *kind == Kind::Principal {
            // A plane whose directions are equally long is not squeezed beyond recognition.
            let longest = ends.iter().map(|[low, high]| high - low).fold(0.0, f64::max);
            for [low, high] in &mut ends {
                let lacks = (0.4 * longest - (*high - *low)).max(0.0) / 2.0;
                (*low, *high) = (*low - lacks, *high + lacks);
            }
        }
        ends
    }
}

/// Where a plane goes through.
fn center(arguments: &Arguments, points: &Points<'_>) -> Result<(String, Vec<f64>)> {
    if let Some(text) = &arguments.center {
        let is_number = |c: char| c.is_ascii_digit() || "+-.[".contains(c);
        return match text.trim().starts_with(is_number) {
            true => Ok((format!("({text})"), numbers("--center", text)?)),
            false => points.find(text),
        };
    }
    let is_landscape = matches!(points.problem, Problem::Landscape(_));
    if !points.paths.is_empty() && !is_landscape {
        return points.find("last");
    }
    points.find("minimizer").or_else(|_| points.find("start"))
}

/// The ends of an axis that has a window of its own, or is around a center, with other places on it.
fn widened(window: Option<[f64; 2]>, center: f64, places: impl Iterator<Item = f64>) -> [f64; 2] {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    // What is far beyond a published window stays outside.
    let [least, most] = window.map_or([f64::MIN, f64::MAX], |[low, high]| [2.0 * low - high, 2.0 * high - low]);
    for place in places.filter(|place| place.is_finite() && (least..=most).contains(place)) {
        (low, high) = (low.min(place), high.max(place));
    }
    if window.is_none() {
        (low, high) = (low.min(center), high.max(center));
    }
    let margin = 0.12 * (high - low);
    match window {
        Some([left, right]) => {
            [if low < left { low - margin } else { left }, if high > right { high + margin } else { right }]
        }
        None if margin > 0.0 => [low - margin, high + margin],
        None => [center - center.abs().max(1.0), center + center.abs().max(1.0)],
    }
}
