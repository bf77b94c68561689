//! Landscapes with random shape parameters, and random points.

use sgdlab_core::streams::{Key, Stream, Uniform, index};
use sgdlab_core::{Domain, Entry, Range, Settings, Value};
use sgdlab_landscapes::Landscape;

use rand::distr::Distribution;

/// The landscapes, without the families of bowls.
pub fn landscapes() -> Vec<&'static Entry> {
    let analytic = |entry: &&'static Entry| Landscape::new(&Settings::defaults(entry)).is_ok();
    sgdlab_landscapes::entries().into_iter().filter(analytic).collect()
}

/// A uniform number.
pub fn uniform(rng: &mut Stream, low: f64, high: f64) -> f64 {
    Uniform { low, high }.sample(rng)
}

/// A number that a range accepts, within a factor of 2 of the default or by 1 from 0.
fn number(rng: &mut Stream, default: f64, range: Range) -> f64 {
    loop {
        let x = if default == 0.0 { uniform(rng, -1.0, 1.0) } else { default * uniform(rng, 0.5, 2.0) };
        let x = if range.contains(-x) && index(rng, 3) == 0 { -x } else { x };
        if range.contains(x) {
            return x;
        }
    }
}

/// The names of the hyperparameters that are no shape.
pub const SHARED: [&str; 9] =
    ["start", "spread", "noise", "noise-kind", "noise-law", "tail-index", "quiet", "steepness", "terms"];

/// Settings of an entry whose shape parameters are drawn.
pub fn drawn(entry: &'static Entry, rng: &mut Stream) -> Settings {
    loop {
        let mut given = Vec::new();
        for hyperparameter in entry.hyperparameters.iter().filter(|h| !SHARED.contains(&h.name)) {
            let value = match hyperparameter.domain {
                Domain::Number { default, range } => Value::Number(number(rng, default, range)),
                Domain::Integer { least, .. } => Value::Number(least as f64 + f64::from(index(rng, 5))),
                Domain::Choice { accepts, .. } => {
                    Value::Word(accepts[index(rng, accepts.len() as u32) as usize].into())
                }
                other => panic!("{}: {other}", hyperparameter.name),
            };
            given.push((hyperparameter.name, value));
        }
        let settings = Settings::new(entry, given).expect("drawn from what is accepted");
        if Landscape::new(&settings).is_ok() {
            return settings;
        }
    }
}

/// A point in a window; further coordinates are from that of the second.
pub fn point(rng: &mut Stream, landscape: &Landscape) -> Vec<f64> {
    let window = landscape.window();
    let coordinate = |j: usize| {
        let (low, high) = window[j.min(1)];
        uniform(rng, low, high)
    };
    (0..landscape.dimension()).map(coordinate).collect()
}

/// Every landscape, with its defaults and with `draws` drawn shapes.
pub fn every(draws: usize, mut check: impl FnMut(&Landscape, &mut Stream)) {
    for entry in landscapes() {
        let mut rng = Key::new("shapes of landscapes").child(entry.name).stream(0);
        check(&Landscape::new(&Settings::defaults(entry)).expect("defaults are accepted"), &mut rng);
        for _ in 0..draws {
            let settings = drawn(entry, &mut rng);
            check(&Landscape::new(&settings).expect("drawn to be accepted"), &mut rng);
        }
    }
}
