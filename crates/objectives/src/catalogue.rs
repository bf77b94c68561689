//! The catalogue of objectives.

mod networks;

use sgdlab_core::{Domain, Entry, Hyperparameter, Range};

use self::networks::{MLP, MLP_REGRESSION, RESIDUAL, TEACHER_STUDENT};

/// The catalogue of objectives.
#[must_use]
pub fn entries() -> Vec<&'static Entry> {
    vec![
        &LEAST_SQUARES,
        &RIDGE,
        &LINEAR,
        &LOGISTIC,
        &SVM,
        &SOFTMAX,
        &LINE,
        &SIGMOID_NEURON,
        &MLP,
        &MLP_REGRESSION,
        &TEACHER_STUDENT,
        &RESIDUAL,
        &NOISY_QUADRATIC,
        &DIAGONAL_NETWORK,
        &DIAGONAL_NETWORK_ON_DATA,
    ]
}

/// The entry of this name.
#[must_use]
pub fn entry(name: &str) -> Option<&'static Entry> {
    entries().into_iter().find(|entry| entry.name == name)
}

const fn text(name: &'static str, default: &'static str, meaning: &'static str) -> Hyperparameter {
    Hyperparameter { name, meaning, domain: Domain::Text { default } }
}

const fn number(name: &'static str, default: f64, range: Range, meaning: &'static str) -> Hyperparameter {
    Hyperparameter { name, meaning, domain: Domain::Number { default, range } }
}

const fn whole(name: &'static str, default: i64, meaning: &'static str) -> Hyperparameter {
    Hyperparameter { name, meaning, domain: Domain::Integer { default, least: 1 } }
}

const fn data(default: &'static str) -> Hyperparameter {
    text(
        "data",
        default,
        "a bundled set (digits, iris, breast-cancer, diabetes, wine, line-50, neuron-2, neuron-8, zigzag-12) or the path of a file",
    )
}

const FORMAT: Hyperparameter = Hyperparameter {
    name: "format",
    meaning: "how to read a file; auto goes by its extension (.csv .tsv .libsvm .svm .idx, each with or without .gz)",
    domain: Domain::Choice { default: "auto", accepts: &["auto", "csv", "libsvm", "idx"] },
};
const DELIMITER: Hyperparameter =
    text("delimiter", "", "between the fields of a CSV file; empty: a comma, or a tab in .tsv");
const TARGET: Hyperparameter = text("target", "", "the target's column in a CSV file; empty: the last");
const TARGET_KIND: Hyperparameter = Hyperparameter {
    name: "target-kind",
    meaning: "what a file's targets are; auto: classes if any is not a number",
    domain: Domain::Choice { default: "auto", accepts: &["auto", "categorical", "numeric"] },
};
const LABELS: Hyperparameter = text("labels", "", "the file of labels that belongs to an IDX file");
const FEATURES: Hyperparameter = Hyperparameter {
    name: "features",
    meaning: "standardized: mean 0 and population standard deviation 1 on the training data; \
              unit: divided by the largest absolute value of all columns there; raw: as they are",
    domain: Domain::Choice { default: "standardized", accepts: &["standardized", "unit", "raw"] },
};
const RAW_FEATURES: Hyperparameter =
    Hyperparameter { domain: Domain::Choice { default: "raw", accepts: &["standardized", "unit", "raw"] }, ..FEATURES };
const TEST: Hyperparameter = number("test", 0.0, Range::from_to(0.0, 1.0), "share of the data held out, chosen by key");
const POSITIVE: Hyperparameter = text("positive", "", "the positive class, by name; empty: the last of two");
const INTERCEPT: Hyperparameter = Hyperparameter {
    name: "intercept",
    meaning: "whether there is an intercept; it is never penalized",
    domain: Domain::Flag { default: true },
};
const LOSS: Hyperparameter = Hyperparameter {
    name: "loss",
    meaning: "the loss of one term",
    domain: Domain::Item { default: "squared", catalogue: sgdlab_losses::entries },
};

/// Tacit, so that runs that were made before there was a choice keep their keys.
const CLASS_LOSS: Hyperparameter = Hyperparameter {
    name: "loss",
    meaning: "the loss of one term",
    domain: Domain::TacitItem { default: "cross-entropy", catalogue: sgdlab_losses::multiclass_entries },
};

const fn l2(default: f64) -> Hyperparameter {
    number("l2", default, Range::at_least(0.0), "λ of the penalty ½ λ ‖w‖²")
}

const DATA_CONVENTIONS: &str = "The mean over terms; the initial point is 0. Targets that are classes count as 0, 1, …";

const LEAST_SQUARES: Entry = Entry {
    name: "least-squares",
    summary: "Linear regression by least squares.",
    formula: "f(w, b) = 1/(2n) Σ (w·x_i + b - y_i)²",
    conventions: DATA_CONVENTIONS,
    hyperparameters: &[data("diabetes"), FORMAT, DELIMITER, TARGET, TARGET_KIND, LABELS, FEATURES, TEST, INTERCEPT],
    dialects: &[],
    cost: "4 d operations a term gradient.",
    reference: "Legendre (1805); Gauss (1809).",
};

const RIDGE: Entry = Entry {
    name: "ridge",
    summary: "Linear regression by least squares with an l2 penalty.",
    formula: "f(w, b) = 1/(2n) Σ (w·x_i + b - y_i)² + l2/2 ‖w‖²",
    conventions: "The mean over terms, so l2 is α/n of implementations that sum. The initial point is 0.",
    hyperparameters: &[
        data("diabetes"),
        l2(0.01),
        FORMAT,
        DELIMITER,
        TARGET,
        TARGET_KIND,
        LABELS,
        FEATURES,
        TEST,
        INTERCEPT,
    ],
    dialects: &[],
    cost: "4 d operations a term gradient.",
    reference: "Hoerl and Kennard (1970), Ridge regression, Technometrics.",
};

const LINEAR: Entry = Entry {
    name: "linear",
    summary: "A linear model under any scalar loss.",
    formula: "f(w, b) = 1/n Σ loss(w·x_i + b, y_i) + l2/2 ‖w‖²",
    conventions: "The mean over terms. Classes are coded as the loss wants them: ±1, or 1 against 0; \
                  losses of numbers see classes as 0, 1, …",
    hyperparameters: &[
        LOSS,
        data("diabetes"),
        l2(0.0),
        POSITIVE,
        FORMAT,
        DELIMITER,
        TARGET,
        TARGET_KIND,
        LABELS,
        FEATURES,
        TEST,
        INTERCEPT,
    ],
    dialects: &[],
    cost: "4 d operations a term gradient.",
    reference: "Hastie, Tibshirani and Friedman (2009), The elements of statistical learning, ch. 3, 4, 10.",
};

const LOGISTIC: Entry = Entry {
    name: "logistic",
    summary: "Binary classification by logistic regression.",
    formula: "f(w, b) = 1/n Σ ln(1 + exp(-s_i (w·x_i + b))) + l2/2 ‖w‖²,  s_i = ±1",
    conventions: "The mean over terms. Without a penalty the minimum exists only if the classes are not separable.",
    hyperparameters: &[
        data("breast-cancer"),
        l2(0.01),
        POSITIVE,
        FORMAT,
        DELIMITER,
        TARGET,
        TARGET_KIND,
        LABELS,
        FEATURES,
        TEST,
        INTERCEPT,
    ],
    dialects: &[],
    cost: "4 d operations and one exponential a term gradient.",
    reference: "Cox (1958), The regression analysis of binary sequences, J. R. Stat. Soc. B.",
};

const SVM: Entry = Entry {
    name: "svm",
    summary: "The linear support vector machine.",
    formula: "f(w, b) = 1/2 ‖w‖² + C/n Σ max(0, 1 - s_i (w·x_i + b)),  s_i = ±1",
    conventions: "The penalty has factor 1/2 and the mean hinge loss factor C; the intercept is not penalized. \
                  At the kink the subgradient is 0.",
    hyperparameters: &[
        data("breast-cancer"),
        number("c", 1.0, Range::above(0.0), "C, the weight of the mean hinge loss"),
        POSITIVE,
        FORMAT,
        DELIMITER,
        TARGET,
        TARGET_KIND,
        LABELS,
        FEATURES,
        TEST,
        INTERCEPT,
    ],
    dialects: &[],
    cost: "4 d operations a term gradient.",
    reference: "Cortes and Vapnik (1995), Support-vector networks, Machine Learning.",
};

const SOFTMAX: Entry = Entry {
    name: "softmax",
    summary: "Classification by multinomial logistic regression, or by a linear model under another multiclass loss.",
    formula: "f(W, b) = 1/n Σ loss(z_i, y_i) + l2/2 ‖W‖²,  z_i = Wᵀ x_i + b,  \
              cross-entropy(z, y) = logsumexp(z) - z[y]",
    conventions: "The mean over terms; weights of classes are divided by their mean over the terms where the loss's own \
                  mean divides by their sum. The initial point is 0. Every class has its own weights, so W is not \
                  unique without a penalty. W is stored input by input.",
    hyperparameters: &[
        data("digits"),
        l2(0.0),
        FORMAT,
        DELIMITER,
        TARGET,
        TARGET_KIND,
        LABELS,
        FEATURES,
        TEST,
        CLASS_LOSS,
    ],
    dialects: &[],
    cost: "4 d C operations and C exponentials a term gradient.",
    reference: "Bishop (2006), Pattern recognition and machine learning, 4.3.4.",
};

const LINE: Entry = Entry {
    name: "line",
    summary: "A line w x + b fitted to 50 points of a noisy parabola: one linear neuron.",
    formula: "f(w, b) = 1/n Σ loss(w x_i + b, y_i)",
    conventions: "The mean over terms. For the mean squared error without ½ write \
                  loss = { name = \"squared\", half = false }. The initial point is `weight`, `bias`.",
    hyperparameters: &[
        LOSS,
        data("line-50"),
        l2(0.0),
        number("weight", 6.0, Range::FINITE, "initial w"),
        number("bias", -3.0, Range::FINITE, "initial b"),
        FORMAT,
        DELIMITER,
        TARGET,
        TARGET_KIND,
        RAW_FEATURES,
        TEST,
    ],
    dialects: &[],
    cost: "4 operations a term gradient.",
    reference: "A published study of the parameters of stochastic gradient descent; its data is bundled as line-50.",
};

const SIGMOID_NEURON: Entry = Entry {
    name: "sigmoid-neuron",
    summary: "One sigmoid neuron under the squared error: two plateaus and a valley in two dimensions.",
    formula: "f(w, b) = 1/n Σ 1/2 (σ(w x_i + b) - y_i)²",
    conventions: "The mean over terms: a rate η for the sum over all points is the rate n η here. Not convex. \
                  The initial point is `weight`, `bias`.",
    hyperparameters: &[
        data("neuron-2"),
        number("weight", -2.0, Range::FINITE, "initial w"),
        number("bias", -2.0, Range::FINITE, "initial b"),
        FORMAT,
        DELIMITER,
        TARGET,
        TARGET_KIND,
        RAW_FEATURES,
        TEST,
    ],
    dialects: &[],
    cost: "4 operations and one exponential a term gradient.",
    reference: "Lecture slides on update rules of gradient descent; the points are bundled as neuron-2 and neuron-8.",
};

const NOISY_QUADRATIC: Entry = Entry {
    name: "noisy-quadratic",
    summary: "A quadratic bowl with a chosen spectrum, whose terms have shifted centers.",
    formula: "f(x) = 1/n Σ 1/2 (x - c_i)ᵀ Λ (x - c_i),  λ_j from `smallest` to `largest`,  c_ij ~ noise · N(0, 1)",
    conventions: "Centers are shifted to mean 0: the minimizer is 0. The gradient's noise is Λ c, the same everywhere. \
                  The initial point has `start` in every coordinate.",
    hyperparameters: &[
        whole("dimension", 10, "number of parameters"),
        number("smallest", 0.01, Range::above(0.0), "smallest eigenvalue of Λ"),
        number("largest", 1.0, Range::above(0.0), "largest eigenvalue of Λ"),
        Hyperparameter {
            name: "spectrum",
            meaning: "how the eigenvalues are spaced between the two",
            domain: Domain::Choice { default: "log", accepts: &["log", "lin"] },
        },
        number("noise", 1.0, Range::at_least(0.0), "standard deviation of the centers"),
        whole("terms", 1000, "n, the number of terms"),
        number("start", 1.0, Range::FINITE, "every coordinate of the initial point"),
    ],
    dialects: &[],
    cost: "d operations a term gradient.",
    reference: "Schaul, Zhang and LeCun (2013), No more pesky learning rates, ICML; Zhang et al. (2019), NeurIPS.",
};

const ALPHA: Hyperparameter = number("alpha", 0.1, Range::FINITE, "every u_j at the start; every v_j is 0 there");

const DIAGONAL_NETWORK: Entry = Entry {
    name: "diagonal-network",
    summary: "Sparse regression by a diagonal linear network, whose weights are products u_j v_j.",
    formula: "f(u, v) = 1/(2n) Σ (Σ_j u_j v_j x_ij - y_i)²,  y_i = Σ_j θ_j x_ij,  x_ij ~ N(0, 1),  \
              θ_j = |N(0, 1)| / norm for j ≤ sparsity, else 0",
    conventions: "The mean over terms with ½; θ has 2-norm 1. The initial point is u = alpha, v = 0. The held-out data \
                  are `dimension` orthogonal rows of the mean square of Gaussian ones: their loss is exactly the \
                  expected loss ½ ‖u∘v - θ‖² of new data. The minimum is 0; `distance` is to u = v = √θ, one of \
                  many minimizers. Not convex.",
    hyperparameters: &[
        whole("terms", 80, "n, the number of training terms"),
        whole("dimension", 200, "d, the number of features; there are 2 d parameters"),
        whole("sparsity", 20, "how many weights of the teacher θ are not 0; at most dimension"),
        ALPHA,
        whole("seed", 1, "which data are drawn"),
    ],
    dialects: &[],
    cost: "9 d operations a term gradient.",
    reference: "Woodworth et al. (2020), Kernel and rich regimes in overparametrized models, COLT; \
                Andriushchenko et al. (2023), SGD with large step sizes learns sparse features, ICML.",
};

const DIAGONAL_NETWORK_ON_DATA: Entry = Entry {
    name: "diagonal-network-on-data",
    summary: "Regression on any data by a diagonal linear network, whose weights are products u_j v_j.",
    formula: "f(u, v) = 1/(2n) Σ (Σ_j u_j v_j x_ij - y_i)²",
    conventions: "The mean over terms with ½; there is no intercept. The initial point is u = alpha, v = 0. The minimum \
                  is that of least squares; `distance` is to |u| = |v|, one of many minimizers. Not convex. Targets \
                  that are classes count as 0, 1, …",
    hyperparameters: &[data("diabetes"), ALPHA, FORMAT, DELIMITER, TARGET, TARGET_KIND, LABELS, FEATURES, TEST],
    dialects: &[],
    cost: "9 d operations a term gradient.",
    reference: "Woodworth et al. (2020), Kernel and rich regimes in overparametrized models, COLT.",
};
