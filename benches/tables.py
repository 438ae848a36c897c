"""Reading a table: Relume and pandas side by side, seconds and peak memory.

    pip install pandas numpy
    python benches/tables.py [--rows 1000000] [--columns 20] [--rounds 5] [--threads N]

It writes a table of decimals, whole numbers and words beside a target of two classes into a temporary folder, and reads it by turns in
processes of their own: Relume's `csv` up to the data set that can be trained on, which includes standardising, and pandas' `read_csv`
up to its data frame. Peak memory is that of the whole process. Run it beside nothing else.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PANDAS = """
import sys, time
import pandas
start = time.perf_counter()
frame = pandas.read_csv(sys.argv[1])
print('{"seconds": %.3f, "rows": %d}' % (time.perf_counter() - start, len(frame)))
"""


def write(path, rows, columns):
    """A table of random numbers: every third column holds whole ones."""
    import numpy

    rng = numpy.random.default_rng(0)
    with open(path, "w") as file:
        file.write(",".join(f"x{i}" for i in range(columns)) + ",y\n")
        for start in range(0, rows, 50_000):
            count = min(50_000, rows - start)
            numbers = rng.normal(size=(count, columns))
            wholes = rng.integers(0, 100_000, size=(count, columns))
            words = rng.integers(0, 2, size=count)
            for row in range(count):
                cells = [str(wholes[row, i]) if i % 3 == 0 else f"{numbers[row, i]:.6f}" for i in range(columns)]
                file.write(",".join(cells) + (",yes\n" if words[row] else ",no\n"))


def run(command, environment):
    """What a command reports, and its peak memory in MiB."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status or not output:
        sys.exit(f"{command} failed")
    return json.loads(output.splitlines()[-1])["seconds"], usage.ru_maxrss / 1024


def program():
    """The path of the compiled benchmark."""
    built = subprocess.run(
        ["cargo", "bench", "--bench", "tables", "--no-run", "--message-format=json"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    lines = (json.loads(line) for line in built.stdout.splitlines())
    return [line["executable"] for line in lines if line.get("target", {}).get("name") == "tables" and line.get("executable")][-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", default="")
    parser.add_argument("--program", help="the compiled benchmark; built if not given")
    arguments = parser.parse_args()
    ours = arguments.program or program()
    threads = {"RAYON_NUM_THREADS": arguments.threads} if arguments.threads else {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "table.csv")
        write(path, arguments.rows, arguments.columns)
        size = os.path.getsize(path) / 2**20
        times, memory = {"relume": [], "pandas": []}, {"relume": [], "pandas": []}
        for _ in range(arguments.rounds):
            for name, command in [("relume", [ours, path, "y"]), ("pandas", [sys.executable, "-c", PANDAS, path])]:
                seconds, peak = run(command, threads)
                times[name].append(seconds)
                memory[name].append(peak)
    print(f"{arguments.rows} rows of {arguments.columns} numbers and a word, {size:.0f} MiB")
    for name in times:
        print(f"{name}: {statistics.median(times[name]):.2f} s, {statistics.median(memory[name]):.0f} MiB")
    ratio = statistics.median(own / other for own, other in zip(times["relume"], times["pandas"]))
    print(f"relume needs {ratio:.2f} of pandas' time")


if __name__ == "__main__":
    main()
