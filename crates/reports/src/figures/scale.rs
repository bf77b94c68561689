//! From numbers to lengths, and the ticks of axes.

use super::model::{Axis, Scale};

/// The width of a lane for numbers that are beyond an axis, in pixels.
pub const LANE: f64 = 26.0;

/// Logarithmic axes with numbers from here to there have no powers of ten.
const PLAIN: std::ops::Range<f64> = 9.9e-4..9.9e5;

/// An axis on paper.
#[derive(Clone, Debug)]
pub struct Ruler {
    log: bool,
    /// How many names it has in the place of numbers.
    names: usize,
    /// Both ends: numbers, or their logarithms.
    low: f64,
    high: f64,
    /// Where these are, in pixels.
    from: f64,
    to: f64,
    /// The lane of numbers below: not positive ones where it is logarithmic, −∞ otherwise.
    pub below: Option<f64>,
    /// The lane of +∞.
    pub above: Option<f64>,
    /// What stands beside the lane below.
    pub lowest: &'static str,
}

/// A tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where it is, in pixels.
    pub at: f64,
    /// What stands there; empty for a small one.
    pub label: String,
}

/// The ticks of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    /// From the beginning to the end.
    pub ticks: Vec<Tick>,
    /// Labels are to be multiplied by this power of ten.
    pub exponent: i32,
}

/// What an axis has to show.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The least and the greatest number that it can show.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Whether there are numbers below all of them.
    pub below: bool,
    /// Whether these are zeros and nothing else.
    pub zeros: bool,
    /// Whether +∞ is there.
    pub above: bool,
}

impl Extent {
    /// The extent of numbers on a scale.
    pub fn of(numbers: impl Iterator<Item = f64>, scale: Scale) -> Self {
        let mut extent = Self { low: f64::INFINITY, high: f64::NEG_INFINITY, below: false, zeros: true, above: false };
        for x in numbers.filter(|x| !x.is_nan()) {
            match x {
                f64::INFINITY => extent.above = true,
                f64::NEG_INFINITY => (extent.below, extent.zeros) = (true, false),
                x if scale == Scale::Log && x <= 0.0 => {
                    extent.below = true;
                    extent.zeros &= x == 0.0;
                }
                x => (extent.low, extent.high) = (extent.low.min(x), extent.high.max(x)),
            }
        }
        extent
    }
}

impl Ruler {
    /// An axis for an extent from one pixel to another, with this share of its length free at each end.
    pub fn new(axis: &Axis, extent: Extent, [from, to]: [f64; 2], margin: f64) -> Self {
        let log = axis.scale == Scale::Log && axis.names.is_empty();
        let sign = (to - from).signum();
        let [below, above] = [extent.below, extent.above].map(|lane| if lane { LANE * sign } else { 0.0 });
        let (low, high) =
            match axis.range {
                _ if !axis.names.is_empty() => (-0.5, axis.names.len() as f64 - 0.5),
                Some([low, high]) if high > low && low.is_finite() && high.is_finite() && !(log && low <= 0.0) => {
                    if log { (low.log10(), high.log10()) } else { (low, high) }
                }
                _ => ends(extent, log, margin),
            };
        Self {
            log,
            names: axis.names.len(),
            low,
            high,
            from: from + below,
            to: to - above,
            below: extent.below.then_some(from + below / 2.0),
            above: extent.above.then_some(to - above / 2.0),
            lowest: if !log {
                "−∞"
            } else if extent.zeros {
                "0"
            } else {
                "≤ 0"
            },
        }
    }

    /// Where a number is, in pixels; `None` for NaN.
    pub fn place(&self, x: f64) -> Option<f64> {
        match x {
            x if x.is_nan() => None,
            f64::INFINITY => Some(self.above.unwrap_or(self.to)),
            x if x == f64::NEG_INFINITY || (self.log && x <= 0.0) => Some(self.below.unwrap_or(self.from)),
            x => Some(self.length(if self.log { x.log10() } else { x })),
        }
    }

    /// Whether a number has a place on the axis itself, and not in a lane.
    pub fn shows(&self, x: f64) -> bool {
        x.is_finite() && !(self.log && x <= 0.0)
    }

    /// The number at a pixel.
    pub fn number(&self, at: f64) -> f64 {
        let share = (at - self.from) / (self.to - self.from);
        let x = self.low * (1.0 - share) + self.high * share;
        if self.log { 10f64.powf(x) } else { x }
    }

    /// Whether equal ratios are equally long.
    pub fn is_log(&self) -> bool {
        self.log
    }

    /// The pixels of both ends, without lanes.
    pub fn ends(&self) -> [f64; 2] {
        [self.from, self.to]
    }

    fn length(&self, x: f64) -> f64 {
        // Halves, because the difference of the greatest numbers is none.
        let share = (x / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        // What is far outside is not seen, and must not make long numbers.
        self.from + share.clamp(-4.0, 5.0) * (self.to - self.from)
    }

    /// Ticks at least so many pixels apart, where labels have so many pixels each.
    pub fn ticks(&self, apart: f64) -> Ticks {
        let most = ((self.to - self.from).abs() / apart).clamp(1.0, 12.0);
        if self.names > 0 {
            return Ticks { ticks: Vec::new(), exponent: 0 };
        }
        if self.log { self.log_ticks(most, apart) } else { self.linear_ticks(most) }
    }

    fn linear_ticks(&self, most: f64) -> Ticks {
        let (numbers, power) = round_numbers(self.low, self.high, most);
        let largest = self.low.abs().max(self.high.abs());
        let size = if largest > 0.0 { largest.log10().floor() as i32 } else { 0 };
        // 10 000 and 0.002 are read at a glance, longer ones are not.
        let exponent = if (-3..5).contains(&size) { 0 } else { size.div_euclid(3) * 3 };
        let decimals = (exponent - power).clamp(0, 17) as usize;
        let tick = |number: f64| Tick { at: self.length(number), label: plain(scaled(number, -exponent), decimals) };
        Ticks { ticks: numbers.into_iter().map(tick).collect(), exponent }
    }

    fn log_ticks(&self, most: f64, apart: f64) -> Ticks {
        let (first, last) = ((self.low - 1e-9).ceil() as i32, (self.high + 1e-9).floor() as i32);
        let decades = last - first + 1;
        let decade = (self.to - self.from).abs() / (self.high - self.low);
        if decades >= 1 && decade * 2f64.log10() < 0.9 * apart {
            return self.decades(first, last, most);
        }
        // There is space for 1, 2 and 5 times powers of ten, or for round numbers.
        let candidates = (first - 1..=last + 1).flat_map(|e| [1.0, 2.0, 5.0].map(|m| (scaled(m, e), m, e)));
        let inside = |x: f64| (self.low - 1e-9..=self.high + 1e-9).contains(&x.log10());
        let chosen: Vec<_> = candidates.filter(|(x, ..)| inside(*x)).collect();
        if chosen.len() >= 3 {
            let powers = chosen.iter().any(|(x, ..)| !PLAIN.contains(x));
            // 10⁴, 10⁵ are read at a glance, 2×10⁴, 5×10⁴ are not.
            let tens = chosen.iter().filter(|(_, m, _)| *m == 1.0).count();
            if powers && tens > 1 {
                return self.decades(first, last, most);
            }
            let label = |x: f64, m: f64, e: i32| if powers { scientific(m, e) } else { plain(x, (-e).max(0) as usize) };
            let tick = |&(x, m, e): &(f64, f64, i32)| Tick { at: self.length(x.log10()), label: label(x, m, e) };
            let ticks = chosen.iter().map(tick).chain(self.small(first, last)).collect();
            return Ticks { ticks, exponent: 0 };
        }
        let (low, high) = (10f64.powf(self.low), 10f64.powf(self.high));
        let linear = Self { low, high, log: false, ..self.clone() };
        let Ticks { ticks, exponent } = linear.linear_ticks(most);
        let moved = |tick: Tick| {
            let x = linear.number(tick.at);
            Tick { at: self.length(x.log10()), ..tick }
        };
        Ticks { ticks: ticks.into_iter().map(moved).collect(), exponent }
    }

    /// Powers of ten with small ticks between them.
    fn decades(&self, first: i32, last: i32, most: f64) -> Ticks {
        let stride = [1, 2, 3, 5, 10, 20, 50, 100, 200].into_iter().find(|s| f64::from((last - first) / s + 1) <= most);
        let stride = stride.unwrap_or(500);
        let powers = !PLAIN.contains(&scaled(1.0, first)) || !PLAIN.contains(&scaled(1.0, last));
        let mut ticks = Vec::new();
        for e in first..=last {
            if e % stride == 0 {
                let label = if powers { scientific(1.0, e) } else { plain(scaled(1.0, e), (-e).max(0) as usize) };
                ticks.push(Tick { at: self.length(f64::from(e)), label });
            }
        }
        if stride == 1 && last - first <= 8 {
            ticks.extend(self.small(first, last));
        }
        Ticks { ticks, exponent: 0 }
    }

    /// The small ticks between powers of ten.
    fn small(&self, first: i32, last: i32) -> impl Iterator<Item = Tick> {
        let between = |e: i32| (2..10).map(move |m| f64::from(e) + f64::from(m).log10());
        let seen = (first - 1..=last).flat_map(between).filter(|x| (self.low..=self.high).contains(x));
        seen.map(|x| Tick { at: self.length(x), label: String::new() })
    }
}

/// Ends of an axis with the extent inside.
fn ends(extent: Extent, log: bool, margin: f64) -> (f64, f64) {
    let Extent { low, high, .. } = extent;
    if low > high {
        // Without numbers: 0 to 1, or 1 to 10.
        return (0.0, 1.0);
    }
    if log {
        let (low, high) = (low.log10(), high.log10());
        return if high - low > 1e-9 { widened(low, high, margin) } else { (low - 0.5, high + 0.5) };
    }
    if high / 2.0 - low / 2.0 <= 1e-12 * low.abs().max(high.abs()) {
        let half = if low == 0.0 { 1.0 } else { low.abs() / 2.0 };
        return ((low - half).max(f64::MIN), (high + half).min(f64::MAX));
    }
    let (wide_low, wide_high) = widened(low, high, margin);
    // Zero belongs to what is measured from there, if that costs little.
    match (low >= 0.0 && low <= 0.3 * high, high <= 0.0 && high >= 0.3 * low) {
        (true, _) => (0.0, wide_high),
        (_, true) => (wide_low, 0.0),
        _ => (wide_low, wide_high),
    }
}

fn widened(low: f64, high: f64, margin: f64) -> (f64, f64) {
    let free = margin * 2.0 * (high / 2.0 - low / 2.0);
    ((low - free).max(f64::MIN), (high + free).min(f64::MAX))
}

/// x · 10 ^ exponent, as exact as a double is.
fn scaled(x: f64, exponent: i32) -> f64 {
    format!("{x:e}").split_once('e').map_or(x, |(digits, own)| {
        let own: i32 = own.parse().unwrap_or(0);
        format!("{digits}e{}", own + exponent).parse().unwrap_or(x)
    })
}

/// At most so many multiples of 1, 2 or 5 times a power of ten from one number to another, and that power.
pub fn round_numbers(low: f64, high: f64, most: f64) -> (Vec<f64>, i32) {
    let half = high / 2.0 - low / 2.0;
    let least = half / most * 2.0;
    if !(least > 0.0 && least.is_finite()) {
        return (vec![low], 0);
    }
    let power = least.log10().floor() as i32;
    let steps = [(1.0, power), (2.0, power), (5.0, power), (1.0, power + 1), (2.0, power + 1)];
    let step = steps.into_iter().find(|&(m, e)| scaled(m, e) >= least * (1.0 - 1e-9)).unwrap_or(steps[4]);
    let width = scaled(step.0, step.1);
    let (first, last) = ((low / width - 1e-6).ceil(), (high / width + 1e-6).floor());
    if last - first >= 100.0 || first.abs().max(last.abs()) > 1e15 {
        return (vec![low, high], power);
    }
    let count = (last - first) as i64;
    // Multiples as decimal numbers, so that 3 · 0.1 is 0.3.
    ((0..=count).map(|i| scaled((first + i as f64) * step.0, step.1)).collect(), step.1)
}

/// A number with so many decimals, a true minus, and digits in groups of three from five digits on.
pub fn plain(x: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", x.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let zero = text.bytes().all(|b| b == b'0' || b == b'.');
    let sign = if x < 0.0 && !zero { "−" } else { "" };
    if whole.len() < 5 {
        return format!("{sign}{text}");
    }
    let groups: Vec<&str> = whole.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap_or("")).collect();
    format!("{sign}{}{rest}", groups.join("\u{202f}"))
}

/// m × 10ⁿ.
pub fn scientific(m: f64, exponent: i32) -> String {
    match exponent {
        0 | 1 => plain(scaled(m, exponent), 0),
        n if m == 1.0 => power(n),
        n => format!("{m}×{}", power(n)),
    }
}

/// 10ⁿ; 1 and 10 are written out.
pub fn power(exponent: i32) -> String {
    let digit = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        c => char::from_u32('⁰' as u32 + c as u32 - '0' as u32).unwrap_or(c),
    };
    match exponent {
        0 => "1".to_owned(),
        1 => "10".to_owned(),
        n => format!("10{}", n.to_string().chars().map(digit).collect::<String>()),
    }
}

/// A number as people write it, with three digits.
pub fn three(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    if !x.is_finite() {
        let sign = if x < 0.0 { "−" } else { "" };
        return if x.is_nan() { "–".to_owned() } else { format!("{sign}∞") };
    }
    // Rounded before its size is known: 999.6 is 1000.
    let rounded: f64 = format!("{x:.2e}").parse().unwrap_or(x);
    let size = rounded.abs().log10().floor() as i32;
    let short = |text: String| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    if (-5..6).contains(&size) {
        return short(plain(x, (2 - size).max(0) as usize));
    }
    let mantissa = short(plain(scaled(rounded, -size), 2));
    match &*mantissa {
        "1" => power(size),
        "−1" => format!("−{}", power(size)),
        mantissa => format!("{mantissa}×{}", power(size)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The labels of an axis of 400 pixels.
    #[track_caller]
    fn check(axis: &Axis, numbers: &[f64], expected: &str) {
        let extent = Extent::of(numbers.iter().copied(), axis.scale);
        let ticks = Ruler::new(axis, extent, [0.0, 400.0], 0.0).ticks(60.0);
        let labels: Vec<String> =
            ticks.ticks.into_iter().map(|tick| tick.label).filter(|label| !label.is_empty()).collect();
        let factor = if ticks.exponent == 0 { String::new() } else { format!(" · {}", power(ticks.exponent)) };
        assert_eq!(labels.join(" ") + &factor, expected);
    }

    #[test]
    fn linear_axes_have_round_numbers() {
        let axis = Axis::new("", "");
        check(&axis, &[0.0, 1.0], "0.0 0.2 0.4 0.6 0.8 1.0");
        check(&axis, &[-0.31, 0.32], "−0.3 −0.2 −0.1 0.0 0.1 0.2 0.3");
        check(&axis, &[0.0, 30_000.0], "0 5000 10\u{202f}000 15\u{202f}000 20\u{202f}000 25\u{202f}000 30\u{202f}000");
        check(&axis, &[0.0, 5e6], "0 1 2 3 4 5 · 10⁶");
        check(&axis, &[0.0, 4e-7], "0 100 200 300 400 · 10⁻⁹");
        check(&axis, &[7.0, 7.0], "4 6 8 10");
        check(&axis, &[], "0.0 0.2 0.4 0.6 0.8 1.0");
        check(&axis, &[1.0 + 1e-16, 1.0], "0.6 0.8 1.0 1.2 1.4");
    }

    #[test]
    fn logarithmic_axes_have_powers_of_ten_or_what_lies_between() {
        let axis = Axis::new("", "").log();
        check(&axis, &[0.01, 1000.0], "0.01 0.1 1 10 100 1000");
        check(&axis, &[1e-7, 1.0], "10⁻⁶ 10⁻⁴ 10⁻² 1");
        check(&axis, &[1.0, 40.0], "1 2 5 10 20");
        check(&axis, &[0.03, 0.04], "0.030 0.032 0.034 0.036 0.038 0.040");
        check(&axis, &[1e-300, 1e300], "10⁻²⁰⁰ 1 10²⁰⁰");
        check(&axis, &[0.0, -1.0], "1 2 5 10");
    }

    #[test]
    fn what_is_beyond_an_axis_has_a_lane() {
        let axis = Axis::new("", "").log();
        let extent = Extent::of([1.0, 0.0, f64::INFINITY, 100.0].into_iter(), Scale::Log);
        let ruler = Ruler::new(&axis, extent, [0.0, 400.0], 0.0);
        let places = [0.0, 1.0, 10.0, 100.0, f64::INFINITY].map(|x| ruler.place(x).unwrap());
        assert_eq!(places, [13.0, 26.0, 200.0, 374.0, 387.0]);
        assert_eq!(ruler.place(f64::NAN), None);
        assert!((ruler.number(200.0) - 10.0).abs() < 1e-12);
    }

    #[test]
    fn numbers_are_written_for_people() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (0.032, "0.032"),
            (1e-4, "0.0001"),
            (999.6, "1000"),
            (12_345.6, "12\u{202f}346"),
            (1e-9, "10⁻⁹"),
            (-2.5e8, "−2.5×10⁸"),
            (f64::INFINITY, "∞"),
            (-0.5, "−0.5"),
            (2.713, "2.71"),
        ];
        for (x, expected) in cases {
            assert_eq!(three(x), expected);
        }
        assert_eq!(plain(-0.001, 2), "0.00");
    }
}
