"""Statistics as SciPy, statsmodels, scikit-posthocs, rliable, cocopp and mpmath compute them.

  python tests/peers/reference_statistics.py             # writes data/statistics/*.json, in a few minutes
  python tests/peers/reference_statistics.py holm coco   # only these

Needs numpy, scipy, statsmodels, scikit-posthocs, rliable, cocopp, mpmath, and pandas below 3 for rliable; their versions are written
into each document. Infinities are the strings "inf" and "-inf". All data is made here, from fixed seeds.
"""
import contextlib
import importlib.metadata
import io
import itertools
import json
import math
import pathlib
import sys
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import scikit_posthocs
from rliable import library as rliable, metrics
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

with contextlib.redirect_stdout(io.StringIO()):
    from cocopp import toolsstats

OUT = pathlib.Path(__file__).parents[2] / "data" / "statistics"
PACKAGES = ["numpy", "scipy", "statsmodels", "scikit-posthocs", "rliable", "cocopp", "mpmath"]
mpmath.mp.dps = 40


def plain(x):
    """Numbers of numpy and infinities as JSON has them."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)):
        return [plain(value) for value in x]
    if isinstance(x, (float, np.floating)):
        assert not math.isnan(x)
        return float(x) if math.isfinite(x) else ("inf" if x > 0 else "-inf")
    return x.item() if isinstance(x, np.generic) else x


def write(name, what, records):
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    head = json.dumps({"schema_version": 1, "what": what, "versions": versions})
    lines = ",\n".join(json.dumps(plain(record)) for record in records)
    (OUT / f"{name}.json").write_text(f'{head[:-1]}, "records": [\n{lines}\n]}}\n')


def costs(*shape):
    """Numbers of evaluations: positive, skewed, rounded."""
    return np.round(np.exp(rng.normal(6, 1, shape)), 1)


def location():
    for n in (1, 2, 3, 4, 5, 7, 8, 10, 21, 50):
        x = rng.normal(0, 3, n) if n % 2 else costs(n)
        q = [0.0, 0.025, 0.1, 0.25, 0.5, 0.6180339887, 0.75, 0.975, 1.0]
        quantiles = np.quantile(x, q)
        if n > 1:
            # Type 7 in the terms of mquantiles.
            assert np.allclose(stats.mstats.mquantiles(x, q, alphap=1, betap=1), quantiles, rtol=1e-13, atol=0)
        cuts = [0.0, 0.1, 0.2, 0.25, 0.4]
        yield {
            "numbers": x, "q": q, "quantiles": quantiles, "mean": np.mean(x), "iqr": stats.iqr(x),
            "standard_deviation": np.std(x, ddof=1) if n > 1 else None,
            "cuts": cuts, "trimmed_means": [stats.trim_mean(x, cut) for cut in cuts],
            "iqm": metrics.aggregate_iqm(x.reshape(-1, 1)),
        }
    x = np.array([3.0, math.inf, 1.0, 2.0, 4.0, math.inf, 0.5, 9.0])
    yield {"numbers": x, "q": [], "quantiles": [], "mean": np.mean(x), "iqr": None, "standard_deviation": None,
           "cuts": [0.25, 0.4], "trimmed_means": [stats.trim_mean(x, cut) for cut in (0.25, 0.4)],
           "iqm": metrics.aggregate_iqm(x.reshape(-1, 1))}


def paired():
    """Exact tests by SciPy's permutations of signs, which take ties and zeros as they are."""
    cases = [("normal", rng.normal(0.5, 1, n)) for n in (3, 5, 6, 8, 12, 18)]
    cases += [("ties", rng.integers(-3, 6, n).astype(float)) for n in (4, 7, 10, 14, 17)]
    cases += [("tenths", np.round(rng.normal(0.1, 0.2, n), 1)) for n in (6, 11, 16)]
    for kind, d in cases:
        zero_free = d[d != 0]
        signs = stats.permutation_test((d,), lambda x, axis: np.sum(x, axis=axis), permutation_type="samples",
                                       n_resamples=np.inf, batch=1 << 14, vectorized=True)
        ranks = stats.rankdata(np.abs(zero_free)) * np.sign(zero_free)
        ranked = stats.permutation_test((ranks,), lambda x, axis: np.sum(x, axis=axis), permutation_type="samples",
                                        n_resamples=np.inf, batch=1 << 14, vectorized=True)
        if len(d) <= 12:
            same = stats.wilcoxon(d, method=stats.PermutationMethod(n_resamples=np.inf)).pvalue
            assert abs(same - ranked.pvalue) < 1e-13
        if kind == "normal":
            assert abs(stats.wilcoxon(d, method="exact").pvalue - ranked.pvalue) < 1e-13
        yield {"kind": kind, "differences": d, "sign_flip": signs.pvalue, "wilcoxon": ranked.pvalue}
    for n in (25, 40, 50, 120, 200):
        d = rng.normal(0.2, 1, n)
        d = d[np.argsort(np.abs(d))]
        yield {"kind": "many", "differences": d, "wilcoxon": stats.wilcoxon(d, method="exact").pvalue}
    for n, round_to in ((201, 8), (250, 1), (400, 0)):
        d = np.round(rng.normal(0.1, 2, n), round_to)
        result = stats.wilcoxon(d, method="asymptotic", zero_method="wilcox", correction=False)
        yield {"kind": "asymptotic", "differences": d, "wilcoxon": result.pvalue}


def end_bounds(distribution, shares, resamples):
    """Quantiles between which the end of another bootstrap is but in one of a million cases."""
    for share in shares:
        error = 5 * math.sqrt(share * (1 - share) * (1 / resamples + 1 / len(distribution)))
        yield np.quantile(distribution, [max(share - error, 0), min(share + error, 1)])


def bootstrap():
    """Over all nⁿ resamples, SciPy's ends are exact; `bca` and `percentile` are [low, high]."""
    def median(x, axis=-1):
        return np.median(x, axis=axis)

    def iqm(x, axis=-1):
        return stats.trim_mean(x, 0.25, axis=axis)

    for name, statistic in (("mean", np.mean), ("median", median), ("iqm", iqm)):
        for x in (costs(4), costs(5), np.array([1.0, 1.0, 2.0, 7.0, 7.0]), rng.normal(0, 1, 6)):
            n = len(x)
            everything = x[np.array(list(itertools.product(range(n), repeat=n)))]
            distribution = np.sort(statistic(everything, axis=-1))
            held = type("Result", (), {"bootstrap_distribution": distribution})
            for confidence in (0.5, 0.9, 0.95):
                ends = {}
                for method in ("percentile", "BCa"):
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        interval = stats.bootstrap((x,), statistic, n_resamples=0, bootstrap_result=held, method=method,
                                                   confidence_level=confidence, vectorized=True).confidence_interval
                    ends[method.lower()] = [interval.low, interval.high]
                yield {"kind": "all resamples", "statistic": name, "numbers": x, "confidence": confidence, **ends}
    for name, statistic in (("mean", np.mean), ("median", median), ("iqm", iqm)):
        x = costs(20)
        result = stats.bootstrap((x,), statistic, n_resamples=400_000, batch=20_000, method="BCa", vectorized=True,
                                 rng=np.random.default_rng(1))
        distribution = result.bootstrap_distribution
        shares = [np.mean(distribution <= end) for end in result.confidence_interval]
        yield {"kind": "drawn", "statistic": name, "numbers": x, "confidence": 0.95, "resamples": 40_000,
               "percentile": list(end_bounds(distribution, (0.025, 0.975), 40_000)),
               "bca": list(end_bounds(distribution, shares, 20_000))}
    scores = costs(6, 4)
    np.random.seed(1)
    drawn = rliable.StratifiedBootstrap(scores)
    distribution = np.sort(drawn.apply(metrics.aggregate_iqm, 100_000).ravel())
    yield {"kind": "strata", "statistic": "iqm", "strata": scores.T, "confidence": 0.95, "resamples": 40_000,
           "percentile": list(end_bounds(distribution, (0.025, 0.975), 40_000))}


def exact_friedman(scores):
    """The share of all orders of the ranks of all problems but the first that are at least as far apart."""
    doubled = np.rint(2 * stats.rankdata(scores, axis=1)).astype(int)
    orders = [np.array(list(itertools.permutations(row))) for row in doubled[1:]]
    sums = doubled[:1]
    for order in orders:
        sums = (sums[:, None, :] + order[None, :, :]).reshape(-1, scores.shape[1])
    mean = scores.shape[0] * (scores.shape[1] + 1)
    spread = ((sums - mean) ** 2).sum(axis=1)
    return np.mean(spread >= ((doubled.sum(axis=0) - mean) ** 2).sum())


def friedman():
    for problems, rules, ties in ((2, 2, 0), (3, 3, 0), (5, 4, 0), (8, 3, 0), (14, 4, 1), (12, 6, 1), (30, 10, 0), (6, 5, 1),
                                  (3, 5, 0), (8, 3, 1), (4, 4, 1), (15, 2, 0)):
        scores = rng.integers(1, 5, (problems, rules)).astype(float) if ties else costs(problems, rules)
        statistic, p_value = (stats.friedmanchisquare(*scores.T) if rules > 2 else (None, None))
        record = {"scores": scores, "mean_ranks": stats.rankdata(scores, axis=1).mean(axis=0),
                  "nemenyi": scikit_posthocs.posthoc_nemenyi_friedman(scores).to_numpy()}
        if statistic is not None:
            n, k = problems, rules
            f = (n - 1) * statistic / (n * (k - 1) - statistic)
            record |= {"statistic": statistic, "p_value": p_value,
                       "iman_davenport": stats.f.sf(f, k - 1, (k - 1) * (n - 1))}
        if math.factorial(rules) ** (problems - 1) <= 400_000:
            record["exact"] = exact_friedman(scores)
        yield record


def studentized_range():
    """Of `k` normal numbers; `exact` is mpmath's integral with 40 digits."""
    def exact(q, k):
        mp = mpmath.mp
        def inside(z):
            return mp.npdf(z) * (mp.ncdf(z) - mp.ncdf(z - q)) ** (k - 1)
        return 1 - k * mp.quad(inside, [-13, -6, -3, 0, 3, 6, 13 + q])
    for k in (2, 3, 4, 5, 10, 20, 50):
        for q in (0.01, 0.5, 2.0, 3.3, 4.5, 6.0, 9.0):
            yield {"k": k, "q": q, "scipy": stats.studentized_range.sf(q, k, np.inf), "exact": float(exact(q, k))}
        for alpha in (0.01, 0.05, 0.1, 0.5):
            q = stats.studentized_range.isf(alpha, k, np.inf)
            root = mpmath.findroot(lambda q: exact(q, k) - mpmath.mpf(alpha), q, tol=1e-25)
            yield {"k": k, "alpha": alpha, "scipy": q, "exact": float(root)}


def holm():
    for p in ([0.01, 0.04, 0.03], [0.5], [0.2, 0.2, 0.2, 0.01], rng.uniform(0, 1, 15) ** 4, [0.0, 1.0, 0.05]):
        yield {"p_values": p, "adjusted": multipletests(p, method="holm")[1]}


def improvement():
    """Smaller is better here, larger in rliable: it is given the negative numbers."""
    cases = [(costs(5, 1), costs(7, 1)), (costs(10, 4), costs(10, 4) + 50), (costs(3, 6), costs(8, 6))]
    ties = rng.integers(0, 4, (6, 3)).astype(float)
    cases += [(ties, rng.integers(0, 4, (6, 3)).astype(float)), (ties, ties)]
    cases += [(np.where(ties == 3, math.inf, ties), np.where(ties == 0, math.inf, ties))]
    for x, y in cases:
        taus = np.quantile(y[np.isfinite(y)], [0.1, 0.5, 0.9]) + 0.01
        yield {"x": x.T, "y": y.T, "probability": metrics.probability_of_improvement(-x, -y),
               "first_task": stats.mannwhitneyu(y[:, 0], x[:, 0]).statistic / (len(x) * len(y)),
               "taus": taus, "below": [rliable.run_score_deviation(-y, -tau) for tau in taus]}


def ratios():
    for n in (1, 4, 12):
        a, b = costs(n), costs(n)
        d = a - b
        yield {"a": a, "b": b, "ratio": stats.gmean(a / b),
               "standardized": np.mean(d) / np.std(d, ddof=1) if n > 1 else None}


def coco():
    """aRT and runtimes of simulated restarts; in cocopp a run that did not reach the target has NaN."""
    for n, share in ((1, 1.0), (5, 1.0), (15, 0.6), (15, 0.2), (7, 0.0), (40, 0.9)):
        spent = costs(n) + 100
        reached = np.arange(n) < round(share * n)
        cost = np.where(reached, np.round(spent * rng.uniform(0.1, 1, n), 1), math.inf)
        paid = np.where(reached, cost, spent)
        art, rate, _ = toolsstats.sp(paid, issuccessful=reached)
        record = {"cost": cost, "spent": spent, "art": art, "success_rate": rate}
        if reached.all():
            record["restarts"] = toolsstats.simulated_evals(paid, 0, samplesize=n)
        elif reached.any():
            np.random.seed(1)
            distribution = np.array(toolsstats.simulated_evals(paid, int((~reached).sum()), samplesize=n * 20_000))
            shares = (0.1, 0.5, 0.9)
            record |= {"samples": 20_000, "shares": shares, "quantiles": list(end_bounds(distribution, shares, 20_000))}
        yield record


def profiles():
    """Profiles from their definition; scores by AlgoPerf's trapezoidal rule on a grid, whose `step` bounds its error."""
    for problems, rules in ((3, 2), (8, 4), (20, 6)):
        t = costs(problems, rules)
        t[rng.uniform(size=t.shape) < 0.15] = math.inf
        if problems == 8:
            t[2] = math.inf
        with np.errstate(invalid="ignore"):
            ratio = np.where(np.isinf(t), math.inf, t / t.min(axis=1, keepdims=True))
        grid = np.linspace(1, 4, 30_001)
        scores = [np.trapezoid([(ratio[:, r] <= tau).mean() for tau in grid], grid) / 3 for r in range(rules)]
        leader = int(np.argmax(scores))
        rest = np.delete(t, leader, axis=1)
        with np.errstate(invalid="ignore"):
            alone = np.where(np.isinf(rest), math.inf, rest / rest.min(axis=1, keepdims=True))
        units = rng.integers(2, 30, problems).astype(float)
        taus, budgets = np.array([1, 1.05, 1.5, 2, 3.1, 4, 10, 100]), np.array([1, 10, 30, 100, 300, 3000.0])
        yield {
            "costs": t, "units": units, "taus": taus, "budgets": budgets,
            "performance": [[(ratio[:, r] <= tau).mean() for tau in taus] for r in range(rules)],
            "leader": leader,
            "without_leader": [[(alone[:, r] <= tau).mean() for tau in taus] for r in range(rules - 1)],
            "data": [[(t[:, r] / units <= a).mean() for a in budgets] for r in range(rules)],
            "algoperf": scores, "step": 3 / 30_000,
        }


def tuning():
    """Expected best scores over all ways to draw k settings, as fractions until the end."""
    for scores in ([3.0, 1.0, 2.0], [0.5], list(costs(5)), [1.0, 1.0, 2.5, 4.0], list(costs(7))):
        exact = [Fraction(score) for score in scores]
        for k in range(1, min(len(scores), 5) + 1):
            mean = {}
            for draw, ways in (("with", itertools.product(exact, repeat=k)), ("without", itertools.combinations(exact, k))):
                best = [min(way) for way in ways]
                mean[draw] = float(sum(best) / len(best))
            yield {"scores": scores, "k": k, **mean}


def power():
    """Of a two-sided paired t test, by mpmath; statsmodels where its noncentral t gives a number."""
    mp = mpmath.mp

    def t_quantile(alpha, nu):
        def tail(t):
            return mp.betainc(nu / 2, mp.mpf(1) / 2, 0, nu / (nu + t * t), regularized=True) - alpha
        return mp.findroot(tail, mp.mpf(float(stats.t.isf(float(alpha) / 2, float(nu)))), tol=1e-30)

    def exact(n, effect, alpha):
        nu, delta = mp.mpf(n - 1), mp.mpf(effect) * mp.sqrt(n)
        critical = t_quantile(mp.mpf(alpha), nu)
        log_scale = nu / 2 * mp.log(nu / 2) - mp.loggamma(nu / 2) + mp.log(2)
        def inside(u):
            inner = mp.ncdf(critical * u - delta) - mp.ncdf(-critical * u - delta)
            return mp.exp(log_scale + (nu - 1) * mp.log(u) - nu * u * u / 2) * inner
        width = 1 / mp.sqrt(2 * nu)
        places = sorted({max(1 + i * width, mp.mpf(0)) for i in range(-14, 15)} | {delta / critical})
        return 1 - mp.quad(inside, [mp.mpf(0)] + [place for place in places if place > 0])

    for n, effect, alpha in ((2, 0.5, 0.05), (2, 6.0, 0.05), (3, 1.0, 0.01), (5, 1.0, 0.05), (10, 0.5, 0.05), (10, 3.0, 0.001),
                             (20, 0.3, 0.1), (100, 0.2, 0.05), (1000, 0.1, 0.05), (2, 100.0, 0.01)):
        value = float(exact(n, effect, alpha))
        peer = TTestPower().power(effect, n, alpha)
        assert math.isnan(peer) or abs(peer - value) < 1e-9, (peer, value)
        yield {"pairs": n, "effect": effect, "alpha": alpha, "power": value}
    for n, alpha, wanted in ((3, 0.05, 0.8), (5, 0.05, 0.8), (10, 0.05, 0.8), (10, 0.05 / 15, 0.9), (50, 0.01, 0.95)):
        start = TTestPower().solve_power(nobs=n, alpha=alpha, power=wanted)
        root = mp.findroot(lambda effect: exact(n, effect, alpha) - mp.mpf(wanted), (start, start * 1.001), tol=1e-22)
        assert abs(root - start) < 1e-6
        yield {"pairs": n, "alpha": alpha, "wanted": wanted, "detectable": float(root)}


for made in (location, paired, bootstrap, friedman, studentized_range, holm, improvement, ratios, coco, profiles, tuning, power):
    if not sys.argv[1:] or made.__name__ in sys.argv[1:]:
        rng = np.random.default_rng([20261127, *made.__name__.encode()])
        write(made.__name__, made.__doc__ or made.__name__, made())
        print(made.__name__)
