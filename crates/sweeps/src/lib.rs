//! Plan → cells → packs → runs → rows.
