//! Every lane of a pack has the bits of the same run alone.

mod support;

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Domain, Entry, Lanes, Real, Settings, Value};
use sgdlab_optimizers::{RuleSpec, Signal};
use support::{entries_and_dialects, layout};

const STEPS: u64 = 40;
const LANES: usize = 16;

/// Different numbers for every lane and hyperparameter, away from 0.
fn number(domain: Domain, lane: usize, position: usize) -> Option<Value> {
    let Domain::Number { default, range } = domain else { return None };
    let share = ((7 * lane + 5 * position) % LANES) as f64 / LANES as f64;
    let unit = range.low == 0.0 && range.high == 1.0;
    let size = if range.high == 0.0 { default } else { default.max(1e-3) };
    Some(Value::Number(if unit { 0.05 + 0.9 * share } else { size * (1.0 + share) }))
}

/// One lane's rule with the flags of `mask` on, and as many numbers as go together with them.
fn lane_rule(entry: &'static Entry, dialect: Option<&str>, mask: usize, lane: usize) -> Option<RuleSpec> {
    let mut given: Vec<(&str, Value)> = Vec::new();
    let mut flags = 0;
    for (position, h) in entry.hyperparameters.iter().enumerate() {
        if let Domain::Flag { .. } = h.domain {
            given.push((h.name, Value::Flag(mask >> flags & 1 == 1)));
            flags += 1;
        } else if let Some(value) = number(h.domain, lane, position) {
            given.push((h.name, value));
        }
    }
    loop {
        let settings = Settings::in_dialect(entry, dialect, given.iter().cloned()).expect("accepted one by one");
        let error = match RuleSpec::new(&settings) {
            Ok(spec) => return Some(spec),
            Err(error) => error,
        };
        let refused = |(name, value): &(&str, Value)| {
            let lacked = *name == error.field && matches!(value, Value::Number(_));
            lacked || (error.field == "nesterov" && *name == "dampening")
        };
        let position = given.iter().position(refused)?;
        given.remove(position);
    }
}

/// Normal numbers for every step and parameter, every seventh of them 0.
fn noise<R: Real>(parameters: usize) -> Vec<Vec<R>> {
    let key = Key::new("lanes of update rules");
    let draw = |step: u64| {
        let normal = Normal.sample_iter(key.stream(step)).take(parameters).enumerate();
        normal.map(|(i, x)| R::of(if (i as u64 + step).is_multiple_of(7) { 0.0 } else { x })).collect()
    };
    (0..STEPS).map(draw).collect()
}

/// Gradients 0.3 x + noise, rates that change half-way.
fn run<R: Real, const N: usize>(specs: &[RuleSpec; N], lanes: [usize; N], noise: &[Vec<R>]) -> Vec<Lanes<R, N>> {
    let parameters = noise[0].len();
    let mut rule = RuleSpec::bind::<R, N>(specs, &layout(parameters));
    let mut x: Vec<_> = (0..parameters).map(|i| [R::of(0.1 * i as f64 - 0.7); N]).collect();
    for (step, noise) in noise.iter().enumerate() {
        let at = rule.probe(&x).map_or_else(|| x.clone(), <[_]>::to_vec);
        let gradient = at.iter().zip(noise).map(|(x, &noise)| x.map(|x| R::of(0.3) * x + noise));
        let rates = lanes.map(|lane| 0.003 * (lane + 1) as f64 / if step < 20 { 1.0 } else { 3.0 });
        rule.update(&mut x, Signal::of(&gradient.collect::<Vec<_>>()), &rates);
    }
    x
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn check<R: Real>(specs: &[RuleSpec; LANES], parameters: usize) {
    let noise = noise::<R>(parameters);
    let pack = run(specs, std::array::from_fn(|lane| lane), &noise);
    for lane in 0..LANES {
        let alone = run(std::array::from_ref(&specs[lane]), [lane], &noise);
        for (i, (pack, alone)) in pack.iter().zip(&alone).enumerate() {
            let (pack, alone) = (pack[lane].to_f64(), alone[0].to_f64());
            assert!(
                same(pack, alone),
                "{:?}, {}, parameter {i} of {parameters}: {pack} or {alone}",
                specs[lane],
                R::NAME
            );
        }
    }
}

#[test]
fn a_lane_has_the_bits_of_the_run_alone() {
    let mut packs = 0;
    for (entry, dialect) in entries_and_dialects() {
        let flags = entry.hyperparameters.iter().filter(|h| matches!(h.domain, Domain::Flag { .. })).count();
        let before = packs;
        for mask in 0..1 << flags {
            let specs: Option<Vec<_>> = (0..LANES).map(|lane| lane_rule(entry, dialect, mask, lane)).collect();
            let Some(specs) = specs else { continue };
            let specs: [RuleSpec; LANES] = specs.try_into().expect("16 lanes");
            assert!(specs.iter().all(|spec| specs[0].can_share_pack(spec)));
            for parameters in [1, 2, 17, 33] {
                check::<f32>(&specs, parameters);
                check::<f64>(&specs, parameters);
            }
            packs += 1;
        }
        assert!(packs > before, "{} in {dialect:?} was not tested", entry.name);
    }
}
