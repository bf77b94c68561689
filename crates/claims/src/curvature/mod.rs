//! How losses curve: tools that find it out, and what curvature says about where descent goes.

mod edge;
mod factorization;
mod filters;
mod hutchinson;
mod labels;
mod lanczos;
mod network;
mod sam;

use crate::Chapter;

pub(crate) static CHAPTER: Chapter = Chapter {
    title: "Curvature",
    introduction: "The Hessian of a network is too large to be written down, and products with it cost two gradients. What \
                   products say about its ends, its trace and its spectrum is checked against small networks whose \
                   Hessian can be written down; then it is measured where descent goes, and what moves it to flatter \
                   places.",
    experiments: &[
        &lanczos::EXPERIMENT,
        &hutchinson::EXPERIMENT,
        &filters::EXPERIMENT,
        &edge::EXPERIMENT,
        &sam::EXPERIMENT,
        &labels::EXPERIMENT,
    ],
};

/// Runs an experiment in both ways of drawing that a test can afford, and asks that all holds.
#[cfg(test)]
#[track_caller]
fn check(experiment: &'static crate::Experiment) {
    use sgdlab_core::streams::Key;
    // More keys by hand: SGDLAB_KEYS=20.
    let keys = std::env::var("SGDLAB_KEYS").ok().and_then(|keys| keys.parse().ok()).unwrap_or(1);
    for key in 0..keys {
        let name = if key == 0 { "sgdlab".to_owned() } else { format!("key {key}") };
        let outcome = experiment.run(&crate::Setting { quick: true, key: Key::new(&name) });
        for finding in &outcome.findings {
            assert!(finding.holds(), "{name}: {}, {}: {:?}", finding.claim.name, finding.quantity, finding.measured);
        }
    }
}
