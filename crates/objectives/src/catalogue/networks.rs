//! Networks for classes and for numbers.

use sgdlab_core::{Domain, Entry, Hyperparameter, Range};

use super::{
    CLASS_LOSS, DELIMITER, FEATURES, FORMAT, LABELS, LOSS, RAW_FEATURES, TARGET, TARGET_KIND, TEST, data, l2, number,
    whole,
};

const fn hidden(default: &'static [i64]) -> Hyperparameter {
    Hyperparameter { name: "hidden", meaning: "units of each hidden layer", domain: Domain::Integers { default } }
}

const ACTIVATION: Hyperparameter = Hyperparameter {
    name: "activation",
    meaning: "the function between layers",
    domain: Domain::Choice { default: "relu", accepts: &["relu", "tanh"] },
};

const BIASES: Hyperparameter = Hyperparameter {
    name: "biases",
    meaning: "which layers have biases",
    domain: Domain::Choice { default: "all", accepts: &["all", "first", "none"] },
};
const DEVIATIONS: Hyperparameter = Hyperparameter {
    name: "weight-deviations",
    meaning: "a list of the standard deviations of the layers' initial weights, or of one for all; \
              he: √(2 / inputs) for relu, √(1 / inputs) for tanh",
    domain: Domain::NumbersOrWord { default: "he", accepts: &["he"], range: Range::at_least(0.0) },
};
const FIRST_WEIGHTS: Hyperparameter = Hyperparameter {
    name: "first-weights",
    meaning: "law of the first layer's initial weights; signs: plus or minus their deviation",
    domain: Domain::Choice { default: "normal", accepts: &["normal", "signs"] },
};
const BIAS_LAW: Hyperparameter = Hyperparameter {
    name: "bias-law",
    meaning: "law of initial biases; normal: with deviation bias-scale; \
              uniform: between ± bias-scale / √inputs of the layer",
    domain: Domain::Choice { default: "zero", accepts: &["zero", "normal", "uniform"] },
};
const BIAS_SCALE: Hyperparameter = number("bias-scale", 1.0, Range::at_least(0.0), "scale of initial biases");

pub(super) const MLP: Entry = Entry {
    name: "mlp",
    summary: "Classification by a fully connected network with softmax cross-entropy or another multiclass loss.",
    formula: "f = 1/n Σ loss(z_i, y_i) + l2/2 Σ ‖W‖²,  z = the last layer of x -> a(Wᵀ x + b),  \
              cross-entropy(z, y) = logsumexp(z) - z[y]",
    conventions: "The mean over terms; weights of classes are divided by their mean over the terms where the loss's own \
                  mean divides by their sum. Initial weights are normal with variance 2 / inputs (relu) or 1 / inputs \
                  (tanh) and differ between replicates; initial biases are 0. The slope of relu at 0 is 0.",
    hyperparameters: &[
        data("digits"),
        hidden(&[32]),
        ACTIVATION,
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
    cost: "About 6 operations a weight and term gradient.",
    reference: "Rumelhart, Hinton and Williams (1986), Nature; He et al. (2015), ICCV, for the initial weights.",
};

pub(super) const MLP_REGRESSION: Entry = Entry {
    name: "mlp-regression",
    summary: "Regression by a fully connected network of one output, under any loss of numbers.",
    formula: "f = 1/n Σ loss(z_i, y_i) + l2/2 Σ ‖W‖²,  z = the last layer of x -> a(Wᵀ x + b)",
    conventions: "The mean over terms. For the mean squared error without ½ write \
                  loss = { name = \"squared\", half = false }. Initial parameters differ between replicates; only \
                  weights are penalized. The slope of relu at 0 is 0.",
    hyperparameters: &[
        LOSS,
        data("zigzag-12"),
        hidden(&[100]),
        ACTIVATION,
        BIASES,
        DEVIATIONS,
        FIRST_WEIGHTS,
        BIAS_LAW,
        BIAS_SCALE,
        l2(0.0),
        FORMAT,
        DELIMITER,
        TARGET,
        TARGET_KIND,
        LABELS,
        RAW_FEATURES,
        TEST,
    ],
    dialects: &[],
    cost: "About 6 operations a weight and term gradient.",
    reference: "Andriushchenko et al. (2023), SGD with large step sizes learns sparse features, ICML; \
                its points are bundled as zigzag-12.",
};

pub(super) const TEACHER_STUDENT: Entry = Entry {
    name: "teacher-student",
    summary: "Regression by a fully connected network on what a smaller random network answers.",
    formula: "f = 1/n Σ loss(z(x_i), t(x_i)) + l2/2 Σ ‖W‖²,  z the student and t the teacher, \
              networks of relu units",
    conventions: "The mean over terms, which are drawn anew with each `seed` and are the same in all replicates; the \
                  student's initial parameters differ between replicates. A teacher of law `normal` has standard \
                  normal weights and biases uniform between ± 1 / √inputs; one of law `unit` has a first layer whose \
                  units have weights of length 1, weights ± 1 behind it, and no biases.",
    hyperparameters: &[
        LOSS,
        hidden(&[10, 10]),
        whole("dimension", 5, "number of inputs"),
        whole("terms", 50, "n, the number of training terms"),
        Hyperparameter {
            name: "held-out",
            meaning: "number of held-out terms",
            domain: Domain::Integer { default: 1000, least: 0 },
        },
        Hyperparameter {
            name: "inputs",
            meaning: "law of the inputs; sphere: standard normal divided by their length",
            domain: Domain::Choice { default: "sphere", accepts: &["sphere", "normal"] },
        },
        Hyperparameter {
            name: "teacher",
            meaning: "units of each hidden layer of the teacher",
            domain: Domain::Integers { default: &[2, 2] },
        },
        Hyperparameter {
            name: "teacher-law",
            meaning: "law of the teacher's parameters",
            domain: Domain::Choice { default: "normal", accepts: &["normal", "unit"] },
        },
        Hyperparameter {
            name: "seed",
            meaning: "which teacher and which inputs",
            domain: Domain::Integer { default: 0, least: 0 },
        },
        BIASES,
        DEVIATIONS,
        FIRST_WEIGHTS,
        BIAS_LAW,
        BIAS_SCALE,
        l2(0.0),
    ],
    dialects: &[],
    cost: "About 6 operations a weight and term gradient.",
    reference: "Saad and Solla (1995), On-line learning in soft committee machines, Phys. Rev. E 52; \
                Andriushchenko et al. (2023), SGD with large step sizes learns sparse features, ICML, for the sizes.",
};

pub(super) const RESIDUAL: Entry = Entry {
    name: "residual",
    summary: "Classification by a dense network whose blocks add to what they are given.",
    formula: "f = 1/n Σ loss(z_i, y_i) + l2/2 Σ ‖W‖²,  h = relu(Sᵀ x + s),  \
              `blocks` times h <- relu(h + Vᵀ relu(Wᵀ h + w) + v),  z = Uᵀ h + u",
    conventions: "The mean over terms. 2 blocks + 2 layers of weights. Initial weights are normal with variance \
                  2 / inputs, those of V times branch / √blocks and those of U times head; they differ between \
                  replicates, and initial biases are 0. The slope of relu at 0 is 0. Features are scaled, then `shift` \
                  is added.",
    hyperparameters: &[
        data("digits"),
        whole("width", 64, "units of h and of a block's inner layer"),
        whole("blocks", 8, "number of blocks"),
        number("branch", 0.5, Range::at_least(0.0), "factor of the initial weights at the end of a block"),
        number("head", 0.5, Range::at_least(0.0), "factor of the initial weights of the last layer"),
        l2(0.0),
        FORMAT,
        DELIMITER,
        TARGET,
        TARGET_KIND,
        LABELS,
        FEATURES,
        number("shift", 0.0, Range::FINITE, "added to every feature after scaling"),
        TEST,
        Hyperparameter {
            name: "split",
            meaning: "which rows are held out: the number of a shuffle",
            domain: Domain::Integer { default: 0, least: 0 },
        },
        CLASS_LOSS,
    ],
    dialects: &[],
    cost: "About 6 operations a weight and term gradient.",
    reference: "He et al. (2016), Deep residual learning for image recognition, CVPR.",
};
