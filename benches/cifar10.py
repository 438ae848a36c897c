"""PyTorch's side of the whole epoch over CIFAR-10's images; see benches/cifar10.rs.

    pip install torch==2.15.0 numpy pillow
    python benches/cifar10.py --images DIR [--threads N] [--workers N] [--no-channels-last]

DIR holds train/CLASS/*.jpg. The same network, Adam and batches of 64. For the first three lines the images are decoded
(by as many processes as there are threads) and normalised once and lie in memory as floats, in the layout that is fastest for the
network; for the last one a DataLoader reads the files, with the fastest number of workers of 0 to N.
"""

import argparse
import json
import multiprocessing
import time
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

from pytorch import cnn

BATCH = 64


def pixels(path):
    with Image.open(path) as image:
        return numpy.array(image.convert("RGB")).transpose(2, 0, 1)


class Files(torch.utils.data.Dataset):
    """Images that are read, decoded and normalised when they are asked for."""

    def __init__(self, files, mean, deviation):
        self.files, self.mean, self.deviation = files, mean, deviation

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        path, label = self.files[i]
        return (torch.from_numpy(pixels(path)).float() - self.mean) / self.deviation, label


def epoch(batches, layout):
    """Trains a new network once through the batches; seconds and the mean loss."""
    torch.manual_seed(0)
    network = cnn().to(memory_format=layout)
    optimizer = torch.optim.Adam(network.parameters())
    total, count = 0.0, 0
    start = time.perf_counter()
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(network(x.to(memory_format=layout)), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return time.perf_counter() - start, total / count


def shuffled(x, y):
    for indices in torch.randperm(len(y)).split(BATCH):
        yield x[indices], y[indices]


def main(arguments):
    layout = torch.channels_last if arguments.channels_last else torch.contiguous_format

    def report(workload, seconds, **more):
        print(json.dumps({"workload": workload, "us": round(seconds * 1e6), "threads": arguments.threads, **more}), flush=True)

    start = time.perf_counter()
    folders = sorted(path for path in (Path(arguments.images) / "train").iterdir() if path.is_dir())
    files = [(path, label) for label, folder in enumerate(folders) for path in sorted(folder.glob("*.jpg"))]
    with multiprocessing.Pool(arguments.threads) as pool:
        x = torch.from_numpy(numpy.stack(pool.map(pixels, [path for path, _ in files], 500))).float()
    y = torch.tensor([label for _, label in files])
    deviation, mean = torch.std_mean(x, (0, 2, 3), correction=0, keepdim=True)
    x = x.sub_(mean).div_(deviation).contiguous(memory_format=layout)
    loading = time.perf_counter() - start
    training, loss = epoch(shuffled(x, y), layout)
    report("cifar10_load", loading)
    report("cifar10_epoch", training, loss=round(loss, 4))
    report("cifar10_load_and_epoch", loading + training)

    del x
    best = None
    for workers in range(arguments.workers + 1):
        data = Files(files, mean[0], deviation[0])
        loader = torch.utils.data.DataLoader(data, BATCH, shuffle=True, num_workers=workers)
        found = (*epoch(loader, layout), workers)
        best = min(best or found, found)
    seconds, loss, workers = best
    report("cifar10_epoch_from_files", seconds, loss=round(loss, 4), workers=workers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--channels-last", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    main(options)
