//! The landscapes, one file each, and their list.

mod ackley;
mod beale;
mod bohachevsky;
mod booth;
mod branin;
mod brown_badly_scaled;
mod bukin_6;
mod cliff;
mod dixon_price;
mod double_well;
mod easom;
mod egg_crate;
mod freudenstein_roth;
mod goldstein_price;
mod griewank;
mod himmelblau;
mod ill_conditioned_quadratic;
mod leon;
mod levy;
mod levy_13;
mod matyas;
mod mccormick;
mod monkey_saddle;
mod narrow_valley;
mod plateau;
mod quartic;
mod rastrigin;
mod rosenbrock;
mod rotated_quadratic;
mod scalar_factorization;
mod schaffer_2;
mod six_hump_camel;
mod spectrum;
mod strict_saddle;
mod styblinski_tang;
mod three_hump_camel;
mod trid;
mod zakharov;

use sgdlab_core::{Entry, Invalid, Settings};

use crate::known::Known;
use crate::shape::Shape;

/// One line of the list.
pub(crate) struct Registration {
    pub(crate) entry: &'static Entry,
    pub(crate) check: fn(&Settings) -> Result<(), Invalid>,
    pub(crate) new: fn(&Settings) -> Box<dyn Shape>,
}

/// The one list of landscapes.
macro_rules! registry {
    ($($module:ident :: $name:ident),+ $(,)?) => {
        &[$(Registration {
            entry: <$module::$name as Known>::ENTRY,
            check: <$module::$name as Known>::check,
            new: |settings| Box::new(<$module::$name as Known>::new(settings)),
        }),+]
    };
}

/// Every landscape, in the order of tables.
pub(crate) static REGISTRY: &[Registration] = registry![
    rosenbrock::Rosenbrock,
    beale::Beale,
    himmelblau::Himmelblau,
    booth::Booth,
    branin::Branin,
    goldstein_price::GoldsteinPrice,
    six_hump_camel::SixHumpCamel,
    three_hump_camel::ThreeHumpCamel,
    mccormick::McCormick,
    matyas::Matyas,
    styblinski_tang::StyblinskiTang,
    rastrigin::Rastrigin,
    ackley::Ackley,
    griewank::Griewank,
    levy::Levy,
    levy_13::Levy13,
    zakharov::Zakharov,
    dixon_price::DixonPrice,
    trid::Trid,
    easom::Easom,
    bukin_6::Bukin6,
    bohachevsky::Bohachevsky,
    schaffer_2::Schaffer2,
    egg_crate::EggCrate,
    brown_badly_scaled::BrownBadlyScaled,
    freudenstein_roth::FreudensteinRoth,
    leon::Leon,
    monkey_saddle::MonkeySaddle,
    strict_saddle::StrictSaddle,
    double_well::DoubleWell,
    scalar_factorization::ScalarFactorization,
    ill_conditioned_quadratic::IllConditionedQuadratic,
    rotated_quadratic::RotatedQuadratic,
    quartic::Quartic,
    plateau::Plateau,
    cliff::Cliff,
    narrow_valley::NarrowValley,
];
