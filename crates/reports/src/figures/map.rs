//! Colors over a plane: the picture, its contours and its scale.

use super::canvas::{Anchor, Canvas, Point, SIZE, path, rectangle, tenths};
use super::chart::Frame;
use super::contours::contours;
use super::font;
use super::model::{Axis, Map, Scale};
use super::raster::{self, INFINITE, NOTHING, SHADES};
use super::scale::{Extent, Ruler, three};
use super::thin;

/// The width of the bar that explains colors.
const BAR: f64 = 13.0;

/// The ends of a map along an axis: cells reach half a cell beyond their centers.
pub fn extent(map: &Map, axis: &Axis, right: bool) -> Vec<f64> {
    let places = if right { &map.x } else { &map.y };
    if map.smooth || places.len() < 2 {
        return places.clone();
    }
    edges(places, axis.scale)
}

/// The edges of cells around ascending centers.
fn edges(centers: &[f64], scale: Scale) -> Vec<f64> {
    let log = scale == Scale::Log && centers.iter().all(|x| *x > 0.0);
    let to = |x: f64| if log { x.ln() } else { x };
    let back = |x: f64| if log { x.exp() } else { x };
    let places: Vec<f64> = centers.iter().map(|&x| to(x)).collect();
    let between = places.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
    let n = places.len();
    let (first, last) = match n {
        0 => return Vec::new(),
        1 => (places[0] - 0.5, places[0] + 0.5),
        _ => (1.5 * places[0] - 0.5 * places[1], 1.5 * places[n - 1] - 0.5 * places[n - 2]),
    };
    [first].into_iter().chain(between).chain([last]).map(back).collect()
}

/// The axis of colors, from the least to the greatest number unless it has ends.
fn axis(map: &Map, extent: Extent) -> Axis {
    let range = map.axis.range.or(Some([extent.low, extent.high]));
    Axis { range, names: Vec::new(), ..map.axis.clone() }
}

/// What numbers of the map are as shades.
struct Shades(Ruler);

impl Shades {
    fn of(map: &Map) -> Self {
        let extent = Extent { below: false, above: false, ..Extent::of(map.z.iter().copied(), map.axis.scale) };
        Self(Ruler::new(&axis(map, extent), extent, [0.0, (SHADES - 1) as f64], 0.0))
    }

    fn of_number(&self, z: f64) -> u8 {
        match z {
            z if z.is_nan() => NOTHING,
            f64::INFINITY => INFINITE,
            z => self.0.place(z).map_or(NOTHING, |shade| shade.round().clamp(0.0, (SHADES - 1) as f64) as u8),
        }
    }
}

/// Draws the colors, the contours, and the numbers where they fit.
pub fn draw(canvas: &mut Canvas, map: &Map, frame: &Frame) {
    if map.x.is_empty() || map.y.is_empty() || map.z.len() != map.x.len() * map.y.len() {
        return;
    }
    let shades = Shades::of(map);
    let ([left, top], [right, bottom]) = (frame.from, frame.to);
    // A pixel of the picture for a cell, or for so many pixels of paper.
    let fine = if map.smooth { 2.0 } else { 1.0 };
    let (width, height) = (((right - left) / fine).ceil() as usize, ((bottom - top) / fine).ceil() as usize);
    let (xs, ys) = (Lookup::new(&map.x, &frame.x, map.smooth), Lookup::new(&map.y, &frame.y, map.smooth));
    let columns: Vec<_> =
        (0..width).map(|i| xs.find(left + (i as f64 + 0.5) * (right - left) / width as f64)).collect();
    let mut pixels = Vec::with_capacity(width * height);
    for j in 0..height {
        let row = ys.find(top + (j as f64 + 0.5) * (bottom - top) / height as f64);
        pixels.extend(columns.iter().map(|column| match (column, row) {
            (Some(column), Some(row)) => shades.of_number(between(map, *column, row)),
            _ => NOTHING,
        }));
    }
    let image = raster::image(map.colors, [width, height], &pixels);
    let rendering = if map.smooth { "" } else { " image-rendering=\"pixelated\"" };
    let place = rectangle([left, top], [right - left, bottom - top]);
    canvas.element("image", &format!("{place} preserveAspectRatio=\"none\"{rendering} href=\"{image}\""));
    lines(canvas, map, frame);
    if !map.smooth {
        numbers(canvas, map, frame, &shades);
    }
}

fn lines(canvas: &mut Canvas, map: &Map, frame: &Frame) {
    let places = |numbers: &[f64], ruler: &Ruler| numbers.iter().map(|&x| ruler.place(x)).collect::<Option<Vec<_>>>();
    let (Some(x), Some(y)) = (places(&map.x, &frame.x), places(&map.y, &frame.y)) else { return };
    let mut data = String::new();
    for &level in &map.levels {
        data.extend(contours(&x, &y, &map.z, level).iter().map(|line| path(&thin::curve(line))));
    }
    if !data.is_empty() {
        let look = "fill=\"none\" stroke=\"#fff\" stroke-opacity=\".55\" stroke-width=\".8\"";
        canvas.element("path", &format!("d=\"{data}\" {look}"));
    }
}

/// The number of each cell, if all of them fit.
fn numbers(canvas: &mut Canvas, map: &Map, frame: &Frame, shades: &Shades) {
    let cell = [frame.width() / map.x.len() as f64, (frame.to[1] - frame.from[1]) / map.y.len() as f64];
    let texts: Vec<String> = map.z.iter().map(|&z| if z.is_nan() { String::new() } else { three(z) }).collect();
    let fits = |text: &String| font::width(text, SIZE) + 8.0 <= cell[0];
    if cell[1] < 18.0 || !texts.iter().all(fits) {
        return;
    }
    for (i, text) in texts.iter().enumerate() {
        let at = [frame.x.place(map.x[i % map.x.len()]), frame.y.place(map.y[i / map.x.len()])];
        let ([Some(x), Some(y)], shade) = (at, shades.of_number(map.z[i])) else { continue };
        // The upper shades are light.
        let class = if usize::from(shade) * 10 > SHADES * 6 { "d" } else { "l" };
        canvas.text([x, y + 4.0], Anchor::Middle, (class, SIZE), text, cell[0]);
    }
}

/// Two positions in a list and how far it is from the first to the second.
type Between = (usize, usize, f64);

/// Finds positions of a map on paper.
struct Lookup {
    /// Pixels of the positions of a function, or of the edges of cells, ascending.
    places: Vec<f64>,
    reversed: bool,
    smooth: bool,
}

impl Lookup {
    fn new(numbers: &[f64], ruler: &Ruler, smooth: bool) -> Self {
        let pixels = |numbers: &[f64]| numbers.iter().filter_map(|&x| ruler.place(x)).collect::<Vec<f64>>();
        let mut places = if smooth { pixels(numbers) } else { edges(&pixels(numbers), Scale::Linear) };
        let reversed = places.first() > places.last();
        if reversed {
            places.reverse();
        }
        // The one row or column of a map is all of it.
        if numbers.len() == 1 {
            places = if smooth { vec![f64::MIN / 4.0, f64::MAX / 4.0] } else { vec![f64::MIN, f64::MAX] };
        }
        Self { places, reversed, smooth }
    }

    fn find(&self, at: f64) -> Option<Between> {
        let after = self.places.partition_point(|place| *place <= at);
        if after == 0 || after >= self.places.len() {
            return None;
        }
        let last = self.places.len() - if self.smooth { 1 } else { 2 };
        let position = |i: usize| if self.reversed { last - i } else { i };
        if !self.smooth {
            return Some((position(after - 1), position(after - 1), 0.0));
        }
        let share = (at - self.places[after - 1]) / (self.places[after] - self.places[after - 1]);
        Some((position(after - 1), position(after).min(last), share))
    }
}

/// The number between four, in the plane of the scale.
fn between(map: &Map, (x0, x1, x): Between, (y0, y1, y): Between) -> f64 {
    let columns = map.x.len();
    if x0 == x1 && y0 == y1 {
        return map.z[y0 * columns + x0];
    }
    let log = map.axis.scale == Scale::Log;
    let z = |x: usize, y: usize| {
        let z = map.z[(y * columns + x).min(map.z.len() - 1)];
        if log { z.ln() } else { z }
    };
    let mix = |a: f64, b: f64, share: f64| if share == 0.0 { a } else { a * (1.0 - share) + b * share };
    let z = mix(mix(z(x0, y0), z(x1, y0), x), mix(z(x0, y1), z(x1, y1), x), y);
    if log { z.exp() } else { z }
}

/// The ruler of the bar that explains colors.
fn bar_ruler(map: &Map, [from, to]: [f64; 2]) -> Option<Ruler> {
    let extent = Extent::of(map.z.iter().copied(), map.axis.scale);
    if extent.low > extent.high {
        return None;
    }
    Some(Ruler::new(&axis(map, extent), Extent { below: false, ..extent }, [from, to], 0.0))
}

/// How much space the bar takes, with what stands beside it.
pub fn bar_width(map: &Map, height: f64) -> f64 {
    let labels = bar_ruler(map, [height, 0.0]).map(|ruler| ruler.ticks(34.0).ticks).unwrap_or_default();
    16.0 + BAR + 12.0 + labels.iter().map(|tick| font::width(&tick.label, SIZE)).fold(12.0, f64::max)
}

/// The power of ten that the labels of the bar leave out.
pub fn exponent(map: &Map, height: f64) -> i32 {
    bar_ruler(map, [height, 0.0]).map_or(0, |ruler| ruler.ticks(34.0).exponent)
}

/// Draws the bar that explains colors.
pub fn bar(canvas: &mut Canvas, map: &Map, [left, top]: Point, height: f64) {
    let Some(ruler) = bar_ruler(map, [top + height, top]) else { return };
    let [bottom, upper] = ruler.ends();
    let pixels: Vec<u8> = (0..SHADES as u8).rev().collect();
    let image = raster::image(map.colors, [1, SHADES], &pixels);
    let place = rectangle([left, upper], [BAR, bottom - upper]);
    canvas.element("image", &format!("{place} preserveAspectRatio=\"none\" href=\"{image}\""));
    if let Some(at) = ruler.above {
        let image = raster::image(map.colors, [1, 1], &[INFINITE]);
        let place = rectangle([left, at - 9.0], [BAR, 16.0]);
        canvas.element("image", &format!("{place} preserveAspectRatio=\"none\" href=\"{image}\""));
        canvas.text([left + BAR + 8.0, at + 4.0], Anchor::Start, ("m", SIZE), "∞", f64::INFINITY);
    }
    let mut data = String::new();
    for tick in ruler.ticks(34.0).ticks {
        data += &format!("M{} {}h4", tenths(left + BAR), tenths(tick.at));
        canvas.text([left + BAR + 8.0, tick.at + 4.0], Anchor::Start, ("m", SIZE), &tick.label, f64::INFINITY);
    }
    canvas.element("path", &format!("class=\"a\" d=\"{data}\""));
    let levels = map.levels.iter().filter_map(|&level| ruler.place(level)).filter(|y| *y >= upper && *y <= bottom);
    let data: String = levels.map(|y| format!("M{} {}h{}", tenths(left), tenths(y), tenths(BAR))).collect();
    if !data.is_empty() {
        canvas.element("path", &format!("d=\"{data}\" stroke=\"#fff\" stroke-opacity=\".55\" stroke-width=\".8\""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::model::Chart;

    /// The shades of a map in a frame of 40 × 40 pixels, at the middle of each quarter, in reading order.
    fn quarters(map: &Map, upside_down: bool) -> [u8; 4] {
        let chart = Chart { map: Some(map.clone()), ..Chart::default() };
        let ruler = |right: bool, ends: [f64; 2]| {
            let numbers = extent(map, &chart.x, right);
            Ruler::new(&chart.x, Extent::of(numbers.into_iter(), Scale::Linear), ends, 0.0)
        };
        let up = if upside_down { [0.0, 40.0] } else { [40.0, 0.0] };
        let frame = Frame { x: ruler(true, [0.0, 40.0]), y: ruler(false, up), from: [0.0, 0.0], to: [40.0, 40.0] };
        let mut canvas = Canvas::new("c");
        draw(&mut canvas, map, &frame);
        let (width, pixels) = raster::pixels(canvas.body.split('"').find(|part| part.starts_with("data:")).unwrap());
        let at = |x: usize, y: usize| pixels[y * width / 4 * width + x * width / 4];
        [at(1, 1), at(3, 1), at(1, 3), at(3, 3)]
    }

    #[test]
    fn cells_are_where_their_numbers_are() {
        let top = SHADES as u8 - 1;
        let map =
            Map { x: vec![0.0, 1.0], y: vec![0.0, 1.0], z: vec![0.0, 1.0, f64::NAN, f64::INFINITY], ..Map::default() };
        assert_eq!(quarters(&map, false), [NOTHING, INFINITE, 0, top], "y goes upward");
        assert_eq!(quarters(&map, true), [0, top, NOTHING, INFINITE]);
    }

    #[test]
    fn functions_are_interpolated() {
        let z = vec![0.0, 4.0, 4.0, 8.0];
        let map = Map { x: vec![0.0, 1.0], y: vec![0.0, 1.0], z, smooth: true, ..Map::default() };
        let expected = [4.0, 6.0, 2.0, 4.0].map(|z: f64| z / 8.0 * (SHADES - 1) as f64);
        for (found, expected) in quarters(&map, false).into_iter().zip(expected) {
            assert!((f64::from(found) - expected).abs() < 4.0, "{found} instead of {expected}");
        }
    }
}
