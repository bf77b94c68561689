//! Two equal wells, of which one is quiet.

use super::claims::{CANCELS, QUIET, QUIET_DESCENT};
use super::{SAMPLERS, figures};
use crate::tools::wells::Wells;
use crate::{Measured, Outcome, Setting};

/// Decides about the quiet well.
pub(super) fn run(setting: &Setting, out: &mut Outcome) {
    let wells = Wells::new();
    let packs = setting.choose(32, 64);
    let share = |rate: f64, name: Option<&str>| {
        let batches = name.map(|name| (name, setting.key.child(&format!("wells, {name}, {rate}"))));
        wells.share(rate, packs, batches).value
    };
    let rates = [0.01, 0.05, 0.1, 0.2];
    let [dealt, drawn] = SAMPLERS.map(|name| rates.map(|rate| share(rate, Some(name))));
    let still = rates.map(|rate| share(rate, None));
    out.decide(&QUIET, "with replacement, rate 0.05", Measured::of(drawn[1]));
    out.decide(&QUIET, "with replacement, rate 0.2", Measured::of(drawn[3]));
    out.decide(&QUIET, "reshuffling, rate 0.2", Measured::of(dealt[3]));
    out.decide(&CANCELS, "reshuffling, rate 0.05", Measured::of(dealt[1]));
    for (rate, share) in rates.into_iter().zip(still) {
        out.decide(&QUIET_DESCENT, format!("rate {rate}"), Measured::of(share));
    }
    let rows = [("gradient descent", still), ("reshuffling", dealt), ("with replacement", drawn)];
    figures::well_table(rates, &rows, out);
    out.draw("wells", figures::wells(rates, &rows, packs * sgdlab_core::WIDTH));
}
