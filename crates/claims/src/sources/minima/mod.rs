//! Source 000: low against high variance of the loss across minibatches.

mod claims;
mod family;
mod figures;
mod plane;
#[cfg(test)]
mod tests;
mod wells;

use rand::RngCore;
use rayon::prelude::*;
use sgdlab_core::streams::Key;

use self::claims::{DESCENT, ENDS, ORDERS, PANELS, RATIO, SAME_MEAN, SPREAD};
use self::family::{Family, P, Place};
use crate::tools::grid::positions;
use crate::tools::sampler::sampler;
use crate::{Experiment, Measured, Outcome, Setting, Truth};

/// Source 000.
pub(super) static SOURCE: Experiment = Experiment {
    name: "source-000",
    title: "Low against high variance of the loss across minibatches",
    sentence: "Stochastic gradient descent prefers minima where the minibatch losses agree with each other.",
    reference: "Murphy 2023, Probabilistic Machine Learning: Advanced Topics, notebook sgd_minima_variance of chapter 13, \
                after Huszár, Notes on the Origin of Implicit Regularization in SGD",
    statement: "Losses f₁, …, f₁₀₀ with mean F. Pulled toward it, gᵢ = p fᵢ + (1 − p) F with p = 0.23, they have the same \
                mean, and at every x the variance of their slopes is p² times as large. Of two wells that F cannot tell \
                apart, the one with less variance of slopes is where runs end.",
    setup: "A notebook with 100 minibatch losses: Huber bowls with Gaussian-process paths on them, as it drew them, and \
            the same pulled toward their mean by p = 0.23; and families of the same recipe that are drawn, with one and with \
            two parameters. Draws both panels with the same mean; measures how far \
            stochastic gradient descent spreads around the minimum, where many starts end, and which of two equal wells \
            is preferred, for gradient descent, reshuffling and independent draws.",
    exactness: "Means, variances and descent are computed; paths of Gaussian processes are sums of kernels, so slopes are \
                exact, and the recorded losses are met to 1e-12. Spreads are means over 8 runs of 300 epochs (120 with --quick), ends over 128 starts (32).",
    limits: "At rate 0.05 reshuffling does not find the quiet well in 400 epochs: the noise of an epoch cancels, and what \
             is left is a drift of second order. The spread is proportional to p for small rates only.",
    truth: Truth::Limited,
    claims: claims::ALL,
    tables: &[&figures::LANDSCAPE, &plane::PLANE, &figures::SPREADS, &figures::ENDS, &figures::WELLS],
    run,
};

/// Places on [−10, 10].
const POINTS: usize = 100;

/// Samplers in the order of figures.
const SAMPLERS: [&str; 2] = ["reshuffle", "with-replacement"];

/// The high and the low variance.
const NAMES: [&str; 2] = ["high variance", "low variance"];

fn run(setting: &Setting, out: &mut Outcome) {
    let families = [Family::recorded(1.0), Family::recorded(P)];
    let draw = setting.key.child("family").stream(0).next_u32() % 1_000_000;
    let drawn = [Family::drawn(1.0, draw), Family::drawn(P, draw)];
    let places = positions([-10.0, 10.0], POINTS);
    let [of_drawn, of_recorded] = [&drawn, &families]
        .map(|families| families.each_ref().map(|family| places.iter().map(|&x| family.at(x)).collect::<Vec<_>>()));
    panels("recorded", &of_recorded, out);
    panels("drawn", &of_drawn, out);
    let apart = |place: &Place| (place.losses[..10].iter().sum::<f64>() / 10.0 - place.mean).abs();
    out.decide(&PANELS, "recorded", Measured::of(of_recorded[0].iter().map(apart).fold(0.0, f64::max)));
    figures::curves(&places, &of_recorded, out);
    out.draw("panels", figures::panels(&places, &of_recorded, "recorded losses"));
    out.draw("panels-drawn", figures::panels(&places, &of_drawn, "drawn losses"));
    plane::run(setting, draw, out);
    out.draw("deviation", figures::deviation(&places, &of_recorded));
    out.draw("modified", figures::modified(&places, &of_recorded));
    descent(&families, out);
    spread(setting, &families, out);
    ends(setting, &families, out);
    wells::run(setting, out);
}

fn panels(what: &str, [high, low]: &[Vec<Place>; 2], out: &mut Outcome) {
    let both = || high.iter().zip(low);
    let apart = both().map(|(high, low)| (high.mean - low.mean).abs()).fold(0.0, f64::max);
    out.decide(&SAME_MEAN, what, Measured::of(apart));
    let ratios = both().map(|(high, low)| low.variance / high.variance);
    let worst = ratios.max_by(|a, b| (a - P * P).abs().total_cmp(&(b - P * P).abs())).expect("there are places");
    out.decide(&RATIO, what, Measured::of(worst).beside(P * P));
}

/// Where gradient descent ends.
fn descent(families: &[Family; 2], out: &mut Outcome) {
    let end = |family: &Family, start: f64| family.course(0.2, start).full(600, false)[600][0];
    let apart = |start: f64| (end(&families[0], start) - end(&families[1], start)).abs();
    let worst = positions([-10.0, 10.0], 9).into_par_iter().map(apart).reduce(|| 0.0, f64::max);
    out.decide(&DESCENT, "largest difference", Measured::of(worst));
}

impl Family {
    /// The places of a run with single terms as batches.
    fn walk(&self, rate: f64, start: f64, (name, key): (&str, Key), steps: u64) -> Vec<[f64; 1]> {
        let mut sampler = sampler(name, self.objective().terms(), 1, key);
        self.course(rate, start).run(steps, |step, batch| sampler.fill(step, batch))
    }
}

/// A spread: family, sampler, rate, root mean square distance from the minimum.
type Spread = (usize, &'static str, f64, f64);

/// How far runs spread around the minimum.
fn spread(setting: &Setting, families: &[Family; 2], out: &mut Outcome) {
    let (chains, epochs) = (8, setting.choose(120, 300));
    let steps = epochs * 100;
    let one = |family: usize, name: &'static str, rate: f64| {
        let of = &families[family];
        let start = of.minimizer();
        let square = |chain: u64| {
            let key = setting.key.child(&format!("spread, {name}, {chain}"));
            let path = of.walk(rate, start, (name, key), steps);
            // The first tenth is forgotten.
            let kept = &path[path.len() / 10..];
            kept.iter().map(|[x]| (x - start).powi(2)).sum::<f64>() / kept.len() as f64
        };
        let squares: Vec<f64> = (0..chains).into_par_iter().map(square).collect();
        (family, name, rate, (squares.iter().sum::<f64>() / chains as f64).sqrt())
    };
    let mut rows: Vec<Spread> = Vec::new();
    for rate in [0.05, 0.2, 0.8] {
        for name in SAMPLERS {
            let [high, low] = [0, 1].map(|family| one(family, name, rate));
            out.decide(&SPREAD, format!("{name}, rate {rate}"), Measured::of(low.3 / high.3));
            rows.extend([high, low]);
        }
    }
    let of = |family: usize, name: &str| {
        rows.iter().find(|row| (row.0, row.1, row.2) == (family, name, 0.05)).expect("it was run").3
    };
    for (family, name) in NAMES.into_iter().enumerate() {
        let ratio = of(family, SAMPLERS[1]) / of(family, SAMPLERS[0]);
        out.decide(&ORDERS, name, Measured::of(ratio));
    }
    figures::spreads(&rows, out);
    out.draw("spread", figures::spread(&rows, (chains, epochs)));
}

/// Where runs end from everywhere.
fn ends(setting: &Setting, families: &[Family; 2], out: &mut Outcome) {
    let starts = positions([-10.0, 10.0], setting.choose(32, 128));
    let of = |family: usize, name: &'static str| {
        let family = &families[family];
        let end = |(i, start): (usize, &f64)| {
            let key = setting.key.child(&format!("ends, {name}, {i}"));
            family.walk(0.2, *start, (name, key), 2000)[2000][0]
        };
        starts.par_iter().enumerate().map(end).collect::<Vec<f64>>()
    };
    let mut samples = Vec::new();
    for name in SAMPLERS {
        let of_both = [0, 1].map(|family| of(family, name));
        let near = |family: usize| {
            let minimizer = families[family].minimizer();
            of_both[family].iter().filter(|end| (*end - minimizer).abs() <= 1.0).count() as f64 / starts.len() as f64
        };
        out.decide(&ENDS, name, Measured::of(near(1) - near(0)));
        samples.extend(NAMES.iter().zip(of_both).map(|(family, ends)| (format!("{family}, {name}"), ends)));
    }
    figures::ends(&starts, &samples, out);
    out.draw("ends", figures::end_boxes(&samples));
}
