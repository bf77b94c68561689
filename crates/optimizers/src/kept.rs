//! Which fields of a state are kept between steps.

/// Says which fields of a state are kept; all others are buffers.
macro_rules! kept {
    (<$R:ident> $State:ty: $($field:ident),+) => {
        impl<$R: sgdlab_core::Real> sgdlab_core::kept::Kept for $State {
            fn tape(&mut self, tape: &mut sgdlab_core::kept::Tape<'_>) {
                $(sgdlab_core::kept::Kept::tape(&mut self.$field, tape);)+
            }
        }
    };
    ($State:ty: $($field:ident),+) => {
        impl sgdlab_core::kept::Kept for $State {
            fn tape(&mut self, tape: &mut sgdlab_core::kept::Tape<'_>) {
                $(sgdlab_core::kept::Kept::tape(&mut self.$field, tape);)+
            }
        }
    };
}
pub(crate) use kept;
