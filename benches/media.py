"""Reading recordings and pictures from their files: Relume beside torchaudio, libsndfile, PIL and torchvision.

    cargo build --release
    pip install torch torchaudio torchvision soundfile pillow numpy
    python benches/media.py --recordings DIR --images DIR [--program target/release/relume] [--rounds N]

The folder of recordings holds LABEL_SPEAKER_INDEX.wav files, that of images CLASS/*.jpg files. Each reader runs in a
process of its own, in turns, and its best time and its peak memory are printed; both include the start of the program.
Python reads with one process for each core, as a DataLoader's workers do, or in one.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

CORES = len(os.sched_getaffinity(0))


def mfcc(paths):
    """MFCC of recordings through libsndfile and torchaudio."""
    import soundfile
    import torch
    import torchaudio

    torch.set_num_threads(1)
    settings = dict(n_fft=256, win_length=200, hop_length=80, n_mels=40, center=True, power=2.0)
    transform = torchaudio.transforms.MFCC(8000, 40, melkwargs=settings)
    features = []
    for path in paths:
        samples, _ = soundfile.read(path, dtype="float32")
        features.append(transform(torch.from_numpy(samples)).T.contiguous())
    return [x.numpy() for x in features]


def waves(paths):
    """Samples alone, through libsndfile."""
    import soundfile

    return [soundfile.read(path, dtype="float32")[0] for path in paths]


def with_pil(paths):
    import numpy
    from PIL import Image

    return [numpy.asarray(Image.open(path).convert("RGB")) for path in paths]


def with_torchvision(paths):
    import torch
    from torchvision.io import ImageReadMode, decode_jpeg, read_file

    torch.set_num_threads(1)
    return [decode_jpeg(read_file(str(path)), mode=ImageReadMode.RGB) for path in paths]


def read(name, folder, workers):
    """Reads all files of a folder with one of the functions above."""
    ending = "*.wav" if name in ("mfcc", "waves") else "*/*.jpg"
    paths = sorted(Path(folder).glob(ending))
    parts = [paths[i::workers] for i in range(workers)]
    function = globals()[name]
    if workers == 1:
        return function(paths)
    # torchvision's decoder leaves Python while it works; the others need processes.
    pool = ThreadPoolExecutor if name == "with_torchvision" else ProcessPoolExecutor
    with pool(workers) as running:
        return [sample for part in running.map(function, parts) for sample in part]


def measure(command):
    """Seconds of a program, and the largest memory of it or of one of its children, in MiB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings")
    parser.add_argument("--images")
    parser.add_argument("--program", default="target/release/relume")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--read", nargs=3, metavar=("NAME", "FOLDER", "WORKERS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        name, folder, workers = given.read
        print(len(read(name, folder, int(workers))))
        return
    runs = {}

    def python(title, name, folder):
        for workers in {1, CORES}:
            arguments = [sys.executable, __file__, "--read", name, str(folder), str(workers)]
            runs[f"{title}, {workers} at a time"] = arguments

    if given.recordings:
        source = f'sounds("{given.recordings}", pattern="{{label}}_{{speaker}}_{{index}}", test=0)'
        runs["recordings as MFCC: relume"] = [given.program, "-c", f"d = {source}"]
        python("recordings as MFCC: soundfile, torchaudio", "mfcc", given.recordings)
        python("recordings as samples: soundfile", "waves", given.recordings)
    if given.images:
        source = f'images("{given.images}", test=0)'
        runs["images: relume"] = [given.program, "-c", f"d = {source}"]
        python("images: PIL", "with_pil", given.images)
        python("images: torchvision", "with_torchvision", given.images)
    best = {title: (float("inf"), 0.0) for title in runs}
    for _ in range(given.rounds):
        for title, command in runs.items():
            seconds, memory = measure(command)
            best[title] = (min(seconds, best[title][0]), max(memory, best[title][1]))
    for title, (seconds, memory) in best.items():
        print(f"{title:60} {seconds:8.2f} s {memory:8.0f} MiB")


if __name__ == "__main__":
    main()
