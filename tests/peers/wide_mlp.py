"""A wider network, 64-256-256-10 with ReLU, on scikit-learn's digits in batches of 128, float32.

The work of digits_sweep.py with this model: SGD with momentum and Adam, four rates and four seeds each.

  python wide_mlp.py torch --cells 4
  python wide_mlp.py jax
"""
import argparse, itertools, time
import numpy as np
from sklearn.datasets import load_digits

SIZES = [64, 256, 256, 10]
LRS = {"sgd": [0.003, 0.01, 0.03, 0.1], "adam": [0.0003, 0.001, 0.003, 0.01]}
BATCH, SEEDS, EPOCHS = 128, range(4), 5


def data():
    X, y = load_digits(return_X_y=True)
    return (X / 16.0).astype(np.float32), y.astype(np.int64)


def run_torch(limit):
    import torch
    X, y = map(torch.from_numpy, data()); N = len(y)
    steps = 0; dt = 0.0
    for rule, li, seed in list(itertools.product(["sgd", "adam"], range(4), SEEDS))[:: 32 // limit]:
        torch.manual_seed(seed)
        layers = [l for a, b in zip(SIZES, SIZES[1:]) for l in (torch.nn.Linear(a, b), torch.nn.ReLU())][:-1]
        net = torch.nn.Sequential(*layers); lr = LRS[rule][li]
        opt = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, fused=True) if rule == "sgd" else torch.optim.Adam(net.parameters(), lr=lr, fused=True)
        lf = torch.nn.CrossEntropyLoss()
        t = time.perf_counter()
        for _ in range(EPOCHS):
            for idx in torch.randperm(N).split(BATCH):
                opt.zero_grad(); l = lf(net(X[idx]), y[idx]); l.backward(); opt.step(); steps += 1
            with torch.no_grad(): lf(net(X), y).item()
        dt += time.perf_counter() - t
    print(f"torch eager wide batch {BATCH}: {steps} steps {dt:.3f} s {dt/steps/BATCH*1e9:.0f} ns/sample")


def run_jax():
    import jax, jax.numpy as jnp, optax
    X, y = map(jnp.asarray, data()); N = len(y); nb = -(-N // BATCH)
    def init(key):
        keys = jax.random.split(key, len(SIZES) - 1)
        return [(jax.random.normal(k, (a, b)) * (2 / a) ** .5, jnp.zeros(b)) for k, a, b in zip(keys, SIZES, SIZES[1:])]
    def apply(p, x):
        for W, b in p[:-1]: x = jax.nn.relu(x @ W + b)
        W, b = p[-1]; return x @ W + b
    def loss(p, x, t, m):
        return (optax.softmax_cross_entropy_with_integer_labels(apply(p, x), t) * m).sum() / m.sum()
    total = 0.0; steps = 0
    for rule in ("sgd", "adam"):
        tx = optax.inject_hyperparams(lambda lr: optax.sgd(lr, 0.9) if rule == "sgd" else optax.adam(lr))
        def cell(lr, seed):
            key = jax.random.PRNGKey(seed); p = init(key); opt = tx(lr=lr); st = opt.init(p)
            def epoch(c, key):
                perm = jnp.pad(jax.random.permutation(key, N), (0, nb * BATCH - N), constant_values=-1).reshape(nb, BATCH)
                def step(c, idx):
                    p, st = c
                    g = jax.grad(loss)(p, X[idx], y[idx], (idx >= 0).astype(jnp.float32))
                    u, st = opt.update(g, st, p)
                    return (optax.apply_updates(p, u), st), None
                c, _ = jax.lax.scan(step, c, perm)
                return c, loss(c[0], X, y, jnp.ones(N))
            return jax.lax.scan(epoch, (p, st), jax.random.split(key, EPOCHS))[1]
        f = jax.jit(jax.vmap(cell))
        lr = np.array([l for l in LRS[rule] for _ in SEEDS], dtype=np.float32); sd = np.array([s for _ in LRS[rule] for s in SEEDS])
        jax.block_until_ready(f(lr, sd))
        t = time.perf_counter(); jax.block_until_ready(f(lr, sd)); total += time.perf_counter() - t
        steps += len(lr) * nb * EPOCHS
    print(f"jax vmap wide batch {BATCH}: {steps} steps {total:.3f} s {total/steps/BATCH*1e9:.0f} ns/sample")


if __name__ == "__main__":
    a = argparse.ArgumentParser(); a.add_argument("impl"); a.add_argument("--cells", type=int, default=4)
    a = a.parse_args()
    run_torch(a.cells) if a.impl == "torch" else run_jax()
