"""Writes optim.json: what Optax gives, for the tests of the `optim` namespace.

Run:  python3 -m venv v && v/bin/pip install jax==0.10.2 optax==0.2.8 && v/bin/python test/golden/make_optim.py

transformation: `params` before the first step; at each step the gradients (of the function below at the parameters, and recorded, so
  that errors do not build up) and the updates. `make` is [name, positional arguments, options] in the words of the TypeScript
  functions; a string that begins with "schedule:" among the arguments names a case of kind schedule.
schedule: the values at `counts`, which are given to Optax as float64: an int32 count it would turn into float32. loss: the losses and the gradient of their sum by the first argument.
"""
import os
import sys

import jax
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from encode import write

jax.config.update('jax_enable_x64', True)
import jax.numpy as jnp
import optax

cases = []

SCHEDULES = {
    "constant": (optax.constant_schedule(0.1), ["constantSchedule", [0.1]]),
    "polynomial": (optax.polynomial_schedule(1.0, 0.1, 2, 10, 3), ["polynomialSchedule", [1, 0.1, 2, 10, 3]]),
    "polynomial fraction": (optax.polynomial_schedule(0.5, 2.0, 1.5, 7), ["polynomialSchedule", [{"initValue": 0.5, "endValue": 2, "power": 1.5, "transitionSteps": 7}]]),
    "linear": (optax.linear_schedule(0.0, 0.3, 6, 1), ["linearSchedule", [0, 0.3, {"transitionSteps": 6, "transitionBegin": 1}]]),
    "piecewise": (optax.piecewise_constant_schedule(1.0, {3: 0.1, 7: 0.5}), ["piecewiseConstantSchedule", [1, {"7": 0.5, "3": 0.1}]]),
    "exponential": (optax.exponential_decay(0.7, 5, 0.3, transition_begin=2), ["exponentialDecay", [0.7, 5, 0.3, {"transitionBegin": 2}]]),
    "exponential stairs": (optax.exponential_decay(0.7, 3, 0.3, staircase=True, end_value=0.05),
                           ["exponentialDecay", [0.7, 3, 0.3, {"staircase": True, "endValue": 0.05}]]),
    "exponential growth": (optax.exponential_decay(0.1, 3, 2.0, end_value=0.5), ["exponentialDecay", [0.1, 3, 2, {"endValue": 0.5}]]),
    "cosine": (optax.cosine_decay_schedule(0.4, 10), ["cosineDecaySchedule", [0.4, 10]]),
    "cosine alpha": (optax.cosine_decay_schedule(0.4, 8, 0.1, 2.5), ["cosineDecaySchedule", [0.4, 8, 0.1, 2.5]]),
    "warmup cosine": (optax.warmup_cosine_decay_schedule(0.0, 0.5, 4, 12, 0.01),
                      ["warmupCosineDecaySchedule", [{"initValue": 0, "peakValue": 0.5, "warmupSteps": 4, "decaySteps": 12, "endValue": 0.01}]]),
    "warmup constant": (optax.warmup_constant_schedule(0.0, 0.5, 4), ["warmupConstantSchedule", [0, 0.5, 4]]),
}
SCHEDULES = {name: (lambda count, f=f: f(jnp.asarray(count, 'float64')), make) for name, (f, make) in SCHEDULES.items()}
COUNTS = list(range(0, 16))
for name, (f, make) in SCHEDULES.items():
    cases.append({"kind": "schedule", "name": name, "make": make, "counts": COUNTS, "out": [float(f(jnp.int32(c))) for c in COUNTS]})
joined = optax.join_schedules([optax.linear_schedule(0.0, 1.0, 5), optax.cosine_decay_schedule(1.0, 5), optax.constant_schedule(0.2)], [5, 11])
cases.append({"kind": "schedule", "name": "joined", "make": None, "counts": COUNTS, "out": [float(joined(jnp.float64(c))) for c in COUNTS]})


def start(dtype):
    r = np.random.RandomState(0)
    return {"b": jnp.asarray(r.randn(3), dtype), "layers": [jnp.asarray(r.randn(2, 3), dtype), jnp.asarray(r.randn(), dtype)]}


def loss(p):
    """Neither convex nor symmetric, with every leaf in it."""
    w, s = p["layers"]
    x = jnp.asarray([[0.3, -1.2], [2.0, 0.1], [0.7, 0.9]], w.dtype)
    y = jnp.tanh(x @ w + p["b"]) * s
    return jnp.sum((y - jnp.asarray([1.0, -0.5, 0.25], w.dtype)) ** 2) + 0.1 * jnp.sum(w ** 4) + 0.05 * s ** 2


lr = SCHEDULES["warmup cosine"][0]
mask = {"b": False, "layers": True}
labels = {"b": "slow", "layers": ["fast", "slow"]}
TRANSFORMATIONS = [
    (optax.sgd(0.1), ["sgd", [0.1]]),
    (optax.sgd(0.1, momentum=0.9), ["sgd", [0.1, {"momentum": 0.9}]]),
    (optax.sgd(0.1, momentum=0.9, nesterov=True), ["sgd", [0.1, {"momentum": 0.9, "nesterov": True}]]),
    (optax.sgd(lr), ["sgd", ["schedule:warmup cosine"]]),
    (optax.adam(1e-2), ["adam", [1e-2]]),
    (optax.adam(lr, b1=0.8, b2=0.95, eps=1e-4, eps_root=1e-3), ["adam", ["schedule:warmup cosine", {"b1": 0.8, "b2": 0.95, "eps": 1e-4, "epsRoot": 1e-3}]]),
    (optax.nadam(1e-2), ["nadam", [1e-2]]),
    (optax.adamw(1e-2), ["adamw", [1e-2]]),
    (optax.adamw(1e-2, weight_decay=0.1, mask=mask), ["adamw", [1e-2, {"weightDecay": 0.1, "mask": mask}]]),
    (optax.adamw(1e-2, weight_decay=SCHEDULES["linear"][0]), ["adamw", [1e-2, {"weightDecay": "schedule:linear"}]]),
    (optax.rmsprop(1e-2), ["rmsprop", [1e-2]]),
    (optax.rmsprop(1e-2, decay=0.8, eps=1e-3, initial_scale=0.5, eps_in_sqrt=False), ["rmsprop", [1e-2, {"decay": 0.8, "eps": 1e-3, "initialScale": 0.5, "epsInSqrt": False}]]),
    (optax.rmsprop(1e-2, centered=True, eps=1e-3, momentum=0.9), ["rmsprop", [1e-2, {"centered": True, "eps": 1e-3, "momentum": 0.9}]]),
    (optax.rmsprop(1e-2, momentum=0.9, nesterov=True, bias_correction=True), ["rmsprop", [1e-2, {"momentum": 0.9, "nesterov": True, "biasCorrection": True}]]),
    (optax.rmsprop(1e-2, centered=True, eps=1e-2, initial_scale=0.5, eps_in_sqrt=False, bias_correction=True),
     ["rmsprop", [1e-2, {"centered": True, "eps": 1e-2, "initialScale": 0.5, "epsInSqrt": False, "biasCorrection": True}]]),
    (optax.adagrad(0.1), ["adagrad", [0.1]]),
    (optax.adagrad(0.1, initial_accumulator_value=0.0, eps=1e-3), ["adagrad", [0.1, {"initialAccumulatorValue": 0, "eps": 1e-3}]]),
    (optax.lion(1e-2), ["lion", [1e-2]]),
    (optax.lion(1e-2, b1=0.7, b2=0.8, weight_decay=0.0), ["lion", [1e-2, {"b1": 0.7, "b2": 0.8, "weightDecay": 0}]]),
    (optax.lbfgs(0.3, memory_size=2, linesearch=None), ["lbfgs", [0.3, {"memorySize": 2}]]),
    (optax.lbfgs(0.05, memory_size=10, scale_init_precond=False, linesearch=None), ["lbfgs", [0.05, {"scaleInitPrecond": False}]]),
    (optax.chain(optax.clip_by_global_norm(1.0), optax.trace(0.5), optax.scale(-0.1)), ["chain", [["clipByGlobalNorm", [1]], ["trace", [0.5]], ["scale", [-0.1]]]]),
    (optax.chain(optax.clip_by_global_norm(1e6)), ["chain", [["clipByGlobalNorm", [1e6]]]]),
    (optax.clip(0.5), ["clip", [0.5]]),
    (optax.clip_by_block_rms(0.5), ["clipByBlockRms", [0.5]]),
    (optax.multi_transform({"slow": optax.sgd(0.01), "fast": optax.adam(0.1)}, labels),
     ["multiTransform", [{"slow": ["sgd", [0.01]], "fast": ["adam", [0.1]]}, labels]]),
]
for i, (tx, make) in enumerate(TRANSFORMATIONS):
    for dtype in ("float64", "float32") if i in (0, 4, 7, 10, 15, 17, 19, 21) else ("float64",):
        params = start(dtype)
        state = tx.init(params)
        first = params
        steps = []
        for _ in range(4):
            g = jax.grad(loss)(params)
            u, state = jax.jit(tx.update)(g, state, params)
            steps.append({"grads": g, "updates": u})
            params = optax.apply_updates(params, u)
        cases.append({"kind": "transformation", "make": make, "dtype": dtype, "params": first, "steps": steps, "last": params})

x = np.array([[0.5, -1.25, 3.0], [0.0, 0.125, -40.0]])
y = np.array([[0.25, 1.0, -2.0], [0.0, 0.5, 1.0]])
probabilities = np.array([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0]])
classes = np.array([2, 0], 'int32')
big = np.array([[1000.0, -1000.0, 3.0], [800.0, 800.0, -np.inf]])


def add_loss(name, f, args, options=None):
    for dtype in ("float64", "float32"):
        a = [v if v.dtype.kind == "i" else v.astype(dtype) for v in args]
        out = f(*a)
        cases.append({"kind": "loss", "name": name, "args": a, "options": options or {}, "dtype": dtype, "out": out, "grad": jax.grad(lambda v: jnp.sum(f(v, *a[1:])))(jnp.asarray(a[0]))})


add_loss("l2Loss", optax.l2_loss, [x, y])
add_loss("l2Loss", optax.l2_loss, [x])
add_loss("squaredError", optax.squared_error, [x, y])
add_loss("huberLoss", optax.huber_loss, [x, y])
add_loss("huberLoss", lambda a, b: optax.huber_loss(a, b, delta=0.3), [x, y], {"delta": 0.3})
add_loss("logCosh", optax.log_cosh, [x, y])
add_loss("cosineDistance", optax.cosine_distance, [x, y])
add_loss("cosineDistance", lambda a, b: optax.cosine_distance(a, b, epsilon=1e-2, axis=0), [x, y], {"epsilon": 1e-2, "axis": 0})
add_loss("cosineSimilarity", optax.cosine_similarity, [x, y])
add_loss("softmaxCrossEntropy", optax.softmax_cross_entropy, [x, probabilities])
add_loss("softmaxCrossEntropy", optax.softmax_cross_entropy, [big[:1], probabilities[:1]])
add_loss("softmaxCrossEntropy", lambda a, b: optax.softmax_cross_entropy(a, b, 0), [x.T.copy(), probabilities.T.copy()], {"axis": 0})
add_loss("softmaxCrossEntropyWithIntegerLabels", optax.softmax_cross_entropy_with_integer_labels, [x, classes])
add_loss("softmaxCrossEntropyWithIntegerLabels", optax.softmax_cross_entropy_with_integer_labels, [big, classes])
add_loss("softmaxCrossEntropyWithIntegerLabels", lambda a, b: optax.softmax_cross_entropy_with_integer_labels(a, b, 0), [x.T.copy(), classes], {"axis": 0})
add_loss("sigmoidBinaryCrossEntropy", optax.sigmoid_binary_cross_entropy, [x, probabilities])
add_loss("sigmoidBinaryCrossEntropy", optax.sigmoid_binary_cross_entropy, [np.array([1000.0, -1000.0, 0.0]), np.array([0.0, 1.0, 0.5])])

write("optim.json", "Optax 0.2.8 on JAX 0.10.2 with x64 on. Made by make_optim.py", cases)
