//! Losses of one class of several: what they are, their list, and their loops over a batch.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Lanes, Range, Real, Settings};

/// The class of a term, and the weights of all classes.
#[derive(Clone, Copy, Debug)]
pub struct Label<'a, R> {
    /// The class.
    pub class: usize,
    /// A weight for each class; empty if all are 1.
    pub weights: &'a [R],
}

impl<R: Real> Label<'_, R> {
    /// The weight of a class.
    #[inline(always)]
    pub(crate) fn weight_of(&self, class: usize) -> R {
        if self.weights.is_empty() { R::ONE } else { self.weights[class] }
    }

    /// The weight of the term's class.
    #[inline(always)]
    pub(crate) fn weight(&self) -> R {
        self.weight_of(self.class)
    }
}

/// What the sum of the terms' values is divided by in their mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divisor {
    /// The sum of the weights of the terms' classes.
    Weights,
    /// The number of terms.
    Terms,
}

/// What is known about a multiclass loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MulticlassFacts {
    /// Whether it is convex in the logits.
    pub convex: bool,
    /// What its mean over terms divides by.
    pub divisor: Divisor,
}

/// A loss of several logits and a class, for `N` runs at once.
///
/// Every lane has the bits of the run alone: what a lane decides is a value and never a way through the code.
/// At a kink the slopes are those of the side where the loss is 0, and curvatures are those beside it.
/// A term whose value is 0 whatever the logits, because it has no weight, has the value and the slopes 0 where
/// logits are infinite or NaN, too.
pub trait MulticlassLoss: Copy + Send + Sync + 'static {
    /// The value; the logits are used up.
    fn value<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) -> Lanes<R, N>;

    /// In place of the logits the slopes.
    fn slopes<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>);

    /// [`Self::value`] of each term, in the order of the labels: term by term, unless the loss knows better.
    #[inline(always)]
    fn values<R: Real, const N: usize>(
        &self,
        of: Labels<'_, R>,
        logits: &mut [Lanes<R, N>],
        values: &mut [Lanes<R, N>],
    ) {
        values_by_term(self, of, logits, values);
    }

    /// [`Self::slopes`] of each term of a batch: term by term, unless the loss knows better.
    #[inline(always)]
    fn batch_slopes<R: Real, const N: usize>(&self, of: Labels<'_, R>, batch: &[u32], logits: &mut [Lanes<R, N>]) {
        slopes_by_term(self, of, batch, logits);
    }

    /// In place of the logits the slopes, and in place of the vector the Hessian times it.
    fn move_slopes<R: Real, const N: usize>(
        &self,
        logits: &mut [Lanes<R, N>],
        vector: &mut [Lanes<R, N>],
        label: Label<'_, R>,
    );

    /// What is known about it.
    fn facts(&self) -> MulticlassFacts;

    /// A bound of the largest eigenvalue of the Hessian in `classes` logits; `None` if there is none or none is known.
    fn smoothness(&self, classes: usize, label: Label<'_, f64>) -> Option<f64>;
}

/// [`MulticlassLoss::value`] of each term, one after the other.
#[inline(always)]
pub(crate) fn values_by_term<L: MulticlassLoss, R: Real, const N: usize>(
    loss: &L,
    of: Labels<'_, R>,
    logits: &mut [Lanes<R, N>],
    values: &mut [Lanes<R, N>],
) {
    for ((term, logits), value) in logits.chunks_exact_mut(of.classes).enumerate().zip(values) {
        *value = loss.value(logits, of.of(term));
    }
}

/// [`MulticlassLoss::slopes`] of each term of a batch, one after the other.
#[inline(always)]
pub(crate) fn slopes_by_term<L: MulticlassLoss, R: Real, const N: usize>(
    loss: &L,
    of: Labels<'_, R>,
    batch: &[u32],
    logits: &mut [Lanes<R, N>],
) {
    for (logits, &term) in logits.chunks_exact_mut(of.classes).zip(batch) {
        loss.slopes(logits, of.of(term as usize));
    }
}

/// The classes of terms.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a, R> {
    /// The number of classes.
    pub classes: usize,
    /// The class of each term.
    pub labels: &'a [u32],
    /// A weight for each class; empty if all are 1.
    pub weights: &'a [R],
}

impl<'a, R: Real> Labels<'a, R> {
    /// The class of one term.
    #[inline(always)]
    fn of(&self, term: usize) -> Label<'a, R> {
        Label { class: self.labels[term] as usize, weights: self.weights }
    }
}

/// A multiclass loss with its loops, for `N` runs at once; every [`MulticlassLoss`] is one.
///
/// `logits` holds the logits of each term of the batch, one term after the other.
/// One virtual call serves a whole batch.
///
/// # Panics
/// All panic if an index is not below the number of terms, or a label not below that of classes.
pub trait MulticlassKernel<R: Real, const N: usize>: Send + Sync {
    /// Turns the logits of a batch into slopes.
    fn slopes(&self, of: Labels<'_, R>, batch: &[u32], logits: &mut [Lanes<R, N>]);

    /// Turns the logits of a batch into slopes, and what they move by into what the slopes move by.
    fn move_slopes(&self, of: Labels<'_, R>, batch: &[u32], logits: &mut [Lanes<R, N>], moved: &mut [Lanes<R, N>]);

    /// Writes the value of each term of a batch in place of its first logit; the others are used up.
    fn values_of(&self, of: Labels<'_, R>, batch: &[u32], logits: &mut [Lanes<R, N>]);

    /// Writes the value of each term to `values`, in the order of the labels; the logits are used up.
    fn values(&self, of: Labels<'_, R>, logits: &mut [Lanes<R, N>], values: &mut [Lanes<R, N>]);
}

impl<L: MulticlassLoss, R: Real, const N: usize> MulticlassKernel<R, N> for L {
    fn slopes(&self, of: Labels<'_, R>, batch: &[u32], logits: &mut [Lanes<R, N>]) {
        slopes(*self, of, batch, logits);
    }

    fn move_slopes(&self, of: Labels<'_, R>, batch: &[u32], logits: &mut [Lanes<R, N>], moved: &mut [Lanes<R, N>]) {
        move_slopes(*self, of, batch, logits, moved);
    }

    fn values_of(&self, of: Labels<'_, R>, batch: &[u32], logits: &mut [Lanes<R, N>]) {
        values_of(*self, of, batch, logits);
    }

    fn values(&self, of: Labels<'_, R>, logits: &mut [Lanes<R, N>], values: &mut [Lanes<R, N>]) {
        all_values(*self, of, logits, values);
    }
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn slopes<L: MulticlassLoss, R: Real, const N: usize>(
    loss: L,
    of: Labels<'_, R>,
    batch: &[u32],
    logits: &mut [Lanes<R, N>],
) {
    loss.batch_slopes(of, batch, logits);
}

// No run spends its time here: not worth a version for each set of instructions.
fn move_slopes<L: MulticlassLoss, R: Real, const N: usize>(
    loss: L,
    of: Labels<'_, R>,
    batch: &[u32],
    logits: &mut [Lanes<R, N>],
    moved: &mut [Lanes<R, N>],
) {
    let terms = logits.chunks_exact_mut(of.classes).zip(moved.chunks_exact_mut(of.classes));
    for ((logits, moved), &term) in terms.zip(batch) {
        loss.move_slopes(logits, moved, of.of(term as usize));
    }
}

// No run spends its time here: not worth a version for each set of instructions.
fn values_of<L: MulticlassLoss, R: Real, const N: usize>(
    loss: L,
    of: Labels<'_, R>,
    batch: &[u32],
    logits: &mut [Lanes<R, N>],
) {
    for (logits, &term) in logits.chunks_exact_mut(of.classes).zip(batch) {
        logits[0] = loss.value(logits, of.of(term as usize));
    }
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn all_values<L: MulticlassLoss, R: Real, const N: usize>(
    loss: L,
    of: Labels<'_, R>,
    logits: &mut [Lanes<R, N>],
    values: &mut [Lanes<R, N>],
) {
    loss.values(of, logits, values);
}

/// The weights of classes, which every multiclass loss takes.
pub(crate) const CLASS_WEIGHTS: Hyperparameter = Hyperparameter {
    name: "class-weights",
    meaning: "a weight for each class; equal: all are 1; balanced: n / (C n_c) with the number n_c of a class's \
              training terms",
    domain: Domain::NumbersOrWord { default: "equal", accepts: &["equal", "balanced"], range: Range::at_least(0.0) },
};

/// The one list of multiclass losses: what can be named, made, dispatched and tested follows from it.
macro_rules! multiclass_losses {
    ($($module:ident :: $name:ident,)+) => {
        static ENTRIES: &[&Entry] = &[$(&crate::$module::ENTRY,)+];

        /// Any multiclass loss, without the weights of classes, which a [`Label`] has.
        ///
        /// ```
        /// use sgdlab_core::{Settings, Value};
        /// use sgdlab_losses::{Labels, MulticlassKernel, MulticlassSpec, multiclass_entries};
        /// let entry = multiclass_entries().into_iter().find(|entry| entry.name == "weston-watkins").unwrap();
        /// let settings = Settings::new(entry, [("margin", Value::Number(2.0))]).unwrap();
        /// let loss = MulticlassSpec::new(&settings).unwrap();
        ///
        /// // The slopes of one run at one term of class 1 of two.
        /// let mut z = [[0.5], [0.5]];
        /// let of = Labels { classes: 2, labels: &[1], weights: &[] };
        /// loss.kernel::<f64, 1>().slopes(of, &[0], &mut z);
        /// assert_eq!(z, [[1.0], [-1.0]]);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum MulticlassSpec {
            $(
                #[doc = concat!("[`", stringify!($name), "`](crate::", stringify!($name), ")")]
                $name(crate::$name),
            )+
        }

        impl MulticlassSpec {
            /// The loss these settings describe.
            ///
            /// # Errors
            /// If they are settings of something that is not a multiclass loss.
            pub fn new(settings: &Settings) -> Result<Self, Invalid> {
                $(
                    if settings.name() == crate::$module::ENTRY.name {
                        return Ok(Self::$name(crate::$name::from_settings(settings)));
                    }
                )+
                let names: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
                Err(Invalid::new("loss", settings.name(), names.join(", ")))
            }

            /// How the catalogue describes it.
            #[must_use]
            pub fn entry(&self) -> &'static Entry {
                match self {
                    $(Self::$name(_) => &crate::$module::ENTRY,)+
                }
            }

            /// What is known about it.
            #[must_use]
            pub fn facts(&self) -> MulticlassFacts {
                match self {
                    $(Self::$name(loss) => loss.facts(),)+
                }
            }

            /// See [`MulticlassLoss::smoothness`].
            #[must_use]
            pub fn smoothness(&self, classes: usize, label: Label<'_, f64>) -> Option<f64> {
                match self {
                    $(Self::$name(loss) => loss.smoothness(classes, label),)+
                }
            }

            /// Its loops for `N` runs at once.
            #[must_use]
            pub fn kernel<R: crate::Packs<N>, const N: usize>(&self) -> &dyn MulticlassKernel<R, N> {
                R::multiclass(self)
            }

            pub(crate) fn loops<R: Real, const N: usize>(&self) -> &dyn MulticlassKernel<R, N> {
                match self {
                    $(Self::$name(loss) => loss,)+
                }
            }
        }
    };
}

multiclass_losses! {
    cross_entropy::CrossEntropy,
    focal::Focal,
    crammer_singer::CrammerSinger,
    weston_watkins::WestonWatkins,
    one_hot::OneHot,
}

/// The losses of several logits and a class.
#[must_use]
pub fn multiclass_entries() -> Vec<&'static Entry> {
    ENTRIES.to_vec()
}
