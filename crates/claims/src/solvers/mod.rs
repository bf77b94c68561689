//! The support vector machine and linear systems, solved by stochastic gradients.

mod kaczmarz;
mod kaczmarz_limits;
mod pegasos_identity;
mod rows;
mod svm;
mod svm_rate;

use crate::Chapter;

pub(crate) static CHAPTER: Chapter = Chapter {
    title: "Support vector machines and linear systems",
    introduction: "Two solvers that are stochastic gradient descent in disguise. Pegasos is descent on the support vector \
                   machine with steps 1/t. Randomized Kaczmarz is descent on least squares with importance sampling, where \
                   everything can be computed, and where it goes matters.",
    experiments: &[
        &svm_rate::EXPERIMENT,
        &pegasos_identity::EXPERIMENT,
        &kaczmarz::EXPERIMENT,
        &kaczmarz_limits::EXPERIMENT,
    ],
};
