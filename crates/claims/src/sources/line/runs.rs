//! The runs of the article: five settings of the rule on four losses.

use sgdlab_core::{Settings, Value};
use sgdlab_objectives::{Problem, Stored};
use sgdlab_optimizers::{Packs, RuleSpec, Sgd};

use crate::tools::course::{Course, values};
use crate::tools::grid::{map, positions};
use crate::tools::problem::problem;

/// Updates of a run, which are epochs: every batch is all points.
pub(crate) const EPOCHS: u64 = 100;

/// Weight and bias that runs begin with.
pub(crate) const START: [f64; 2] = [6.0, -3.0];

/// The rate of all runs.
pub(crate) const RATE: f64 = 0.1;

/// Where the article looks at the losses.
const WINDOW: [f64; 2] = [-5.0, 8.0];

/// A setting of the rule: its name here and in files of reference, and in words.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    pub(crate) spec: Sgd,
}

/// The settings, in the order of the article.
pub(crate) fn rules() -> [Rule; 5] {
    let momentum = Sgd { momentum: 0.9, ..Sgd::default() };
    let nesterov = Sgd { nesterov: true, ..momentum.clone() };
    [
        Rule { name: "plain", words: "plain gradient descent", spec: Sgd::default() },
        Rule { name: "momentum", words: "momentum 0.9", spec: momentum.clone() },
        Rule { name: "nesterov", words: "Nesterov's momentum 0.9", spec: nesterov.clone() },
        Rule {
            name: "nesterov_weight_decay",
            words: "Nesterov's momentum 0.9, weight decay 2",
            spec: Sgd { weight_decay: 2.0, ..nesterov },
        },
        Rule { name: "dampening", words: "momentum 0.9, dampening 0.8", spec: Sgd { dampening: 0.8, ..momentum } },
    ]
}

/// A loss of the article: its name in files of reference, in figures, and its problem.
pub(crate) struct Loss {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) problem: Problem,
    /// Weight and bias where the loss is least, and its value there.
    pub(crate) minimizer: [f64; 2],
    pub(crate) minimum: f64,
}

/// The losses, in the order of the article.
pub(crate) fn losses() -> [Loss; 4] {
    let kinds = [
        ("mse", "L2", "squared"),
        ("l1", "L1", "absolute"),
        ("huber_delta1", "Huber, δ = 1", "huber"),
        ("smooth_l1_beta1", "smooth L1, β = 1", "smooth-l1"),
    ];
    kinds.map(|(name, title, kind)| {
        let entry = sgdlab_losses::entries().into_iter().find(|entry| entry.name == kind).expect("a loss");
        let given = (kind == "squared").then_some(("half", Value::Flag(false)));
        let loss = Settings::new(entry, given).expect("settings of the loss");
        let problem = problem("line", [("loss", Value::Item(loss))]);
        let facts = problem.facts();
        let minimizer = facts.minimizer.clone().expect("the minimum is solved for");
        let minimum = facts.minimum.expect("the minimum is solved for");
        Loss { name, title, minimizer: [minimizer[0], minimizer[1]], minimum, problem }
    })
}

impl Loss {
    /// Weight and bias before each epoch and after the last, and the loss there.
    pub(crate) fn run<R: Stored + Packs<1>>(&self, rule: Sgd) -> Run {
        let objective = R::model(&self.problem).objective::<1>();
        let path = Course { objective, rule: RuleSpec::from(rule), rate: RATE, start: START }.full(EPOCHS, false);
        Run { loss: values(objective, &path), path }
    }

    /// The loss with the weight upward and the bias across.
    pub(crate) fn map(&self, points: usize) -> (Vec<f64>, Vec<f64>) {
        let places = positions(WINDOW, points);
        let loss = map(f64::model(&self.problem).objective(), &places, &places);
        (places, loss)
    }
}

/// A run.
#[derive(Clone)]
pub(crate) struct Run {
    /// Weight and bias.
    pub(crate) path: Vec<[f64; 2]>,
    /// The loss there.
    pub(crate) loss: Vec<f64>,
}
