"""The cost of `train ... watch=1`: how much longer an epoch takes.

    cargo build --release -p relume-cli
    python benches/watch.py [--program target/release/relume] [--rounds N] [--threads N]

Each training is made with and without it in turns, in one process each; the program measures the time of the training
alone. The smallest time of each kind counts, since disturbances only add to it. It prints a row of a table for each.
"""

import argparse
import re
import subprocess

WORKLOADS = {
    "MLP on digits": ("digits()", "dense(128) -> relu -> dense(64) -> relu -> dense(10)", 40),
    "small MLP on digits": ("digits()", "dense(32) -> relu -> dense(10)", 60),
    "CNN on digits": (
        "digits(image=true)",
        "conv2d(16, 3, padding=1) -> relu -> maxpool2d(2) -> conv2d(32, 3, padding=1) -> relu -> flatten -> dense(10)",
        8,
    ),
    "MLP on 20,000 points": ("moons(samples=25000)", "dense(64) -> relu -> dense(64) -> relu -> dense(2)", 4),
}
WATCHES = {"never": "", "watch=1": " watch=1", "watch=10": " watch=10"}


def seconds(program, threads, data, network, epochs, watch):
    script = f"""d = {data}
net = {network}
train net on d epochs=1
reset net
time train net on d epochs={epochs}{watch}
"""
    command = [program, "--threads", str(threads)]
    run = subprocess.run(command, input=script, capture_output=True, text=True, check=True)
    number, unit = re.findall(r"took ([0-9.]+) (ms|s)\b", run.stderr)[-1]
    if unit == "s":
        raise SystemExit(f"{network} takes {number} s, which is not exact enough: give it fewer epochs")
    return float(number) / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/release/relume")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    print("| training | epoch | " + " | ".join(list(WATCHES)[1:]) + " |")
    print("| --- | --- |" + " --- |" * (len(WATCHES) - 1))
    for name, (data, network, epochs) in WORKLOADS.items():
        best = dict.fromkeys(WATCHES, float("inf"))
        for _ in range(given.rounds):
            for watch, words in WATCHES.items():
                took = seconds(given.program, given.threads, data, network, epochs, words)
                best[watch] = min(best[watch], took)
        shares = [f"{100 * (best[watch] / best['never'] - 1):+.1f} %" for watch in list(WATCHES)[1:]]
        print(f"| {name} | {1000 * best['never'] / epochs:.1f} ms | " + " | ".join(shares) + " |", flush=True)


main()
