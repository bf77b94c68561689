//! Values, derivatives and minima of all landscapes.

mod bowls;
mod derivatives;
mod minima;
mod support;
mod terms;
mod textbook;
