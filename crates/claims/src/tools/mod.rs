//! What several experiments use.

pub(crate) mod affine;
pub(crate) mod course;
pub(crate) mod drawing;
pub(crate) mod fit;
pub(crate) mod geometry;
pub(crate) mod grid;
pub(crate) mod landscape;
pub(crate) mod machine;
pub(crate) mod moments;
pub(crate) mod noise;
pub(crate) mod outcomes;
pub(crate) mod pack;
pub(crate) mod population;
pub(crate) mod problem;
pub(crate) mod sampler;
pub(crate) mod wells;
