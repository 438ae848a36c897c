#!/usr/bin/env python3
"""Writes version-1.rlm to version-3.rlm from docs/checkpoint.md alone, without any of Relume's code.

Run it in this folder: python3 versions.py
"""

import struct
import zlib


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def items(parts):
    return struct.pack("<Q", len(parts)) + b"".join(parts)


def u64s(values):
    return items([struct.pack("<Q", value) for value in values])


def f32s(*values):
    return struct.pack(f"<{len(values)}f", *values)


def bits(*values):
    return struct.pack(f"<{len(values)}I", *values)


PARAMETER, BUFFER = 0, 1

SECTIONS = [
    ("network", '{"input":[3],"layers":["dense(2)"]}'.encode()),
    ("preparation", '{"standardize":{"mean":[0.5]}}'.encode()),
    ("metadata/note", "für später".encode()),
    ("metadata/relume", b"0.1.0"),
    (
        "tensors/0",
        items(
            [
                text("0.weight") + struct.pack("<I?", PARAMETER, True) + u64s([2, 3]),
                text("0.bias") + struct.pack("<I?", PARAMETER, False) + u64s([2]),
                text("0.count") + struct.pack("<I", BUFFER) + u64s([]),
                text("0.empty") + struct.pack("<I", BUFFER) + u64s([0, 4]),
            ]
        ),
    ),
    (
        "run",
        struct.pack("<4Q", 2, 7, 41, 42)
        + items([text("shuffle") + u64s([1, 2, 3, 2**64 - 1])])
        + items([text("train.loss")]),
    ),
    ("run/plan", b'{"epochs":5}'),
    ("run/progress", b'{"sum":1.25}'),
    ("run/history/train.loss", struct.pack("<QdQd", 1, 2.5, 41, 0.1)),
    # 1, -0, the smallest denormal, a signalling NaN with a payload, infinity, the largest number.
    ("tensor/0.weight", bits(0x3F800000, 0x80000000, 1, 0xFF812345, 0x7F800000, 0x7F7FFFFF)),
    ("tensor/0.bias", f32s(0.1, -2.0)),
    ("tensor/0.count", f32s(41.0)),
    ("tensor/0.empty", b""),
    ("optimizer", items([text("exp_avg"), text("exp_avg_sq")])),
    ("optimizer/spec", b'{"adam":{"lr":0.001}}'),
    (
        "optimizer/tensors/0",
        items(
            [
                struct.pack("<I", 0) + u64s([2]),
                struct.pack("<I", 0) + u64s([]),
                struct.pack("<I", 1) + u64s([2]),
            ]
        ),
    ),
    ("optimizer/tensor/exp_avg/0", f32s(0.5, 0.25)),
    ("optimizer/tensor/exp_avg/1", f32s(3.0)),
    ("optimizer/tensor/exp_avg_sq/0", f32s(0.125, 0.0625)),
]


def write(version, sections):
    table_length = sum(22 + len(name.encode()) for name, _ in sections)
    table, body = b"", b""
    start = 48 + table_length
    for name, content in sections:
        body += bytes(-(start + len(body)) % 8)
        name = name.encode()
        offset = start + len(body)
        table += struct.pack("<QQIH", offset, len(content), zlib.crc32(content), len(name)) + name
        body += content

    assert len(table) == table_length
    header = b"\x89RLM\r\n\x1a\n" + struct.pack(
        "<HHI8sQQI",
        version,
        0,
        len(sections),
        b"network",
        start + len(body),
        len(table),
        zlib.crc32(table),
    )
    header += struct.pack("<I", zlib.crc32(header))
    assert len(header) == 48

    with open(f"version-{version}.rlm", "wb") as file:
        file.write(header + table + body)


def version_1(name, content):
    """The record of the optimizer began with the number of its steps."""
    return (name, struct.pack("<Q", 41) + content if name == "optimizer" else content)


def halves(name, content):
    """A file of version 3 has at least one tensor in half precision: 0.1 and -2 as bfloat16 are 0x3DCD and 0xC000."""
    if name == "tensor/0.bias":
        return ("tensor.bf16/0.bias", struct.pack("<2H", 0x3DCD, 0xC000))
    return (name, content)


write(1, [version_1(*section) for section in SECTIONS])
write(2, SECTIONS)
write(3, [halves(*section) for section in SECTIONS])
