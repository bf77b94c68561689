//! A rate that falls when the iterates have become stationary.

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Lanes, Layout, Range, Real, Settings, reduce};

use crate::kept::kept;
use crate::layered::{self, BASE, Layer, Seen, told_base};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "drop-when-stationary",
    summary: "Multiplies the rate of any other rule by a factor when a test finds that its iterates have become stationary.",
    formula: "inner-product: S ← S + ⟨g_t, g_{t−1}⟩; after burn-in steps S < 0 is stationary\n\
              distance: Ω_n = ‖x_n − x₀‖² at n = burn-in, growth · burn-in, …; a slope of log Ω against log n below \
              `slope` is stationary\nstationary: factor of the rate ← drop · factor, S ← 0, x₀ ← x, n ← 0",
    conventions: "Driven by what is measured and not by the step, unlike schedules. n counts steps since the last drop. \
                  The inner products are those of successive gradients as the rule sees them.",
    hyperparameters: &[
        BASE,
        Hyperparameter {
            name: "test",
            meaning: "how stationarity is found",
            domain: Domain::Choice { default: "distance", accepts: &["distance", "inner-product"] },
        },
        number("drop", "what the rate is multiplied by", 0.5, Range::open(0.0, 1.0)),
        Hyperparameter {
            name: "burn-in",
            meaning: "steps after a drop before the first test",
            domain: Domain::Integer { default: 100, least: 1 },
        },
        number("growth", "factor between the steps of two tests of the distance", 1.5, Range::above(1.0)),
        number("slope", "least slope of the distance that is not stationary", 0.6, Range::at_least(0.0)),
    ],
    dialects: &[],
    cost: "Memory: one number per parameter, and the base's. One gradient per step.",
    reference: "Pflug (1990), Non-asymptotic confidence bounds for stochastic approximation algorithms with constant \
                step size; Chee, Toulis (2018), Convergence diagnostics for stochastic gradient descent with constant \
                learning rate, arXiv:1710.06382; Pesme, Dieuleveut, Flammarion (2020), On convergence-diagnostic based \
                step sizes for stochastic gradient descent, arXiv:2007.00534 (distance)",
};

/// Multiplies the rate of another rule by a factor when its iterates have become stationary.
///
/// ```text
/// inner-product: S ← S + ⟨g_t, g_{t−1}⟩; after burn_in steps S < 0 is stationary
/// distance:      Ω_n = ‖x_n − x₀‖² at n = burn_in, growth · burn_in, …;
///                a slope of log Ω against log n below `slope` is stationary
/// stationary:    factor of the rate ← drop · factor, S ← 0, x₀ ← x, n ← 0
/// ```
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `test` | `distance` | `distance`, `inner-product` | |
/// | `drop` | 0.5 | (0, 1) | of the rate |
/// | `burn_in` | 100 | ≥ 1 | steps |
/// | `growth` | 1.5 | > 1 | 1 |
/// | `slope` | 0.6 | ≥ 0 | 1 |
///
/// Memory: one number per parameter, and the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{DropWhenStationary, RuleSpec, Signal, StationarityTest};
/// let test = StationarityTest::InnerProduct;
/// let spec = DropWhenStationary { test, burn_in: 2, ..DropWhenStationary::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[spec.into()], &Layout::vector(1));
/// let mut x = [[0.0]];
/// for gradient in [1.0, -1.0, 1.0] {
///     rule.update(&mut x, Signal::of(&[[gradient]]), &[0.5]);
/// }
/// assert_eq!(x, [[-0.5]]); // The second and third gradient are at half the rate: −1/2 + 1/4 − 1/4.
/// ```
///
/// Reference: Chee and Toulis (2018), algorithm 1; Pesme, Dieuleveut and Flammarion (2020), algorithm 3.
#[derive(Clone, Debug, PartialEq)]
pub struct DropWhenStationary {
    /// The rule whose rate falls.
    pub base: Box<RuleSpec>,
    /// How stationarity is found.
    pub test: StationarityTest,
    /// What the rate is multiplied by.
    pub drop: f64,
    /// Steps after a drop before the first test.
    pub burn_in: u64,
    /// Factor between the steps of two tests of the distance.
    pub growth: f64,
    /// Least slope of the distance that is not stationary.
    pub slope: f64,
}

/// How [`DropWhenStationary`] finds that iterates have become stationary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationarityTest {
    /// The distance from where they were grows more slowly than it does in a transient.
    Distance,
    /// Successive gradients point in opposite directions, in the sum.
    InnerProduct,
}

impl Configuration for DropWhenStationary {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let distance = settings.word("test") == "distance";
        Ok(Self {
            base: told_base(settings, BASE.name)?,
            test: if distance { StationarityTest::Distance } else { StationarityTest::InnerProduct },
            drop: settings.number("drop"),
            burn_in: settings.integer("burn-in"),
            growth: settings.number("growth"),
            slope: settings.number("slope"),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.test == other.test && self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let begin = |lane: usize| Lane {
            rule: pack[lane].clone(),
            factor: 1.0,
            steps: 0,
            sum: 0.0,
            next: pack[lane].burn_in as f64,
            last: [0.0; 2],
        };
        let watch = Watch {
            lanes: std::array::from_fn(begin),
            test: pack[0].test,
            kept: vec![[R::ZERO; N]; layout.size()],
            begun: false,
        };
        layered::bind(pack, |rule| &rule.base, layout, watch)
    }
}

/// What is kept of one run.
struct Lane {
    rule: DropWhenStationary,
    factor: f64,
    /// Since the last drop.
    steps: u64,
    sum: f64,
    /// The step of the next test of the distance.
    next: f64,
    /// Logarithms of the step and of the squared distance at the last test.
    last: [f64; 2],
}

kept!(Lane: factor, steps, sum, next, last);

impl Lane {
    /// Whether the sum of inner products says that the run is stationary.
    fn inner_product(&mut self, product: f64) -> bool {
        self.steps += 1;
        self.sum += product;
        self.steps >= self.rule.burn_in && self.sum < 0.0
    }

    /// Whether it is time to look at the distance.
    fn is_due(&self) -> bool {
        self.steps as f64 >= self.next
    }

    /// Whether the growth of the squared distance says that the run is stationary.
    fn distance(&mut self, square: f64) -> bool {
        let now = [Real::ln(self.steps as f64), Real::ln(square)];
        let [steps, squares] = [now[0] - self.last[0], now[1] - self.last[1]];
        let first = self.next == self.rule.burn_in as f64;
        self.last = now;
        self.next *= self.rule.growth;
        !first && squares < self.rule.slope * steps
    }

    fn lower(&mut self) {
        self.factor *= self.rule.drop;
        (self.steps, self.sum, self.next) = (0, 0.0, self.rule.burn_in as f64);
    }
}

struct Watch<R, const N: usize> {
    lanes: [Lane; N],
    test: StationarityTest,
    /// The last gradient, or the point of the last drop.
    kept: Vec<Lanes<R, N>>,
    begun: bool,
}

impl<R: Real, const N: usize> Watch<R, N> {
    fn compare_gradients(&mut self, gradient: &[Lanes<R, N>]) {
        let products = reduce::dot(gradient, &self.kept);
        for l in 0..N {
            if self.lanes[l].inner_product(products[l].to_f64()) {
                self.lanes[l].lower();
            }
        }
        self.kept.copy_from_slice(gradient);
    }

    fn compare_points(&mut self, at: &[Lanes<R, N>]) {
        if !std::mem::replace(&mut self.begun, true) {
            self.kept.copy_from_slice(at);
        }
        if self.lanes.iter().any(Lane::is_due) {
            let squares: Lanes<R, N> = reduce::sum_of(at.len(), |j| {
                std::array::from_fn(|l| (at[j][l] - self.kept[j][l]) * (at[j][l] - self.kept[j][l]))
            });
            for l in 0..N {
                if self.lanes[l].is_due() && self.lanes[l].distance(squares[l].to_f64()) {
                    self.lanes[l].lower();
                    self.kept.iter_mut().zip(at).for_each(|(kept, x)| kept[l] = x[l]);
                }
            }
        }
        self.lanes.iter_mut().for_each(|lane| lane.steps += 1);
    }
}

impl<R: Real, const N: usize> Layer<R, N> for Watch<R, N> {
    fn before(&mut self, seen: Seen<'_, R, N>, rate: &mut [f64; N]) -> Option<&[Lanes<R, N>]> {
        match self.test {
            StationarityTest::InnerProduct => self.compare_gradients(seen.signal.gradient),
            StationarityTest::Distance => self.compare_points(seen.at),
        }
        for l in 0..N {
            rate[l] *= self.lanes[l].factor;
        }
        None
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.lanes.tape(tape);
        self.kept.tape(tape);
        self.begun.tape(tape);
    }
}
