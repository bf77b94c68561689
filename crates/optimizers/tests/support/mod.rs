//! What several test files need.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod problem;

use sgdlab_core::{Entry, Lanes, Layout, Local, Product, Real, Settings, Value};
use sgdlab_optimizers::{Rule, RuleSpec, Signal};

/// The rule's entry of this name.
pub fn entry(name: &str) -> &'static Entry {
    let found = sgdlab_optimizers::rules::entries().into_iter().find(|entry| entry.name == name);
    found.unwrap_or_else(|| panic!("no rule is called {name}"))
}

/// Every rule in every dialect.
pub fn entries_and_dialects() -> Vec<(&'static Entry, Option<&'static str>)> {
    let with_dialects = |entry: &'static Entry| {
        let names: Vec<_> = match entry.dialects {
            [] => vec![None],
            dialects => dialects.iter().map(|dialect| Some(dialect.name)).collect(),
        };
        names.into_iter().map(move |name| (entry, name))
    };
    sgdlab_optimizers::rules::entries().into_iter().flat_map(with_dialects).collect()
}

/// A rule with these settings.
pub fn rule(name: &str, dialect: Option<&str>, given: &[(&'static str, Value)]) -> RuleSpec {
    let entry = entry(name);
    let settings = match dialect {
        Some(_) => Settings::in_dialect(entry, dialect, given.iter().cloned()),
        None => Settings::new(entry, given.iter().cloned()),
    };
    RuleSpec::new(&settings.expect("accepted one by one")).expect("accepted together")
}

/// A vector of five numbers and a matrix of four rows, if `parameters` are as many; otherwise one vector.
pub fn layout(parameters: usize) -> Layout {
    match parameters.checked_sub(5) {
        Some(entries) if entries > 0 && entries.is_multiple_of(4) => {
            Layout::new([("vector", vec![5]), ("matrix", vec![4, entries / 4])])
        }
        _ => Layout::vector(parameters),
    }
}

/// A single run in `f64` over `parameters` numbers.
pub fn single(spec: &RuleSpec, parameters: usize) -> Box<dyn Rule<f64, 1>> {
    RuleSpec::bind(std::array::from_ref(spec), &Layout::vector(parameters))
}

/// What a rule that asks is answered, and how often it has asked.
///
/// The gradient is what `gradient` writes, and the value half the squared norm of the point.
/// All matrices are the identity.
pub struct Answers<G> {
    pub gradient: G,
    pub values: u64,
    pub gradients: u64,
    pub products: u64,
}

impl<G> Answers<G> {
    pub fn new(gradient: G) -> Self {
        Self { gradient, values: 0, gradients: 0, products: 0 }
    }
}

/// Half the squared norm.
fn half_square<R: Real, const N: usize>(at: &[Lanes<R, N>]) -> Lanes<R, N> {
    let mut value = [R::ZERO; N];
    for x in at {
        for l in 0..N {
            value[l] += R::of(0.5) * x[l] * x[l];
        }
    }
    value
}

impl<R: Real, const N: usize, G: Fn(&[Lanes<R, N>], &mut [Lanes<R, N>])> Local<R, N> for Answers<G> {
    fn value(&mut self, at: &[Lanes<R, N>]) -> Lanes<R, N> {
        self.values += 1;
        half_square(at)
    }

    fn gradient(&mut self, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) -> Lanes<R, N> {
        self.gradients += 1;
        (self.gradient)(at, out);
        half_square(at)
    }

    fn curvature_times(&mut self, asked: Product<'_, R, N>, out: &mut [Lanes<R, N>]) {
        self.products += 1;
        out.copy_from_slice(asked.vector);
    }
}

/// One step of a single run, with the gradient taken where the rule wants it; returns that point.
///
/// The value is half the squared norm of the point, and all curvatures are 1.
/// A rule that asks is answered the same.
pub fn step(
    rule: &mut dyn Rule<f64, 1>,
    x: &mut [[f64; 1]],
    rate: f64,
    gradient: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<f64> {
    let at = rule.probe(x).map_or_else(|| x.as_flattened().to_vec(), |probe| probe.as_flattened().to_vec());
    if rule.asks() {
        let answer = |at: &[[f64; 1]], out: &mut [[f64; 1]]| {
            out.as_flattened_mut().copy_from_slice(&gradient(at.as_flattened()));
        };
        rule.search(x, &mut Answers::new(answer), &[rate]);
        return at;
    }
    let g: Vec<_> = gradient(&at).into_iter().map(|g| [g]).collect();
    let value = [at.iter().map(|x| x * x).sum::<f64>() / 2.0];
    let curvature = vec![[1.0]; at.len()];
    let signal = Signal { value: Some(&value), curvature: Some(&curvature), ..Signal::of(&g) };
    rule.update(x, signal, &[rate]);
    at
}
