//! What several experiments use.

pub(crate) mod course;
pub(crate) mod drawing;
pub(crate) mod geometry;
pub(crate) mod grid;
pub(crate) mod moments;
pub(crate) mod pack;
pub(crate) mod problem;
