"""PyTorch's side of the comparison: the workloads of benches/workloads.rs, one JSON line each, timed in the same way.

    pip install torch==2.15.0 numpy
    python benches/pytorch.py [--threads N] [--only a,b] [--channels-last]
"""

import argparse
import json
import math
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

WARM_UP = 0.3
REPETITION = 0.2
REPETITIONS = 5


class Recurrent(nn.Module):
    """Three LSTM layers, a dense layer and ReLU at every time step; the mean over time in training."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(40, 120, 3, batch_first=True)
        self.dense = nn.Linear(120, 2)

    def forward(self, x):
        states, _ = self.lstm(x)
        return F.relu(self.dense(states)).mean(1)


def cnn():
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(4096, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )


def vgg():
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
        nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(128, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128 * 64, 10),
    )


def dense(*sizes, end=()):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1], *end)


def mlp():
    return dense(10, 5, 2)


def text():
    return dense(300, 120, 84, 2, end=[nn.Tanh()])


def mnist_mlp():
    return dense(784, 512, 512, 10)


# Name, network, input, loss (none for inference).
WORKLOADS = [
    ("mlp", mlp, (10, 10), F.mse_loss),
    ("text", text, (64, 300), F.cross_entropy),
    ("mnistmlp", mnist_mlp, (128, 784), F.cross_entropy),
    ("cnn", cnn, (64, 3, 32, 32), F.cross_entropy),
    ("vgg", vgg, (32, 3, 32, 32), F.cross_entropy),
    ("lstm", Recurrent, (64, 100, 40), F.cross_entropy),
    ("cnn_infer64", cnn, (64, 3, 32, 32), None),
    ("cnn_infer1", cnn, (1, 3, 32, 32), None),
    ("lstm_infer", Recurrent, (64, 100, 40), None),
    ("mlp_infer64", mlp, (64, 10), None),
    ("text_infer64", text, (64, 300), None),
    ("mnistmlp_infer64", mnist_mlp, (64, 784), None),
    ("vgg_infer64", vgg, (64, 3, 32, 32), None),
]
# By Relume's names, where they differ from PyTorch's or where the function wants more than the numbers.
ACTIVATIONS = {
    "prelu": lambda x, weight=torch.tensor([0.25]): F.prelu(x, weight),
    "softmax": lambda x: F.softmax(x, -1),
    "log_softmax": lambda x: F.log_softmax(x, -1),
}
for name in [
    "relu", "leaky_relu", "sigmoid", "tanh", "elu", "softplus", "silu", "mish", "gelu", "relu6", "selu", "celu", "hardtanh",
    "hardsigmoid", "hardswish", "hardshrink", "softshrink", "tanhshrink", "softsign", "logsigmoid",
]:
    ACTIVATIONS[name] = getattr(torch, name, None) or getattr(F, name)
NUMBERS = (4096, 1024)
GEMMS = [64, 128, 256, 512, 1024, 2048]


def median(step):
    """The median time of a step in microseconds, after a warm-up: as benches/common/timing.rs finds it."""

    def seconds(steps):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        return time.perf_counter() - start

    each, steps = seconds(1), 1
    start = time.perf_counter()
    while time.perf_counter() - start < WARM_UP:
        each = seconds(steps) / steps
        steps = max(1, math.ceil(0.02 / each))
    steps = max(2, math.ceil(REPETITION / each))
    return statistics.median(seconds(steps) / steps for _ in range(REPETITIONS)) * 1e6


def measured(make, shape, loss, channels_last):
    network, x = make(), torch.randn(*shape)
    if channels_last and len(shape) == 4:
        network, x = network.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    if loss is None:
        network.eval()

        def step():
            with torch.inference_mode():
                network(x)

        return median(step)
    outputs = network(x).shape[1]
    y = torch.randn(shape[0], outputs) if loss is F.mse_loss else torch.randint(0, outputs, (shape[0],))
    optimizer = torch.optim.Adam(network.parameters())

    def step():
        optimizer.zero_grad()
        loss(network(x), y).backward()
        optimizer.step()

    return median(step)


def main(arguments):
    only = arguments.only.split(",") if arguments.only else None

    def is_wanted(name, group):
        return only is None or name in only or group in only

    def report(name, microseconds):
        print(json.dumps({"workload": name, "us": round(microseconds, 2), "threads": arguments.threads}), flush=True)

    for name, make, shape, loss in WORKLOADS:
        if is_wanted(name, "networks"):
            report(name, measured(make, shape, loss, arguments.channels_last))
    for name, function in ACTIVATIONS.items():
        if is_wanted(name, "activations"):
            numbers = torch.randn(*NUMBERS)
            with torch.inference_mode():
                report(name, median(lambda: function(numbers)))
    for size in GEMMS:
        if is_wanted(f"gemm{size}", "gemm"):
            p, q = torch.randn(size, size), torch.randn(size, size)
            report(f"gemm{size}", median(lambda: p @ q))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--channels-last", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    main(options)
