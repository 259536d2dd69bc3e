"""scipy's L-BFGS-B in float64 on the objective of the attack, through a network that bench/photographRival answers for.

    python bench/photographRival.py CASES.json

CASES.json: {"pixels": file of float32 [n x values], "targets": [n], "c": [n], "results": file}. A question on the standard output
is the target as an int32 and the values of a point as float32, in the machine's order; the answer on the standard input
is the loss (cross-entropy in nats) and the margin as float64 and the loss's gradient as float32. Writes a list with, for each image,
distortion (of the nearest minimiser that is the target) and nearest (of the nearest point with the target that was ever evaluated),
both RMS or null where there is none, objective (where the minimisation with the c that was given ended), c, evaluations, solves and
seconds. scipy's Fortran of old talks on the standard
output, so that the questions go to a copy of it.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import minimize

questions = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
answers = sys.stdin.buffer

# the first step on c; each further one in its direction is twice as long on log c
STEP = 1.1
CLOSE = 1.005
OPTIONS = {"maxcor": 10, "ftol": 1e-7}
# of the minimisation from the image, and of those that go on from a minimiser
ITERATIONS = (100, 60)
# of the projected gradient's largest value, beside the penalty's gradient
RESIDUAL = 2e-3
MOST_EVALUATIONS = 450


class Spent(Exception):
    """The passes are used up."""


class Network:
    def __init__(self, target, x0):
        self.target = np.int32(target).tobytes()
        self.x0 = x0
        self.bytes = 16 + 4 * len(x0)
        self.evaluations = 0
        self.nearest = None

    def __call__(self, x):
        if self.evaluations >= MOST_EVALUATIONS:
            raise Spent
        self.evaluations += 1
        questions.write(self.target + x.astype(np.float32).tobytes())
        questions.flush()
        answer = answers.read(self.bytes)
        loss, margin = np.frombuffer(answer, np.float64, 2)
        if margin > 0:
            rms = self.rms(x)
            self.nearest = rms if self.nearest is None else min(rms, self.nearest)
        return loss, margin, np.frombuffer(answer, np.float32, offset=16).astype(np.float64)

    def rms(self, x):
        return float(np.sqrt(np.mean((x - self.x0) ** 2)))


class Search:
    """The nearest minimiser of c |r|^2 + cross-entropy that is the target, and its c.

    The first minimisation begins at the image, with the c that is given, each of the others at the nearest minimiser so far, or the
    last one where there is none; growing steps until c is bracketed, then a bisection of log c until the bracket is below CLOSE.
    """

    def __init__(self, network, c):
        self.network = network
        self.distortion, self.c, self.objective, self.solves = None, None, None, 0
        try:
            self.run(c)
        except Spent:
            pass

    def run(self, c):
        low = high = None
        step = STEP
        start = self.network.x0
        while low is None or high is None or high / low > CLOSE:
            x, fooled = self.solve(c, start)
            rms = self.network.rms(x)
            if fooled and (self.distortion is None or rms < self.distortion):
                self.distortion, self.c, start = rms, c, x
            elif self.distortion is None:
                start = x
            low, high = (c, high) if fooled else (low, c)
            if low is not None and high is not None:
                c = np.sqrt(low * high)
            else:
                c = c / step if low is None else c * step
                step *= step

    def solve(self, c, start):
        network = self.network

        def objective(x):
            r = x - network.x0
            loss, _, gradient = network(x)
            return c * (r @ r) + loss, 2 * c * r + gradient

        found = minimize(
            objective,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=np.tile((0.0, 1.0), (len(start), 1)),
            options={**OPTIONS, "maxiter": ITERATIONS[self.solves > 0], "gtol": RESIDUAL * 2 * c * network.rms(start)},
        )
        fooled = network(found.x)[1] > 0
        self.solves += 1
        if self.objective is None:
            self.objective = float(found.fun)
        print(
            f"  c {c:.4g}: {found.nit} iterations, {network.evaluations} passes, F {found.fun:.6f}, "
            f"RMS {network.rms(found.x):.6f}, {'target' if fooled else 'not'}; {found.message}",
            file=sys.stderr,
        )
        return found.x, fooled


def main(path):
    cases = json.loads(Path(path).read_text())
    targets = cases["targets"]
    images = np.fromfile(cases["pixels"], np.float32).reshape(len(targets), -1)
    found = []
    for image, target, c in zip(images, targets, cases["c"]):
        began = time.perf_counter()
        network = Network(target, image.astype(np.float64))
        search = Search(network, c)
        found.append(
            {
                "distortion": search.distortion,
                "nearest": network.nearest,
                "objective": search.objective,
                "c": search.c,
                "evaluations": network.evaluations,
                "solves": search.solves,
                "seconds": time.perf_counter() - began,
            }
        )
        print(f"{len(found)} of {len(targets)}: {json.dumps(found[-1])}", file=sys.stderr)
    Path(cases["results"]).write_text(json.dumps({"version": scipy.__version__, "found": found}))


main(sys.argv[1])
