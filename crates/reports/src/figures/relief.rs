//! How a function of two variables becomes colors and contours that show its shape.

use super::model::{Axis, Map, Scale};
use super::scale::round_numbers;

/// Values that span so many times what the lowest tenth of them spans, or the lower half, are shown by their logarithms.
const SPREAD: [(f64, f64); 2] = [(0.1, 40.0), (0.5, 5.0)];

/// The share of a surface that is leveled where its logarithm falls off: a ravine that is narrower than a cell of the
/// drawing would be spikes.
const LEVELED: f64 = 0.02;

/// A logarithmic scale of colors spans at most this ratio.
const MOST: f64 = 1e8;

/// The share of values below a logarithmic scale: a grid that happens to hit a minimum must not stretch it.
const BELOW: f64 = 0.001;

/// A function over a grid, row by row from the lowest y, as a map with contours.
///
/// Colors and contours are logarithmic where values span decades.
/// Negative values have no logarithm: then what is shown is how far they are above `lowest`, the least value that is
/// known, or above the least of the grid; the label says so.
///
/// ```
/// use sgdlab_reports::figures::{Axis, Scale, relief};
/// let axis: Vec<f64> = (0..=40).map(|i| f64::from(i) / 10.0 - 2.0).collect();
/// let z = axis.iter().flat_map(|y| axis.iter().map(move |x| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)));
/// let valley = relief([&axis, &axis], z.collect(), Axis::new("f", ""), Some(0.0));
/// assert_eq!(valley.axis.scale, Scale::Log);
/// assert_eq!(valley.levels[valley.levels.len() - 3..], [300.0, 1000.0, 3000.0]);
/// ```
#[must_use]
pub fn relief([x, y]: [&[f64]; 2], z: Vec<f64>, axis: Axis, lowest: Option<f64>) -> Map {
    let mut sorted: Vec<f64> = z.iter().copied().filter(|z| z.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let map = Map { x: x.to_vec(), y: y.to_vec(), smooth: true, ..Map::default() };
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else { return Map { z, axis, ..map } };
    let base = if low >= 0.0 { 0.0 } else { lowest.filter(|lowest| *lowest <= low).unwrap_or(low) };
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize] - base;
    if low == high || SPREAD.iter().all(|&(share, most)| high - base <= most * at(share)) {
        let (levels, _) = round_numbers(low, high, 12.0);
        let inside = |level: &f64| *level > low && *level < high;
        return Map { z, axis, levels: levels.into_iter().filter(inside).collect(), ..map };
    }
    let most = high - base;
    let least = sorted.iter().map(|z| z - base).find(|above| *above > 0.0).unwrap_or(most);
    let least = least.max(at(BELOW)).max(most / MOST);
    let label = if base == 0.0 { axis.label.clone() } else { above(&axis.label, base) };
    let z = z.into_iter().map(|z| if z.is_finite() { (z - base).max(0.0) } else { z }).collect();
    let axis = Axis { label, scale: Scale::Log, range: Some([least, most]), ..axis };
    Map { z, axis, levels: decades(least, most), ..map }
}

impl Map {
    /// The same for a surface in space, whose logarithmic scale begins where all but 2 % of the numbers are above; those
    /// below are moved there.
    #[must_use]
    pub fn leveled(mut self) -> Self {
        let mut sorted: Vec<f64> = self.z.iter().copied().filter(|z| z.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        if let (Some([low, high]), false) = (self.axis.range, sorted.is_empty()) {
            let low = low.max(sorted[((sorted.len() - 1) as f64 * LEVELED).round() as usize].min(high / 10.0));
            self.axis.range = Some([low, high]);
            self.z.iter_mut().filter(|z| z.is_finite()).for_each(|z| *z = z.clamp(low, high));
        }
        self
    }
}

fn above(label: &str, base: f64) -> String {
    let number = super::scale::three(base.abs());
    if base < 0.0 { format!("{label} + {number}") } else { format!("{label} − {number}") }
}

/// Levels between two numbers that are about equally far apart as logarithms: at most a dozen.
fn decades(low: f64, high: f64) -> Vec<f64> {
    let span = (high / low).log10();
    let steps: &[f64] = match span {
        span if span > 6.0 => &[1.0],
        span if span > 2.5 => &[1.0, 3.0],
        _ => &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
    };
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    // Read as people write them, so that 3 · 10⁻² is 0.03.
    let level = |e: i32, m: f64| format!("{m}e{e}").parse::<f64>().unwrap_or(m * 10f64.powi(e));
    let levels = (first..=last).flat_map(|e| steps.iter().map(move |&m| level(e, m)));
    levels.filter(|level| *level > low && *level < high).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(f: impl Fn(f64, f64) -> f64, lowest: Option<f64>) -> Map {
        let axis: Vec<f64> = (-20..=20).map(|i| f64::from(i) / 10.0).collect();
        let z = axis.iter().flat_map(|&y| axis.iter().map(|&x| f(x, y)).collect::<Vec<_>>()).collect();
        relief([&axis, &axis], z, Axis::new("f", ""), lowest)
    }

    #[test]
    fn a_bowl_has_even_levels() {
        let map = of(|x, y| x * x + y * y, None);
        assert_eq!((map.axis.scale, map.axis.range), (Scale::Linear, None));
        assert_eq!(map.levels, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        // Near 1 nothing spans decades.
        assert_eq!(of(|x, y| 1.0 + 0.1 * (100.0 * x * x + y * y).tanh(), None).axis.scale, Scale::Linear);
    }

    #[test]
    fn a_ravine_is_seen_by_its_logarithm_even_below_zero() {
        let ravine = |x: f64, y: f64| 1000.0 * (y - x) * (y - x) + x * x;
        let map = of(ravine, None);
        assert_eq!(map.axis.scale, Scale::Log);
        assert!(map.levels.windows(2).all(|pair| pair[1] / pair[0] > 1.1 && pair[1] / pair[0] < 11.0));
        let below = of(|x, y| ravine(x, y) - 5.0, Some(-5.0));
        assert_eq!((below.axis.label.as_str(), below.axis.scale), ("f + 5", Scale::Log));
        assert!(below.z.iter().zip(&map.z).all(|(a, b)| (a - b).abs() < 1e-9));
        let [low, high] = map.axis.range.unwrap();
        let surface = map.clone().leveled();
        let [floor, _] = surface.axis.range.unwrap();
        assert!(surface.z.iter().all(|z| (floor..=high).contains(z)) && map.z.contains(&0.0) && floor > low);
    }

    #[test]
    fn nothing_is_asked_of_constants_and_of_what_is_not_finite() {
        assert_eq!(of(|_, _| 3.0, None).levels, [0.0; 0]);
        assert_eq!(of(|_, _| f64::NAN, None).levels, [0.0; 0]);
        let holes = of(|x, y| if x > 0.0 { f64::INFINITY } else { x * x + y * y }, None);
        assert!(holes.z.contains(&f64::INFINITY) && !holes.levels.is_empty());
        assert_eq!(of(|_, _| 0.0, Some(0.0)).levels, [0.0; 0]);
    }
}
