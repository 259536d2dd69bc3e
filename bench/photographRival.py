"""scipy's L-BFGS-B in float64 on the objective of the attack, through a network that bench/photographRival answers for.

    python bench/photographRival.py CASES.json

CASES.json: {"pixels": file of float32 [n x values], "targets": [n], "results": file}. A question on the standard output
is the target as an int32 and the values of a point as float32, in the machine's order; the answer on the standard input
is the loss (cross-entropy in nats) and the margin as float64 and the loss's gradient as float32. Writes a list with
distortion (RMS, null where there is none), c, evaluations and solves for each image. scipy's Fortran of old talks on the standard
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

LARGEST_STEP = 4
CLOSE = 1.002


class Network:
    def __init__(self, target, values):
        self.target = np.int32(target).tobytes()
        self.bytes = 16 + 4 * values
        self.evaluations = 0

    def __call__(self, x):
        self.evaluations += 1
        questions.write(self.target + x.astype(np.float32).tobytes())
        questions.flush()
        answer = answers.read(self.bytes)
        loss, margin = np.frombuffer(answer, np.float64, 2)
        return loss, margin, np.frombuffer(answer, np.float32, offset=16).astype(np.float64)


def least_perturbation(network, x0):
    """The nearest minimiser of c |r|^2 + cross-entropy that is the target, and its c.

    Begins with c = 1 at the image, each time from the last minimiser; steps of 4, then a bisection of log c until its
    bracket is below 1.002.
    """
    best, best_c, solves = None, None, 0
    x, c, low, high = x0, 1.0, None, None
    while solves < 40:
        solves += 1

        def objective(at):
            r = at - x0
            loss, _, gradient = network(at)
            return c * (r @ r) + loss, 2 * c * r + gradient

        options = {"maxiter": 500, "maxcor": 10, "ftol": 1e-9, "gtol": 1e-6}
        bounds = np.column_stack([np.zeros_like(x0), np.ones_like(x0)])
        x = minimize(objective, x, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        fooled = network(x)[1] > 0
        if fooled:
            low = c
            if best is None or np.sum((x - x0) ** 2) < np.sum((best - x0) ** 2):
                best, best_c = x, c
        else:
            high = c
        if low is None:
            c /= LARGEST_STEP
        elif high is None:
            c *= LARGEST_STEP
        elif high / low < CLOSE:
            break
        else:
            c = np.sqrt(low * high)
    return best, best_c, solves


def main(path):
    cases = json.loads(Path(path).read_text())
    targets = cases["targets"]
    images = np.fromfile(cases["pixels"], np.float32).reshape(len(targets), -1)
    found = []
    for image, target in zip(images, targets):
        began = time.perf_counter()
        x0 = image.astype(np.float64)
        network = Network(target, len(x0))
        best, c, solves = least_perturbation(network, x0)
        distortion = None if best is None else float(np.sqrt(np.mean((best - x0) ** 2)))
        seconds = time.perf_counter() - began
        found.append(
            {
                "distortion": distortion,
                "c": c,
                "evaluations": network.evaluations,
                "solves": solves,
                "seconds": seconds,
            }
        )
        print(f"{len(found)} of {len(targets)}: {distortion}", file=sys.stderr)
    Path(cases["results"]).write_text(json.dumps({"version": scipy.__version__, "found": found}))


main(sys.argv[1])
