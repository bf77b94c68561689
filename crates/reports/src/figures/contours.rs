//! Contour lines by marching squares.

use std::collections::BTreeMap;

use super::canvas::Point;

/// An edge of the grid: the position where it begins, and whether it goes along x.
type Edge = (usize, bool);

/// The lines along which numbers over a grid have a level, as points of the plane of `x` and `y`.
///
/// Numbers are taken for linear along each edge; cells with a number that is not finite have no lines.
pub fn contours(x: &[f64], y: &[f64], z: &[f64], level: f64) -> Vec<Vec<Point>> {
    let columns = x.len();
    let mut links: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
    for row in 0..y.len().saturating_sub(1) {
        for column in 0..columns.saturating_sub(1) {
            let at = row * columns + column;
            for [a, b] in segments(at, columns, z, level) {
                links.entry(a).or_default().push(b);
                links.entry(b).or_default().push(a);
            }
        }
    }
    let point = |(at, along): Edge| {
        let other = if along { at + 1 } else { at + columns };
        let share = (level - z[at]) / (z[other] - z[at]);
        let place = |at: usize| [x[at % columns], y[at / columns]];
        let (a, b) = (place(at), place(other));
        [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]
    };
    // Open lines from their ends first, then closed ones from anywhere.
    let ends: Vec<Edge> = links.iter().filter(|(_, next)| next.len() == 1).map(|(edge, _)| *edge).collect();
    let all: Vec<Edge> = links.keys().copied().collect();
    let mut lines = Vec::new();
    for start in ends.into_iter().chain(all) {
        let mut line = vec![start];
        let mut now = start;
        while let Some(next) = links.get_mut(&now).and_then(Vec::pop) {
            if let Some(back) = links.get_mut(&next) {
                if let Some(position) = back.iter().position(|edge| *edge == now) {
                    back.swap_remove(position);
                }
            }
            line.push(next);
            now = next;
        }
        if line.len() > 1 {
            lines.push(line.into_iter().map(point).collect());
        }
    }
    lines
}

/// The segments in one cell, each from one of its edges to another.
fn segments(at: usize, columns: usize, z: &[f64], level: f64) -> Vec<[Edge; 2]> {
    let corners = [at, at + 1, at + columns + 1, at + columns];
    let values = corners.map(|corner| z[corner]);
    if values.iter().any(|z| !z.is_finite()) {
        return Vec::new();
    }
    let above = values.map(|z| z >= level);
    let edges: [Edge; 4] = [(at, true), (at + 1, false), (at + columns, true), (at, false)];
    let crossed: Vec<Edge> = (0..4).filter(|&i| above[i] != above[(i + 1) % 4]).map(|i| edges[i]).collect();
    match crossed[..] {
        [a, b] => vec![[a, b]],
        // A saddle: its middle says which corners belong together.
        [a, b, c, d] if (values.iter().sum::<f64>() / 4.0 >= level) == above[0] => vec![[a, b], [c, d]],
        [a, b, c, d] => vec![[a, d], [b, c]],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(f: impl Fn(f64, f64) -> f64) -> (Vec<f64>, Vec<f64>) {
        let axis: Vec<f64> = (-20..=20).map(|i| f64::from(i) / 10.0).collect();
        let z = axis.iter().flat_map(|&y| axis.iter().map(|&x| f(x, y)).collect::<Vec<_>>()).collect();
        (axis, z)
    }

    #[test]
    fn a_plane_has_straight_lines() {
        let (axis, z) = grid(|x, y| x + 2.0 * y);
        let lines = contours(&axis, &axis, &z, 0.55);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].iter().all(|[x, y]| (x + 2.0 * y - 0.55).abs() < 1e-12));
        assert!(lines[0].len() > 40);
    }

    #[test]
    fn a_bowl_has_closed_lines() {
        let (axis, z) = grid(|x, y| x * x + y * y);
        let lines = contours(&axis, &axis, &z, 1.5);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].first(), lines[0].last());
        assert!(lines[0].iter().all(|[x, y]| (x.hypot(*y) - 1.5f64.sqrt()).abs() < 3e-3));
    }

    #[test]
    fn a_saddle_has_two_lines_and_holes_have_none() {
        let (axis, mut z) = grid(|x, y| x * y);
        assert_eq!(contours(&axis, &axis, &z, 0.105).len(), 2);
        z.fill(f64::NAN);
        assert_eq!(contours(&axis, &axis, &z, 0.105).len(), 0);
        assert_eq!(contours(&[], &[], &[], 0.0).len(), 0);
    }
}
