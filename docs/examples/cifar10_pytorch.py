"""The plain network of cifar10.relume in PyTorch, on the same images: python cifar10_pytorch.py. Wants torch, numpy and pillow."""

import glob
import os
import time

import numpy as np
import torch
from PIL import Image
from torch import nn

torch.manual_seed(1)
torch.set_num_threads(2)


def part(name):
    classes = sorted(os.listdir(f"cifar10/{name}"))
    files = [(path, i) for i, c in enumerate(classes) for path in sorted(glob.glob(f"cifar10/{name}/{c}/*.jpg"))]
    pixels = np.stack([np.asarray(Image.open(path).convert("RGB")) for path, _ in files])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float(), torch.tensor([label for _, label in files])


x, y = part("train")
test, truth = part("test")
mean, std = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True, unbiased=False)
x, test = (x - mean) / std, (test - mean) / std
net = nn.Sequential(
    nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(4096, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
)  # fmt: skip
optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
start = time.time()
for epoch in range(8):
    net.train()
    for batch in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        right = sum((net(part).argmax(1) == labels).sum().item() for part, labels in zip(test.split(500), truth.split(500)))
    print(f"epoch {epoch + 1}: {right / len(test):.2%} of the test images, {time.time() - start:.0f} s", flush=True)
