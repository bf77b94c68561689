//! Fewer points for the same picture.

use super::canvas::Point;

/// How far a line may be from the points that it leaves out, in pixels.
const TOLERANCE: f64 = 0.12;

/// A line that looks the same: of each crowded column of pixels the lowest and the highest point, and of these what a
/// straight line does not say. Both ends stay.
pub fn line(points: &[Point]) -> Vec<Point> {
    straightened(&columns(points))
}

/// A path in the plane that looks the same.
pub fn curve(points: &[Point]) -> Vec<Point> {
    // Points that are in one place, which paths that have come to rest have thousands of.
    let mut apart: Vec<Point> = Vec::new();
    for &point in points {
        let near = |last: &Point| (last[0] - point[0]).abs() < 0.25 && (last[1] - point[1]).abs() < 0.25;
        if !apart.last().is_some_and(near) {
            apart.push(point);
        }
    }
    if let (Some(&last), true) = (points.last(), points.len() > 1) {
        apart.push(last);
    }
    straightened(&apart)
}

fn columns(points: &[Point]) -> Vec<Point> {
    let mut kept = Vec::new();
    for column in points.chunk_by(|a, b| a[0].floor() == b[0].floor()) {
        if column.len() <= 2 {
            kept.extend_from_slice(column);
            continue;
        }
        let by = |a: &usize, b: &usize| column[*a][1].total_cmp(&column[*b][1]);
        let (low, high) = ((0..column.len()).min_by(by), (0..column.len()).max_by(by));
        let (Some(low), Some(high)) = (low, high) else { continue };
        kept.extend([column[low.min(high)], column[low.max(high)]]);
    }
    if let (Some(&first), Some(&last)) = (points.first(), points.last()) {
        if kept.first() != Some(&first) {
            kept.insert(0, first);
        }
        if kept.last() != Some(&last) {
            kept.push(last);
        }
    }
    kept
}

/// The algorithm of Ramer, Douglas and Peucker.
fn straightened(points: &[Point]) -> Vec<Point> {
    let mut keep = vec![false; points.len()];
    let mut open = Vec::new();
    if let Some(last) = points.len().checked_sub(1) {
        (keep[0], keep[last]) = (true, true);
        open.push((0, last));
    }
    while let Some((from, to)) = open.pop() {
        let distance = |i: usize| {
            let [a, b, p] = [points[from], points[to], points[i]];
            let ([dx, dy], [px, py]) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
            let square = dx * dx + dy * dy;
            let along = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
            (px - along * dx).hypot(py - along * dy)
        };
        let farthest = (from + 1..to).map(|i| (distance(i), i)).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, i)) = farthest.filter(|(distance, _)| *distance > TOLERANCE) {
            keep[i] = true;
            open.extend([(from, i), (i, to)]);
        }
    }
    points.iter().zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_lines_are_their_ends() {
        let points: Vec<Point> = (0..1000).map(|i| [f64::from(i) / 3.0, f64::from(i) / 7.0]).collect();
        assert_eq!(line(&points), [points[0], points[999]]);
        assert_eq!(line(&[]), [[0.0; 2]; 0]);
        assert_eq!(line(&points[..1]), points[..1]);
    }

    #[test]
    fn spikes_stay() {
        let mut points: Vec<Point> = (0..100_000).map(|i| [f64::from(i) / 200.0, 50.0]).collect();
        (points[40_000][1], points[70_001][1]) = (3.0, 99.0);
        let thin = line(&points);
        assert!(thin.len() < 20 && thin.contains(&points[40_000]) && thin.contains(&points[70_001]), "{thin:?}");
    }

    #[test]
    fn paths_that_rest_are_short() {
        let points: Vec<Point> = (0..10_000).map(|i| [90.0 * 0.99f64.powi(i), 40.0 * 0.98f64.powi(i)]).collect();
        let thin = curve(&points);
        assert!(thin.len() < 40 && thin[0] == points[0] && thin.last() == points.last(), "{}", thin.len());
    }
}
