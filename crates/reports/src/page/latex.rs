//! Tables for papers.
