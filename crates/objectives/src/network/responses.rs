//! What a network makes of inputs: the units of every layer, and how its output depends on the parameters.

use sgdlab_core::Lanes;

use super::Network;
use super::ends::Ends;
use crate::dense::Products;
use crate::problem::Stored;

impl<R: Products> Network<R> {
    /// The features of all terms, row-major.
    #[must_use]
    pub fn inputs(&self) -> &[R] {
        &self.features
    }

    /// The targets of all terms, where they are numbers.
    #[must_use]
    pub fn numbers(&self) -> Option<&[R]> {
        match &self.ends {
            Ends::Number { targets, .. } => Some(targets),
            Ends::Classes { .. } => None,
        }
    }

    /// The units of every layer for rows of inputs, row-major: those of hidden layers after their activation, then the
    /// outputs.
    ///
    /// # Panics
    /// If `at` is not as long as the layout, or the inputs are not whole rows.
    ///
    /// ```
    /// use sgdlab_losses::{LossSpec, Squared};
    /// use sgdlab_objectives::{Activation, Answers, Biases, Network, NetworkSpec, Outputs};
    /// let spec = NetworkSpec {
    ///     hidden: vec![2],
    ///     residual: false,
    ///     biases: Biases::None,
    ///     activation: Activation::Relu,
    ///     l2: 0.0,
    ///     outputs: Outputs::Number(LossSpec::Squared(Squared::new(true))),
    /// };
    /// let network = Network::<f64>::new(spec, &[1.0], 1, Answers::Numbers(&[0.0]));
    /// // 3 relu(x) + 5 relu(-x)
    /// let units = network.respond(&[1.0, -1.0, 3.0, 5.0], &[2.0, -2.0]);
    /// assert_eq!(units, [vec![2.0, 0.0, 0.0, 2.0], vec![6.0, 10.0]]);
    /// ```
    #[must_use]
    pub fn respond(&self, at: &[R], inputs: &[R]) -> Vec<Vec<R>>
    where
        R: Stored,
    {
        R::respond(self, at, inputs)
    }

    /// The gradient of the output in the parameters for rows of inputs: one row for each.
    ///
    /// # Panics
    /// If `at` is not as long as the layout, the inputs are not whole rows, or there are several outputs.
    #[must_use]
    pub fn jacobian(&self, at: &[R], inputs: &[R]) -> Vec<Vec<R>>
    where
        R: Stored,
    {
        R::jacobian(self, at, inputs)
    }

    /// [`Self::respond`], compiled where it is called.
    pub(crate) fn layers(&self, at: &[R], inputs: &[R]) -> Vec<Vec<R>> {
        let (units, rows) = self.units_of(at, inputs);
        let mut rest = units.as_slice().as_flattened();
        let mut layers = Vec::new();
        for shape in &self.shapes {
            let (own, after) = rest.split_at(rows * shape.outputs);
            layers.push(own.to_vec());
            rest = after;
        }
        layers
    }

    /// [`Self::jacobian`], compiled where it is called.
    pub(crate) fn gradients(&self, at: &[R], inputs: &[R]) -> Vec<Vec<R>> {
        assert_eq!(self.outputs(), 1, "the gradient of one output");
        let lanes: Vec<Lanes<R, 1>> = at.iter().map(|&x| [x]).collect();
        let columns = self.columns();
        let mut work = vec![[R::ZERO]; self.turned() + self.widest()];
        let gradient = |row: &[R]| {
            let (mut units, rows) = self.units_of(at, row);
            assert_eq!(rows, 1, "one row at a time");
            *units.last_mut().expect("an output") = [R::ONE];
            let mut out = vec![[R::ZERO]; at.len()];
            self.backward(&lanes, row, (&mut units, &mut work), &mut out);
            out.into_flattened()
        };
        inputs.chunks(columns).map(gradient).collect()
    }

    /// The units of all layers for rows of inputs, and how many rows these are.
    fn units_of(&self, at: &[R], inputs: &[R]) -> (Vec<Lanes<R, 1>>, usize) {
        assert_eq!(at.len(), self.layout.size(), "as many parameters as the layout has");
        let columns = self.columns();
        let rows = inputs.len() / columns;
        assert_eq!(inputs.len(), rows * columns, "inputs are rows of {columns}");
        let lanes: Vec<Lanes<R, 1>> = at.iter().map(|&x| [x]).collect();
        let mut units = vec![[R::ZERO]; rows * self.units()];
        self.forward(&lanes, inputs, &mut units);
        (units, rows)
    }
}
