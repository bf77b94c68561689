//! Plan → cells → packs → runs → rows.

pub mod plan;
