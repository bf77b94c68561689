//! Which indices form the batch of step t, and the exact law of the gradient they give.
