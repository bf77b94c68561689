//! A line search for the strong Wolfe conditions.
//!
//! Reference: Nocedal and Wright (2006), Numerical optimization, algorithms 3.5 and 3.6 with the cubic interpolation of
//! (3.59); the safeguards are those that torch documents by its behavior.

use sgdlab_core::Real;

use crate::asking::Ask;
use crate::sums::dot;

/// The share of the promised decrease that is sufficient.
const DECREASE: f64 = 1e-4;
/// The share of the first slope that is flat enough.
const FLAT: f64 = 0.9;
/// A bracket of which no coordinate is longer than this is not searched further.
const NARROW: f64 = 1e-9;
/// The share of a bracket that points keep from its ends when the ends do not come closer.
const MARGIN: f64 = 0.1;

/// Room for a search; the gradient where it begins, and afterwards that where it ends, is `gradients[0]`.
pub(crate) struct Buffers<R> {
    pub(crate) gradients: [Vec<R>; 3],
    trial: Vec<R>,
}

impl<R: Real> Buffers<R> {
    pub(crate) fn new(size: usize) -> Self {
        Self { gradients: std::array::from_fn(|_| vec![R::ZERO; size]), trial: vec![R::ZERO; size] }
    }
}

/// The line x + t d.
pub(crate) struct Line<'a, R> {
    pub(crate) at: &'a [R],
    pub(crate) d: &'a [R],
    pub(crate) buffers: &'a mut Buffers<R>,
    pub(crate) local: &'a mut dyn Ask<R>,
    /// Points that are tried after the first one.
    pub(crate) most: u64,
}

/// Where a search has ended, and after how many gradients.
pub(crate) struct Found {
    pub(crate) t: f64,
    pub(crate) value: f64,
    pub(crate) asked: u64,
}

/// A point on the line, and where its gradient is.
#[derive(Clone, Copy)]
struct Point {
    t: f64,
    value: f64,
    slope: f64,
    slot: usize,
}

/// What the points ahead have shown.
struct Bracket {
    ends: [Point; 2],
    /// Whether the first end satisfies the conditions.
    done: bool,
    asked: u64,
}

impl<R: Real> Line<'_, R> {
    /// Goes from t = 0, with this value and slope, to a point with a sufficient decrease and a flat slope, trying `t`
    /// first; to the best end of what is left where it does not find one.
    pub(crate) fn search(&mut self, (value, slope): (f64, f64), t: f64) -> Found {
        let start = Point { t: 0.0, value, slope, slot: 0 };
        let bracket = self.bracket(start, t);
        let (end, asked) = if bracket.done { (bracket.ends[0], bracket.asked) } else { self.zoom(start, bracket) };
        self.buffers.gradients.swap(0, end.slot);
        Found { t: end.t, value: end.value, asked }
    }

    fn point(&mut self, t: f64, slot: usize) -> Point {
        let Buffers { gradients, trial } = &mut *self.buffers;
        let length = R::of(t);
        for (trial, (x, d)) in trial.iter_mut().zip(self.at.iter().zip(self.d)) {
            *trial = *x + length * *d;
        }
        let value = self.local.gradient(trial, &mut gradients[slot]).to_f64();
        Point { t, value, slope: dot(&gradients[slot], self.d).to_f64(), slot }
    }

    /// Goes ahead until a point is good, or there is a good one before it.
    fn bracket(&mut self, start: Point, t: f64) -> Bracket {
        let (mut before, mut point) = (start, self.point(t, 1));
        for steps in 0..self.most {
            let asked = steps + 1;
            if is_too_high(start, point) || (steps > 1 && point.value >= before.value) {
                return Bracket { ends: [before, point], done: false, asked };
            }
            if is_flat(start, point) {
                return Bracket { ends: [point; 2], done: true, asked };
            }
            if point.slope >= 0.0 {
                return Bracket { ends: [before, point], done: false, asked };
            }
            let bounds = [point.t + 0.01 * (point.t - before.t), 10.0 * point.t];
            let t = interpolate(before, point, bounds);
            // The first gradient is kept, the one before the last point is not needed any more.
            (before, point) = (point, self.point(t, 3 - point.slot));
        }
        Bracket { ends: [start, point], done: false, asked: self.most + 1 }
    }

    /// Narrows a bracket until one end is good; returns the better end and the number of gradients so far.
    fn zoom(&mut self, start: Point, bracket: Bracket) -> (Point, u64) {
        let Bracket { mut ends, mut asked, .. } = bracket;
        let reach = self.d.iter().fold(R::ZERO, |largest, d| largest.max(d.abs())).to_f64();
        let mut stuck = false;
        let mut low = lower(ends);
        while asked <= self.most && (ends[1].t - ends[0].t).abs() * reach >= NARROW {
            let [left, right] = if ends[0].t <= ends[1].t { [ends[0].t, ends[1].t] } else { [ends[1].t, ends[0].t] };
            let mut t = interpolate(ends[0], ends[1], [left, right]);
            let margin = MARGIN * (right - left);
            let close = Real::min(right - t, t - left) < margin;
            if close && (stuck || t >= right || t <= left) {
                t = if (t - right).abs() < (t - left).abs() { right - margin } else { left + margin };
                stuck = false;
            } else {
                stuck = close;
            }
            let slot = (0..3).find(|slot| ends.iter().all(|end| end.slot != *slot)).expect("two ends use two slots");
            let point = self.point(t, slot);
            asked += 1;
            if is_too_high(start, point) || point.value >= ends[low].value {
                ends[1 - low] = point;
                low = lower(ends);
                continue;
            }
            if is_flat(start, point) {
                return (point, asked);
            }
            if point.slope * (ends[1 - low].t - ends[low].t) >= 0.0 {
                ends[1 - low] = ends[low];
            }
            ends[low] = point;
        }
        (ends[low], asked)
    }
}

fn is_too_high(start: Point, point: Point) -> bool {
    point.value > start.value + DECREASE * point.t * start.slope
}

fn is_flat(start: Point, point: Point) -> bool {
    point.slope.abs() <= -FLAT * start.slope
}

/// Which end is the lower one; the second where one is NaN.
fn lower(ends: [Point; 2]) -> usize {
    usize::from(ends[0].value.partial_cmp(&ends[1].value).is_none_or(std::cmp::Ordering::is_gt))
}

/// The minimum of the cubic polynomial with the values and slopes of two points, within bounds; their middle if the
/// polynomial has no minimum.
fn interpolate(a: Point, b: Point, [least, most]: [f64; 2]) -> f64 {
    let d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.t - b.t);
    let square = d1 * d1 - a.slope * b.slope;
    if square < 0.0 || square.is_nan() {
        return 0.5 * (least + most);
    }
    let d2 = square.sqrt();
    let (left, right) = if a.t <= b.t { (a, b) } else { (b, a) };
    let t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2.0 * d2));
    Real::min(Real::max(t, least), most)
}
