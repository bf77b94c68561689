//! Hutchinson's estimate of a trace: its variance, and how Hutch++ does better.

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_landscapes::curvature::{Probe, hutch_plus_plus, hutchinson};
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference};

use super::network::{Dense, trained};
use crate::tools::drawing::{curve, fields};
use crate::tools::moments::Central;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "hutchinson-variance",
    title: "A trace from random vectors",
    sentence: "The mean of zᵀ H z over random z is the trace, and signs have less variance than normal numbers.",
    reference: "Hutchinson 1990, Commun. Stat. Simul. 19; Avron and Toledo 2011, J. ACM 58, lemmas 1 and 9; Meyer, Musco, \
                Musco and Woodruff 2021, Hutch++, SOSA",
    statement: "With independent zᵢ = ±1 the variance of zᵀ H z is 2 (|H|² − Σ hᵢᵢ²), with normal zᵢ it is 2 |H|², |H| being \
                the Frobenius norm. Hutch++ with m products takes the trace on the range of m/3 of them exactly and \
                estimates the rest.",
    setup: "The Hessian of a network of 354 parameters (layers 2-16-16-2, tanh, ½ |z − y|², 64 points, 500 steps of descent). \
            10 000 vectors of each kind (2000 with --quick); 200 repetitions (60) of both estimates with 6 to 96 products.",
    exactness: "The Hessian is written down, and so trace and variances are exact. Samples are drawn; the standard error of \
                a sample variance comes from the sample's fourth moment.",
    limits: "The Hessian of a network is far from diagonal: signs are better by some percent only. Hutch++ needs few large \
             eigenvalues; on a flat spectrum it wins nothing.",
    truth: Truth::Holds,
    claims: ALL,
    tables: &[&VARIANCES, &ERRORS],
    run,
};

static ALL: &[&Claim] = &[&UNBIASED, &VARIANCE, &PLUS_UNBIASED, &BETTER, &LAW];

static UNBIASED: Claim = Claim {
    name: "mean-is-the-trace",
    statement: "The mean of zᵀ H z is the trace, with signs and with normal numbers.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.0 },
    because: "The standard error is exact.",
};

static VARIANCE: Claim = Claim {
    name: "variance-of-one-vector",
    statement: "One vector has the variance 2 (|H|² − Σ hᵢᵢ²) with signs and 2 |H|² with normal numbers.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.02 },
    because: "Four standard errors; a fiftieth more since the fourth moment is estimated from few large numbers.",
};

static PLUS_UNBIASED: Claim = Claim {
    name: "hutch-plus-plus-is-unbiased",
    statement: "The mean of Hutch++ is the trace.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.5, share: 0.0 },
    because: "The standard error is that of the repetitions, for each number of products.",
};

static BETTER: Claim = Claim {
    name: "hutch-plus-plus-is-better",
    statement: "With 48 products Hutch++ has less than half the error of as many plain vectors.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.5),
    because: "Ratio of root mean square errors: 16 directions hold most of the Hessian of a network.",
};

static LAW: Claim = Claim {
    name: "error-falls-with-the-root",
    statement: "The error of m vectors is that of one divided by √m.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.5, share: 0.05 },
    because: "Root mean square error of the repetitions times √m over the exact deviation of one vector; its standard error \
              comes from the repetitions, whose largest are rare, hence a twentieth more.",
};

static VARIANCES: Header = Header {
    table: "variances",
    row: "one kind of random numbers",
    columns: &[
        ("numbers", "signs or normal"),
        ("vectors", "how many were drawn"),
        ("mean", "of zᵀ H z"),
        ("trace", "exact"),
        ("z", "(mean − trace) over its exact standard error"),
        ("variance", "of zᵀ H z, measured"),
        ("law", "the exact variance"),
    ],
};

static ERRORS: Header = Header {
    table: "errors",
    row: "one number of products",
    columns: &[
        ("products", "m"),
        ("hutchinson", "root mean square error of m vectors of signs"),
        ("law", "exact deviation of one vector over √m"),
        ("hutch_plus_plus", "root mean square error with m products"),
    ],
};

/// Numbers of products.
const PRODUCTS: [usize; 5] = [6, 12, 24, 48, 96];

/// The exact variance of one vector.
fn law(dense: &Dense, probe: Probe) -> f64 {
    let square = |x: &f64| x * x;
    let whole: f64 = dense.entries.iter().map(square).sum();
    let diagonal: f64 = dense.entries.diagonal().iter().map(square).sum();
    match probe {
        Probe::Signs => 2.0 * (whole - diagonal),
        Probe::Normal => 2.0 * whole,
    }
}

/// zᵀ H z of single vectors.
fn samples(dense: &Dense, probe: Probe, key: Key, count: usize) -> Vec<f64> {
    // A copy of the matrix for a hundred vectors, not for each.
    let some = |chunk: usize| {
        let mut own = dense.clone();
        let range = chunk * 100..count.min(chunk * 100 + 100);
        range.map(|index| hutchinson(&mut own, probe, key.child(&index.to_string()), 1).mean).collect::<Vec<f64>>()
    };
    (0..count.div_ceil(100)).into_par_iter().flat_map_iter(some).collect()
}

fn run(setting: &Setting, out: &mut Outcome) {
    let (start, at) = trained(setting.key.child("network"));
    let dense = Dense::hessian(start.objective(), &at);
    let trace = dense.entries.trace();
    let count = setting.choose(2000, 10_000);
    let mut rows = Vec::new();
    for (probe, name) in [(Probe::Signs, "signs"), (Probe::Normal, "normal")] {
        let samples = samples(&dense, probe, setting.key.child(name), count);
        let ((mean, central), exact) = (Central::of(&samples), law(&dense, probe));
        let error = (exact / count as f64).sqrt();
        out.decide(&UNBIASED, name, Measured::of(mean).beside(trace).give_or_take(error));
        let error_of_variance = central.error_of_variance(count);
        let variance = Measured::of(central.second).beside(exact).give_or_take(error_of_variance);
        out.decide(&VARIANCE, name, variance);
        let numbers = [count as f64, mean, trace, (mean - trace) / error, central.second, exact];
        rows.push(fields(&[name], &numbers));
    }
    out.tabulate(&VARIANCES, rows);
    repetitions(&dense, setting, out);
}

/// Errors of both estimates, repeated.
fn repetitions(dense: &Dense, setting: &Setting, out: &mut Outcome) {
    let (trace, repeats) = (dense.entries.trace(), setting.choose(60, 200));
    let deviation = law(dense, Probe::Signs).sqrt();
    let mut rows = Vec::new();
    for products in PRODUCTS {
        let both = |repeat: usize| {
            let (mut own, key) = (dense.clone(), setting.key.child(&format!("{products} products, {repeat}")));
            let plain = hutchinson(&mut own, Probe::Signs, key.child("plain"), products).mean;
            [plain, hutch_plus_plus(&mut own, key.child("plus"), products).mean]
        };
        let estimates: Vec<[f64; 2]> = (0..repeats).into_par_iter().map(both).collect();
        let squares = |which: usize| estimates.iter().map(|both| (both[which] - trace).powi(2)).collect::<Vec<f64>>();
        let root = |which: usize| Central::of(&squares(which)).0.sqrt();
        let (mean, central) = Central::of(&estimates.iter().map(|both| both[1]).collect::<Vec<f64>>());
        let error = (central.second / (repeats as f64 - 1.0)).sqrt();
        let what = format!("{products} products");
        out.decide(&PLUS_UNBIASED, &*what, Measured::of(mean).beside(trace).give_or_take(error));
        let scale = (products as f64).sqrt() / deviation;
        let (square, spread) = Central::of(&squares(0));
        let error = (spread.second / repeats as f64).sqrt() / (2.0 * square.sqrt());
        out.decide(&LAW, &*what, Measured::of(scale * root(0)).beside(1.0).give_or_take(scale * error));
        if products == 48 {
            out.decide(&BETTER, what, Measured::of(root(1) / root(0)));
        }
        rows.push([products as f64, root(0), deviation / (products as f64).sqrt(), root(1)]);
    }
    out.tabulate(&ERRORS, rows.iter().map(|row| fields(&[], row)));
    out.draw("errors", figure(&rows, trace));
}

fn figure(rows: &[[f64; 4]], trace: f64) -> Figure {
    let column = |number: usize| rows.iter().map(|row| row[number]).collect::<Vec<f64>>();
    let x = column(0);
    let law = Guide::Curve { x: x.clone(), y: column(2) };
    let chart = Chart {
        x: Axis::new("products with the Hessian", "").log(),
        y: Axis::new("root mean square error of the trace", "").log(),
        references: vec![Reference { name: "law of signs".to_owned(), guide: law }],
        series: vec![curve("Hutchinson", 0, &x, column(1)), curve("Hutch++", 1, &x, column(3))],
        ..Chart::default()
    };
    Figure::of("Errors of random vectors follow their law, and Hutch++ beats it", chart)
        .with_subtitle(&format!("Hessian of a network of 354 parameters with trace {trace:.2}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn all_claims_hold() {
        crate::curvature::check(&EXPERIMENT);
    }

    /// Uniform numbers of variance 1 have another law, and half of the other law is none.
    #[test]
    fn every_claim_can_fail() {
        let (start, at) = trained(Key::new("wrong"));
        let dense = Dense::hessian(start.objective(), &at);
        let samples = samples(&dense, Probe::Signs, Key::new("signs"), 2000);
        let (mean, central) = Central::of(&samples);
        let exact = law(&dense, Probe::Signs);
        let variance =
            |law: f64| Measured::of(central.second).beside(law).give_or_take(central.error_of_variance(samples.len()));
        assert!(VARIANCE.judge("right", variance(exact)).holds());
        let error = (exact / samples.len() as f64).sqrt();
        each_claim_can_fail(
            ALL,
            &[
                ("mean-is-the-trace", Measured::of(mean).beside(2.0 * mean).give_or_take(error), "the factor 2"),
                ("variance-of-one-vector", variance(0.5 * exact), "without the factor 2"),
                ("variance-of-one-vector", variance(2.0 * exact), "the factor 2 twice"),
                ("hutch-plus-plus-is-unbiased", Measured::of(0.8).beside(1.0).give_or_take(0.01), "without the rest"),
                ("hutch-plus-plus-is-better", Measured::of(1.0), "the same estimate twice"),
                ("error-falls-with-the-root", Measured::of(4.9).beside(1.0).give_or_take(0.07), "errors that add up"),
            ],
        );
    }
}
