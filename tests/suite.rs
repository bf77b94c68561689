//! The workspace tests.
