"""Error feedback with steps for groups of weights and with zero points, beside a recomputation in numpy, entry by entry."""
from __future__ import annotations

import unittest

import support

try:
    import numpy as np
except ImportError as problem:
    raise unittest.SkipTest(f"numpy is not installed: {problem}")


class Blocks:
    """Levels of every weight: step (levels - zero), from W alone. W is N x P."""

    def __init__(self, weights: np.ndarray, bits: int, group: int, asymmetric: bool) -> None:
        width, neurons = weights.shape
        self.group, self.asymmetric, self.bits = group, asymmetric, bits
        self.steps = np.empty((-(-width // group), neurons))
        self.zeros = np.zeros_like(self.steps)
        for g in range(self.steps.shape[0]):
            block = weights[g * group : (g + 1) * group]
            if asymmetric:
                low, high = np.minimum(block.min(axis=0), 0), np.maximum(block.max(axis=0), 0)
                self.steps[g] = (high - low) / (2**bits - 1)
                self.zeros[g] = np.floor(-low / self.steps[g] + 0.5)
            else:
                self.steps[g] = np.abs(block).max(axis=0) / (2 ** (bits - 1) - 1)

    def step(self, feature: int) -> np.ndarray:
        return self.steps[feature // self.group]

    def nearest(self, feature: int, argument: np.ndarray) -> np.ndarray:
        step, zero = self.step(feature), self.zeros[feature // self.group]
        k = np.floor(argument / step + zero + 0.5)
        low, high = (0, 2**self.bits - 1) if self.asymmetric else (-(2 ** (self.bits - 1) - 1), 2 ** (self.bits - 1) - 1)
        return step * (np.clip(k, low, high) - zero)


def optq(x: np.ndarray, weights: np.ndarray, blocks: Blocks, damping: float, decreasing: bool) -> tuple[np.ndarray, float, bool]:
    """Q by the published steps, O1's bound in its group form, and whether nothing was clipped."""
    norms = (x**2).sum(axis=0)
    order = np.argsort(-norms, kind="stable") if decreasing else np.arange(x.shape[1])
    h = x.T @ x + damping * norms.mean() * np.eye(x.shape[1])
    v, q, bound, unclipped = weights.copy(), np.empty_like(weights), 0.0, True
    for visit, t in enumerate(order):
        later = order[visit + 1 :]
        q[t] = blocks.nearest(t, v[t])
        unclipped &= bool(np.all(np.abs(v[t] - q[t]) <= 0.5 * blocks.step(t) * (1 + 1e-12)))
        solved = np.linalg.solve(h[np.ix_(later, later)], h[later, t]) if len(later) else np.empty(0)
        bound += (h[t, t] - h[t, later] @ solved) * (blocks.step(t) ** 2).sum() / 4
        v[later] += np.outer(solved, v[t] - q[t])
    return q, bound - damping * norms.mean() * ((weights - q) ** 2).sum(), unclipped


class FeedbackBlocks(support.InFolder):
    def layer(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(seed)
        samples, width, neurons = int(random.integers(20, 60)), int(random.integers(17, 48)), int(random.integers(1, 9))
        x = random.normal(size=(samples, width)) * random.uniform(0.3, 3, size=width)
        if seed % 2:
            x[:, 1:] += 0.8 * x[:, :-1]
        return x, random.normal(size=(width, neurons))

    def quantized(self, x: np.ndarray, weights: np.ndarray, name: str, *words: str) -> tuple[np.ndarray, dict]:
        np.save(self.folder / "x.npy", x)
        np.save(self.folder / "w.npy", np.ascontiguousarray(weights.T))
        self.run_program("quantize", "--weights", "w.npy", "--inputs", "x.npy", "--quantizer", name, "-o", "q.npy", "--report", "r.json", *words)
        return np.load(self.folder / "q.npy").T, support.load(self.folder / "r.json")

    def test_twenty_layers(self) -> None:
        held = 0
        for seed in range(20):
            decreasing, asymmetric, bits = seed % 3 == 0, seed % 4 == 1, 3 + seed % 3
            x, weights = self.layer(seed)
            group = weights.shape[0] if asymmetric else 8
            kind = ["alphabet.kind=asymmetric"] if asymmetric else ["alphabet.granularity=group", "alphabet.group=8", "alphabet.radius.rule=absmax"]
            with self.subTest(seed=seed):
                words = [f"alphabet.bits={bits}", "damping=0.05", f"order={'decreasing_norm' if decreasing else 'natural'}", *kind]
                if asymmetric:
                    words.append("alphabet.granularity=neuron")
                q, report = self.quantized(x, weights, "optq", *words)
                expected, bound, unclipped = optq(x, weights, Blocks(weights, bits, group, asymmetric), 0.05, decreasing)
                np.testing.assert_allclose(q, expected, rtol=0, atol=1e-12)
                rows = {row["bound"]: row for row in report["bounds"]}
                if unclipped and report["clipped"] == 0:
                    held += 1
                    energy = ((x @ weights) ** 2).sum()
                    self.assertTrue(rows["optq_deterministic"]["applies"], rows["optq_deterministic"]["reason"])
                    self.assertAlmostEqual(rows["optq_deterministic"]["value"] * energy / bound, 1, delta=1e-10)
                    self.assertLessEqual(report["error_energy"], bound * (1 + 1e-12))
        self.assertGreaterEqual(held, 3)

    def test_all_of_the_family_take_both(self) -> None:
        """With one group for each neuron's weights they are what granularity neuron is."""
        x, weights = self.layer(7)
        common = ["alphabet.bits=3", "alphabet.radius.rule=absmax"]
        for name in ("optq", "qronos", "gptaq", "coordinate_descent"):
            with self.subTest(name):
                one, _ = self.quantized(x, weights, name, *common, "alphabet.granularity=neuron")
                other, _ = self.quantized(x, weights, name, *common, "alphabet.granularity=group", f"alphabet.group={weights.shape[0]}")
                np.testing.assert_array_equal(one, other)
                zero_points, report = self.quantized(x, weights, name, "alphabet.bits=3", "alphabet.kind=asymmetric")
                self.assertEqual(report["levels"], 8)
                self.assertLess(report["relative_squared_error"], 0.2)


if __name__ == "__main__":
    unittest.main()
