#!/usr/bin/env python3
"""Writes pytorch.safetensors: the state dictionary of a small PyTorch network, and numbers of other types.

Run it in this folder: python3 pytorch.py (made with torch 2.15.0 and safetensors 0.8.0)
"""

import torch
from safetensors.torch import save_file

model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
with torch.no_grad():
    model[0].weight.copy_(torch.arange(6.0).reshape(2, 3).cos())
    model[0].bias.copy_(torch.tensor([0.25, -0.5]))
    model(torch.arange(12.0).reshape(4, 3))

state = model.state_dict()
values = torch.tensor([1.0, -0.333251953125, 65504.0])
state["half"] = values.half()
state["bfloat"] = values.bfloat16()
state["double"] = values.double()
save_file(state, "pytorch.safetensors", metadata={"format": "pt", "made": "by PyTorch"})

for name, tensor in state.items():
    print(name, tensor.dtype, tensor.flatten().tolist())
