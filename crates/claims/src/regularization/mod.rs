//! Implicit regularization: which loss the mean of stochastic gradient descent descends.

mod batches_of_examples;
mod descent_backward_error;
mod epochs;
mod flow;
mod many_epochs;
mod modified_loss_surface;
mod order;
mod quiet_and_noisy_wells;
mod replacement_modified_loss;
mod reshuffling_modified_loss;
mod terms;

use crate::Chapter;

pub(crate) static CHAPTER: Chapter = Chapter {
    title: "Implicit regularization",
    introduction: "A step of finite size does not follow the gradient flow of the loss it is told to descend. To the next \
                   order in the step it follows the flow of a modified loss, with terms that nobody wrote down: the \
                   squared gradient, and for reshuffled batches the variance of their gradients. All of this is about \
                   means over orders. What single runs do, and which of two minima they end in, is another question, \
                   which is asked here as well.",
    experiments: &[
        &reshuffling_modified_loss::EXPERIMENT,
        &replacement_modified_loss::EXPERIMENT,
        &batches_of_examples::EXPERIMENT,
        &descent_backward_error::EXPERIMENT,
        &quiet_and_noisy_wells::EXPERIMENT,
        &modified_loss_surface::EXPERIMENT,
        &many_epochs::EXPERIMENT,
    ],
};
