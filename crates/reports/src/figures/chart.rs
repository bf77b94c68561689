//! A chart: its frame with axes and ticks, and what is inside.

use super::Inside;
use super::canvas::{Anchor, Canvas, Point, SIZE, rectangle, tenths};
use super::font;
use super::map;
use super::marks;
use super::model::{Axis, Chart, Guide, Mark};
use super::scale::{Extent, Ruler, Ticks, power};

/// The size of the titles of charts that stand side by side.
const TITLE: f64 = 13.0;

/// Where a chart stands, with everything that belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Upper left.
    pub at: Point,
    /// Width and height.
    pub size: Point,
}

/// The inside of a chart.
#[derive(Clone, Debug)]
pub struct Frame {
    /// To the right.
    pub x: Ruler,
    /// Upward.
    pub y: Ruler,
    /// Upper left.
    pub from: Point,
    /// Lower right.
    pub to: Point,
}

impl Frame {
    /// Where a point is; `None` if it is nowhere.
    pub fn place(&self, x: f64, y: f64) -> Option<Point> {
        Some([self.x.place(x)?, self.y.place(y)?])
    }

    /// The width of the inside.
    pub fn width(&self) -> f64 {
        self.to[0] - self.from[0]
    }
}

/// All numbers along one axis: those of x if `right`, else those of y.
fn extent(chart: &Chart, right: bool) -> Extent {
    let axis = if right { &chart.x } else { &chart.y };
    let mut numbers: Vec<f64> = Vec::new();
    let mut add = |x: &[f64], y: &[f64]| numbers.extend_from_slice(if right { x } else { y });
    for mark in chart.series.iter().flat_map(|series| &series.marks) {
        match mark {
            Mark::Line { x, y, .. } | Mark::Points { x, y } | Mark::Path { x, y } => add(x, y),
            Mark::Band { x, low, high } => {
                add(x, low);
                add(x, high);
            }
            Mark::Box { at, values, .. } => add(values, &[*at]),
            Mark::Rug { x } => add(x, &[]),
        }
    }
    chart.spots.iter().for_each(|spot| add(&[spot.x], &[spot.y]));
    for reference in &chart.references {
        match (&reference.guide, right) {
            (Guide::Horizontal(at), false) | (Guide::Vertical(at), true) => numbers.push(*at),
            _ => {}
        }
    }
    if let Some(map) = &chart.map {
        numbers.extend(map::extent(map, axis, right));
    }
    Extent::of(numbers.into_iter(), axis.scale)
}

/// Whether something has a width of its own, so that it needs space at the sides.
fn is_wide(mark: &Mark) -> bool {
    matches!(mark, Mark::Points { .. } | Mark::Box { .. })
}

/// The label of an axis with its unit in parentheses.
pub fn label(axis: &Axis, exponent: i32) -> String {
    // Seconds are measured in seconds.
    let unit = if axis.unit == axis.label && exponent == 0 { "" } else { &*axis.unit };
    match (exponent, unit) {
        (0, "") => axis.label.clone(),
        (0, unit) => format!("{} ({unit})", axis.label),
        (e, "") => format!("{} (in units of {})", axis.label, power(e)),
        (e, unit) => format!("{} ({} {unit})", axis.label, power(e)),
    }
}

/// The width of what stands to the left of a chart: the widest label of its ticks or names.
pub fn left(chart: &Chart, place: Place) -> f64 {
    let (ruler, ticks) = upward(chart, place);
    let names = chart.y.names.iter().map(|name| font::width(name, SIZE));
    let lanes = lane_labels(&ruler).map(|(label, _)| font::width(label, SIZE));
    let labels = ticks.ticks.iter().map(|tick| font::width(&tick.label, SIZE)).chain(names).chain(lanes);
    labels.fold(0.0, f64::max).min(0.4 * place.size[0]) + 10.0
}

/// What stands beside lanes, and where.
fn lane_labels(ruler: &Ruler) -> impl Iterator<Item = (&'static str, f64)> {
    [(ruler.lowest, ruler.below), ("∞", ruler.above)].into_iter().filter_map(|(label, at)| Some((label, at?)))
}

/// The top and the bottom of the inside.
fn vertical(chart: &Chart, place: Place) -> [f64; 2] {
    let title = if chart.title.is_empty() { 0.0 } else { 22.0 };
    let above = if chart.y.label.is_empty() { 8.0 } else { 24.0 };
    let below = if chart.x.label.is_empty() { 24.0 } else { 42.0 };
    let top = place.at[1] + title + above;
    [top, (place.at[1] + place.size[1] - below).max(top + 30.0)]
}

fn upward(chart: &Chart, place: Place) -> (Ruler, Ticks) {
    let [top, bottom] = vertical(chart, place);
    // Names go from top to bottom.
    let ends = if chart.y.names.is_empty() { [bottom, top] } else { [top, bottom] };
    let margin = if chart.map.is_some() { 0.0 } else { 0.05 };
    let ruler = Ruler::new(&chart.y, extent(chart, false), ends, margin);
    (ruler.clone(), ticks(&chart.y, &ruler, extent(chart, false), 38.0))
}

/// The ticks of an axis; where nothing has a place between its ends, there are none.
fn ticks(axis: &Axis, ruler: &Ruler, extent: Extent, apart: f64) -> Ticks {
    let mut ticks = ruler.ticks(apart);
    if extent.low > extent.high && axis.range.is_none() {
        ticks.ticks.clear();
        ticks.exponent = 0;
    }
    ticks
}

/// Draws a chart whose inside begins so far from its left edge.
pub fn draw(canvas: &mut Canvas, chart: &Chart, place: Place, left: f64) {
    let (y, y_ticks) = upward(chart, place);
    let [top, bottom] = vertical(chart, place);
    let from = place.at[0] + left;
    let bar = chart.map.as_ref().map_or(0.0, |map| map::bar_width(map, bottom - top));
    let to = (place.at[0] + place.size[0] - bar - 14.0).max(from + 40.0);
    let wide = chart.series.iter().flat_map(|series| &series.marks).any(is_wide);
    let margin = if wide && chart.map.is_none() { 0.03 } else { 0.0 };
    let x = Ruler::new(&chart.x, extent(chart, true), [from, to], margin);
    let x_ticks = ticks(&chart.x, &x, extent(chart, true), if to - from < 300.0 { 48.0 } else { 64.0 });
    let frame = Frame { x, y, from: [from, top], to: [to, bottom] };
    if !chart.title.is_empty() {
        let at = [place.at[0], place.at[1] + TITLE];
        canvas.text(at, Anchor::Start, ("t", TITLE), &chart.title, place.size[0]);
    }
    canvas.frames.push(Inside::of(&frame));
    grid(canvas, chart, &frame, [&x_ticks, &y_ticks]);
    canvas.open_clipped([from - 0.5, top - 0.5], [to + 0.5, bottom + 0.5]);
    if let Some(map) = &chart.map {
        map::draw(canvas, map, &frame);
    }
    marks::references(canvas, &chart.references, &frame);
    canvas.close();
    // Symbols at the edge are seen whole.
    canvas.open_clipped([from - 6.0, top - 6.0], [to + 6.0, bottom + 6.0]);
    let lines = chart.series.iter().filter(|series| series.marks.iter().any(|mark| matches!(mark, Mark::Line { .. })));
    let lines = lines.count();
    for series in &chart.series {
        marks::series(canvas, series, &frame, lines);
    }
    marks::spots(canvas, &chart.spots, &frame);
    canvas.close();
    if let Some(text) = emptiness(chart) {
        let middle = [f64::midpoint(from, to), f64::midpoint(top, bottom)];
        canvas.text(middle, Anchor::Middle, ("m", SIZE), text, to - from);
    }
    axes(canvas, chart, &frame, [&x_ticks, &y_ticks], place);
    if let Some(map) = &chart.map {
        map::bar(canvas, map, [to + 16.0, top], bottom - top);
    }
}

/// What a chart says that has nothing between its ends.
fn emptiness(chart: &Chart) -> Option<&'static str> {
    let [x, y] = [true, false].map(|right| extent(chart, right));
    let empty = |extent: &Extent| extent.low > extent.high;
    let infinite = |extent: &Extent| empty(extent) && extent.above;
    match (infinite(&x) || infinite(&y), empty(&y) && !y.below && !y.above) {
        (true, _) if chart.map.is_none() => Some("diverged or never reached"),
        (false, true) => Some("nothing was measured"),
        _ => None,
    }
}

/// A label with its unit, or without where that has no room.
fn fitting(axis: &Axis, exponent: i32, most: f64) -> String {
    let whole = label(axis, exponent);
    if exponent == 0 && font::width(&whole, SIZE) > most { axis.label.clone() } else { whole }
}

/// Lines behind the data.
fn grid(canvas: &mut Canvas, chart: &Chart, frame: &Frame, [x, y]: [&Ticks; 2]) {
    if chart.map.is_some() {
        return;
    }
    let mut data = String::new();
    let large = |ticks: &Ticks| ticks.ticks.iter().filter(|tick| !tick.label.is_empty()).map(|tick| tick.at).collect();
    let (right, up): (Vec<f64>, Vec<f64>) = (large(x), large(y));
    for at in right {
        data += &format!("M{} {}V{}", tenths(at), tenths(frame.from[1]), tenths(frame.to[1]));
    }
    let names = (0..chart.y.names.len()).filter_map(|i| frame.y.place(i as f64));
    for at in up.into_iter().chain(names) {
        data += &format!("M{} {}H{}", tenths(frame.from[0]), tenths(at), tenths(frame.to[0]));
    }
    canvas.element("path", &format!("class=\"h\" d=\"{data}\""));
    // Lanes are set apart.
    let mut data = String::new();
    let [[left, right], [bottom, top]] = [frame.x.ends(), frame.y.ends()];
    for (lane, at) in [(frame.y.below, bottom), (frame.y.above, top)] {
        if lane.is_some() {
            data += &format!("M{} {}H{}", tenths(frame.from[0]), tenths(at), tenths(frame.to[0]));
        }
    }
    for (lane, at) in [(frame.x.below, left), (frame.x.above, right)] {
        if lane.is_some() {
            data += &format!("M{} {}V{}", tenths(at), tenths(frame.from[1]), tenths(frame.to[1]));
        }
    }
    if !data.is_empty() {
        canvas.element("path", &format!("class=\"a\" stroke-dasharray=\"2 3\" d=\"{data}\""));
    }
}

/// Ticks and labels.
fn axes(canvas: &mut Canvas, chart: &Chart, frame: &Frame, [x, y]: [&Ticks; 2], place: Place) {
    let ([from, top], [to, bottom]) = (frame.from, frame.to);
    if chart.map.is_some() {
        canvas.element(
            "rect",
            &format!("class=\"a\" fill=\"none\" {}", rectangle([from, top], [to - from, bottom - top])),
        );
    } else {
        canvas.line(&[[from, bottom], [to, bottom]], "class=\"a\"");
    }
    let mut data = String::new();
    for tick in &x.ticks {
        let length = if tick.label.is_empty() { 3 } else { 5 };
        data += &format!("M{} {}v{length}", tenths(tick.at), tenths(bottom));
    }
    for tick in &y.ticks {
        let length = if tick.label.is_empty() { 3 } else { 5 };
        data += &format!("M{} {}h-{length}", tenths(from), tenths(tick.at));
    }
    canvas.element("path", &format!("class=\"a\" d=\"{data}\""));
    upright_labels(canvas, chart, frame, y, place);
    lying_labels(canvas, chart, frame, x, place);
    let title = if chart.title.is_empty() { 0.0 } else { 22.0 };
    let (at, mut most) = ([place.at[0], place.at[1] + title + 10.0], place.size[0]);
    if let Some(map) = &chart.map {
        let room = if chart.y.label.is_empty() { most } else { 0.75 * most };
        let text = fitting(&map.axis, map::exponent(map, bottom - top), room);
        canvas.text([at[0] + most, at[1]], Anchor::End, ("m", SIZE), &text, room);
        most = (most - font::width(&text, SIZE).min(room) - 12.0).max(0.2 * most);
    }
    canvas.text(at, Anchor::Start, ("m", SIZE), &fitting(&chart.y, y.exponent, most), most);
    let centered = Point::from([f64::midpoint(from, to), bottom + 36.0]);
    // As far as it goes without leaving the chart.
    let half = (centered[0] - place.at[0]).min(place.at[0] + place.size[0] - centered[0]);
    let text = fitting(&chart.x, x.exponent, 2.0 * half);
    canvas.text(centered, Anchor::Middle, ("m", SIZE), &text, 2.0 * half);
}

fn upright_labels(canvas: &mut Canvas, chart: &Chart, frame: &Frame, ticks: &Ticks, place: Place) {
    let at = |y: f64| [frame.from[0] - 8.0, y + 4.0];
    let most = frame.from[0] - 8.0 - place.at[0];
    for tick in &ticks.ticks {
        canvas.text(at(tick.at), Anchor::End, ("m", SIZE), &tick.label, most);
    }
    for (label, lane) in lane_labels(&frame.y) {
        canvas.text(at(lane), Anchor::End, ("m", SIZE), label, most);
    }
    let slot = (frame.to[1] - frame.from[1]) / chart.y.names.len().max(1) as f64;
    let stride = (13.0 / slot).ceil().max(1.0) as usize;
    for (i, name) in chart.y.names.iter().enumerate().step_by(stride) {
        if let Some(y) = frame.y.place(i as f64) {
            canvas.text(at(y), Anchor::End, ("t", SIZE), name, most);
        }
    }
}

fn lying_labels(canvas: &mut Canvas, chart: &Chart, frame: &Frame, ticks: &Ticks, place: Place) {
    let y = frame.to[1] + 18.0;
    let edge = place.at[0] + place.size[0];
    let slot = frame.width() / chart.x.names.len().max(1) as f64;
    // Names that are numbers are read whole or not at all.
    let widest = chart.x.names.iter().map(|name| font::width(name, SIZE)).fold(18.0, f64::max).min(90.0);
    let stride = ((widest + 8.0) / slot).ceil().max(1.0) as usize;
    let names = chart.x.names.iter().enumerate().step_by(stride);
    let names =
        names.filter_map(|(i, name)| Some((frame.x.place(i as f64)?, name.as_str(), slot * stride as f64 - 6.0)));
    let lanes = lane_labels(&frame.x).map(|(label, at)| (at, label, f64::INFINITY));
    let numbers = ticks.ticks.iter().map(|tick| (tick.at, tick.label.as_str(), f64::INFINITY));
    // Lanes come first, since nothing else says what they are.
    let mut taken: Vec<[f64; 2]> = Vec::new();
    for (at, label, most) in lanes.chain(names).chain(numbers) {
        let half = font::width(label, SIZE).min(most) / 2.0;
        let at = at.clamp(place.at[0] + half, (edge - half).max(place.at[0] + half));
        let span = [at - half - 4.0, at + half + 4.0];
        if label.is_empty() || taken.iter().any(|other| span[0] < other[1] && other[0] < span[1]) {
            continue;
        }
        taken.push(span);
        canvas.text([at, y], Anchor::Middle, ("m", SIZE), label, most);
    }
}
