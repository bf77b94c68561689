//! What a sampler may know about the terms: numbers.

use crate::SamplerError;

/// What is known about the terms when a sampler is bound.
///
/// All slices have one entry a term.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Context<'a> {
    /// N, the number of terms.
    pub terms: usize,
    /// The number of parameters, which is the length of gradients that are observed.
    pub parameters: usize,
    /// The class of each term, where the data has classes.
    pub classes: Option<&'a [u32]>,
    /// ‖∇fᵢ‖₂ of each term at the initial point.
    pub norms: Option<&'a [f64]>,
    /// Lᵢ, a Lipschitz constant of each ∇fᵢ.
    pub smoothness: Option<&'a [f64]>,
}

impl Context<'_> {
    /// Terms about which nothing is known.
    #[must_use]
    pub fn of(terms: usize) -> Self {
        Self { terms, ..Self::default() }
    }
}

/// What a sampler asks for, because it costs something to provide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// [`Context::norms`].
    pub norms: bool,
    /// [`Context::smoothness`].
    pub smoothness: bool,
    /// Gradients of all steps: see [`crate::Sampler::observe`].
    pub feedback: bool,
}

/// The terms of each class that has any, in the order of the classes.
pub(crate) fn by_class(sampler: &'static str, context: &Context<'_>) -> Result<Vec<Vec<u32>>, SamplerError> {
    let classes = context.classes.ok_or(SamplerError::Unknown { sampler, what: "classes of the terms" })?;
    check_length(sampler, "classes", classes.len(), context.terms)?;
    let mut groups = vec![Vec::new(); classes.iter().max().map_or(0, |&last| last as usize + 1)];
    for (term, &class) in (0..).zip(classes) {
        groups[class as usize].push(term);
    }
    groups.retain(|group| !group.is_empty());
    Ok(groups)
}

pub(crate) fn check_length(
    sampler: &'static str,
    what: &'static str,
    given: usize,
    needed: usize,
) -> Result<(), SamplerError> {
    if given == needed { Ok(()) } else { Err(SamplerError::Lengths { sampler, what, given, needed }) }
}
