//! How a flat parameter vector is made of named tensors.

/// One named tensor inside a flat parameter vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name, as tables spell it.
    pub name: String,
    /// Its shape, row-major.
    pub shape: Vec<usize>,
    /// Where it starts in the flat vector.
    pub offset: usize,
    /// Whether weight decay is meant for it, as it is for weights and not for biases.
    pub decays: bool,
}

impl Tensor {
    /// The number of its entries.
    #[must_use]
    #[inline]
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

/// The tensors of a parameter vector, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    tensors: Vec<Tensor>,
    size: usize,
}

impl Layout {
    /// The layout of tensors with these names and shapes, decay meant for all of them.
    ///
    /// ```
    /// use sgdlab_core::Layout;
    /// let layout = Layout::new([("weight", vec![10, 64]), ("bias", vec![10])]);
    /// assert_eq!(layout.size(), 650);
    /// assert_eq!(layout.tensors()[1].offset, 640);
    /// ```
    pub fn new(tensors: impl IntoIterator<Item = (impl Into<String>, Vec<usize>)>) -> Self {
        let mut layout = Self::default();
        for (name, shape) in tensors {
            layout.push(Tensor { name: name.into(), shape, offset: 0, decays: true });
        }
        layout
    }

    /// The layout of these tensors one after the other, wherever they were before.
    #[must_use]
    pub fn of(tensors: impl IntoIterator<Item = Tensor>) -> Self {
        let mut layout = Self::default();
        tensors.into_iter().for_each(|tensor| layout.push(tensor));
        layout
    }

    /// The same layout, in which decay is meant only for tensors whose name `decays` says so.
    #[must_use]
    pub fn with_decay(mut self, decays: impl Fn(&str) -> bool) -> Self {
        for tensor in &mut self.tensors {
            tensor.decays = decays(&tensor.name);
        }
        self
    }

    fn push(&mut self, tensor: Tensor) {
        let offset = self.size;
        self.size += tensor.size();
        self.tensors.push(Tensor { offset, ..tensor });
    }

    /// One vector of `n` entries.
    #[must_use]
    pub fn vector(n: usize) -> Self {
        Self::new([("x", vec![n])])
    }

    /// The tensors, in order.
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The number of parameters.
    #[must_use]
    #[inline]
    pub fn size(&self) -> usize {
        self.size
    }
}
