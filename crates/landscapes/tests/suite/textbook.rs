//! The formulas as textbooks write them, over dual numbers.

use std::f64::consts::PI;

use num_dual::{DualNum, HyperDual64};
use sgdlab_core::Settings;

/// A number with two directions of derivatives.
pub type Dual = HyperDual64;

fn sum(terms: impl IntoIterator<Item = Dual>) -> Dual {
    terms.into_iter().fold(Dual::from_re(0.0), |sum, term| sum + term)
}

/// |x|, beside 0.
fn size(x: Dual) -> Dual {
    if x.re < 0.0 { -x } else { x }
}

/// f(x).
pub fn formula(settings: &Settings, x: &[Dual]) -> Dual {
    match x.len() {
        2 => planar(settings, x[0], x[1]),
        _ => None,
    }
    .unwrap_or_else(|| of_any_dimension(settings, x))
}

fn planar(settings: &Settings, x: Dual, y: Dual) -> Option<Dual> {
    let number = |name| settings.number(name);
    let f = match settings.name() {
        "beale" => {
            let (p, q) = (number("p"), number("q"));
            sum((1..4).map(|k| (x * y.powi(k) - x + p * (1.0 - q.powi(k))).powi(2)))
        }
        "himmelblau" => (x.powi(2) + y - number("a")).powi(2) + (x + y.powi(2) - number("b")).powi(2),
        "booth" => (x + y * number("a") - number("b")).powi(2) + (x * number("c") + y - number("d")).powi(2),
        "branin" => {
            let valley = y - x.powi(2) * number("b") + x * number("c") - number("r");
            valley.powi(2) * number("a") + x.cos() * (number("s") * (1.0 - number("t"))) + number("s")
        }
        "goldstein-price" => {
            let first = x.powi(2) * 3.0 - x * 14.0 - y * 14.0 + x * y * 6.0 + y.powi(2) * 3.0 + 19.0;
            let second = x.powi(2) * 12.0 - x * 32.0 + y * 48.0 - x * y * 36.0 + y.powi(2) * 27.0 + 18.0;
            let (u, v) = (x + y + 1.0, x * 2.0 - y * 3.0);
            (u.powi(2) * first + number("p")) * (v.powi(2) * second + number("q"))
        }
        "six-hump-camel" => {
            let c = number("c");
            (x.powi(4) / 3.0 - x.powi(2) * number("b") + number("a")) * x.powi(2)
                + x * y
                + (y.powi(2) * c - c) * y.powi(2)
        }
        "three-hump-camel" => x.powi(2) * number("a") - x.powi(4) * number("b") + x.powi(6) / 6.0 + x * y + y.powi(2),
        "mccormick" => (x + y).sin() + (x - y).powi(2) + x * number("a") + y * number("b") + number("c"),
        "matyas" => (x.powi(2) + y.powi(2)) * number("a") - x * y * number("b"),
        "levy-13" => {
            let a = number("a");
            (x * (3.0 * PI)).sin().powi(2) * a
                + (x - 1.0).powi(2) * ((y * (3.0 * PI)).sin().powi(2) * a + 1.0)
                + (y - 1.0).powi(2) * ((y * (2.0 * PI)).sin().powi(2) * a + 1.0)
        }
        "easom" => {
            let (u, v) = (x - number("c"), y - number("c"));
            -(u.cos() * v.cos() * (-(u.powi(2) + v.powi(2)) * number("w")).exp())
        }
        "bukin-6" => size(y - x.powi(2) * number("b")).sqrt() * number("a") + size(x + number("e")) * number("d"),
        "bohachevsky" => {
            x.powi(2) + y.powi(2) * 2.0 - (x * (3.0 * PI)).cos() * number("a") - (y * (4.0 * PI)).cos() * number("b")
                + (number("a") + number("b"))
        }
        "schaffer-2" => {
            let wave = (x.powi(2) - y.powi(2)).sin().powi(2) - 0.5;
            wave / ((x.powi(2) + y.powi(2)) * number("c") + 1.0).powi(2) + 0.5
        }
        "brown-badly-scaled" => {
            let s = number("s");
            (x - s).powi(2) + (y - 2.0 / s).powi(2) + (x * y - 2.0).powi(2)
        }
        "freudenstein-roth" => {
            let first = x - number("a") + ((-y + 5.0) * y - 2.0) * y;
            let second = x - number("b") + ((y + 1.0) * y - 14.0) * y;
            first.powi(2) + second.powi(2)
        }
        "leon" => (y - x.powi(3)).powi(2) * number("b") + (-x + number("a")).powi(2),
        "monkey-saddle" => (x.powi(3) - x * y.powi(2) * 3.0) * number("a"),
        "strict-saddle" => (x.powi(2) * number("a") - y.powi(2) * number("b")) * 0.5 + y.powi(4) * (number("c") / 4.0),
        "scalar-factorization" => (x * y - number("c")).powi(2) * 0.5,
        "cliff" => ((x - number("c")) / number("w")).powi(2) - (x - y) + ((x - y) * number("k")).exp(),
        "narrow-valley" => {
            let valley = y - (x * number("w")).sin() * number("a");
            valley.powi(2) * number("b") + x.powi(2) * (number("c") / 2.0)
        }
        _ => return None,
    };
    Some(f)
}

fn of_any_dimension(settings: &Settings, x: &[Dual]) -> Dual {
    let number = |name| settings.number(name);
    let n = x.len();
    let each = |f: &dyn Fn(Dual) -> Dual| sum(x.iter().map(|&x| f(x)));
    let numbered = |f: &dyn Fn(f64, Dual) -> Dual| sum(x.iter().enumerate().map(|(i, &x)| f((i + 1) as f64, x)));
    let pairs = |f: &dyn Fn(f64, Dual, Dual) -> Dual| sum((1..n).map(|i| f((i + 1) as f64, x[i - 1], x[i])));
    match settings.name() {
        "rosenbrock" => pairs(&|_, x, y| (y - x.powi(2)).powi(2) * number("b") + (-x + number("a")).powi(2)),
        "dixon-price" => (x[0] - number("a")).powi(2) + pairs(&|i, x, y| (y.powi(2) * 2.0 - x).powi(2) * i),
        "trid" => each(&|x| (x - number("c")).powi(2)) - pairs(&|_, x, y| x * y),
        "levy" => {
            let w = |i: usize| (x[i] - number("c")) / 4.0 + 1.0;
            let wave = |i: usize| ((w(i) * PI + 1.0).sin().powi(2) * number("a") + 1.0) * (w(i) - 1.0).powi(2);
            let last = (w(n - 1) - 1.0).powi(2) * ((w(n - 1) * (2.0 * PI)).sin().powi(2) + 1.0);
            (w(0) * PI).sin().powi(2) + sum((0..n - 1).map(wave)) + last
        }
        "griewank" => {
            let product =
                x.iter().enumerate().fold(Dual::from_re(1.0), |p, (i, &x)| p * (x / ((i + 1) as f64).sqrt()).cos());
            each(&|x| x.powi(2)) / number("a") - product + 1.0
        }
        "zakharov" => {
            let s = numbered(&|i, x| x * (number("a") * i));
            each(&|x| x.powi(2)) + s.powi(2) + s.powi(4)
        }
        "rastrigin" => each(&|x| x.powi(2) - (x * (2.0 * PI)).cos() * number("a") + number("a")),
        "egg-crate" => each(&|x| x.powi(2) + x.sin().powi(2) * number("a")),
        "ackley" => {
            let root = (each(&|x| x.powi(2)) / n as f64).sqrt();
            let waves = (each(&|x| (x * number("c")).cos()) / n as f64).exp();
            (-root * number("b")).exp() * -number("a") - waves + (number("a") + 1f64.exp())
        }
        "styblinski-tang" => each(&|x| (x.powi(4) - x.powi(2) * number("a") + x * number("b")) * 0.5),
        "double-well" => each(&|x| (x.powi(2) - 1.0).powi(2) * number("h")),
        "quartic" => numbered(&|i, x| x.powi(4) * (number("a") * i / 4.0)),
        "plateau" => {
            let square = each(&|x| x.powi(2)) / (2.0 * number("w").powi(2));
            (-(-square).exp() + 1.0) * number("h")
        }
        "ill-conditioned-quadratic" => numbered(&|i, x| x.powi(2) * (eigenvalue(settings, i, n) / 2.0)),
        "rotated-quadratic" => {
            let mean = each(&|x| x) / n as f64;
            numbered(&|i, x| (x - mean * 2.0).powi(2) * (eigenvalue(settings, i, n) / 2.0))
        }
        other => panic!("{other} has no textbook formula here"),
    }
}

/// Number i of n eigenvalues, counted from 1.
fn eigenvalue(settings: &Settings, i: f64, n: usize) -> f64 {
    let (low, high) = (settings.number("smallest"), settings.number("largest"));
    let t = if n == 1 { 1.0 } else { (i - 1.0) / (n as f64 - 1.0) };
    if settings.word("spectrum") == "log" { low.powf(1.0 - t) * high.powf(t) } else { low + (high - low) * t }
}
