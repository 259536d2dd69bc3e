"""Other implementations of the box-constrained L-BFGS attack, one image at a time, on the images of bench/attack.

    python bench/rivals.py CASES.json

CASES.json: {"model": folder of a tfjs layers model, "pixels": file of float32 [n x 784], "targets": [n],
"rivals": [name], "results": file}. Writes to results (scipy's Fortran talks on the standard output) a list with, per
rival: name, version, seconds, distortions (RMS, null where no example was found), or name and skipped, the reason why
it was not run. Loading and warming up are not in the seconds.
"""

import collections
import collections.abc
import json
import logging
import sys
import time
import warnings
from importlib import import_module
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)


class Dense:
    """A chain of dense layers, written out: logits, and the input gradient of a function of them."""

    def __init__(self, folder, dtype):
        model = json.loads(Path(folder, "model.json").read_text())
        topology = model["modelTopology"]
        layers = topology.get("model_config", topology)["config"]["layers"]
        group = model["weightsManifest"][0]
        data = b"".join(Path(folder, path).read_bytes() for path in group["paths"])
        arrays, at = {}, 0
        for spec in group["weights"]:
            count = int(np.prod(spec["shape"]))
            values = np.frombuffer(data, "<f4", count, at)
            arrays[spec["name"]] = values.reshape(spec["shape"]).astype(dtype)
            at += 4 * count
        self.layers = []
        for layer in layers:
            config = layer["config"]
            kind = layer["class_name"]
            if kind == "InputLayer":
                continue
            name, activation = config["name"], config.get("activation", "linear")
            if kind != "Dense" or activation not in ("linear", "sigmoid", "softmax"):
                raise ValueError(f"{kind} with {activation}: only dense, sigmoid networks are known here")
            self.layers.append((arrays[f"{name}/kernel"], arrays[f"{name}/bias"], activation == "sigmoid"))

    def logits(self, x):
        return self._forward(x)[-1]

    def backward(self, x, gradient_of_logits):
        """[n x values] gradient of sum(logits * gradient_of_logits)."""
        return self._backward(self._forward(x), gradient_of_logits)

    def loss(self, x, target):
        """Cross-entropy of one image in nats, its gradient and the logits."""
        seen = self._forward(x)
        z = seen[-1]
        top = z.max()
        p = np.exp(z - top)
        total = p.sum()
        p /= total
        loss = np.log(total) + top - z[target]
        p[target] -= 1
        return loss, self._backward(seen, p), z

    def _forward(self, x):
        seen = [x]
        for kernel, bias, sigmoid in self.layers:
            x = x @ kernel + bias
            if sigmoid:
                x = 1 / (1 + np.exp(-x))
            seen.append(x)
        return seen

    def _backward(self, seen, gradient):
        for (kernel, _, sigmoid), y in zip(reversed(self.layers), reversed(seen)):
            gradient = (gradient * y * (1 - y) if sigmoid else gradient) @ kernel.T
        return gradient


def least_perturbation(model, image, target):
    """The nearest image of class target that scipy's L-BFGS-B finds in float64, and its c; None, None without one.

    Minimises c |r|^2 + cross-entropy over the box, each time from the last minimiser, and bisects log c until the
    bracket is below 1.0005.
    """
    from scipy.optimize import minimize

    x0 = image.astype(np.float64)

    def solve(c, start):
        def objective(x):
            r = x - x0
            loss, gradient, _ = model.loss(x, target)
            return c * (r @ r) + loss, 2 * c * r + gradient

        options = {"maxiter": 500, "maxcor": 10, "ftol": 1e-11, "gtol": 1e-7}
        bounds = [(0, 1)] * len(x0)
        return minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x

    best, best_c, x = None, None, x0
    low = high = None
    c = 1.0
    for _ in range(60):
        x = solve(c, x)
        if model.logits(x).argmax() == target:
            low = c
            if best is None or np.sum((x - x0) ** 2) < np.sum((best - x0) ** 2):
                best, best_c = x, c
        else:
            high = c
        if low is None:
            c /= 4
        elif high is None:
            c *= 4
        elif high / low < 1.0005:
            break
        else:
            c = np.sqrt(low * high)
    return best, best_c


def scipy_lbfgsb(folder):
    """The reference."""
    import scipy

    model = Dense(folder, np.float64)
    return scipy.__version__, lambda image, target: least_perturbation(model, image, target)[0]


def foolbox_lbfgs(folder):
    """foolbox's L-BFGS attack with its own defaults, on the same network in numpy, faster than through torch."""
    # moved in Python 3.10
    for name in ("Iterable", "Mapping"):
        setattr(collections, name, getattr(collections.abc, name))
    import foolbox
    from foolbox.models import DifferentiableModel
    from foolbox.v1.attacks import LBFGSAttack

    dense = Dense(folder, np.float32)

    class Model(DifferentiableModel):
        def __init__(self):
            super().__init__(bounds=(0, 1), channel_axis=1)

        def num_classes(self):
            return len(dense.layers[-1][1])

        def forward(self, inputs):
            return dense.logits(inputs)

        def backward(self, gradient, inputs):
            return dense.backward(inputs, gradient)

        def gradient(self, inputs, labels):
            return self.forward_and_gradient(inputs, labels)[1]

        def forward_and_gradient(self, inputs, labels):
            losses = [dense.loss(x, label) for x, label in zip(inputs, labels)]
            return np.stack([z for _, _, z in losses]), np.stack([gradient for _, gradient, _ in losses])

        def forward_and_gradient_one(self, x, label):
            _, gradient, z = dense.loss(x, label)
            return z, gradient

    model = Model()

    def attack(image, target):
        label = int(dense.logits(image).argmax())
        return LBFGSAttack(model, foolbox.criteria.TargetClass(target))(image, label)

    return foolbox.__version__, attack


def advertorch_lbfgs(folder):
    """advertorch's L-BFGS attack with its own defaults, on the same network in torch, one image a batch."""
    import torch

    torch.set_num_threads(1)
    # what advertorch 0.2.3 imports for its other attacks: torch dropped the first in 1.9, the others need not be here
    import_module("torch.autograd.gradcheck").zero_gradients = None
    for name in ("torchvision", "PIL"):
        sys.modules.setdefault(name, MagicMock())
    import advertorch
    from advertorch.attacks import LBFGSAttack

    layers = []
    for kernel, bias, sigmoid in Dense(folder, np.float32).layers:
        linear = torch.nn.Linear(*kernel.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(kernel.T.copy()))
            linear.bias.copy_(torch.from_numpy(bias))
        layers += [linear, torch.nn.Sigmoid()] if sigmoid else [linear]
    model = torch.nn.Sequential(*layers)
    adversary = LBFGSAttack(model, num_classes=layers[-1].out_features, targeted=True)

    def attack(image, target):
        return adversary.perturb(torch.from_numpy(image[None]), torch.tensor([target]))[0].numpy()

    return f"{advertorch.__version__}, torch {torch.__version__.split('+')[0]}", attack


RIVALS = {"scipy": scipy_lbfgsb, "foolbox": foolbox_lbfgs, "advertorch": advertorch_lbfgs}


def run(name, folder, images, targets):
    try:
        version, attack = RIVALS[name](folder)
    except Exception as error:
        return {"name": name, "skipped": f"{type(error).__name__}: {error}"}
    judge = Dense(folder, np.float64)
    attack(images[0].copy(), targets[0])
    distortions, seconds = [], 0.0
    for image, target in zip(images, targets):
        started = time.perf_counter()
        found = attack(image.copy(), target)
        seconds += time.perf_counter() - started
        success = found is not None and judge.logits(found.astype(np.float64)).argmax() == target
        rms = float(np.sqrt(np.mean((found - image.astype(np.float64)) ** 2))) if success else None
        distortions.append(rms)
    return {"name": name, "version": version, "seconds": seconds, "distortions": distortions}


if __name__ == "__main__":
    cases = json.loads(Path(sys.argv[1]).read_text())
    targets = cases["targets"]
    images = np.fromfile(cases["pixels"], "<f4").reshape(len(targets), -1)
    results = [run(name, cases["model"], images, targets) for name in cases["rivals"]]
    Path(cases["results"]).write_text(json.dumps(results))
