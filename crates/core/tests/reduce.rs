//! Sums have one order, in a pack as alone.

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Lanes, Real, WIDTH, reduce};

/// Numbers of very different sizes, so that the order of additions shows.
fn numbers<R: Real>(purpose: &str, n: usize) -> Vec<Lanes<R, WIDTH>> {
    let mut rng = Key::new("reduce").child(purpose).stream(n as u64);
    let mut number = || {
        let size: f64 = Normal.sample(&mut rng);
        R::of(Normal.sample(&mut rng) * (4.0 * size).exp())
    };
    (0..n).map(|_| std::array::from_fn(|_| number())).collect()
}

fn alone<R: Real>(pack: &[Lanes<R, WIDTH>], lane: usize) -> Vec<Lanes<R, 1>> {
    pack.iter().map(|x| [x[lane]]).collect()
}

fn bits<R: Real>(x: R) -> u64 {
    x.to_f64().to_bits()
}

/// The canonical order, stated plainly: 16 accumulators, then the tree written out.
fn canonical<R: Real>(terms: &[R]) -> R {
    let mut a = [R::ZERO; 16];
    for (i, &term) in terms.iter().enumerate() {
        a[i % 16] += term;
    }
    let far = |k: usize| a[k] + a[k + 8];
    let quarter = |k: usize| far(k) + far(k + 4);
    (quarter(0) + quarter(2)) + (quarter(1) + quarter(3))
}

fn every_length(check: impl Fn(usize)) {
    (0..70).chain([256, 1000, 1023]).for_each(check);
}

fn check_sums<R: Real>() {
    every_length(|n| {
        let (x, y) = (numbers::<R>("x", n), numbers::<R>("y", n));
        let (sum, dot, norm) = (reduce::sum(&x), reduce::dot(&x, &y), reduce::norm(&x));
        for lane in 0..WIDTH {
            let (x, y) = (alone(&x, lane), alone(&y, lane));
            let products: Vec<R> = x.iter().zip(&y).map(|(x, y)| x[0] * y[0]).collect();
            let squares: Vec<R> = x.iter().map(|x| x[0] * x[0]).collect();
            let cases = [
                ("sum", sum[lane], reduce::sum(&x)[0], canonical(x.as_flattened())),
                ("dot", dot[lane], reduce::dot(&x, &y)[0], canonical(&products)),
                ("norm", norm[lane], reduce::norm(&x)[0], canonical(&squares).sqrt()),
            ];
            for (what, packed, alone, stated) in cases {
                assert_eq!(bits(packed), bits(alone), "{what} of {n} in lane {lane}");
                assert_eq!(bits(alone), bits(stated), "{what} of {n}: the canonical order");
            }
        }
    });
}

fn check_rows<R: Real>() {
    every_length(|n| {
        let (w, row) = (numbers::<R>("w", n), alone(&numbers::<R>("row", n), 0));
        let row = row.as_flattened();
        let slopes = numbers::<R>("slope", 1)[0];
        let prediction = reduce::project(&w, row);
        let mut gradient = w.clone();
        reduce::accumulate(&mut gradient, &slopes, row);
        for lane in 0..WIDTH {
            let w = alone(&w, lane);
            let products: Vec<R> = w.iter().zip(row).map(|(w, &x)| w[0] * x).collect();
            assert_eq!(bits(prediction[lane]), bits(reduce::project(&w, row)[0]), "projection of {n}, lane {lane}");
            assert_eq!(bits(prediction[lane]), bits(canonical(&products)), "projection of {n}: the canonical order");
            for j in 0..n {
                let stated = w[j][0] + slopes[lane] * row[j];
                assert_eq!(bits(gradient[j][lane]), bits(stated), "coordinate {j} of {n}, lane {lane}");
            }
        }
    });
}

#[test]
fn sums_are_canonical_in_every_lane() {
    check_sums::<f32>();
    check_sums::<f64>();
}

#[test]
fn rows_are_canonical_in_every_lane() {
    check_rows::<f32>();
    check_rows::<f64>();
}

/// A sum that the order decides: 1 is lost beside 2⁵³ unless it meets −2⁵³ first.
#[test]
fn the_order_is_observable() {
    let big = 9_007_199_254_740_992.0;
    let mut terms = [[0.0_f64]; 17];
    (terms[0], terms[1], terms[8], terms[16]) = ([big], [1.0], [-big], [1.0]);
    // Accumulator 0 holds 2⁵³ + 1 = 2⁵³, which then meets accumulator 8; accumulator 1 comes last.
    assert_eq!(reduce::sum(&terms), [1.0]);
    let in_sequence: f64 = terms.as_flattened().iter().sum();
    assert_eq!(in_sequence, 1.0);
    let moved = [[big], [1.0], [-big], [1.0]];
    // (2⁵³ − 2⁵³) + (1 + 1), where in sequence the first 1 is lost.
    assert_eq!(reduce::sum(&moved), [2.0]);
    assert_eq!(moved.as_flattened().iter().sum::<f64>(), 1.0);
}

#[test]
fn nothing_sums_to_zero() {
    assert_eq!(reduce::sum::<f64, 1>(&[]), [0.0]);
    assert_eq!(reduce::dot::<f32, 16>(&[], &[]), [0.0; 16]);
}

#[test]
#[should_panic(expected = "different lengths")]
fn lengths_must_agree() {
    let _ = reduce::dot(&[[1.0_f64]], &[]);
}
