//! Every objective once more, term by term, as its formula is written.

use sgdlab_core::streams::Key;
use sgdlab_core::{Layout, Settings};
use sgdlab_losses::{LossSpec, Targets as Coding};
use sgdlab_objectives::data::synthetic::sparse_regression;
use sgdlab_objectives::data::{Targets, bundled};
use sgdlab_objectives::{Model, Problem, Stored};

use crate::support::{gradient_at, settings};

/// The rows and targets of a problem on bundled data, and what is known of its terms.
pub struct Naive {
    settings: Settings,
    layout: Layout,
    rows: Vec<Vec<f64>>,
    targets: Vec<f64>,
    spectrum: Vec<f64>,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn column_moments(rows: &[Vec<f64>], j: usize) -> (f64, f64) {
    let n = rows.len() as f64;
    let mean = rows.iter().map(|row| row[j]).sum::<f64>() / n;
    (mean, (rows.iter().map(|row| (row[j] - mean).powi(2)).sum::<f64>() / n).sqrt())
}

fn scale(rows: &mut [Vec<f64>], features: &str) {
    let largest = rows.iter().flatten().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    for j in 0..rows[0].len() {
        let (mean, deviation) = column_moments(rows, j);
        for row in rows.iter_mut() {
            row[j] = match features {
                "standardized" if deviation < 1e-12 => 0.0,
                "standardized" => (row[j] - mean) / deviation,
                "unit" => row[j] / largest,
                _ => row[j],
            };
        }
    }
}

/// What the model of one output takes the targets for.
fn coding(settings: &Settings) -> Coding {
    match settings.name() {
        "logistic" | "svm" => Coding::Signs,
        "linear" | "line" => LossSpec::new(settings.item("loss")).unwrap().facts().targets,
        _ => Coding::Numbers,
    }
}

fn coded(settings: &Settings, targets: &Targets) -> Vec<f64> {
    let Targets::Classes { labels, names } = targets else { return targets.to_numbers() };
    let positive = settings.values().iter().find(|(name, _)| *name == "positive");
    let positive = match positive.map(|_| settings.word("positive")) {
        Some(name) if !name.is_empty() => names.iter().position(|known| known == name).unwrap() as u32,
        _ => 1,
    };
    let low = match coding(settings) {
        Coding::Numbers | Coding::Counts | Coding::Positive => return targets.to_numbers(),
        Coding::Signs => -1.0,
        Coding::Probabilities => 0.0,
    };
    labels.iter().map(|&label| if label == positive { 1.0 } else { low }).collect()
}

fn loss(loss: &Settings, z: f64, y: f64) -> f64 {
    let (r, m) = (z - y, z * y);
    let sigma = 1.0 / (1.0 + (-z).exp());
    match loss.name() {
        "squared" if loss.flag("half") => 0.5 * r * r,
        "squared" => r * r,
        "absolute" => r.abs(),
        "huber" if r.abs() < loss.number("delta") => 0.5 * r * r,
        "huber" => loss.number("delta") * (r.abs() - 0.5 * loss.number("delta")),
        "smooth-l1" if r.abs() < loss.number("beta") => 0.5 * r * r / loss.number("beta"),
        "smooth-l1" => r.abs() - 0.5 * loss.number("beta"),
        "log-cosh" => r.cosh().ln(),
        "pinball" if r > 0.0 => (1.0 - loss.number("tau")) * r,
        "pinball" => -loss.number("tau") * r,
        "logistic" => (1.0 + (-m).exp()).ln(),
        "binary-cross-entropy" => (1.0 + z.exp()).ln() - y * z,
        "hinge" => (1.0 - m).max(0.0),
        "squared-hinge" => (1.0 - m).max(0.0).powi(2),
        "sigmoid-squared" => 0.5 * (sigma - y).powi(2),
        _ => robust_or_counting_loss(loss, z, y),
    }
}

fn robust_or_counting_loss(loss: &Settings, z: f64, y: f64) -> f64 {
    let (r, m) = (z - y, z * y);
    let sigma = 1.0 / (1.0 + (-z).exp());
    match loss.name() {
        "epsilon-insensitive" => (r.abs() - loss.number("epsilon")).max(0.0),
        "squared-epsilon-insensitive" => (r.abs() - loss.number("epsilon")).max(0.0).powi(2),
        "pseudo-huber" => loss.number("delta").powi(2) * ((1.0 + (r / loss.number("delta")).powi(2)).sqrt() - 1.0),
        "modified-huber" if m < -1.0 => -4.0 * m,
        "modified-huber" => (1.0 - m).max(0.0).powi(2),
        "smoothed-hinge" if m >= 1.0 => 0.0,
        "smoothed-hinge" if m > 1.0 - loss.number("gamma") => (1.0 - m).powi(2) / (2.0 * loss.number("gamma")),
        "smoothed-hinge" => 1.0 - m - loss.number("gamma") / 2.0,
        "perceptron" => (-m).max(0.0),
        "ramp" => (1.0 - m).max(0.0).min(loss.number("cap")),
        "exponential" => (-m).exp(),
        "weighted-binary-cross-entropy" => -loss.number("pos-weight") * y * sigma.ln() - (1.0 - y) * (1.0 - sigma).ln(),
        "sigmoid-focal" => {
            let (alpha, gamma) = (loss.number("alpha"), loss.number("gamma"));
            -y * alpha * (1.0 - sigma).powf(gamma) * sigma.ln()
                - (1.0 - y) * (1.0 - alpha) * sigma.powf(gamma) * (1.0 - sigma).ln()
        }
        "poisson-nll" => z.exp() - y * z,
        "half-gamma" => z + y * (-z).exp(),
        "half-tweedie" => 2.0 * (0.5 * z).exp() + 2.0 * y * (-0.5 * z).exp(),
        name => {
            let c = loss.number("c");
            let u = (r / c).powi(2);
            let unit = match name {
                "cauchy" => 0.5 * (1.0 + u).ln(),
                "geman-mcclure" => 0.5 * u / (1.0 + u),
                "welsch" => 0.5 * (1.0 - (-u).exp()),
                "tukey" => (1.0 - (1.0 - u.min(1.0)).powi(3)) / 6.0,
                other => panic!("no formula for {other}"),
            };
            c * c * unit
        }
    }
}

fn default_loss(name: &str) -> Settings {
    Settings::defaults(sgdlab_losses::entries().into_iter().find(|entry| entry.name == name).unwrap())
}

impl Naive {
    /// The terms of a case.
    pub fn new(case: &str, problem: &Problem) -> Self {
        let (settings, layout) = (settings(case), problem.layout().clone());
        if settings.name() == "noisy-quadratic" {
            return Self::quadratic(settings, layout, problem);
        }
        if settings.name() == "teacher-student" {
            return Self::taught(settings, layout, problem);
        }
        if settings.name() == "diagonal-network" {
            return Self::sparse(settings, layout);
        }
        let data = bundled(settings.word("data")).unwrap();
        let mut rows: Vec<Vec<f64>> = data.features.rows().into_iter().map(|row| row.to_vec()).collect();
        scale(&mut rows, settings.word("features"));
        if settings.name() == "residual" {
            rows.iter_mut().flatten().for_each(|x| *x += settings.number("shift"));
        }
        let targets = coded(&settings, &data.targets);
        Self { settings, layout, rows, targets, spectrum: Vec::new() }
    }

    /// Inputs and answers are drawn inside; what they are is tested beside what a teacher is.
    fn taught(settings: Settings, layout: Layout, problem: &Problem) -> Self {
        let Model::Network(network) = f64::model(problem) else { panic!("a student is a network") };
        let rows = network.inputs().chunks(settings.integer("dimension") as usize).map(<[f64]>::to_vec).collect();
        let targets = network.numbers().unwrap().to_vec();
        Self { settings, layout, rows, targets, spectrum: Vec::new() }
    }

    /// The rows are those of the recipe, under the key of the seed.
    fn sparse(settings: Settings, layout: Layout) -> Self {
        let [n, d, sparsity] = ["terms", "dimension", "sparsity"].map(|name| settings.integer(name) as usize);
        let key = Key::new("diagonal network").child(&format!("seed {}", settings.integer("seed")));
        let made = sparse_regression(n, d, sparsity, key);
        let rows: Vec<Vec<f64>> = made.dataset.features.rows().into_iter().map(|row| row.to_vec()).collect();
        let targets = rows.iter().map(|row| dot(row, made.weights.as_slice().unwrap())).collect();
        Self { settings, layout, rows, targets, spectrum: Vec::new() }
    }

    /// The centers are drawn inside, so they are read off the gradients −Λ c at 0.
    fn quadratic(settings: Settings, layout: Layout, problem: &Problem) -> Self {
        let (low, high) = (settings.number("smallest"), settings.number("largest"));
        let dimension = layout.size();
        let share = |j: usize| if dimension == 1 { 1.0 } else { j as f64 / (dimension - 1) as f64 };
        let eigenvalue = |j| match settings.word("spectrum") {
            "log" => low.powf(1.0 - share(j)) * high.powf(share(j)),
            _ => low + share(j) * (high - low),
        };
        let spectrum: Vec<f64> = (0..dimension).map(eigenvalue).collect();
        let center = |i| {
            let slopes = gradient_at(problem, &vec![0.0; dimension], &[i]);
            slopes.iter().zip(&spectrum).map(|(g, lambda)| -g / lambda).collect()
        };
        let rows = (0..problem.terms() as u32).map(center).collect();
        Self { settings, layout, rows, targets: Vec::new(), spectrum }
    }

    /// n.
    pub fn terms(&self) -> usize {
        self.rows.len()
    }

    /// The rows of data, or the centers of a quadratic.
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// fᵢ(at), penalty included.
    pub fn term(&self, i: usize, at: &[f64]) -> f64 {
        let (row, settings) = (&self.rows[i], &self.settings);
        let number = |name: &str| {
            let found = settings.values().iter().find(|(known, _)| *known == name);
            found.map_or(0.0, |_| settings.number(name))
        };
        let z = || dot(&at[..row.len()], row) + at.get(row.len()).copied().unwrap_or(0.0);
        let y = self.targets.get(i).copied().unwrap_or(0.0);
        let data = match settings.name() {
            "noisy-quadratic" => {
                let square = |j: usize| 0.5 * self.spectrum[j] * (at[j] - row[j]).powi(2);
                (0..at.len()).map(square).sum()
            }
            "softmax" | "mlp" | "residual" => self.of_classes(&self.outputs(row, at), y as usize),
            "mlp-regression" | "teacher-student" => loss(settings.item("loss"), self.outputs(row, at)[0], y),
            "diagonal-network" | "diagonal-network-on-data" => {
                let (u, v) = at.split_at(row.len());
                let z: f64 = (0..row.len()).map(|j| u[j] * v[j] * row[j]).sum();
                0.5 * (z - y).powi(2)
            }
            "linear" | "line" => loss(settings.item("loss"), z(), y),
            "logistic" => loss(&default_loss("logistic"), z(), y),
            "svm" => number("c") * loss(&default_loss("hinge"), z(), y),
            "sigmoid-neuron" => loss(&default_loss("sigmoid-squared"), z(), y),
            _ => loss(&default_loss("squared"), z(), y),
        };
        let l2 = if settings.name() == "svm" { 1.0 } else { number("l2") };
        data + 0.5 * l2 * self.weights_squared(at)
    }

    /// Σ over the tensors that are not biases.
    fn weights_squared(&self, at: &[f64]) -> f64 {
        let weights = self.layout.tensors().iter().filter(|tensor| !tensor.name.starts_with("bias"));
        weights.map(|tensor| &at[tensor.offset..][..tensor.size()]).map(|w| dot(w, w)).sum()
    }

    /// The targets, coded as the loss wants them.
    pub fn targets(&self) -> &[f64] {
        &self.targets
    }

    /// The outputs of a network for one term.
    pub fn logits(&self, i: usize, at: &[f64]) -> Vec<f64> {
        self.outputs(&self.rows[i], at)
    }

    /// The weights of the classes, divided by their mean over the terms if the loss's mean divides by their sum.
    fn class_weights(&self, loss: &Settings, classes: usize) -> Vec<f64> {
        let (n, count) =
            (self.targets.len() as f64, |c: usize| self.targets.iter().filter(|&&y| y == c as f64).count());
        let weights: Vec<f64> = match loss.numbers_or_word("class-weights") {
            Ok(weights) => weights.to_vec(),
            Err("balanced") => (0..classes).map(|c| n / (classes * count(c)) as f64).collect(),
            Err(_) => vec![1.0; classes],
        };
        let sum = self.targets.iter().map(|&y| weights[y as usize]).sum::<f64>();
        let hinge = ["crammer-singer", "weston-watkins", "one-hot"].contains(&loss.name());
        weights.into_iter().map(|weight| if hinge { weight } else { weight * n / sum }).collect()
    }

    fn of_classes(&self, z: &[f64], label: usize) -> f64 {
        let cost = |c: usize| z.iter().map(|z| z.exp()).sum::<f64>().ln() - z[c];
        let Some(loss) = self.settings.tacit_item("loss") else { return cost(label) };
        let weights = self.class_weights(loss, z.len());
        let others = || (0..z.len()).filter(|&c| c != label);
        let hinge = |z_c: f64| {
            let missing = (loss.number("margin") + z_c - z[label]).max(0.0);
            if loss.flag("squared") { missing * missing } else { missing }
        };
        match loss.name() {
            "cross-entropy" => {
                let smoothing = loss.number("label-smoothing");
                let all = (0..z.len()).map(|c| weights[c] * cost(c)).sum::<f64>();
                (1.0 - smoothing) * weights[label] * cost(label) + smoothing / z.len() as f64 * all
            }
            "focal" => weights[label] * (1.0 - (-cost(label)).exp()).powf(loss.number("gamma")) * cost(label),
            "crammer-singer" => weights[label] * hinge(others().map(|c| z[c]).fold(f64::NEG_INFINITY, f64::max)),
            "weston-watkins" => {
                let share = if loss.flag("mean") { 1.0 / z.len() as f64 } else { 1.0 };
                weights[label] * share * others().map(|c| hinge(z[c])).sum::<f64>()
            }
            "one-hot" => {
                let square = |c: usize| (z[c] - if c == label { 1.0 } else { 0.0 }).powi(2);
                weights[label] * (0..z.len()).map(square).sum::<f64>() * if loss.flag("half") { 0.5 } else { 1.0 }
            }
            other => panic!("no formula for {other}"),
        }
    }

    fn outputs(&self, row: &[f64], at: &[f64]) -> Vec<f64> {
        let layers: Vec<_> = self.layout.tensors().iter().filter(|tensor| tensor.name.starts_with("weight")).collect();
        let bias = |number: usize| {
            let name = layers[number].name.replace("weight", "bias");
            self.layout.tensors().iter().find(|tensor| tensor.name == name)
        };
        let known = |name: &str| self.settings.values().iter().any(|(known, _)| *known == name);
        let tanh = known("activation") && self.settings.word("activation") == "tanh";
        let mut units = vec![row.to_vec()];
        for (k, weight) in layers.iter().enumerate() {
            let (inputs, outputs) = (&units[k], weight.shape[1]);
            let entry = |j: usize, c: usize| at[weight.offset + j * outputs + c];
            let sum = |c: usize| (0..inputs.len()).map(|j| inputs[j] * entry(j, c)).sum::<f64>();
            let mut z: Vec<f64> = (0..outputs).map(|c| bias(k).map_or(0.0, |b| at[b.offset + c]) + sum(c)).collect();
            if k + 1 < layers.len() {
                if self.settings.name() == "residual" && k > 0 && k.is_multiple_of(2) {
                    z.iter_mut().zip(&units[k - 1]).for_each(|(z, h)| *z += h);
                }
                z.iter_mut().for_each(|z| *z = if tanh { z.tanh() } else { z.max(0.0) });
            }
            units.push(z);
        }
        units.pop().unwrap()
    }
}
