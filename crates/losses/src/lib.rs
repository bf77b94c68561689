//! Scalar and multiclass losses: value, slope, curvature, facts.
