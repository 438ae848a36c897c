"""PyTorch's side of the comparison: the workloads of benches/workloads.rs, one JSON line each.

    pip install torch==2.15.0 numpy
    python benches/pytorch.py [--threads N] [--only a,b] [--channels-last]
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

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


# Name, network, input, loss (none for inference), steps in a repetition.
WORKLOADS = [
    ("mlp", lambda: dense(10, 5, 2), (10, 10), F.mse_loss, 500),
    ("text", lambda: dense(300, 120, 84, 2, end=[nn.Tanh()]), (64, 300), F.cross_entropy, 200),
    ("mnistmlp", lambda: dense(784, 512, 512, 10), (128, 784), F.cross_entropy, 50),
    ("cnn", cnn, (64, 3, 32, 32), F.cross_entropy, 20),
    ("cnn_infer64", cnn, (64, 3, 32, 32), None, 30),
    ("cnn_infer1", cnn, (1, 3, 32, 32), None, 200),
    ("vgg", vgg, (32, 3, 32, 32), F.cross_entropy, 4),
    ("lstm", Recurrent, (64, 100, 40), F.cross_entropy, 5),
    ("lstm_infer", Recurrent, (64, 100, 40), None, 10),
]
ACTIVATIONS = ["relu", "leaky_relu", "tanh", "gelu", "sigmoid", "silu", "elu", "softplus", "mish"]
GEMMS = [64, 128, 256, 512, 1024, 2048]


def median(steps, step):
    """The median time of a step in microseconds, after a warm-up."""
    for _ in range(max(3, steps // 5)):
        step()
    times = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        times.append((time.perf_counter() - start) / steps)
    return statistics.median(times) * 1e6


def measured(make, shape, loss, steps, channels_last):
    network, x = make(), torch.randn(*shape)
    if channels_last and len(shape) == 4:
        network, x = network.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    if loss is None:
        network.eval()

        def step():
            with torch.no_grad():
                network(x)

        return median(steps, step)
    outputs = network(x).shape[1]
    y = torch.randn(shape[0], outputs) if loss is F.mse_loss else torch.randint(0, outputs, (shape[0],))
    optimizer = torch.optim.Adam(network.parameters())

    def step():
        optimizer.zero_grad()
        loss(network(x), y).backward()
        optimizer.step()

    return median(steps, step)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--channels-last", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    only = arguments.only.split(",") if arguments.only else None

    def report(name, microseconds):
        line = {"workload": name, "us_per_step": round(microseconds, 2), "threads": arguments.threads}
        print(json.dumps(line), flush=True)

    for name, make, shape, loss, steps in WORKLOADS:
        if only is None or name in only:
            report(name, measured(make, shape, loss, steps, arguments.channels_last))
    numbers = torch.randn(1 << 22)
    for name in ACTIVATIONS:
        if only is None or name in only or "activations" in only:
            function = getattr(torch, name, None) or getattr(F, name)
            report(name, median(20, lambda: function(numbers)))
    for size in GEMMS:
        if only is None or "gemm" in only:
            p, q = torch.randn(size, size), torch.randn(size, size)
            report(f"gemm{size}", median(max(3, min(2000, 10**9 // size**3)), lambda: p @ q))
