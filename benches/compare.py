"""Relume and PyTorch side by side: the same workloads by turns, and a table of ratios and of peak memory.

    pip install torch==2.15.0 numpy pillow
    python benches/compare.py [--threads 2,1] [--only a,b] [--rounds N] [--cifar10 DIR] [--json FILE]

Each workload runs in processes of its own: Relume, PyTorch, Relume, PyTorch ... In the first round PyTorch tries all its settings: its
defaults, memory kept by the allocator, and channels-last for convolutions; the best one counts, and later rounds run that one
alone. "times faster" is the median over the rounds of the ratio within a round, since the machine's speed changes from minute to
minute. Peak memory is that of the whole process, PyTorch's under the setting that needs the least; for activations and products, that
of their group. `--cifar10 DIR` measures a whole epoch over the images in DIR/train/CLASS as well.

Run it beside nothing else: PyTorch's threads wait for each other actively.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEEPS_MEMORY = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "10000000000",
    "MALLOC_TOP_PAD_": "268435456",
}
WORKLOADS = [
    "mlp", "text", "mnistmlp", "cnn", "vgg", "lstm", "cnn_infer64", "cnn_infer1", "lstm_infer", "mlp_infer64", "text_infer64",
    "mnistmlp_infer64", "vgg_infer64", "activations", "gemm",
]
OF_IMAGES = ("cnn", "vgg")


def run(command, environment=None):
    """What a command reports, workload by workload in microseconds, and its peak memory in MiB."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    lines = [json.loads(line) for line in output.splitlines()]
    return {line["workload"]: line["us"] for line in lines}, usage.ru_maxrss / 1024


def settings(workload):
    """PyTorch's settings: by name, further arguments and further environment."""
    yield "defaults", [], {}
    yield "kept memory", [], KEEPS_MEMORY
    if workload.startswith(OF_IMAGES):
        yield "channels-last", ["--channels-last"], {}
        yield "channels-last, kept memory", ["--channels-last"], KEEPS_MEMORY


def compare(ours, theirs, rounds):
    """Runs the command `ours` and PyTorch's commands by turns; a result for each workload that both report.

    `theirs` maps the name of a setting to a command and an environment.
    """
    mine, others, memory = [], {name: [] for name in theirs}, {}
    best = {}
    for number in range(rounds):
        figures, peak = run(ours)
        mine.append(figures)
        memory["relume"] = max(memory.get("relume", 0), peak)
        for name, (command, environment) in theirs.items():
            if number == 0 or name in best.values():
                figures, peak = run(command, environment)
                others[name].append(figures)
                memory["pytorch"] = min(memory.get("pytorch", peak), peak)
        if number == 0:
            shared = [workload for workload in mine[0] if all(workload in runs[0] for runs in others.values())]
            best = {workload: min(theirs, key=lambda name: others[name][0][workload]) for workload in shared}
    for workload, setting in best.items():
        own = [figures[workload] for figures in mine]
        other = [figures[workload] for figures in others[setting]]
        yield {
            "workload": workload,
            "relume_us": own,
            "pytorch_us": other,
            "setting": setting,
            "times_faster": statistics.median(b / a for a, b in zip(own, other)),
            "relume_mib": memory["relume"],
            "pytorch_mib": memory["pytorch"],
        }


def time_of(microseconds):
    for unit, size in (("us", 1), ("ms", 1e3)):
        if microseconds < 1000 * size:
            return f"{microseconds / size:.3g} {unit}"
    return f"{microseconds / 1e6:.3g} s"


def row(result):
    own, other = (time_of(statistics.median(result[key])) for key in ("relume_us", "pytorch_us"))
    memory = f"{result['relume_mib']:.0f} / {result['pytorch_mib']:.0f}"
    cells = [result["workload"], result["threads"], own, other, result["setting"], f"{result['times_faster']:.2f}", memory]
    return "| " + " | ".join(map(str, cells)) + " |"


def programs():
    """The paths of Relume's programs, built if need be."""
    built = subprocess.run(
        ["cargo", "bench", "--bench", "workloads", "--bench", "cifar10", "--no-run", "--message-format", "json"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )
    artifacts = [json.loads(line) for line in built.stdout.splitlines()]
    return {a["target"]["name"]: a["executable"] for a in artifacts if a.get("executable")}


def comparisons(arguments):
    """What is compared: the number of threads, Relume's command and PyTorch's ones."""
    ours = programs()
    for threads in map(int, arguments.threads.split(",")):
        for workload in filter(None, arguments.only.split(",")):
            options = ["--threads", str(threads), "--only", workload]
            theirs = {
                name: ([sys.executable, "benches/pytorch.py", *options, *more], environment)
                for name, more, environment in settings(workload)
            }
            yield threads, [ours["workloads"], *options], theirs
        if arguments.cifar10:
            options = ["--threads", str(threads), "--images", os.path.abspath(arguments.cifar10)]
            theirs = {"channels-last, kept memory": ([sys.executable, "benches/cifar10.py", *options], KEEPS_MEMORY)}
            yield threads, [ours["cifar10"], *options], theirs


def processor():
    """The processor's name, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def main(arguments):
    print("| workload | threads | Relume | PyTorch | its setting | times faster | peak MiB, Relume / PyTorch |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    results = []
    for threads, ours, theirs in comparisons(arguments):
        for result in compare(ours, theirs, arguments.rounds):
            results.append({"threads": threads, **result})
            print(row(results[-1]), flush=True)
    if arguments.json:
        about = {
            "date": time.strftime("%Y-%m-%d"),
            "processor": processor(),
            "pytorch": importlib.metadata.version("torch"),
            "rounds": arguments.rounds,
        }
        Path(arguments.json).write_text(json.dumps({**about, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", default="2,1")
    parser.add_argument("--only", default=",".join(WORKLOADS), help="workloads, or nothing: --only=")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cifar10", metavar="DIR")
    parser.add_argument("--json", metavar="FILE")
    main(parser.parse_args())
