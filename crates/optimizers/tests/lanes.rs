//! Every lane of a pack has the bits of the same run alone.

mod support;

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Domain, Entry, Lanes, Layout, Real, Settings, Value};
use sgdlab_optimizers::{Packs, RuleSpec, Signal};
use support::entries_and_dialects;

const STEPS: u64 = 40;
const LANES: usize = 16;

/// Different numbers for every lane and hyperparameter, away from 0 and from the default.
fn number(domain: Domain, lane: usize, position: usize) -> Option<Value> {
    let share = ((7 * lane + 5 * position) % LANES) as f64 / LANES as f64;
    let (default, range) = match domain {
        Domain::Number { default, range } => (default, range),
        Domain::Optional { range, .. } => (range.low.max(0.0) + 10.0, range),
        Domain::Integer { default, least } => return Some(Value::Number((default.max(least) + lane as i64) as f64)),
        Domain::Numbers { default, range } if range.low == 0.0 => {
            return Some(Value::Numbers(default.iter().map(|x| x * (0.5 + 0.5 * share)).collect()));
        }
        _ => return None,
    };
    let unit = range.low == 0.0 && range.high == 1.0;
    Some(Value::Number(match default {
        _ if unit => 0.05 + 0.9 * share,
        // Closer to 0, which is where iterates stay finite.
        ..0.0 => default * (0.5 + 0.4 * share),
        _ => default.max(1e-3) * (1.0625 + share),
    }))
}

/// Numbers that keep their defaults: they say when something is wanted, or make iterations converge.
const COMMON: &[&str] =
    &["update-period", "ns-a", "ns-b", "ns-c", "preconditioning-compute-steps", "k", "start", "cycle", "every", "tau"];

/// One lane's rule with the flags of `mask` on, and as many numbers as go together with them.
fn lane_rule(entry: &'static Entry, dialect: Option<&str>, mask: usize, lane: usize) -> Option<RuleSpec> {
    let mut given: Vec<(&str, Value)> = Vec::new();
    let mut flags = 0;
    for (position, h) in entry.hyperparameters.iter().enumerate() {
        if let Domain::Flag { .. } = h.domain {
            given.push((h.name, Value::Flag(mask >> flags & 1 == 1)));
            flags += 1;
        } else if COMMON.contains(&h.name) {
            // The default.
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
            let lacked = *name == error.field && !matches!(value, Value::Flag(_));
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

/// Gradients 0.3 x + noise, some values and curvatures, and rates that change half-way.
fn run<R: Packs<N>, const N: usize>(
    specs: &[RuleSpec; N],
    lanes: [usize; N],
    layout: &Layout,
    noise: &[Vec<R>],
) -> Vec<Lanes<R, N>> {
    let parameters = layout.size();
    let mut rule = RuleSpec::bind::<R, N>(specs, layout);
    let mut x: Vec<_> = (0..parameters).map(|i| [R::of(0.1 * i as f64 - 0.7); N]).collect();
    for (step, noise) in noise.iter().enumerate() {
        let at = rule.probe(&x).map_or_else(|| x.clone(), <[_]>::to_vec);
        let gradient = at.iter().zip(noise).map(|(x, &noise)| x.map(|x| R::of(0.3) * x + noise)).collect::<Vec<_>>();
        let curvature: Vec<_> = at.iter().map(|x| x.map(|x| R::of(0.3) + x)).collect();
        let value = at[0].map(|x| x * x + R::ONE);
        let signal = Signal { value: Some(&value), curvature: Some(&curvature), ..Signal::of(&gradient) };
        let rates = lanes.map(|lane| 0.003 * (lane + 1) as f64 / if step < 20 { 1.0 } else { 3.0 });
        rule.update(&mut x, signal, &rates);
    }
    x
}

fn check<R: Packs<1> + Packs<LANES>>(specs: &[RuleSpec; LANES], layout: &Layout) {
    let noise = noise::<R>(layout.size());
    let pack = run(specs, std::array::from_fn(|lane| lane), layout, &noise);
    for lane in 0..LANES {
        let alone = run(std::array::from_ref(&specs[lane]), [lane], layout, &noise);
        for (i, (pack, alone)) in pack.iter().zip(&alone).enumerate() {
            let (pack, alone) = (pack[lane].to_f64(), alone[0].to_f64());
            assert!(
                pack.is_finite() && pack.to_bits() == alone.to_bits(),
                "{:?}, {}, parameter {i} of {}: {pack} or {alone}",
                specs[lane],
                R::NAME,
                layout.size()
            );
        }
    }
}

#[test]
fn a_lane_has_the_bits_of_the_run_alone() {
    let tensors = Layout::new([("weight", vec![4, 7]), ("bias", vec![5])]);
    let layouts = [Layout::vector(1), Layout::vector(2), Layout::vector(17), tensors];
    let mut packs = 0;
    for (entry, dialect) in entries_and_dialects() {
        let defaults = support::rule(entry.name, dialect, &[]);
        if defaults.needs().asking {
            assert!(!defaults.can_share_pack(&defaults), "{} asks as often as its lane says", entry.name);
            continue;
        }
        let flags = entry.hyperparameters.iter().filter(|h| matches!(h.domain, Domain::Flag { .. })).count();
        let before = packs;
        for mask in 0..1 << flags {
            let specs: Option<Vec<_>> = (0..LANES).map(|lane| lane_rule(entry, dialect, mask, lane)).collect();
            let Some(specs) = specs else { continue };
            let specs: [RuleSpec; LANES] = specs.try_into().expect("16 lanes");
            assert!(specs.iter().all(|spec| specs[0].can_share_pack(spec)));
            for layout in &layouts {
                check::<f32>(&specs, layout);
                check::<f64>(&specs, layout);
            }
            packs += 1;
        }
        assert!(packs > before, "{} in {dialect:?} was not tested", entry.name);
    }
}

#[test]
fn so_have_the_kernels_of_special_settings() {
    let momentum = ("momentum", Value::Number(0.0));
    let form = |form: &str| [("form", Value::Word(form.to_owned()))];
    let rprop = ["plus", "minus", "improved-plus"].map(|word| support::rule("rprop", Some("paper"), &form(word)));
    let special = [
        support::rule("ftrl", None, &[]),
        support::rule("madgrad", None, &[momentum]),
        support::rule("sps-max", None, &[("tau", Value::Number(1.05))]),
    ];
    for spec in special.into_iter().chain(rprop) {
        for parameters in [1, 17] {
            check::<f32>(&std::array::from_fn(|_| spec.clone()), &Layout::vector(parameters));
            check::<f64>(&std::array::from_fn(|_| spec.clone()), &Layout::vector(parameters));
        }
    }
}

/// Iterates of a rule whose gradients are these numbers in every step, coordinate by coordinate.
fn with_gradients<R: Packs<1>>(spec: &RuleSpec, gradients: &[f64]) -> Vec<Vec<u64>> {
    let mut rule = RuleSpec::bind::<R, 1>(std::array::from_ref(spec), &Layout::vector(gradients.len()));
    let mut x = vec![[R::of(0.75)]; gradients.len()];
    let g: Vec<[R; 1]> = gradients.iter().map(|&g| [R::of(g)]).collect();
    let mut iterates = vec![Vec::new(); g.len()];
    for _ in 0..8 {
        rule.update(&mut x, Signal::of(&g), &[0.1]);
        for (iterates, [x]) in iterates.iter_mut().zip(&x) {
            // The bits of NaN are open.
            let x = x.to_f64();
            iterates.push(if x.is_nan() { f64::NAN } else { x }.to_bits());
        }
    }
    iterates
}

fn check_one_extreme_of_a_block<R: Packs<1>>(extremes: [f64; 2]) {
    let spec = support::rule("madgrad", None, &[]);
    let ordinary: [f64; 16] = std::array::from_fn(|i| 0.37 * (i as f64 - 7.5));
    let moderate = with_gradients::<R>(&spec, &ordinary);
    for place in 0..16 {
        for extreme in extremes.into_iter().chain([0.0, f64::INFINITY]) {
            let mut gradients = ordinary;
            gradients[place] = extreme;
            let mut expected = moderate.clone();
            expected[place] = with_gradients::<R>(&spec, &[extreme]).remove(0);
            assert_eq!(with_gradients::<R>(&spec, &gradients), expected, "{extreme:e} at {place}");
        }
    }
}

/// Where the sum of squares is subnormal, or comes to infinity past the largest number that is moderate.
#[test]
fn one_extreme_number_of_a_block_does_not_change_the_others() {
    check_one_extreme_of_a_block::<f32>([1e-20, 1.8e19]);
    check_one_extreme_of_a_block::<f64>([1e-158, 1.3e154]);
}
