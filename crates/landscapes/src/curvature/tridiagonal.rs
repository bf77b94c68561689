//! Eigenvalues of small symmetric tridiagonal matrices.

/// Most sweeps for one eigenvalue.
const MOST_SWEEPS: usize = 100;

/// √(a² + b²) without overflow; not the platform's, whose bits differ.
fn hypotenuse(a: f64, b: f64) -> f64 {
    let size = if a.abs() > b.abs() { a.abs() } else { b.abs() };
    if size == 0.0 { 0.0 } else { size * ((a / size) * (a / size) + (b / size) * (b / size)).sqrt() }
}

/// Eigenvalues in increasing order, and their unit eigenvectors, of a matrix with this diagonal and these numbers
/// beside it.
///
/// By the QL algorithm with implicit shifts.
///
/// Reference: Bowdler, Martin, Reinsch and Wilkinson (1968), The QR and QL algorithms for symmetric matrices,
/// Numer. Math. 11.
pub(crate) fn eigen(diagonal: &[f64], beside: &[f64]) -> Vec<(f64, Vec<f64>)> {
    let n = diagonal.len();
    let (mut d, mut e) = (diagonal.to_vec(), beside[..n.saturating_sub(1)].to_vec());
    e.push(0.0);
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|k| (0..n).map(|i| if i == k { 1.0 } else { 0.0 }).collect()).collect();
    for l in 0..n {
        // Two or three sweeps are usual; NaN would need more than any number.
        for _ in 0..MOST_SWEEPS {
            match unreduced(&d, &e, l) {
                Some(m) => sweep((&mut d, &mut e), &mut vectors, l, m),
                None => break,
            }
        }
    }
    let mut pairs: Vec<(f64, Vec<f64>)> = d.into_iter().zip(vectors).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    pairs
}

/// Where the block that starts at `l` ends, unless it is a single number.
fn unreduced(d: &[f64], e: &[f64], l: usize) -> Option<usize> {
    let splits = |m: &usize| e[*m].abs() <= f64::EPSILON * (d[*m].abs() + d[*m + 1].abs());
    let m = (l..d.len() - 1).find(splits).unwrap_or(d.len() - 1);
    (m > l).then_some(m)
}

/// One step on the block from `l` to `m`; `vectors[k]` is eigenvector k.
fn sweep((d, e): (&mut [f64], &mut [f64]), vectors: &mut [Vec<f64>], l: usize, m: usize) {
    let mut g = (d[l + 1] - d[l]) / (2.0 * e[l]);
    let r = hypotenuse(g, 1.0);
    g = d[m] - d[l] + e[l] / (g + r.copysign(g));
    let (mut sine, mut cosine, mut p) = (1.0, 1.0, 0.0);
    for i in (l..m).rev() {
        let (f, b) = (sine * e[i], cosine * e[i]);
        let r = hypotenuse(f, g);
        e[i + 1] = r;
        if r == 0.0 {
            // A zero in the middle: the block falls apart.
            d[i + 1] -= p;
            e[m] = 0.0;
            return;
        }
        (sine, cosine) = (f / r, g / r);
        g = d[i + 1] - p;
        let r = (d[i] - g) * sine + 2.0 * cosine * b;
        p = sine * r;
        d[i + 1] = g + p;
        g = cosine * r - b;
        let (left, right) = vectors.split_at_mut(i + 1);
        for (x, y) in left[i].iter_mut().zip(&mut right[0]) {
            let f = *y;
            *y = sine * *x + cosine * f;
            *x = cosine * *x - sine * f;
        }
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0.0;
}
