//! Finite sums: data + model + penalty + loss, with known optimum and constants where they exist.
