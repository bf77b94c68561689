//! From tables to statistics and terminal tables; knows only tables.
