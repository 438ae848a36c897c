"""Training on two processes: Relume by MPI beside PyTorch's DistributedDataParallel with gloo, and a model of more machines.

    pip install torch==2.15.0 numpy
    apt-get install libopenmpi-dev openmpi-bin libclang-dev
    python benches/scaling.py [--rounds N] [--json FILE]

One thread in each process, the same networks, batches and SGD; by turns, Relume, PyTorch, Relume ... The times are medians over the
rounds; "hidden" is the share of the sums that passed behind the backward pass. From the times of one process, what its gradients
weigh and how fast this machine adds, the last table works out steps of 64 processes; `model` says how.

Run it beside nothing else, on two cores at least.
"""

import argparse
import json
import math
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
STEPS, REPETITIONS = 20, 5
BATCHES = {"mnistmlp": 128, "cnn": 64, "lstm": 64}


def ddp(rank, ranks, port):
    """A process of PyTorch's side: a JSON line for each network from rank 0."""
    import torch
    import torch.distributed
    import torch.nn.functional as F
    from torch import nn
    from torch.nn.parallel import DistributedDataParallel

    import pytorch

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.dense = nn.LSTM(40, 120, 3, batch_first=True), nn.Linear(120, 2)

        def forward(self, x):
            return self.dense(self.lstm(x)[0][:, -1])

    networks = {"mnistmlp": (pytorch.mnist_mlp, (784,)), "cnn": (pytorch.cnn, (3, 32, 32)), "lstm": (Recurrent, (100, 40))}
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    if ranks > 1:
        torch.distributed.init_process_group("gloo", rank=rank, world_size=ranks)
    for name, (network, sample) in networks.items():
        torch.manual_seed(1)
        model = network()
        model = DistributedDataParallel(model) if ranks > 1 else model
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        own = BATCHES[name] // ranks
        batches = [(torch.randn(own, *sample), torch.arange(own) % 2) for _ in range(STEPS)]
        times = []
        for _ in range(REPETITIONS + 1):
            if ranks > 1:
                torch.distributed.barrier()
            began = time.perf_counter()
            for x, y in batches:
                optimizer.zero_grad()
                F.cross_entropy(model(x), y).backward()
                optimizer.step()
            times.append((time.perf_counter() - began) / STEPS * 1e6)
        if rank == 0:
            print(json.dumps({"workload": name, "ranks": ranks, "us": statistics.median(times[1:])}), flush=True)
    if ranks > 1:
        torch.distributed.destroy_process_group()


def lines(command):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{command} failed")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def theirs(ranks, port):
    here = [sys.executable, str(Path(__file__).resolve())]
    others = [subprocess.Popen([*here, "--ddp", str(rank), str(ranks), str(port)]) for rank in range(1, ranks)]
    found = lines([*here, "--ddp", "0", str(ranks), str(port)])
    for other in others:
        if other.wait():
            sys.exit("a rank of DDP failed")
    return found


def built():
    """The bench's program."""
    command = ["cargo", "bench", "--features", "mpi", "--bench", "scaling", "--no-run"]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    found = re.search(r"scaling\.rs \((.*)\)", done.stderr)
    if not found:
        sys.exit(done.stderr)
    return str(ROOT / found.group(1))


def model(us, numbers, ranks, gigabits, add_us, latency_us):
    """A step of so many ranks in microseconds, nothing hidden: that of one rank on its own shard, then a sum by halves.

    Each rank sends and receives 2 (ranks - 1) / ranks of its gradients at the network's full rate, in 2 log2(ranks) messages, and adds
    (ranks - 1) / ranks of them at the speed that was measured here. Contention is left out.
    """
    share = (ranks - 1) / ranks
    wire = 2 * share * numbers * 32 / (gigabits * 1e3)
    return us + wire + share * numbers * add_us + 2 * math.log2(ranks) * latency_us


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    parser.add_argument("--ddp", nargs=3, type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ddp:
        return ddp(*arguments.ddp)
    program = built()
    found = []
    for turn in range(arguments.rounds):
        for ranks in (1, 2):
            found += [{"by": "relume", **line} for line in lines([*MPIRUN, "-n", str(ranks), program])]
            found += [{"by": "torch", **line} for line in theirs(ranks, 29600 + 10 * turn + ranks)]
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(found, indent=1))

    def median(what="us", **wanted):
        values = [line[what] for line in found if all(line.get(key) == value for key, value in wanted.items())]
        return statistics.median(values)

    print("\nSums over two processes")
    for size in sorted({line["sum"] for line in found if "sum" in line}):
        us = median(sum=size, ranks=2)
        print(f"{size:>12} bytes {us:>10.0f} us {size / us / 1e3:>8.2f} GB/s")
    print("\nA step, in milliseconds")
    print(f"{'network':<10}{'gradients':>12}{'1':>8}{'2':>8}{'2, 8 shards':>13}{'sums':>8}{'hidden':>8}{'torch 1':>9}{'DDP 2':>8}{'faster':>8}")
    for name in BATCHES:
        of = dict(by="relume", workload=name)
        one, two = median(**of, ranks=1, shards=1), median(**of, ranks=2, shards=2)
        eight = median(**of, ranks=2, shards=8)
        sums, waits = (median(what, **of, ranks=2, shards=2) for what in ("sum_us", "wait_us"))
        size = median("bytes", **of, ranks=2, shards=2)
        torch = [median(by="torch", workload=name, ranks=ranks) for ranks in (1, 2)]
        print(
            f"{name:<10}{size / 1e6:>9.2f} MB{one / 1e3:>8.2f}{two / 1e3:>8.2f}{eight / 1e3:>13.2f}{sums / 1e3:>8.2f}"
            f"{max(0, 1 - waits / sums):>7.0%} {torch[0] / 1e3:>8.2f}{torch[1] / 1e3:>8.2f}{torch[1] / two:>8.2f}"
        )
    # A sum of a kilobyte is all latency; of one of 40 MB, half the time at most is the addition.
    latency = median(sum=4000, ranks=2)
    large = 10_000_000
    add_us = median(sum=4 * large, ranks=2) / large
    print("\nModel of 64 processes, each with the batch of the table: milliseconds of a step, and samples of 64 for one's time")
    for name, batch in BATCHES.items():
        one = median(by="relume", workload=name, ranks=1, shards=1)
        numbers = median("bytes", by="relume", workload=name, ranks=2, shards=2) / 4
        steps = {gigabits: model(one, numbers, 64, gigabits, add_us, latency) for gigabits in (10, 100)}
        text = "".join(f"  {rate} Gbit/s {us / 1e3:>8.2f} ms, {64 * one / us:>5.1f} times" for rate, us in steps.items())
        print(f"{name:<10}{text}")


if __name__ == "__main__":
    main()
