//! From oracle calls to the gradient a rule sees: plain, SVRG, SAM.
