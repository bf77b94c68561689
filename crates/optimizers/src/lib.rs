//! Update rules with named dialects, and schedules.
