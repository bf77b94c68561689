//! Lanczos's method and the quadrature that comes with it, against a Hessian that is written down.

use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Oracle};
use sgdlab_landscapes::curvature::{Density, Hessian, Operator, Probe, Quadrature, lanczos};
use sgdlab_reports::figures::{Axis, Chart, Figure, Mark, Series};

use super::network::{Dense, trained};
use crate::tools::drawing::{curve, fields, line};
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "lanczos-exactness",
    title: "Eigenvalues and spectra from products",
    sentence: "A few products with the Hessian give its extreme eigenvalues to rounding, with a bound of the error, and k \
               products integrate all polynomials of degree 2 k − 1 over the spectrum.",
    reference: "Lanczos 1950; Golub and Meurant 2010, Matrices, moments and quadrature; Ghorbani, Krishnan and Xiao 2019, \
                An investigation into neural net optimization via Hessian eigenvalue density, section 2",
    statement: "With θ, s the eigenpairs of the tridiagonal matrix of k steps from a unit vector v, and β what the next step \
                would start from, some eigenvalue of H lies within β |s_k| of θ, and Σ s₁² θ^p = vᵀ H^p v for p ≤ 2 k − 1. \
                The mean over random v of the same sum is (1/n) tr H^p.",
    setup: "A network with layers 2-16-16-2 of tanh units (354 parameters) on 64 points in two classes, \
            f = mean of ½ |z − y|² with y one at the class, after 500 steps of gradient descent at rate 0.1. 5 to 80 steps \
            of Lanczos's method with full reorthogonalization; 6 steps for the degrees; 100 random vectors (40 with \
            --quick) and 60 steps for the density.",
    exactness: "The Hessian is written down by products with all unit vectors, and its eigenvalues are exact to rounding. \
                Vectors are drawn; the variance of a moment is that of the uniform distribution on the sphere, exactly.",
    limits: "The small end of the spectrum needs many more steps than the large one: eigenvalues crowd there. Degree 2 k is \
             not integrated. Where many eigenvalues are nearly equal, the density shows them as one.",
    truth: Truth::Holds,
    claims: ALL,
    tables: &[&ENDS, &DEGREES, &MOMENTS, &SPECTRUM],
    run,
};

static ALL: &[&Claim] = &[&PRODUCTS, &LARGEST, &SMALLEST, &BOUNDS, &EXACT, &NOT_BEYOND, &DENSITY];

static PRODUCTS: Claim = Claim {
    name: "products-are-differences",
    statement: "Products with the Hessian are differences of gradients.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-6),
    because: "Largest difference from central differences with steps of 10⁻⁵, relative to the largest entry of the product: \
              third derivatives give 10⁻¹⁰, rounding 10⁻¹¹ over 10⁻⁵.",
};

static LARGEST: Claim = Claim {
    name: "largest-eigenvalue",
    statement: "20 products give the largest of 354 eigenvalues to nine digits.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-9),
    because: "Relative error.",
};

static SMALLEST: Claim = Claim {
    name: "smallest-eigenvalue",
    statement: "80 products give the smallest eigenvalue, which is negative, to nine digits of the largest.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-9),
    because: "Error over the largest eigenvalue.",
};

static BOUNDS: Claim = Claim {
    name: "residuals-are-bounds",
    statement: "No error is larger than the residual that comes with it.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(f64::NEG_INFINITY, 1e-12),
    because: "Largest distance of a value from the nearest eigenvalue, less its residual, over the largest eigenvalue; all \
              values of all numbers of steps, up to rounding.",
};

static EXACT: Claim = Claim {
    name: "quadrature-is-exact",
    statement: "With 6 products the quadrature of one vector is exact for degrees 0 to 11.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-10),
    because: "Largest relative error of a moment vᵀ H^p v.",
};

static NOT_BEYOND: Claim = Claim {
    name: "and-not-beyond",
    statement: "With k products degree 2 k is not integrated exactly.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1e-8, 1.0),
    because: "Relative error at degree 4 with 2 products.",
};

static DENSITY: Claim = Claim {
    name: "density-has-the-moments",
    statement: "The density from random vectors has the moments of the spectrum.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.5, share: 1e-12 },
    because: "Moments of degrees 1 to 4; their standard errors are exact, 2 (tr A²/n − (tr A/n)²)/(n + 2) is the variance of \
              vᵀ A v on the sphere. They are skewed like χ², hence half a standard error more than four.",
};

static ENDS: Header = Header {
    table: "ends",
    row: "one number of products",
    columns: &[
        ("products", "steps of Lanczos's method"),
        ("eig_max", "largest value"),
        ("eig_max_error", "its distance from the largest eigenvalue"),
        ("eig_max_residual", "the bound of its distance from an eigenvalue"),
        ("eig_min", "smallest value"),
        ("eig_min_error", "its distance from the smallest eigenvalue"),
        ("eig_min_residual", "the bound of its distance from an eigenvalue"),
    ],
};

static DEGREES: Header = Header {
    table: "degrees",
    row: "one degree of a polynomial",
    columns: &[
        ("products", "steps of Lanczos's method"),
        ("degree", "p"),
        ("relative_error", "of the quadrature of x^p, against vᵀ H^p v"),
    ],
};

static MOMENTS: Header = Header {
    table: "moments",
    row: "one moment of the spectrum",
    columns: &[
        ("degree", "p"),
        ("measured", "mean over random vectors of the quadrature of x^p"),
        ("standard_error", "exact, of that mean"),
        ("exact", "(1/n) Σ λ^p"),
    ],
};

static SPECTRUM: Header = Header {
    table: "spectrum",
    row: "one interval of positive eigenvalues, equally wide on a logarithmic scale",
    columns: &[
        ("from", "lower end"),
        ("to", "upper end"),
        ("exact", "eigenvalues in it"),
        ("measured", "n times the weight of the nodes in it, mean over random vectors"),
    ],
};

/// Numbers of products.
const STEPS: [usize; 6] = [5, 10, 20, 40, 60, 80];

fn run(setting: &Setting, out: &mut Outcome) {
    let (start, at) = trained(setting.key.child("network"));
    let objective = start.objective();
    out.decide(&PRODUCTS, "relative difference", Measured::of(differences(objective, &at, setting.key)));
    let dense = Dense::hessian(objective, &at);
    let exact = dense.eigenvalues();
    ends(&dense, &exact, setting.key, out);
    degrees(&dense, setting.key, out);
    density(&dense, &exact, setting, out);
}

/// How far a product is from a central difference of gradients.
fn differences(objective: &dyn Objective<f64, 1>, at: &[f64], key: Key) -> f64 {
    let direction = Probe::Normal.draw(key.child("direction"), 0, at.len());
    let mut oracle = Oracle::new(objective, objective.terms());
    let mut gradient = |step: f64| {
        let moved: Vec<[f64; 1]> = at.iter().zip(&direction).map(|(x, v)| [x + step * v]).collect();
        let mut gradient = vec![[0.0]; at.len()];
        oracle.full_gradient(&moved, &mut gradient);
        gradient
    };
    let (ahead, behind) = (gradient(1e-5), gradient(-1e-5));
    let mut product = vec![0.0; at.len()];
    Hessian::new(objective, at).times(&direction, &mut product);
    let apart = ahead.iter().zip(&behind).zip(&product).map(|((a, b), p)| ((a[0] - b[0]) / 2e-5 - p).abs());
    apart.fold(0.0, f64::max) / product.iter().fold(0.0, |size: f64, p| size.max(p.abs()))
}

/// Both ends after several numbers of products.
fn ends(dense: &Dense, exact: &[f64], key: Key, out: &mut Outcome) {
    let (least, greatest) = (exact[0], exact[exact.len() - 1]);
    let start = Probe::Normal.draw(key.child("start"), 0, exact.len());
    let (mut rows, mut beyond) = (Vec::new(), f64::NEG_INFINITY);
    for steps in STEPS {
        let ritz = lanczos(&mut dense.clone(), &start, steps).ritz();
        for of in &ritz {
            let near = exact.iter().map(|eigenvalue| (eigenvalue - of.value).abs()).fold(f64::INFINITY, f64::min);
            beyond = beyond.max((near - of.residual) / greatest);
        }
        let (low, high) = (ritz[0], ritz[ritz.len() - 1]);
        let errors = [(high.value - greatest).abs(), (low.value - least).abs()];
        rows.push([steps as f64, high.value, errors[0], high.residual, low.value, errors[1], low.residual]);
    }
    out.decide(&LARGEST, "20 products", Measured::of(rows[2][2] / greatest));
    out.decide(&SMALLEST, "80 products", Measured::of(rows[5][5] / greatest));
    out.decide(&BOUNDS, "largest excess", Measured::of(beyond));
    out.tabulate(&ENDS, rows.iter().map(|row| fields(&[], row)));
    out.draw("convergence", convergence(&rows, exact.len() as f64 * 0.5 * f64::EPSILON * greatest));
}

/// `rounding` is what the products and the eigenvalues of the dense matrix are exact to.
fn convergence(rows: &[[f64; 7]], rounding: f64) -> Figure {
    // Errors of 0 have no place on a logarithmic axis.
    const LEAST: f64 = 1e-17;
    let x: Vec<f64> = rows.iter().map(|row| row[0]).collect();
    let of = |column: usize, more: f64| rows.iter().map(|row| (row[column] + more).max(LEAST)).collect::<Vec<f64>>();
    let series = [
        (2, "error, largest", 0.0),
        (3, "bound, largest", rounding),
        (5, "error, smallest", 0.0),
        (6, "bound, smallest", rounding),
    ];
    let series = series.into_iter().enumerate();
    let series = series.map(|(style, (column, name, more))| curve(name, style, &x, of(column, more)));
    let chart = Chart {
        x: Axis::new("products with the Hessian", ""),
        y: Axis::new("distance from an eigenvalue", "").log(),
        series: series.collect(),
        ..Chart::default()
    };
    Figure::of("A few products find the largest eigenvalue, and the bound says so", chart)
        .with_subtitle("Bounds: the residual and rounding, n · 2⁻⁵³ times the largest eigenvalue, n = 354.")
}

/// Relative errors of the quadratures of one vector.
fn degrees(dense: &Dense, key: Key, out: &mut Outcome) {
    let vector = Probe::Normal.draw(key.child("vector"), 0, dense.dimension());
    let errors = |steps: usize| relative_errors(dense, &vector, steps);
    let (six, two) = (errors(6), errors(2));
    out.decide(&EXACT, "largest relative error", Measured::of(six[..12].iter().copied().fold(0.0, f64::max)));
    out.decide(&NOT_BEYOND, "degree 4 with 2 products", Measured::of(two[4]));
    let rows = [(2.0, two), (6.0, six)].into_iter().flat_map(|(steps, errors)| {
        errors.into_iter().enumerate().map(move |(degree, error)| fields(&[], &[steps, degree as f64, error]))
    });
    out.tabulate(&DEGREES, rows);
}

/// Of degrees 0 to 2 `steps`.
fn relative_errors(dense: &Dense, vector: &[f64], steps: usize) -> Vec<f64> {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let quadrature = Quadrature::new(&mut dense.clone(), vector, steps);
    let (square, mut power) = (dot(vector, vector), vector.to_vec());
    let of = |degree: usize| {
        let exact = dot(vector, &power) / square;
        let mut next = vec![0.0; vector.len()];
        dense.clone().times(&power, &mut next);
        power = next;
        (quadrature.integral(|x| x.powi(degree as i32)) / exact - 1.0).abs()
    };
    (0..=2 * steps).map(of).collect()
}

/// The density of the spectrum.
fn density(dense: &Dense, exact: &[f64], setting: &Setting, out: &mut Outcome) {
    let probes = setting.choose(40, 100);
    let density = Density::new(&mut dense.clone(), setting.key.child("density"), probes, 60);
    let n = exact.len() as f64;
    let mut rows = Vec::new();
    for degree in 1..=4 {
        let of = |power: i32| exact.iter().map(|x| x.powi(power)).sum::<f64>() / n;
        let variance = 2.0 * (of(2 * degree) - of(degree).powi(2)) / (n + 2.0);
        let (measured, error) = (density.mean(|x| x.powi(degree)).mean, (variance / probes as f64).sqrt());
        out.decide(&DENSITY, format!("degree {degree}"), Measured::of(measured).beside(of(degree)).give_or_take(error));
        rows.push([f64::from(degree), measured, error, of(degree)]);
    }
    out.tabulate(&MOMENTS, rows.iter().map(|row| fields(&[], row)));
    let greatest = exact[exact.len() - 1];
    let edges: Vec<f64> = (0..=8).map(|i| greatest * 1.001 * 10f64.powf(0.5 * (f64::from(i) - 8.0))).collect();
    let intervals: Vec<[f64; 4]> = edges
        .windows(2)
        .map(|ends| {
            let inside = |x: f64| if ends[0] < x && x <= ends[1] { 1.0 } else { 0.0 };
            [ends[0], ends[1], exact.iter().map(|&x| inside(x)).sum(), n * density.mean(inside).mean]
        })
        .collect();
    out.tabulate(&SPECTRUM, intervals.iter().map(|row| fields(&[], row)));
    out.figures.insert(0, ("spectrum".to_owned(), spectrum(&intervals, probes)));
}

fn spectrum(intervals: &[[f64; 4]], probes: usize) -> Figure {
    let edges = || intervals.iter().map(|row| row[0]).chain([intervals[intervals.len() - 1][1]]);
    let steps = |column: usize| {
        let heights = intervals.iter().map(|row| row[column]);
        let last = intervals[intervals.len() - 1][column];
        Mark::Line { x: edges().collect(), y: heights.chain([last]).collect(), steps: true }
    };
    let middles: Vec<f64> = intervals.iter().map(|row| (row[0] * row[1]).sqrt()).collect();
    let measured = line(&middles, intervals.iter().map(|row| row[3]).collect());
    let points = Mark::Points { x: middles, y: intervals.iter().map(|row| row[3]).collect() };
    let chart = Chart {
        x: Axis::new("eigenvalue", "").log(),
        y: Axis::new("eigenvalues in an interval", ""),
        series: vec![
            Series { name: "exact".to_owned(), style: 0, marks: vec![steps(2)] },
            Series { name: "from products".to_owned(), style: 1, marks: vec![measured, points] },
        ],
        ..Chart::default()
    };
    Figure::of("Random vectors and 60 products each see the spectrum", chart)
        .with_subtitle(&format!("The largest of 354 eigenvalues by half factors of ten; mean over {probes} vectors."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn all_claims_hold() {
        crate::curvature::check(&EXPERIMENT);
    }

    #[test]
    fn every_claim_can_fail() {
        let (start, at) = trained(Key::new("wrong"));
        let dense = Dense::hessian(start.objective(), &at);
        let vector = Probe::Normal.draw(Key::new("vector"), 0, dense.dimension());
        let beyond = relative_errors(&dense, &vector, 2)[4];
        let moved: Vec<f64> = at.iter().map(|x| x + 0.1).collect();
        let greatest = |dense: &Dense| dense.eigenvalues()[dense.dimension() - 1];
        let elsewhere = (greatest(&Dense::hessian(start.objective(), &moved)) / greatest(&dense) - 1.0).abs();
        each_claim_can_fail(
            ALL,
            &[
                ("products-are-differences", Measured::of(elsewhere), "the Hessian of another point"),
                ("largest-eigenvalue", Measured::of(elsewhere), "the Hessian of another point"),
                ("smallest-eigenvalue", Measured::of(1e-4), "20 products"),
                ("residuals-are-bounds", Measured::of(1e-3), "the residual of the last step alone"),
                ("quadrature-is-exact", Measured::of(beyond), "a degree more than it has"),
                ("and-not-beyond", Measured::of(1e-15), "a degree less"),
                ("density-has-the-moments", Measured::of(3.0).beside(1.0).give_or_take(0.1), "no division by |v|²"),
            ],
        );
    }
}
