//! The registry of update rules: adding one is its file, its `mod` line and its registry line.

mod adabelief;
mod adabound;
mod adadelta;
mod adafactor;
mod adagrad;
mod adagrad_norm;
mod adahessian;
mod adam;
mod adam_hd;
mod adam_mini;
mod adamax;
mod adamod;
mod adamp;
mod adamw;
mod adan;
mod ademamix;
mod adopt;
mod aggmo;
mod ali_g;
mod amsgrad;
mod armijo;
mod asgd;
mod by_tag;
mod came;
mod cautious_adamw;
mod cautious_lion;
mod centralized;
mod clipped;
mod cocob;
mod coupled_decay;
mod dadapt_adagrad;
mod dadapt_adam;
mod dadapt_sgd;
mod diffgrad;
mod dog;
mod dowg;
mod driven;
mod drop_on_plateau;
mod drop_when_stationary;
mod ema;
mod fromage;
mod ftrl;
mod grams;
mod heavy_ball;
mod irls;
mod lamb;
mod laprop;
mod lars;
mod lbfgs;
mod lion;
mod lookahead;
mod madgrad;
mod mars;
mod momo;
mod momo_adam;
mod muon;
mod nadam;
mod nag;
mod newton;
mod normalized_sgd;
mod novograd;
mod optimistic_adam;
mod optimistic_gd;
mod padam;
mod perturbed;
mod polyak_ruppert;
mod polyak_sgd;
mod prodigy;
mod qhadam;
mod qhm;
mod radam;
mod rmsprop;
mod rprop;
mod schedule_free_adamw;
mod schedule_free_sgd;
mod sgd;
mod sgd_bb;
mod sgd_hd;
mod sgdp;
mod sgdw;
mod sgld;
mod shampoo;
mod signsgd;
mod signum;
mod sm3;
mod soap;
mod sophia;
mod sparse_adam;
mod sps_max;
mod stable_adamw;
mod suffix_average;
mod swa;
mod tail_average;
mod tiger;
mod yogi;

use sgdlab_core::{Entry, Invalid, Layout, Real, Settings};

use crate::{Configuration, Needs, Rule};

pub use armijo::Reset;
pub use cautious_adamw::MaskScale;
pub use mars::MarsType;

macro_rules! registry {
    ($($module:ident::$Rule:ident),* $(,)?) => {
        $(pub use $module::$Rule;)*

        /// One update rule with its hyperparameters.
        #[derive(Clone, Debug, PartialEq)]
        pub enum RuleSpec {
            $(#[doc = concat!("See [`", stringify!($Rule), "`](crate::", stringify!($Rule), ").")] $Rule($Rule),)*
        }

        static ENTRIES: &[&Entry] = &[$(&$module::ENTRY),*];

        $(
            impl Default for $Rule {
                /// The defaults of the first dialect.
                fn default() -> Self {
                    Self::new(&Settings::defaults(&$module::ENTRY)).expect("defaults go together")
                }
            }

            impl From<$Rule> for RuleSpec {
                fn from(rule: $Rule) -> Self {
                    Self::$Rule(rule)
                }
            }
        )*

        impl RuleSpec {
            /// The rule that these settings stand for.
            ///
            /// # Errors
            /// If they are not settings of a rule, or values that are accepted one by one do not go together.
            pub fn new(settings: &Settings) -> Result<Self, Invalid> {
                $(
                    if settings.name() == $module::ENTRY.name {
                        return $Rule::new(settings).map(Self::$Rule);
                    }
                )*
                let names: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
                Err(Invalid::new("rule", settings.name(), names.join(", ")))
            }

            /// How catalogues describe this rule.
            #[must_use]
            pub fn entry(&self) -> &'static Entry {
                match self {
                    $(Self::$Rule(_) => &$module::ENTRY,)*
                }
            }

            /// Whether runs with these two rules can be lanes of one pack: the same rule with the same structure,
            /// so that only numbers differ.
            ///
            /// A rule that asks for its gradients itself cannot even share a pack with itself.
            #[must_use]
            pub fn can_share_pack(&self, other: &Self) -> bool {
                match (self, other) {
                    $((Self::$Rule(a), Self::$Rule(b)) => a.can_share_pack(b),)*
                    _ => false,
                }
            }

            /// What the rule needs of an objective beyond a gradient a step.
            #[must_use]
            pub fn needs(&self) -> Needs {
                match self {
                    $(Self::$Rule(rule) => rule.needs(),)*
                }
            }

            pub(crate) fn bind_all<R: Real, const N: usize>(pack: &[Self; N], layout: &Layout) -> Box<dyn Rule<R, N>> {
                match &pack[0] {
                    $(Self::$Rule(first) => {
                        // A function of its own, which is not compiled for every precision and number of lanes.
                        fn rules(first: &$Rule, pack: &[RuleSpec]) -> Vec<$Rule> {
                            pack.iter()
                                .map(|spec| match spec {
                                    RuleSpec::$Rule(rule) if pack.len() == 1 || rule.can_share_pack(first) => rule.clone(),
                                    other => panic!("{other:?} cannot share a pack with {first:?}"),
                                })
                                .collect()
                        }
                        Configuration::bind(&rules(first, pack), layout)
                    })*
                }
            }
        }
    };
}

registry! {
    sgd::Sgd,
    heavy_ball::HeavyBall,
    nag::Nag,
    sgdw::Sgdw,
    adagrad::Adagrad,
    rmsprop::Rmsprop,
    adadelta::Adadelta,
    adam::Adam,
    adamw::AdamW,
    amsgrad::Amsgrad,
    lion::Lion,
    dadapt_adagrad::DadaptAdagrad,
    dadapt_adam::DadaptAdam,
    dadapt_sgd::DadaptSgd,
    dog::Dog,
    dowg::Dowg,
    momo::Momo,
    momo_adam::MomoAdam,
    muon::Muon,
    polyak_sgd::PolyakSgd,
    prodigy::Prodigy,
    shampoo::Shampoo,
    soap::Soap,
    sophia::Sophia,
    adabelief::AdaBelief,
    adabound::AdaBound,
    adamax::Adamax,
    adamod::AdaMod,
    adan::Adan,
    ademamix::AdEMAMix,
    adopt::Adopt,
    aggmo::AggMo,
    asgd::Asgd,
    cocob::Cocob,
    diffgrad::DiffGrad,
    ftrl::Ftrl,
    grams::Grams,
    laprop::LaProp,
    madgrad::Madgrad,
    nadam::NAdam,
    optimistic_adam::OptimisticAdam,
    optimistic_gd::OptimisticGd,
    padam::Padam,
    qhadam::QhAdam,
    qhm::Qhm,
    radam::RAdam,
    rprop::Rprop,
    schedule_free_adamw::ScheduleFreeAdamW,
    schedule_free_sgd::ScheduleFreeSgd,
    signsgd::SignSgd,
    signum::Signum,
    tiger::Tiger,
    yogi::Yogi,
    adafactor::Adafactor,
    adam_mini::AdamMini,
    adamp::AdamP,
    came::Came,
    cautious_adamw::CautiousAdamW,
    cautious_lion::CautiousLion,
    fromage::Fromage,
    lamb::Lamb,
    lars::Lars,
    mars::Mars,
    novograd::Novograd,
    sgdp::Sgdp,
    sm3::Sm3,
    stable_adamw::StableAdamW,
    adahessian::AdaHessian,
    armijo::Armijo,
    irls::Irls,
    lbfgs::Lbfgs,
    newton::Newton,
    sparse_adam::SparseAdam,
    adagrad_norm::AdagradNorm,
    normalized_sgd::NormalizedSgd,
    sps_max::SpsMax,
    ali_g::AliG,
    sgd_hd::SgdHd,
    adam_hd::AdamHd,
    sgd_bb::SgdBb,
    lookahead::Lookahead,
    polyak_ruppert::PolyakRuppert,
    tail_average::TailAverage,
    suffix_average::SuffixAverage,
    ema::Ema,
    swa::Swa,
    clipped::Clipped,
    centralized::Centralized,
    coupled_decay::CoupledDecay,
    perturbed::Perturbed,
    sgld::Sgld,
    by_tag::ByTag,
    driven::Driven,
    drop_on_plateau::DropOnPlateau,
    drop_when_stationary::DropWhenStationary,
}

pub use by_tag::Tag;
pub use clipped::ClipBy;
pub use dog::FirstStep;
pub use drop_when_stationary::StationarityTest;
pub use lbfgs::LineSearch;
pub use muon::Adjustment;
pub use rprop::Form;

impl RuleSpec {
    /// Makes the state of `N` runs over parameters of this layout, one rule a run.
    ///
    /// # Panics
    /// If they cannot share a pack.
    pub fn bind<R: Packs<N>, const N: usize>(pack: &[Self; N], layout: &Layout) -> Box<dyn Rule<R, N>> {
        R::bind(pack, layout)
    }
}

/// A precision in which `N` runs can be executed together: `f32` and `f64`, for 1, 4 and 16 runs.
///
/// All rules are compiled here, for these six; a generic function would be compiled once more
/// with every crate, test and bench that calls it.
pub trait Packs<const N: usize>: Real {
    /// See [`RuleSpec::bind`].
    fn bind(pack: &[RuleSpec; N], layout: &Layout) -> Box<dyn Rule<Self, N>>;
}

macro_rules! packs {
    ($($R:ty, $N:literal;)*) => {
        $(
            impl Packs<$N> for $R {
                fn bind(pack: &[RuleSpec; $N], layout: &Layout) -> Box<dyn Rule<Self, $N>> {
                    RuleSpec::bind_all(pack, layout)
                }
            }
        )*
    };
}

packs! {
    f32, 1;
    f32, 4;
    f32, 16;
    f64, 1;
    f64, 4;
    f64, 16;
}

/// All update rules.
#[must_use]
pub fn entries() -> Vec<&'static Entry> {
    ENTRIES.to_vec()
}
