//! Surfaces in space, seen from afar: far things are not smaller.

use super::canvas::{Anchor, Canvas, Point, SIZE, path};
use super::chart::label;
use super::marks::{path_on, star};
use super::model::{Axis, Map, Mark, Surface};
use super::raster::color;
use super::scale::{Extent, Ruler};

/// At most so many cells along an axis are drawn.
const CELLS: usize = 50;

/// The box around a surface: its three axes from −1 to 1, and from where it is seen.
struct Space {
    rulers: [Ruler; 3],
    turn: [f64; 2],
    lift: [f64; 2],
    center: Point,
    scale: f64,
}

impl Space {
    fn new(surface: &Surface, [left, top]: Point, [width, height]: Point) -> Self {
        let ruler = |axis: &Axis, numbers: &[f64]| {
            let extent = Extent::of(numbers.iter().copied(), axis.scale);
            let axis = match axis.range {
                None if extent.low < extent.high => axis.clone().between(extent.low, extent.high),
                _ => axis.clone(),
            };
            Ruler::new(&axis, Extent { below: false, above: false, ..extent }, [-1.0, 1.0], 0.0)
        };
        let map = &surface.map;
        let rulers = [ruler(&surface.x, &map.x), ruler(&surface.y, &map.y), ruler(&map.axis, &map.z)];
        let angle = |degrees: f64| [degrees.to_radians().cos(), degrees.to_radians().sin()];
        let space =
            Self { rulers, turn: angle(surface.azimuth), lift: angle(surface.elevation), center: [0.0; 2], scale: 1.0 };
        space.fitted([left, top], [width, height])
    }

    /// The same with the box as large as there is space for it and for what stands beside it.
    fn fitted(self, [left, top]: Point, [width, height]: Point) -> Self {
        const SIDES: f64 = 70.0;
        const ABOVE: f64 = 26.0;
        const BELOW: f64 = 42.0;
        let corner = |i: u32| [i & 1, i >> 1 & 1, i >> 2].map(|bit| 2.0 * f64::from(bit) - 1.0);
        let corners: Vec<Point> = (0..8).map(|i| self.project(corner(i)).0).collect();
        let ends = |axis: usize| {
            let places = corners.iter().map(|corner| corner[axis]);
            places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
        };
        let ((x0, x1), (y0, y1)) = (ends(0), ends(1));
        let scale = ((width - 2.0 * SIDES) / (x1 - x0)).min((height - ABOVE - BELOW) / (y1 - y0));
        let center = [
            left + width / 2.0 - scale * f64::midpoint(x0, x1),
            top + ABOVE + (height - ABOVE - BELOW) / 2.0 - scale * f64::midpoint(y0, y1),
        ];
        Self { center, scale, ..self }
    }

    /// A point of the box on paper, and how near it is.
    fn project(&self, [x, y, z]: [f64; 3]) -> (Point, f64) {
        let ([cos, sin], [flat, up]) = (self.turn, self.lift);
        let (across, away) = (-sin * x + cos * y, cos * x + sin * y);
        let z = 0.75 * z;
        let (rise, near) = (flat * z - up * away, flat * away + up * z);
        ([self.center[0] + self.scale * across, self.center[1] - self.scale * rise], near)
    }

    fn place(&self, x: f64, y: f64, z: f64) -> Option<(Point, f64)> {
        Some(self.project([self.rulers[0].place(x)?, self.rulers[1].place(y)?, self.rulers[2].place(z)?]))
    }
}

/// Draws a surface.
pub fn draw(canvas: &mut Canvas, surface: &Surface, at: Point, size: Point) {
    let map = &surface.map;
    if map.x.len() < 2 || map.y.len() < 2 || map.z.len() != map.x.len() * map.y.len() {
        let middle = [at[0] + size[0] / 2.0, at[1] + size[1] / 2.0];
        canvas.text(middle, Anchor::Middle, ("m", SIZE), "nothing was measured", size[0]);
        return;
    }
    let space = Space::new(surface, at, size);
    axes(canvas, surface, &space, at, size);
    cells(canvas, map, &space);
    for series in &surface.series {
        canvas.open_series(series.style, &series.name);
        for mark in &series.marks {
            if let Mark::Path { x, y } = mark {
                let points = x.iter().zip(y).map_while(|(&x, &y)| Some(space.place(x, y, height(map, x, y)?)?.0));
                path_on(canvas, &points.collect::<Vec<_>>(), series.style);
            }
        }
        canvas.close();
    }
    for spot in &surface.spots {
        if let Some((at, _)) = height(map, spot.x, spot.y).and_then(|z| space.place(spot.x, spot.y, z)) {
            canvas.element("path", &format!("class=\"e\" d=\"{}\"", star(at, 8.0)));
        }
    }
}

/// The height of the surface between its grid points; `None` outside of it.
fn height(map: &Map, x: f64, y: f64) -> Option<f64> {
    let between = |numbers: &[f64], x: f64| {
        let last = numbers.len() - 1;
        let inside = x >= numbers[0] && x <= numbers[last];
        let i = numbers.partition_point(|other| *other <= x).clamp(1, last) - 1;
        inside.then(|| (i, (x - numbers[i]) / (numbers[i + 1] - numbers[i])))
    };
    let ((i, x), (j, y)) = (between(&map.x, x)?, between(&map.y, y)?);
    let z = |i: usize, j: usize| map.z[j * map.x.len() + i];
    let (low, high) = (z(i, j) * (1.0 - x) + z(i + 1, j) * x, z(i, j + 1) * (1.0 - x) + z(i + 1, j + 1) * x);
    Some(low * (1.0 - y) + high * y)
}

/// At most [`CELLS`] + 1 of so many positions, both ends among them.
fn chosen(n: usize) -> Vec<usize> {
    let cells = CELLS.min(n - 1);
    (0..=cells).map(|i| i * (n - 1) / cells).collect()
}

/// The cells from the farthest to the nearest; what is nearer covers what is behind it.
fn cells(canvas: &mut Canvas, map: &Map, space: &Space) {
    let (columns, rows) = (chosen(map.x.len()), chosen(map.y.len()));
    let mut cells: Vec<(f64, String, [Point; 4])> = Vec::new();
    for pair in rows.windows(2) {
        for next in columns.windows(2) {
            let corners = [(next[0], pair[0]), (next[1], pair[0]), (next[1], pair[1]), (next[0], pair[1])];
            let z = corners.map(|(i, j)| map.z[j * map.x.len() + i]);
            let points = [0, 1, 2, 3].map(|c| space.place(map.x[corners[c].0], map.y[corners[c].1], z[c]));
            let [Some(a), Some(b), Some(c), Some(d)] = points else { continue };
            if z.iter().all(|z| z.is_finite()) {
                let heights = z.map(|z| space.rulers[2].place(z).unwrap_or(-1.0));
                let share = (heights.iter().sum::<f64>() / 4.0 + 1.0) / 2.0;
                // Light comes from the left: what rises to the right is brighter.
                let slope = (heights[1] + heights[2] - heights[0] - heights[3]) * map.x.len().min(CELLS) as f64 / 8.0;
                let light = 0.98 + 0.14 * (slope / (1.0 + slope.abs()));
                let shade = (share.clamp(0.0, 1.0) * 40.0).round() / 40.0;
                let light = (light * 25.0).round() / 25.0;
                // Equal cells are drawn at once only if they follow each other.
                let near = a.1 + b.1 + c.1 + d.1;
                cells.push((near, color(map.colors, shade, light), [a.0, b.0, c.0, d.0]));
            }
        }
    }
    cells.sort_by(|a, b| a.0.total_cmp(&b.0));
    canvas.open("stroke-width=\".7\" stroke-linejoin=\"round\"");
    for same in cells.chunk_by(|a, b| a.1 == b.1) {
        let data: String = same.iter().map(|(_, _, points)| path(points) + "z").collect();
        let color = &same[0].1;
        canvas.element("path", &format!("fill=\"{color}\" stroke=\"{color}\" d=\"{data}\""));
    }
    canvas.close();
}

/// A point of an edge of the box.
type Edge = Box<dyn Fn(f64) -> [f64; 3]>;

/// The floor and the three axes, each along the edge of the box where it covers nothing.
fn axes(canvas: &mut Canvas, surface: &Surface, space: &Space, at: Point, size: Point) {
    let project = |corner: [f64; 3]| space.project(corner).0;
    let floor = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]].map(|[x, y]| project([x, y, -1.0]));
    canvas.element("path", &format!("class=\"a\" fill=\"none\" d=\"{}z\"", path(&floor)));
    // The near sides of the floor.
    let near = |side: [f64; 2]| space.project([side[0], side[1], -1.0]).1;
    let x_side = if near([0.0, -1.0]) > near([0.0, 1.0]) { -1.0 } else { 1.0 };
    let y_side = if near([-1.0, 0.0]) > near([1.0, 0.0]) { -1.0 } else { 1.0 };
    // The upright axis stands where the floor reaches farthest to the left.
    let corners = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
    let leftmost = |a: &[f64; 2], b: &[f64; 2]| project([a[0], a[1], 0.0])[0].total_cmp(&project([b[0], b[1], 0.0])[0]);
    let upright = corners.into_iter().min_by(leftmost).unwrap_or([-1.0, -1.0]);
    let along: [(usize, &Axis, Edge); 3] = [
        (0, &surface.x, Box::new(move |x| [x, x_side, -1.0])),
        (1, &surface.y, Box::new(move |y| [y_side, y, -1.0])),
        (2, &surface.map.axis, Box::new(move |z| [upright[0], upright[1], z])),
    ];
    for (which, axis, edge) in along {
        let ends = [project(edge(-1.0)), project(edge(1.0))];
        canvas.line(&ends, "class=\"a\" fill=\"none\"");
        let middle = project(edge(0.0));
        let out = if which == 2 { [-1.0, 0.0] } else { [(middle[0] - space.center[0]).signum() * 0.75, 0.66] };
        let anchor = if out[0] < 0.0 { Anchor::End } else { Anchor::Start };
        // Rulers of the box are two long; ticks are so far apart that their labels fit.
        let length = (ends[0][0] - ends[1][0]).hypot(ends[0][1] - ends[1][1]).max(1.0);
        let apart = if which == 2 { 36.0 } else { 52.0 };
        let ticks = space.rulers[which].ticks(2.0 * apart / length);
        for tick in ticks.ticks.iter().filter(|tick| !tick.label.is_empty() && tick.at.abs() < 1.001) {
            let from = project(edge(tick.at));
            let to = [from[0] + 5.0 * out[0], from[1] + 5.0 * out[1]];
            canvas.line(&[from, to], "class=\"a\"");
            let text = [from[0] + 9.0 * out[0], from[1] + 9.0 * out[1] + 4.0];
            canvas.text_where_free(text, anchor, &tick.label, 0.2 * size[0]);
        }
        let text = label(axis, ticks.exponent);
        let (place, anchor) = match which {
            2 => ([ends[1][0], ends[1][1] - 14.0], Anchor::Middle),
            _ => ([middle[0] + 44.0 * out[0], middle[1] + 44.0 * out[1] + 4.0], anchor),
        };
        let room = match anchor {
            Anchor::Start => at[0] + size[0] - place[0],
            Anchor::Middle => 2.0 * (place[0] - at[0]).min(at[0] + size[0] - place[0]),
            Anchor::End => place[0] - at[0],
        };
        canvas.text_where_free(place, anchor, &text, room.min(0.4 * size[0]));
    }
}
