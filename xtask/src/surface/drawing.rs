//! The figure, and what is said about it.

use sgdlab_reports::figures::{Axis, CYCLE, Chart, Figure, Map, Mark, Picture, Scale, Series, Spot, Surface, relief};
use sgdlab_reports::page::human;
use sgdlab_sweeps::Problem;

use super::paths::Paths;
use super::plane::Scene;
use super::problem::Chosen;
use super::quantity::Asked;
use super::tables::{Sheet, Track, held};
use super::{Done, View};
use crate::text::{counted, fill};

/// The style of curves, which no path has: gray and solid.
const OF_CURVES: usize = 22;

/// Curves that fall to less than the greatest number divided by this are drawn on linear axes.
const DEEP: f64 = 1000.0;

/// Names of paths that are longer are counted instead.
const LONG: usize = 60;

/// Losses that span so many times the least of them are drawn on a logarithmic axis.
const SPREAD: f64 = 30.0;

/// Losses above the greatest first one times this are not drawn: of what diverges, the way is enough.
const BEYOND: f64 = 1000.0;

/// The texts of a figure.
#[derive(Clone)]
pub struct Texts {
    pub title: String,
    pub subtitle: String,
    /// What has to be known about the paths, a sentence or two each.
    pub notes: Vec<String>,
}

impl Texts {
    /// What is seen, how it was made, and what is not seen.
    pub fn new(
        chosen: &Chosen,
        scene: &Scene,
        asked: &Asked,
        (sheet, tracks): (&Sheet, &[Track]),
        paths: &Paths,
    ) -> Self {
        let settings = if chosen.given.is_empty() { String::new() } else { format!(" ({})", chosen.given) };
        let names: Vec<&str> = tracks.iter().map(|track| track.name.as_str()).collect();
        let title = match listed(&names) {
            _ if names.is_empty() => format!("{}: {} {}", chosen.label, asked.words, scene.words),
            all if all.chars().count() <= LONG => format!("{}: {all} on {}", chosen.label, asked.words),
            _ => format!("{}: {} paths on {}", chosen.label, names.len(), asked.words),
        };
        let points =
            if scene.curve { sheet.x.len().to_string() } else { format!("{} × {}", sheet.x.len(), sheet.y.len()) };
        let mut first = asked.words.clone();
        first[..1].make_ascii_uppercase();
        let subtitle =
            format!("{first} of {}{settings} {}, at {points} points. {}", chosen.label, scene.words, paths.words);
        let mut notes = Vec::new();
        let holes = sheet.holes();
        if holes > 0 {
            notes.push(format!("{holes} of {} points of the map are not finite.", sheet.z.len()));
        }
        if scene.axes[0].contains("principal") {
            let [x, y] = scene.ends.map(|[low, high]| human(high - low));
            notes.push(format!(
                "The plane goes through the last point of the first path, nearest to all points that are known of the \
                 paths. Both axes have the same unit, but each its own scale: they span {x} and {y}."
            ));
        }
        if let (false, Some(share)) = (scene.whole, held(tracks)) {
            let what = scene.what();
            notes.push(format!(
                "The {what} holds {} of the squared distance of the paths from its center; {} is off the {what}, where the \
                 loss is another than below it. So both are drawn over the steps.",
                percent(share),
                percent(1.0 - share)
            ));
        }
        let gone: Vec<&str> = tracks.iter().filter(|track| track.diverged).map(|track| track.name.as_str()).collect();
        if !gone.is_empty() {
            notes.push(format!("Diverged: {}.", gone.join(", ")));
        }
        let counted = tracks.iter().map(|track| (track.outside(scene), track));
        let left: Vec<String> = counted
            .filter(|(count, _)| *count > 0)
            .map(|(count, track)| format!("{} ({count} of {} points)", track.name, track.steps.len()))
            .collect();
        if !left.is_empty() {
            notes.push(format!("Outside of what is seen: {}.", left.join(", ")));
        }
        Self { title, subtitle: subtitle.trim_end().to_owned(), notes }
    }
}

/// Names with commas and a last "and".
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Two numbers with as many digits as tell them apart.
fn apart(a: f64, b: f64) -> [String; 2] {
    let short = [a, b].map(human);
    if a == b || short[0] != short[1] || !(a.is_finite() && b.is_finite()) {
        return short;
    }
    let with = |digits: usize| [a, b].map(|x| format!("{x:.digits$e}").replace('-', "−"));
    (3..16).map(with).find(|[a, b]| a != b).unwrap_or_else(|| with(16))
}

/// A share with as many digits as tell it from all and nothing.
fn percent(share: f64) -> String {
    match share {
        share if share > 0.999 && share < 1.0 => format!("{} %", (1e6 * share).floor() / 1e4),
        share if share < 0.001 => format!("{} %", human(100.0 * share.max(0.0))),
        share => format!("{:.1} %", 100.0 * share),
    }
}

/// The figure as a file has it.
pub fn figure(done: &Done, texts: &Texts, view: View) -> Figure {
    let beside = (!done.scene.whole && !done.tracks.is_empty()).then(|| losses(done));
    let figure = match (view, done.scene.curve) {
        (View::Space, false) => space(done, beside),
        _ => {
            let chart = chart(done);
            match beside {
                None => Figure { height: if done.scene.curve { 400.0 } else { 540.0 }, ..Figure::of("", chart) },
                Some(beside) => {
                    Figure { width: 1080.0, height: 470.0, ..Figure::multiples("", vec![chart, beside], 2) }
                }
            }
        }
    };
    let mut notes = texts.notes.clone();
    if let Picture::Surface(surface) = &figure.picture
        && let Some([low, _]) = surface.map.axis.range
    {
        let heights = if surface.map.axis.scale == Scale::Log { "Heights are logarithmic. " } else { "" };
        notes.push(format!("{heights}What is lower than {} is drawn at that height.", human(low)));
    }
    Figure { title: texts.title.clone(), ..figure }.with_subtitle(&texts.subtitle).with_note(&notes.join(" "))
}

/// The map with paths, or the curve.
pub fn chart(done: &Done) -> Chart {
    let Done { scene, sheet, tracks, quantity, .. } = done;
    let [[left, right], [low, high]] = scene.ends;
    let x = Axis::new(&scene.axes[0], "").between(left, right);
    if scene.curve {
        let curve = Mark::Line { x: sheet.x.clone(), y: sheet.z.clone(), steps: false };
        let curve = Series { name: format!("{} on the line", quantity.label), style: OF_CURVES, marks: vec![curve] };
        let path = |track: &Track| Mark::Path { x: track.x.clone(), y: track.there.clone() };
        let series = std::iter::once(curve).chain(series(tracks, path)).collect();
        // A curve that touches 0 would be all ravine.
        let high = sheet.z.iter().copied().fold(0.0, f64::max);
        let touches = sheet.z.iter().any(|z| *z < high / DEEP);
        let y = Axis::new(&quantity.label, "");
        let y = if touches { y } else { scaled(y, sheet.z.iter()) };
        return Chart { title: title(done), x, y, series, ..Chart::default() };
    }
    let path = |track: &Track| Mark::Path { x: track.x.clone(), y: track.y.clone() };
    Chart {
        title: title(done),
        x,
        y: Axis::new(&scene.axes[1], "").between(low, high),
        map: Some(of_sheet(done)),
        series: series(tracks, path).collect(),
        spots: minima(done),
        ..Chart::default()
    }
}

/// What a chart beside another one shows.
fn title(done: &Done) -> String {
    if done.scene.whole || done.tracks.is_empty() {
        return String::new();
    }
    let label = &done.quantity.label;
    if done.scene.curve {
        format!("Paths over the line, with the {label} that they meet")
    } else {
        format!("The {label} on the plane, and paths projected onto it")
    }
}

fn series(tracks: &[Track], mark: impl Fn(&Track) -> Mark) -> impl Iterator<Item = Series> {
    tracks.iter().map(move |track| Series { name: track.name.clone(), style: track.style, marks: vec![mark(track)] })
}

fn of_sheet(done: &Done) -> Map {
    let Done { sheet, quantity, chosen, .. } = done;
    let lowest = match &chosen.problem {
        Problem::Landscape(problem) if quantity.is_value() => problem.facts().minimum,
        _ => None,
    };
    relief([&sheet.x, &sheet.y], sheet.z.clone(), Axis::new(&quantity.label, ""), lowest)
}

/// The known minimizers that are on the map.
fn minima(done: &Done) -> Vec<Spot> {
    let Done { scene, chosen, quantity, .. } = done;
    let few = scene.whole || matches!(chosen.problem, Problem::Landscape(_));
    if !quantity.is_value() || !few {
        return Vec::new();
    }
    let facts = chosen.problem.facts();
    let [[left, right], [low, high]] = scene.ends;
    let spot = |point: &Vec<f64>| {
        let at = scene.plane.project(point);
        let length = point.iter().map(|x| x * x).sum::<f64>().sqrt();
        let seen =
            (left..=right).contains(&at.a) && (low..=high).contains(&at.b) && at.distance <= 1e-9 * (1.0 + length);
        seen.then(|| Spot { name: "minimum".to_owned(), x: at.a, y: at.b })
    };
    facts.minimizer.iter().chain(&facts.other_minimizers).filter_map(spot).collect()
}

/// A logarithmic axis where positive numbers span much.
fn scaled<'a>(axis: Axis, numbers: impl Iterator<Item = &'a f64>) -> Axis {
    let (mut low, mut high, mut below) = (f64::INFINITY, 0.0_f64, false);
    for &number in numbers.filter(|number| number.is_finite()) {
        below |= number < 0.0;
        (low, high) = (if number > 0.0 { low.min(number) } else { low }, high.max(number));
    }
    if !below && high > SPREAD * low { axis.log() } else { axis }
}

/// An axis that ends above the losses where paths begin, where some that diverged are far above.
fn capped(axis: Axis, tracks: &[Track]) -> Axis {
    let finite = |z: &&f64| z.is_finite();
    let start = tracks.iter().map(|track| track.there[0]).filter(|z| z.is_finite()).fold(0.0, f64::max);
    let all = || tracks.iter().flat_map(|track| track.there.iter().chain(&track.on_plane)).filter(finite).copied();
    let most = BEYOND * start;
    if !(start > 0.0 && all().any(|z| z > most)) {
        return axis;
    }
    let logarithmic = axis.scale == Scale::Log;
    let low = all().filter(|z| !logarithmic || *z > 0.0).fold(start, f64::min);
    axis.between(low, most)
}

/// The loss that paths meet over their steps, beside that of the plane below them.
pub fn losses(done: &Done) -> Chart {
    let Done { scene, tracks, quantity, .. } = done;
    let x = |track: &Track| track.steps.iter().map(|&step| step as f64).collect::<Vec<f64>>();
    let true_one = |track: &Track| Mark::Line { x: x(track), y: track.there.clone(), steps: false };
    let mut all: Vec<Series> = series(tracks, true_one).collect();
    if !scene.whole {
        all.extend(tracks.iter().map(|track| Series {
            name: format!("{}, on the {}", track.name, scene.what()),
            style: track.style + CYCLE,
            marks: vec![Mark::Line { x: x(track), y: track.on_plane.clone(), steps: false }],
        }));
    }
    let numbers = tracks.iter().flat_map(|track| track.there.iter().chain(&track.on_plane));
    let y = scaled(Axis::new(&quantity.label, ""), numbers);
    let y = capped(y, tracks);
    let title =
        if scene.whole { String::new() } else { format!("Along the paths, and on the {} below them", scene.what()) };
    Chart { title, x: Axis::new("step", "updates"), y, series: all, ..Chart::default() }
}

/// The surface in space.
fn space(done: &Done, beside: Option<Chart>) -> Figure {
    let map = of_sheet(done).leveled();
    let path = |track: &Track| Mark::Path { x: track.x.clone(), y: track.y.clone() };
    let width = if beside.is_some() { 1080.0 } else { 720.0 };
    let surface = Surface {
        x: Axis::new(&done.scene.axes[0], ""),
        y: Axis::new(&done.scene.axes[1], ""),
        map,
        series: series(&done.tracks, path).collect(),
        spots: minima(done),
        azimuth: -60.0,
        elevation: 32.0,
        beside,
    };
    let empty = Figure::of("", Chart::default());
    Figure { width, height: 500.0, picture: Picture::Surface(Box::new(surface)), ..empty }
}

/// What is printed: the extremes of the map, how much of the paths is seen, and how they end.
pub fn summary(done: &Done) -> String {
    let Done { scene, sheet, tracks, texts, quantity, .. } = done;
    let mut out = format!("{}\n\n", fill(&texts.subtitle, "", "  "));
    let place = |[x, y]: [f64; 2]| {
        if scene.curve { human(x) } else { format!("({}, {})", human(x), human(y)) }
    };
    match sheet.extremes() {
        Some(extremes) => {
            let numbers = apart(extremes[0].0, extremes[1].0);
            for ((name, number), (_, at)) in ["least", "greatest"].into_iter().zip(numbers).zip(extremes) {
                out += &format!("  {name:8}  {} at {}\n", number, place(at));
            }
        }
        None => out += "  no number of the map is finite\n",
    }
    let [[left, right], [low, high]] = scene.ends.map(|ends| ends.map(human));
    out += &format!(
        "  seen      {left} to {right}{}\n",
        if scene.curve { String::new() } else { format!(" and {low} to {high}") }
    );
    for track in tracks {
        let last = track.there.len() - 1;
        let losses = apart(track.there[0], track.there[last]).join(" → ");
        let steps = counted(track.steps[last], "step");
        let text = format!("{}: {} {losses} in {steps}", track.name, quantity.label);
        out += &format!("{}\n", fill(&text, "  path      ", "            "));
    }
    if !texts.notes.is_empty() {
        out += "\n";
    }
    texts.notes.iter().for_each(|note| out += &format!("{}\n", fill(note, "", "  ")));
    if matches!(done.sheet_scale(), Some(Scale::Log)) {
        out += "Colors and contours are logarithmic.\n";
    }
    out
}

impl Done {
    /// How colors are spread over numbers; `None` of a curve.
    fn sheet_scale(&self) -> Option<Scale> {
        (!self.scene.curve).then(|| of_sheet(self).axis.scale)
    }
}
