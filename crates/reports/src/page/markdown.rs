//! The report as Markdown.
