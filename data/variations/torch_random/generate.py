"""Records of torch.optim with random hyperparameters and rates that change.

python generate.py FOLDER [SEED [RECORDS]] writes FOLDER/<rule>.json for every rule. The files beside this script are
those of seed 1 with 6 records. Everything is in float64, Muon's iteration too. Means of squares keep some of their
past and eps is at least 1e-8: otherwise steps are quotients of two rounding errors.
"""

import inspect
import json
import os
import random
import sys

import torch
import torch.optim._muon as muon

torch.set_default_dtype(torch.float64)
_names = dict(muon.__dict__)
_source = inspect.getsource(muon._zeropower_via_newtonschulz)
exec(_source.replace("torch.bfloat16", "torch.float64"), _names)
muon._zeropower_via_newtonschulz = _names["_zeropower_via_newtonschulz"]

STEPS = 12
SHAPES = [[3, 2], [2]]
ETAS = {"lr": (0.0, 0.02, 0.3), "maximize": (False, True)}
DECAY = {"weight_decay": (0.0, 0.01, 1.5)}
MOMENTS = {"beta1": (0.0, 0.5, 0.9), "beta2": (0.5, 0.9, 0.999), "eps": (1e-8, 1e-3, 1.0)}
ADAM = ETAS | DECAY | MOMENTS
DECOUPLED = {"decoupled_weight_decay": (False, True)}
CASES = {
    "sgd": ETAS | DECAY | {"momentum": (0.0, 0.5, 0.99), "dampening": (0.0, 0.3, 1.0), "nesterov": (False, True)},
    "adam": ADAM | DECOUPLED | {"amsgrad": (False, True)},
    "adamw": ADAM | {"amsgrad": (False, True)},
    "adamax": ADAM,
    "nadam": ADAM | DECOUPLED | {"momentum_decay": (0.0, 0.004, 2.0)},
    "radam": ADAM | DECOUPLED,
    "adagrad": ETAS | DECAY | {"lr_decay": (0.0, 1.0), "initial_accumulator_value": (0.0, 2.0), "eps": (1e-10, 0.1)},
    "adadelta": ETAS | DECAY | {"rho": (0.0, 0.9, 1.0), "eps": (1e-6, 0.1)},
    "asgd": ETAS | DECAY | {"lambd": (0.0, 0.1), "alpha": (0.0, 0.75, 2.0), "t0": (0.0, 5.0, 1e6)},
    "rmsprop": ETAS | DECAY | {"alpha": (0.5, 0.99), "eps": (1e-8, 0.1), "momentum": (0.0, 0.9), "centered": (False, True)},
    "rprop": ETAS | {"eta_minus": (0.1, 0.5), "eta_plus": (1.2, 3.0), "step_min": (1e-6, 0.1), "step_max": (0.2, 50.0)},
    "adafactor": ETAS | DECAY | {"beta2_decay": (-0.8, -0.1), "eps1": (None, 1e-8), "eps2": (1e-3, 0.1), "d": (1.0, 2.0)},
    "muon": {"lr": (0.0, 0.02), "momentum": (0.0, 0.95), "nesterov": (False, True), "ns_steps": (1, 5), "eps": (1e-7, 0.1)}
    | DECAY | {"adjust_lr_fn": ("original", "match_rms_adamw")},
    "sparse_adam": ETAS | MOMENTS,
}
CLASSES = {"sgd": "SGD", "adamw": "AdamW", "nadam": "NAdam", "radam": "RAdam", "asgd": "ASGD", "rmsprop": "RMSprop"}
PAIRS = {
    ("beta1", "beta2"): "betas",
    ("eta_minus", "eta_plus"): "etas",
    ("step_min", "step_max"): "step_sizes",
    ("eps1", "eps2"): "eps",
}


def optimizer(rule, hyperparameters, parameters):
    arguments = dict(hyperparameters)
    for names, pair in PAIRS.items():
        if names[0] in arguments:
            arguments[pair] = tuple(arguments.pop(name) for name in names)
    if rule not in ("muon", "sparse_adam"):
        arguments["foreach"] = False
    name = CLASSES.get(rule, "".join(word.capitalize() for word in rule.split("_")))
    return getattr(torch.optim, name)(parameters, **arguments)


def gradients(rule, draw, parameters):
    """Normal numbers, a fifth of them 0; for SparseAdam up to three rows of the matrix. Sets them and returns them."""
    number = lambda: 0.0 if draw.random() < 0.2 else float(f"{draw.gauss(0, 1):.6g}")
    if rule == "sparse_adam":
        (p,) = parameters
        rows = [draw.randrange(p.shape[0]) for _ in range(draw.randrange(4))]
        values = [[number() for _ in range(p.shape[1])] for _ in rows]
        listed = torch.tensor(values).reshape(-1, p.shape[1])
        p.grad = torch.sparse_coo_tensor(torch.tensor([rows], dtype=torch.long), listed, p.shape, check_invariants=True)
        return [rows, values]
    for p in parameters:
        p.grad = torch.tensor([number() for _ in range(p.numel())]).reshape(p.shape)
    return [x for p in parameters for x in p.grad.flatten().tolist()]


def record(rule, seed, position):
    draw = random.Random(f"{rule} {seed} {position}")
    hyperparameters = {name: draw.choice(values) for name, values in CASES[rule].items()}
    if hyperparameters.get("nesterov") and "dampening" in hyperparameters:
        hyperparameters |= {"dampening": 0.0, "momentum": 0.9}
    shapes = SHAPES[:1] if rule in ("muon", "sparse_adam") else SHAPES
    number = lambda: float(f"{draw.gauss(0, 1):.6g}")
    start = [torch.tensor([number() for _ in range(torch.Size(shape).numel())]).reshape(shape) for shape in shapes]
    initial = [x for tensor in start for x in tensor.flatten().tolist()]
    parameters = [torch.nn.Parameter(tensor) for tensor in start]
    # SparseAdam takes no rate of 0.
    first = hyperparameters["lr"] if rule != "sparse_adam" else max(hyperparameters["lr"], 0.01)
    chosen = optimizer(rule, hyperparameters | {"lr": first}, parameters)
    rates = [first * draw.choice((1.0, 1.0, 0.5, 3.0)) for _ in range(STEPS)]
    rates[0] = first
    taken, trajectory, averages = [], [], []
    for rate in rates:
        for group in chosen.param_groups:
            group["lr"] = rate
        taken.append(gradients(rule, draw, parameters))
        chosen.step()
        trajectory.append([x for p in parameters for x in p.detach().flatten().tolist()])
        if rule == "asgd":
            averages.append([x for p in parameters for x in chosen.state[p]["ax"].flatten().tolist()])
    fixed = {"newton_schulz_dtype": "float64"} if rule == "muon" else {}
    return {
        "id": f"{rule}/torch/random-{seed}-{position}",
        "rule": rule,
        "variant": "torch",
        "implementation": f"torch.optim, torch {torch.__version__.split('+')[0]}",
        "hyperparameters": hyperparameters | fixed | {"lr": rates},
        "dtype": "float64",
        "shapes": shapes,
        "initial": initial,
        "gradients": taken,
        "steps": STEPS,
        "tol": 1e-12,
        "trajectory": trajectory,
    } | ({"extra": {"ax": averages}} if averages else {})


def main(folder, seed=1, records=6):
    os.makedirs(folder, exist_ok=True)
    for rule in CASES:
        lines = ",\n".join(json.dumps(record(rule, seed, position)) for position in range(int(records)))
        with open(os.path.join(folder, f"{rule}.json"), "w") as file:
            file.write(f'{{"schema_version": 1, "rule": "{rule}", "records": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main(*sys.argv[1:])
