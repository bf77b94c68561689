//! The command line of sgdlab.

fn main() {}
