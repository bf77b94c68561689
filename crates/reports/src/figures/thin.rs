//! Fewer points for the same picture.

use super::canvas::Point;

/// How far a line may be from the points that it leaves out, in pixels.
const TOLERANCE: f64 = 0.12;

/// A line that looks the same: of each column of pixels the first, lowest, highest and last point, and of these what a
/// straight line does not say.
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
    let mut start = 0;
    while start < points.len() {
        let column = points[start][0].floor();
        let end = start + points[start..].iter().take_while(|point| point[0].floor() == column).count();
        let end = end.max(start + 1);
        let height = |i: &usize| points[*i][1];
        let by = |a: &usize, b: &usize| height(a).total_cmp(&height(b));
        let mut chosen = [Some(start), (start..end).min_by(by), (start..end).max_by(by), Some(end - 1)];
        chosen.sort();
        let mut last = None;
        for i in chosen.into_iter().flatten() {
            if last != Some(i) {
                kept.push(points[i]);
            }
            last = Some(i);
        }
        start = end;
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
