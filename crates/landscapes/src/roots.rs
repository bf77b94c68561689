//! Zeros of functions of one variable.

/// The zeros of `f` between two numbers, in increasing order, to the last place of what `f` can tell.
///
/// They are bisected where the sign changes between neighboring ones of `pieces` + 1 even points: two zeros between such
/// points are not found.
pub(crate) fn between((low, high): (f64, f64), pieces: u32, f: impl Fn(f64) -> f64) -> Vec<f64> {
    let point = |k: u32| low + (high - low) * (f64::from(k) / f64::from(pieces));
    let mut roots = Vec::new();
    for k in 0..pieces {
        let (left, right) = (point(k), point(k + 1));
        let (at_left, at_right) = (f(left), f(right));
        if at_left == 0.0 {
            roots.push(left);
        } else if at_left * at_right < 0.0 {
            roots.push(bisect((left, right), at_left < 0.0, &f));
        }
    }
    if f(high) == 0.0 {
        roots.push(high);
    }
    roots
}

fn bisect((mut left, mut right): (f64, f64), rises: bool, f: &impl Fn(f64) -> f64) -> f64 {
    loop {
        let middle = left + 0.5 * (right - left);
        if middle <= left || middle >= right {
            return if f(left).abs() < f(right).abs() { left } else { right };
        }
        if (f(middle) < 0.0) == rises {
            left = middle;
        } else {
            right = middle;
        }
    }
}
