"""Relume and PyTorch side by side: the same workloads by turns, and a table of ratios and of peak memory.

    pip install torch==2.15.0 numpy
    python benches/compare.py [--threads 1,2] [--only a,b] [--rounds N]

Of PyTorch's settings the best one counts: its defaults, memory kept by the allocator, and channels-last for convolutions. Of
several rounds each side's median counts. Run it beside nothing else: PyTorch's threads wait for each other actively.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEEPS_MEMORY = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "10000000000",
    "MALLOC_TOP_PAD_": "268435456",
}
WORKLOADS = ["mlp", "text", "mnistmlp", "cnn", "cnn_infer64", "cnn_infer1", "vgg", "lstm", "lstm_infer", "activations", "gemm"]
OF_IMAGES = ("cnn", "vgg")


def run(command, extra=None):
    """What a command reports, workload by workload in microseconds, and its peak memory in MiB."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(extra or {})}, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    lines = [json.loads(line) for line in output.splitlines()]
    return {line["workload"]: line["us_per_step"] for line in lines}, usage.ru_maxrss / 1024


def settings(workload):
    """PyTorch's settings: a name, further arguments, further environment."""
    yield "defaults", [], {}
    yield "kept memory", [], KEEPS_MEMORY
    if workload.startswith(OF_IMAGES):
        yield "channels-last", ["--channels-last"], KEEPS_MEMORY


def time_of(microseconds):
    for unit, size in (("us", 1), ("ms", 1e3)):
        if microseconds < 1000 * size:
            return f"{microseconds / size:.3g} {unit}"
    return f"{microseconds / 1e6:.3g} s"


def compare(ours, workload, threads, rounds):
    options = ["--threads", str(threads), "--only", workload]
    mine, theirs, memory = [], {}, [0, None]
    for _ in range(rounds):
        figures, peak = run([ours, *options])
        mine.append(figures)
        memory[0] = max(memory[0], peak)
        for name, arguments, environment in settings(workload):
            figures, peak = run([sys.executable, "benches/pytorch.py", *options, *arguments], environment)
            theirs.setdefault(name, []).append(figures)
            memory[1] = min(memory[1] or peak, peak)
    for name in mine[0]:
        own = statistics.median(figures[name] for figures in mine)
        medians = {key: statistics.median(figures[name] for figures in runs) for key, runs in theirs.items()}
        best = min(medians, key=medians.get)
        print(
            f"| {name} | {threads} | {time_of(own)} | {time_of(medians[best])} | {best} | {medians[best] / own:.2f} "
            f"| {memory[0]:.0f} / {memory[1]:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", default="2,1")
    parser.add_argument("--only", default=",".join(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    built = subprocess.run(
        ["cargo", "bench", "--bench", "workloads", "--no-run", "--message-format", "json"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )
    artifacts = [json.loads(line) for line in built.stdout.splitlines()]
    [ours] = [a["executable"] for a in artifacts if a.get("executable") and a["target"]["name"] == "workloads"]
    print("| workload | threads | Relume | PyTorch | its setting | times faster | peak MiB, Relume / PyTorch |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for threads in arguments.threads.split(","):
        for workload in arguments.only.split(","):
            compare(ours, workload, int(threads), arguments.rounds)
