//! What stands for an empty field among numbers.

/// The number of a field that is empty; a NaN that no text reads as, since NaN itself is a number.
pub const NOTHING: u64 = 0x7ff8_0000_0000_0bad;

/// Whether a number stands for an empty field.
#[must_use]
pub fn is_nothing(x: f64) -> bool {
    x.to_bits() == NOTHING
}
