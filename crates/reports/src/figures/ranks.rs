//! Critical-difference diagrams.
//!
//! Source: Demšar (2006), Statistical comparisons of classifiers over multiple data sets.

use super::canvas::{Anchor, Canvas, Point, SIZE, tenths};
use super::font;
use super::model::Ranks;

/// The height of the scale with the critical difference above it.
const HEAD: f64 = 58.0;

/// The distance of names.
const ROW: f64 = 20.0;

/// The distance of bars that join what cannot be told apart.
const BAR: f64 = 8.0;

/// Names with finite mean ranks, best first.
fn sorted(ranks: &Ranks) -> Vec<(&str, f64)> {
    let named = ranks.names.iter().zip(&ranks.ranks).map(|(name, &rank)| (name.as_str(), rank));
    let mut sorted: Vec<_> = named.filter(|(_, rank)| rank.is_finite()).collect();
    sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
    sorted
}

/// The longest stretches of ascending ranks that differ by at most the critical difference, by first and last.
pub fn cliques(ranks: &[f64], critical_difference: f64) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for first in 0..ranks.len() {
        let last =
            first + ranks[first..].iter().take_while(|rank| **rank - ranks[first] <= critical_difference).count();
        let last = last.saturating_sub(1);
        if last > first && found.last().is_none_or(|&(_, end)| last > end) {
            found.push((first, last));
        }
    }
    found
}

/// The height of a diagram.
pub fn height(ranks: &Ranks) -> f64 {
    let sorted = sorted(ranks);
    let values: Vec<f64> = sorted.iter().map(|(_, rank)| *rank).collect();
    let bars = cliques(&values, ranks.critical_difference).len() as f64;
    HEAD + 14.0 + bars * BAR + sorted.len().div_ceil(2).max(1) as f64 * ROW + 8.0
}

/// Draws a diagram; the best ranks are on the left.
pub fn draw(canvas: &mut Canvas, ranks: &Ranks, [left, top]: Point, width: f64) {
    let sorted = sorted(ranks);
    if sorted.is_empty() {
        let at = [left + width / 2.0, top + HEAD];
        canvas.text(at, Anchor::Middle, ("m", SIZE), "nothing to show", width);
        return;
    }
    let values: Vec<f64> = sorted.iter().map(|(_, rank)| *rank).collect();
    let number = |rank: f64| format!("{rank:.2}");
    let widest = sorted.iter().map(|(name, rank)| font::width(&format!("{name}  {}", number(*rank)), SIZE));
    let side = widest.fold(60.0, f64::max).min(0.3 * width) + 12.0;
    let low = values[0].floor().min(1.0);
    let high = values[values.len() - 1].ceil().max(low + 1.0).max(sorted.len() as f64);
    let place = |rank: f64| left + side + (rank - low) / (high - low) * (width - 2.0 * side);
    let axis = top + HEAD - 8.0;
    scale(canvas, axis, [low, high], place);
    critical(canvas, ranks.critical_difference, top, [low, high], place);
    let cliques = cliques(&values, ranks.critical_difference);
    let half = sorted.len().div_ceil(2);
    let below = axis + 14.0 + cliques.len() as f64 * BAR;
    for (i, (name, rank)) in sorted.iter().enumerate() {
        let (row, end) =
            if i < half { (i, left + side - 6.0) } else { (sorted.len() - 1 - i, left + width - side + 6.0) };
        let y = below + (row as f64 + 0.5) * ROW;
        canvas.line(&[[place(*rank), axis], [place(*rank), y], [end, y]], "class=\"r\"");
        let (anchor, step) = if i < half { (Anchor::End, -6.0) } else { (Anchor::Start, 6.0) };
        let numbered = font::width(&format!("  {}", number(*rank)), SIZE);
        let most = side - 12.0 - numbered;
        let shown = font::width(&font::shortened(name, SIZE, most), SIZE) + 6.0;
        canvas.text([end + step, y + 4.0], anchor, ("t", SIZE), name, most);
        canvas.text([end + step + step.signum() * shown, y + 4.0], anchor, ("m", SIZE), &number(*rank), numbered);
    }
    for (i, (first, last)) in cliques.into_iter().enumerate() {
        let y = axis + 12.0 + i as f64 * BAR;
        let ends = [[place(values[first]) - 4.0, y], [place(values[last]) + 4.0, y]];
        canvas.open("class=\"k\"");
        canvas.line(&ends, "stroke=\"currentColor\" stroke-width=\"4\" stroke-linecap=\"round\"");
        canvas.close();
    }
}

/// The axis with a tick for each whole rank that has space.
fn scale(canvas: &mut Canvas, axis: f64, [low, high]: [f64; 2], place: impl Fn(f64) -> f64) {
    let slot = place(low + 1.0) - place(low);
    let stride = (26.0 / slot).ceil().max(1.0);
    let mut data = format!("M{} {}H{}", tenths(place(low)), tenths(axis), tenths(place(high)));
    let mut rank = low;
    while rank <= high {
        data += &format!("M{} {}v-6", tenths(place(rank)), tenths(axis));
        canvas.text([place(rank), axis - 10.0], Anchor::Middle, ("m", SIZE), &format!("{rank}"), slot * stride);
        rank += stride;
    }
    canvas.element("path", &format!("class=\"r\" d=\"{data}\""));
}

/// The length of the critical difference, above the axis.
fn critical(canvas: &mut Canvas, difference: f64, top: f64, [low, high]: [f64; 2], place: impl Fn(f64) -> f64) {
    if !(difference > 0.0 && difference.is_finite()) {
        return;
    }
    let text = format!("critical difference {difference:.2}");
    let (from, y) = (place(low), top + 14.0);
    // Longer than the axis, nothing can be told apart.
    let to = place((low + difference).min(high));
    canvas.open("class=\"k\"");
    let data = format!("M{} {}v8m0-4H{}m0-4v8", tenths(from), tenths(y - 4.0), tenths(to));
    canvas.element("path", &format!("d=\"{data}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\""));
    canvas.close();
    let room = place(high) - to;
    let (at, anchor) = if room > font::width(&text, SIZE) + 12.0 {
        ([to + 10.0, y + 4.0], Anchor::Start)
    } else {
        ([from, y - 8.0], Anchor::Start)
    };
    canvas.text(at, anchor, ("m", SIZE), &text, f64::INFINITY);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_by_less_than_the_critical_difference_is_joined() {
        assert_eq!(cliques(&[1.0, 1.5, 2.4, 4.0, 4.1], 1.0), [(0, 1), (1, 2), (3, 4)]);
        assert_eq!(cliques(&[1.0, 1.5, 2.0], 1.0), [(0, 2)]);
        assert_eq!(cliques(&[1.0, 3.0], 1.0), []);
        assert_eq!(cliques(&[], 1.0), []);
    }
}
