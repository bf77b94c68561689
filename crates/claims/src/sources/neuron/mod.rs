//! Source 004: update rules on the error surface of one sigmoid neuron.

mod algorithms;
mod claims;
mod figures;
mod listings;
#[cfg(test)]
mod tests;

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Uniform};

use self::algorithms::*;
use self::claims::*;
use crate::tools::course::gradient;
use crate::tools::geometry::{length, minus, norm, overshoot, reversals, steps};
use crate::{Experiment, Measured, Outcome, Setting, Truth};

/// Source 004.
pub(super) static SOURCE: Experiment = Experiment {
    name: "source-004",
    title: "Update rules on the error surface of one sigmoid neuron",
    sentence: "Momentum is faster than gradient descent but overshoots, Nesterov's method overshoots less, and rules with a \
               moving average of squared gradients beat those with a sum.",
    reference: "One Fourth Labs, lecture slides on gradient descent and its variants, with listings",
    statement: "Error Σ ½ (f − y)², f = 1/(1 + exp(−(w x + b))); v ← γ v + η ∇, (w, b) ← (w, b) − v, γ = 0.9, and Nesterov's \
                gradient at (w, b) − γ v. An epoch is N/B updates.",
    setup: "Lecture slides: a neuron on two points, error Σ ½ (f − y)², from (−2, −2) for 1000 epochs, by gradient \
            descent, momentum and Nesterov's method (rate 1, momentum 0.9), their stochastic forms, mini-batches of two \
            of eight points, AdaGrad, RMSProp and Adam (rate 0.1). Draws their paths on contours, from four starts, and \
            on surfaces in space; answers the questions of the slides, and runs the listings as they are printed. Random \
            are only the starts of one claim.",
    exactness: "All runs are computed once, as the slides have them; 64 random starts decide about what is used in practice.",
    limits: "As printed nothing runs: the sigmoid lacks its closing parenthesis. The listings of the stochastic forms are the \
             batch ones, so that an epoch is one update whatever the points; that of momentum moves b by the velocity of w; \
             that of mini-batches has a batch size of 0, and neither clears its sums nor its counter. All of this was \
             corrected, and is run as printed too. Nesterov's path turns back more often than momentum's. RMSProp at a constant rate never rests: late steps turn \
             back nearly always.",
    truth: Truth::Limited,
    claims: claims::ALL,
    tables: &[&figures::ALGORITHMS, &figures::TRAJECTORIES],
    run,
};

/// Errors that are to be reached.
const TARGETS: [f64; 3] = [1e-2, 1e-3, 1e-4];

/// Random starts.
const STARTS: usize = 64;

/// An algorithm with its run from the start of the slides.
pub(super) struct Done {
    pub(super) algorithm: Algorithm,
    pub(super) run: Run,
}

/// Everything that is run from the start of the slides.
pub(super) struct Measurements {
    pub(super) two: Neuron,
    pub(super) eight: Neuron,
    pub(super) descent: Done,
    pub(super) momentum: Done,
    pub(super) nag: Done,
    pub(super) stochastic: [Done; 3],
    /// On eight points.
    pub(super) mini_batch: Done,
    pub(super) adagrad: Done,
    pub(super) rmsprop: Done,
    pub(super) adam: Done,
    /// At rate 1.
    pub(super) fast_adagrad: Done,
}

impl Measurements {
    fn new() -> Self {
        let (two, eight) = (Neuron::two(), Neuron::eight());
        let done = |algorithm: Algorithm| Done { run: two.run(&algorithm, START, EPOCHS), algorithm };
        let mini_batch = mini_batch();
        Self {
            descent: done(descent()),
            momentum: done(momentum()),
            nag: done(nag()),
            stochastic: stochastic().map(done),
            mini_batch: Done { run: eight.run(&mini_batch, START, EPOCHS), algorithm: mini_batch },
            adagrad: done(adagrad(0.1)),
            rmsprop: done(rmsprop()),
            adam: done(adam()),
            fast_adagrad: done(Algorithm { words: "AdaGrad, rate 1", ..adagrad(1.0) }),
            two,
            eight,
        }
    }

    /// The ten algorithms, with the points that each is run on.
    pub(super) fn ten(&self) -> [(&Done, &Neuron); 10] {
        let [descent, momentum, nag] = &self.stochastic;
        let on_two = |done| (done, &self.two);
        [
            on_two(&self.descent),
            on_two(&self.momentum),
            on_two(&self.nag),
            on_two(descent),
            on_two(momentum),
            on_two(nag),
            (&self.mini_batch, &self.eight),
            on_two(&self.adagrad),
            on_two(&self.rmsprop),
            on_two(&self.adam),
        ]
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let measured = Measurements::new();
    let error = measured.two.errors(&[measured.two.optimum])[0];
    out.decide(&OPTIMUM, "error", Measured::of(error));
    epochs(&measured, out);
    slopes(&measured, out);
    oscillation(&measured, out);
    updates(&measured, out);
    averages(&measured, out);
    practice(setting.key, &measured.two, out);
    listings::run(&measured, out);
    figures::numbers(&measured, out);
    figures::trajectories(&measured, out);
    out.draw("contours", figures::contours(&measured));
    out.draw("errors", figures::errors(&measured));
    for (name, figure) in figures::surfaces(&measured) {
        out.draw(name, figure);
    }
}

/// Epochs to the targets, beside those of another program.
fn epochs(measured: &Measurements, out: &mut Outcome) {
    let never = f64::INFINITY;
    let recorded = [
        (&measured.descent, [113.0, 183.0, 276.0]),
        (&measured.momentum, [32.0, 148.0, 161.0]),
        (&measured.nag, [29.0, 31.0, 96.0]),
        (&measured.adagrad, [352.0, 940.0, never]),
        (&measured.rmsprop, [27.0, 43.0, 54.0]),
        (&measured.adam, [52.0, 74.0, 98.0]),
    ];
    for (done, counts) in recorded {
        for (target, count) in TARGETS.into_iter().zip(counts) {
            // What is never reached is counted as one epoch more than there are.
            let [found, count] = [done.run.epochs_to(target), count].map(|x| x.min(EPOCHS as f64 + 1.0));
            out.decide(&EPOCHS_TO, format!("{}, {target}", done.algorithm.words), Measured::of(found).beside(count));
        }
    }
}

/// Why descent is slow where the surface is flat.
fn slopes(measured: &Measurements, out: &mut Outcome) {
    let run = &measured.descent.run;
    let lengths: Vec<f64> = steps(&run.path).into_iter().map(norm).collect();
    let epochs = run.epochs_to(TARGETS[0]) as usize;
    let way = length(&run.path[..=epochs]);
    let third = (1..=epochs).find(|&epoch| length(&run.path[..=epoch]) >= way / 3.0).unwrap_or(epochs);
    out.decide(&GENTLE_SLOPES, "epochs of the first third", Measured::of(third as f64 / epochs as f64));
    let longest = lengths.iter().copied().fold(0.0, f64::max);
    out.decide(&GENTLE_SLOPES, "longest step over 20 first ones", Measured::of(longest / lengths[0] / 20.0));
    let points = measured.two.problem.terms() as f64;
    let apart = |(at, length): (&[f64; 2], &f64)| {
        (measured.descent.algorithm.rate * points * norm(gradient(measured.two.objective(), *at)) - length).abs()
    };
    let worst = run.path.iter().zip(&lengths).map(apart).fold(0.0, f64::max);
    out.decide(&GENTLE_SLOPES, "steps are rate · slope", Measured::of(f64::from(worst <= 1e-15)));
    for done in [&measured.momentum, &measured.nag] {
        for target in [TARGETS[0], TARGETS[2]] {
            let ratio = run.epochs_to(target) / done.run.epochs_to(target);
            out.decide(&FASTER, format!("{}, to {target}", done.algorithm.words), Measured::of(ratio));
        }
    }
}

/// Whether momentum overshoots, and whether Nesterov's method does so less.
fn oscillation(measured: &Measurements, out: &mut Outcome) {
    let goal = measured.two.optimum;
    let straight = norm(minus(goal, START));
    let [heavy, ahead] = [&measured.momentum.run, &measured.nag.run];
    let rises = heavy.errors.windows(2).filter(|pair| pair[1] > pair[0]).count() as f64;
    out.decide(&OVERSHOOTS, "path over 2 straight lines", Measured::of(length(&heavy.path) / straight / 2.0));
    out.decide(&OVERSHOOTS, "epochs of rising error over 10", Measured::of(rises / 10.0));
    out.decide(&OVERSHOOTS, "overshoot over 0.1", Measured::of(overshoot(&heavy.path, goal) / 0.1));
    let ratio = |what: &dyn Fn(&Run) -> f64| Measured::of(what(ahead) / what(heavy));
    out.decide(&SHORTER, "path", ratio(&|run| length(&run.path)));
    out.decide(&SHORTER, "overshoot", ratio(&|run| overshoot(&run.path, goal)));
    out.decide(&SHORTER, "epochs to 0.0001", ratio(&|run| run.epochs_to(TARGETS[2])));
    out.decide(&REVERSALS, "turns", ratio(&|run| reversals(&run.path) as f64));
}

/// How many updates make an epoch.
fn updates(measured: &Measurements, out: &mut Outcome) {
    let eight = &measured.eight;
    let cases = [
        ("gradient descent, N = 2", &measured.two, Batches::All, 1.0),
        ("stochastic, N = 2", &measured.two, Batches::Keep(1), 2.0),
        ("gradient descent, N = 8", eight, Batches::All, 1.0),
        ("stochastic, N = 8", eight, Batches::Keep(1), 8.0),
        ("B = 2, N = 8", eight, Batches::Keep(2), 4.0),
        ("B = 3, N = 8, last one kept", eight, Batches::Keep(3), 3.0),
        ("B = 3, N = 8, last one dropped", eight, Batches::Drop(3), 2.0),
    ];
    for (words, neuron, batches, expected) in cases {
        let run = neuron.run(&Algorithm { batches, ..descent() }, START, 10);
        out.decide(&UPDATES, words, Measured::of(run.updates as f64 / 10.0).beside(expected));
    }
    let apart = |one: Batches, other: Batches| {
        let [a, b] = [one, other].map(|batches| eight.run(&Algorithm { batches, ..descent() }, START, EPOCHS).path);
        Measured::of(a.iter().zip(&b).map(|(a, b)| norm(minus(*a, *b))).fold(0.0, f64::max))
    };
    let [one, all] = [1, 8];
    out.decide(&SPECIAL_CASES, "B = N and gradient descent", apart(Batches::Keep(all), Batches::All));
    out.decide(&SPECIAL_CASES, "counted to 1 and stochastic", apart(Batches::Counter(one), Batches::Keep(one)));
}

/// Sums of squared gradients and moving averages.
fn averages(measured: &Measurements, out: &mut Outcome) {
    let Measurements { adagrad, rmsprop, adam, fast_adagrad, .. } = measured;
    for target in TARGETS {
        let ratio = |done: &Done| Measured::of(done.run.epochs_to(target) / rmsprop.run.epochs_to(target));
        out.decide(&AVERAGE, format!("to {target}"), ratio(adagrad));
        out.decide(&AT_ITS_BEST, format!("to {target}"), ratio(fast_adagrad));
    }
    let turns = reversals(&rmsprop.run.path[EPOCHS - 501..]) as f64 / 500.0;
    out.decide(&NEVER_RESTS, "RMSProp: steps that turn back", Measured::of(turns));
    out.decide(&NEVER_RESTS, "RMSProp: last error over 1e-7", Measured::of(rmsprop.run.errors[EPOCHS] / 1e-7));
    for done in [fast_adagrad, adam] {
        let ratio = 1e-7 / done.run.errors[EPOCHS].max(f64::MIN_POSITIVE);
        out.decide(&NEVER_RESTS, format!("{}: 1e-7 over its last error", done.algorithm.words), Measured::of(ratio));
    }
}

/// Where the rules get to from anywhere.
fn practice(key: Key, two: &Neuron, out: &mut Outcome) {
    let mut rng = key.child("starts").stream(0);
    let mut number = || Uniform { low: -5.0, high: 5.0 }.sample(&mut rng);
    let starts: Vec<[f64; 2]> = (0..STARTS).map(|_| [number(), number()]).collect();
    let of = |algorithm: &Algorithm| {
        let late = EPOCHS as f64 + 1.0;
        let epochs = |start: &[f64; 2]| two.run(algorithm, *start, EPOCHS).epochs_to(TARGETS[1]).min(late);
        let mut epochs: Vec<f64> = starts.iter().map(epochs).collect();
        epochs.sort_by(f64::total_cmp);
        (epochs.iter().filter(|epochs| **epochs < late).count() as f64, epochs[STARTS / 2])
    };
    let (arrives, median) = of(&descent());
    for (words, algorithm) in [("AdaGrad, rate 1", adagrad(1.0)), ("RMSProp", rmsprop()), ("Adam", adam())] {
        let (often, fast) = of(&algorithm);
        out.decide(&PRACTICE, format!("{words}: arrivals"), Measured::of(often / arrives));
        out.decide(&PRACTICE, format!("{words}: speed"), Measured::of(median / fast));
    }
}
