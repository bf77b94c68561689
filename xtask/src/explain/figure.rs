//! The responses as small multiples.

use sgdlab_fingerprints::Response;

/// An SVG picture of the responses of one rule, or of two.
pub fn draw(_all: &[(String, Vec<Response>)], _rate: f64) -> String {
    String::new()
}
