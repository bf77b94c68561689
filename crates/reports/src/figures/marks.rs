//! Series, reference lines and spots inside a frame.

use super::canvas::{Canvas, Point, path, rectangle, tenths};
use super::chart::Frame;
use super::model::{Guide, Mark, Reference, Series, Spot};
use super::style::{dash, symbol};
use super::thin;

/// From so many lines on, dashes alone do not tell them apart, and they have symbols as well.
pub const CROWD: usize = 5;

/// The dashes of reference lines, in turn.
const GUIDES: [&str; 5] = ["5 4", "2 3", "10 3 2 3", "14 4", "7 2.5 1.5 2.5 1.5 2.5"];

/// The attributes of the stroke of a series.
pub fn stroke(style: usize) -> String {
    let dash = match dash(style) {
        "" => String::new(),
        dash => format!(" stroke-dasharray=\"{dash}\""),
    };
    format!("fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\" stroke-linejoin=\"round\"{dash}")
}

/// The attributes of the stroke of a reference line.
pub fn guide(index: usize) -> String {
    format!("class=\"r\" stroke-width=\"1.2\" stroke-dasharray=\"{}\"", GUIDES[index % GUIDES.len()])
}

/// The path data of a symbol.
pub fn symbol_path([x, y]: Point, symbol: usize, radius: f64) -> String {
    let r = radius;
    let from = |dx: f64, dy: f64| format!("M{} {}", tenths(x + dx), tenths(y + dy));
    let t = tenths;
    match symbol % 4 {
        0 => format!("{}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z", from(-r, 0.0), r = t(r), d = t(2.0 * r)),
        1 => format!("{}h{d}v{d}h-{d}z", from(-0.85 * r, -0.85 * r), d = t(1.7 * r)),
        2 => format!("{}l{w} {h}h-{d}z", from(0.0, -1.2 * r), w = t(1.1 * r), h = t(1.95 * r), d = t(2.2 * r)),
        _ => format!("{}l{d} {d}l-{d} {d}l-{d}-{d}z", from(0.0, -1.25 * r), d = t(1.25 * r)),
    }
}

/// The class of a symbol: the second four are hollow.
pub fn symbol_class(symbol: usize) -> &'static str {
    if symbol % 8 < 4 { "p" } else { "q" }
}

/// A line cut into what is drawn in different ways.
#[derive(Debug, Default, PartialEq)]
struct Strokes {
    /// Where numbers are known.
    solid: Vec<Vec<Point>>,
    /// From there into lanes and back.
    links: Vec<[Point; 2]>,
    /// Where it came to +∞.
    lost: Vec<Point>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Level {
    Nothing,
    Shown,
    Below,
    Above,
}

/// Where a point of a series is; those at ∞ stand below each other, so that each is seen.
fn placed(frame: &Frame, style: usize, x: f64, y: f64) -> Option<Point> {
    let [left, top] = frame.place(x, y)?;
    let down = if y == f64::INFINITY && frame.y.above.is_some() { 5.0 * (style % 4) as f64 - 7.5 } else { 0.0 };
    Some([left, top + down])
}

fn strokes(frame: &Frame, style: usize, [x, y]: [&[f64]; 2], steps: bool) -> Strokes {
    let mut strokes = Strokes::default();
    let (mut last, mut before) = (Level::Nothing, [0.0; 2]);
    for (&x, &y) in x.iter().zip(y) {
        let level = match y {
            _ if x.is_nan() || y.is_nan() => Level::Nothing,
            f64::INFINITY => Level::Above,
            y if frame.y.shows(y) && frame.x.shows(x) => Level::Shown,
            _ => Level::Below,
        };
        let Some(point) = placed(frame, style, x, y) else {
            last = Level::Nothing;
            continue;
        };
        match (last, level) {
            (Level::Shown, Level::Shown) | (Level::Below, Level::Below) => {
                if let Some(line) = strokes.solid.last_mut() {
                    if steps {
                        line.push([point[0], before[1]]);
                    }
                    line.push(point);
                }
            }
            (Level::Above, Level::Above) => {}
            (_, Level::Shown | Level::Below) => {
                if last != Level::Nothing {
                    strokes.links.push([before, point]);
                }
                strokes.solid.push(vec![point]);
            }
            (_, Level::Above) => {
                if last != Level::Nothing {
                    strokes.links.push([before, point]);
                }
                strokes.lost.push(point);
            }
            (_, Level::Nothing) => {}
        }
        (last, before) = (level, point);
    }
    // The last step holds from there on.
    if let (true, Level::Shown, Some(line)) = (steps, last, strokes.solid.last_mut()) {
        line.push([frame.to[0], before[1]]);
    }
    strokes
}

/// Draws a series; `lines` is how many lines there are in the chart.
pub fn series(canvas: &mut Canvas, series: &Series, frame: &Frame, lines: usize) {
    canvas.open_series(series.style, &series.name);
    let has_points = series.marks.iter().any(|mark| matches!(mark, Mark::Points { .. }));
    for mark in &series.marks {
        match mark {
            Mark::Line { x, y, steps } => {
                let strokes = strokes(frame, series.style, [x, y], *steps);
                line(canvas, &strokes, series.style, has_points);
                if lines >= CROWD && !has_points {
                    let symbols = along(&strokes.solid, frame, series.style);
                    self::symbols(canvas, &symbols, series.style, 3.6);
                }
            }
            // Bands of many lines with symbols hide more than they say.
            Mark::Band { .. } if has_points && lines >= CROWD => {}
            Mark::Band { x, low, high } => band(canvas, frame, x, [low, high], lines),
            Mark::Points { x, y } => {
                let place = |(&x, &y)| placed(frame, series.style, x, y);
                let points: Vec<Point> = x.iter().zip(y).filter_map(place).collect();
                let radius = if points.len() > 200 { 2.4 } else { 3.6 };
                symbols(canvas, &sparse(points), series.style, radius);
            }
            Mark::Path { x, y } => trajectory(canvas, frame, series.style, x, y),
            Mark::Box { at, quantiles, values } => lying_box(canvas, frame, *at, quantiles, values),
            Mark::Rug { x } => rug(canvas, frame, series.style, x),
        }
    }
    canvas.close();
}

fn line(canvas: &mut Canvas, strokes: &Strokes, style: usize, has_points: bool) {
    let mut data: String = strokes.solid.iter().map(|points| path(&thin::line(points))).collect();
    // A point between two gaps is a dot.
    for point in strokes.solid.iter().filter(|points| points.len() == 1).flatten() {
        data += &if has_points { String::new() } else { symbol_path(*point, 0, 1.2) };
    }
    canvas.element("path", &format!("d=\"{data}\" {}", stroke(style)));
    if !strokes.links.is_empty() {
        let data: String = strokes.links.iter().map(|link| path(link)).collect();
        let look = "fill=\"none\" stroke=\"currentColor\" stroke-width=\"1\" stroke-dasharray=\"1 2.5\"";
        canvas.element("path", &format!("d=\"{data}\" {look}"));
    }
    if !has_points {
        crosses(canvas, &strokes.lost);
    }
}

/// Where something has diverged.
pub fn crosses(canvas: &mut Canvas, points: &[Point]) {
    if points.is_empty() {
        return;
    }
    let cross = |[x, y]: &Point| format!("M{} {}l7 7m0-7l-7 7", tenths(x - 3.5), tenths(y - 3.5));
    let data: String = points.iter().map(cross).collect();
    canvas.element("path", &format!("d=\"{data}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\""));
}

/// Symbols.
pub fn symbols(canvas: &mut Canvas, points: &[Point], style: usize, radius: f64) {
    if points.is_empty() {
        return;
    }
    let symbol = symbol(style);
    let data: String = points.iter().map(|&point| symbol_path(point, symbol, radius)).collect();
    canvas.element("path", &format!("class=\"{}\" d=\"{data}\"", symbol_class(symbol)));
}

/// Points without those that hide each other.
fn sparse(points: Vec<Point>) -> Vec<Point> {
    let mut seen = std::collections::HashSet::new();
    let cell = |x: f64| x.round() as i64;
    points.into_iter().filter(|point| seen.insert(point.map(cell))).collect()
}

/// Three places on a line, elsewhere for each style.
fn along(solid: &[Vec<Point>], frame: &Frame, style: usize) -> Vec<Point> {
    const EACH: usize = 3;
    let share = |i: usize| (i as f64 + (style % 12) as f64 / 12.0 + 0.04) / EACH as f64;
    let places = (0..EACH).map(|i| frame.from[0] + share(i) * frame.width());
    let height = |x: f64| {
        let pairs = solid.iter().flat_map(|points| points.windows(2));
        let pair = pairs.into_iter().find(|pair| pair[0][0] <= x && x <= pair[1][0] && pair[0][0] < pair[1][0])?;
        let along = (x - pair[0][0]) / (pair[1][0] - pair[0][0]);
        Some([x, pair[0][1] + along * (pair[1][1] - pair[0][1])])
    };
    places.filter_map(height).collect()
}

fn band(canvas: &mut Canvas, frame: &Frame, x: &[f64], [low, high]: [&[f64]; 2], lines: usize) {
    let mut areas: Vec<[Vec<Point>; 2]> = Vec::new();
    let mut open = false;
    for ((&x, &low), &high) in x.iter().zip(low).zip(high) {
        let edge = |y: f64, outside: f64| if frame.y.shows(y) { frame.y.place(y) } else { Some(outside) };
        // Where both edges are at ∞ there is nothing in between.
        let known = !(x.is_nan() || low.is_nan() || high.is_nan() || low == f64::INFINITY);
        let ends = (frame.x.place(x), edge(low, frame.to[1]), edge(high, frame.from[1]));
        let (true, (Some(x), Some(low), Some(high))) = (known, ends) else {
            open = false;
            continue;
        };
        if !open {
            areas.push([Vec::new(), Vec::new()]);
        }
        open = true;
        if let Some([lower, upper]) = areas.last_mut() {
            lower.push([x, low]);
            upper.push([x, high]);
        }
    }
    let mut data = String::new();
    for [lower, upper] in &areas {
        let mut lower = thin::line(lower);
        lower.reverse();
        data += &path(&[thin::line(upper), lower].concat());
        data.push('z');
    }
    let opacity = if lines > 6 { ".1" } else { ".17" };
    canvas.element("path", &format!("d=\"{data}\" fill=\"currentColor\" fill-opacity=\"{opacity}\""));
}

fn trajectory(canvas: &mut Canvas, frame: &Frame, style: usize, x: &[f64], y: &[f64]) {
    let finite = x.iter().zip(y).take_while(|(x, y)| x.is_finite() && y.is_finite());
    let points: Vec<Point> = finite.filter_map(|(&x, &y)| frame.place(x, y)).collect();
    path_on(canvas, &points, style);
}

/// A path that stands out from what is behind it, with its start and its end.
pub fn path_on(canvas: &mut Canvas, points: &[Point], style: usize) {
    let (Some(&start), Some(&end)) = (points.first(), points.last()) else { return };
    let data = path(&thin::curve(points));
    let halo = "class=\"o\" stroke-width=\"4.5\" stroke-opacity=\".75\" stroke-linejoin=\"round\"";
    canvas.element("path", &format!("d=\"{data}\" {halo}"));
    canvas.element("path", &format!("d=\"{data}\" {}", stroke(style)));
    start_and_end(canvas, start, end);
}

/// The symbols of the start and the end of a path.
pub fn start_and_end(canvas: &mut Canvas, start: Point, end: Point) {
    canvas.element("path", &format!("class=\"q\" stroke-width=\"1.8\" d=\"{}\"", symbol_path(start, 0, 4.2)));
    canvas.element("path", &format!("class=\"p\" d=\"{}\"", symbol_path(end, 0, 4.6)));
}

fn lying_box(canvas: &mut Canvas, frame: &Frame, at: f64, quantiles: &[f64], values: &[f64]) {
    let (Some(y), Some(next)) = (frame.y.place(at), frame.y.place(at + 1.0)) else { return };
    let half = (0.3 * (next - y).abs()).min(10.0);
    if let [Some(low), Some(q25), Some(median), Some(q75), Some(high)] =
        [0, 1, 2, 3, 4].map(|i| quantiles.get(i).and_then(|&x| frame.x.place(x)))
    {
        let area = rectangle([q25, y - half], [q75 - q25, 2.0 * half]);
        let look = "fill=\"currentColor\" fill-opacity=\".16\" stroke=\"currentColor\"";
        canvas.element("rect", &format!("{look} {area}"));
        let [low, q25, q75, high, y, median] = [low, q25, q75, high, y, median].map(tenths);
        canvas.element("path", &format!("d=\"M{low} {y}H{q25}M{q75} {y}H{high}\" stroke=\"currentColor\""));
        let from = tenths(frame.y.place(at).unwrap_or_default() - half);
        let data = format!("M{median} {from}v{}", tenths(2.0 * half));
        canvas.element("path", &format!("d=\"{data}\" stroke=\"currentColor\" stroke-width=\"2.6\""));
    }
    let mut sorted: Vec<f64> = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (lost, found): (Vec<f64>, Vec<f64>) = sorted.into_iter().partition(|x| *x == f64::INFINITY);
    // Up and down in turn, so that equal numbers are seen.
    let spread = |(i, x): (usize, f64)| Some([frame.x.place(x)?, y + half * ((i * 3) % 7) as f64 / 4.5 - half * 0.667]);
    let points = sparse(found.into_iter().enumerate().filter_map(spread).collect());
    let data: String = points.iter().map(|&point| symbol_path(point, 0, 2.2)).collect();
    if !data.is_empty() {
        canvas.element("path", &format!("class=\"p\" fill-opacity=\".8\" stroke-width=\".6\" d=\"{data}\""));
    }
    crosses(canvas, &sparse(lost.into_iter().enumerate().filter_map(spread).collect()));
}

fn rug(canvas: &mut Canvas, frame: &Frame, style: usize, x: &[f64]) {
    let row = frame.to[1] - 9.0 * (style % 4) as f64;
    let mut places: Vec<i64> = x.iter().filter_map(|&x| frame.x.place(x)).map(|x| (x * 2.0).round() as i64).collect();
    places.sort_unstable();
    places.dedup();
    let strokes = places.iter().map(|&x| format!("M{} {}v-7", tenths(x as f64 / 2.0), tenths(row - 1.0)));
    let data: String = strokes.collect();
    canvas.element("path", &format!("d=\"{data}\" stroke=\"currentColor\" stroke-opacity=\".7\" stroke-width=\".8\""));
}

/// Draws reference lines; those of one name look alike.
pub fn references(canvas: &mut Canvas, references: &[Reference], frame: &Frame) {
    for reference in references {
        let look = references.iter().position(|first| first.name == reference.name).unwrap_or_default();
        let ([from, top], [to, bottom]) = (frame.from, frame.to);
        let points = match &reference.guide {
            Guide::Horizontal(at) => frame.y.place(*at).map(|y| vec![[from, y], [to, y]]).unwrap_or_default(),
            Guide::Vertical(at) => frame.x.place(*at).map(|x| vec![[x, top], [x, bottom]]).unwrap_or_default(),
            Guide::Curve { x, y } => x.iter().zip(y).filter_map(|(&x, &y)| frame.place(x, y)).collect(),
        };
        canvas.line(&thin::line(&points), &guide(look));
    }
}

/// The path data of a star.
pub fn star([x, y]: Point, radius: f64) -> String {
    let corner = |i: usize| {
        let (angle, r) =
            (std::f64::consts::PI * i as f64 / 5.0, if i.is_multiple_of(2) { radius } else { 0.42 * radius });
        [x + r * angle.sin(), y - r * angle.cos()]
    };
    path(&(0..10).map(corner).collect::<Vec<_>>()) + "z"
}

/// Draws points with a name.
pub fn spots(canvas: &mut Canvas, spots: &[Spot], frame: &Frame) {
    for spot in spots {
        if let Some(at) = frame.place(spot.x, spot.y) {
            canvas.element("path", &format!("class=\"e\" d=\"{}\"", star(at, 8.0)));
        }
    }
}
