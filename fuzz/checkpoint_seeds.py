"""Writes the first files of the corpus of the targets `checkpoint`, `specification` and `safetensors`.

    python fuzz/checkpoint_seeds.py target/debug/relume fuzz/corpus

The program saves small networks of several kinds. Each of their JSON texts becomes a seed of `specification`: the name
of the section in the first line, and the text after it. Heads of safetensors are forged here, by the format's
description.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile

program = pathlib.Path(sys.argv[1]).resolve()
folder = pathlib.Path(sys.argv[2])

# Each saves a network to "net.rlm".
SCRIPTS = {
    # The one that `specification` puts its texts into.
    "trained": """
set seed=1
t = csv("table.csv", target="y", one_hot=["word"], scale_target=true, test=0)
net = dense(4, init=he_normal()) -> batchnorm -> relu -> dropout(0.1) -> dense(1)
train net on t epochs=2 optimizer=adamw(0.01, groups=[group(parameters="*.bias", weight_decay=0)]) \\
    schedule=cosine(warmup=1) loss=huber(delta=0.5)
save net to "net.rlm"
""",
    "run": """
net = dense(2)
train net on moons(samples=40) epochs=2 optimizer=sgd(0.1, momentum=0.9) checkpoint="net.rlm" keep="best"
""",
    "untrained": "net = input(3) -> dense(2)\nsave net to \"net.rlm\"",
    "empty": "net = input(3) -> relu\nsave net to \"net.rlm\"",
    "halves": "net = cast(input(8) -> dense(4) -> dense(2), \"bf16\")\nsave net to \"net.rlm\"",
    "image": """
net = input(1, 6, 6) -> conv2d(2, 3, stride=2) -> maxpool2d(2) -> flatten -> dense(3)
save net to "net.rlm"
""",
    "sequence": "net = input(3) -> embedding(9, 4) -> lstm(3, output=\"last\") -> dense(2)\nsave net to \"net.rlm\"",
    "nested": """
net = input(4) -> residual(dense(4) -> chain(dense(4) -> tanh)) -> concat(dense(2), identity, axis=1)
save net to "net.rlm"
""",
}


def sections(file):
    """The sections of a checkpoint by name, as docs/checkpoint.md describes them."""
    (length,) = struct.unpack_from("<Q", file, 32)
    at, found = 48, {}
    while at < 48 + length:
        offset, size, _, name = struct.unpack_from("<QQIH", file, at)
        found[file[at + 22 : at + 22 + name].decode()] = file[offset : offset + size]
        at += 22 + name
    return found


written = set()


def write(target, name, data):
    if (target, data) in written:
        return
    written.add((target, data))
    path = folder / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


for name, script in SCRIPTS.items():
    with tempfile.TemporaryDirectory() as own:
        own = pathlib.Path(own)
        rows = "".join(f"{i},{'ab'[i % 2]},{i * 2.5}\n" for i in range(20))
        (own / "table.csv").write_text("x,word,y\n" + rows)
        done = subprocess.run([program, "--threads", "1", "-"], input=script, cwd=own, text=True, capture_output=True)
        if done.returncode or not (own / "net.rlm").exists():
            sys.exit(f"{name}: {done.stdout}{done.stderr}")
        file = (own / "net.rlm").read_bytes()
    write("checkpoint", name, file)
    for section, content in sections(file).items():
        if section in ("network", "preparation", "metadata/run", "run/plan", "run/progress", "optimizer/spec"):
            write("specification", f"{name}-{section.replace('/', '-')}", section.encode() + b"\n" + content)


def safetensors(head, numbers=b"", length=None):
    head = head if isinstance(head, str) else json.dumps(head, separators=(",", ":"))
    head = head.encode()
    return struct.pack("<Q", len(head) if length is None else length) + head + numbers


def tensor(start, end, shape=None, dtype="F32"):
    shape = [(end - start) // 4] if shape is None else shape
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


NUMBERS = struct.pack("<4f", 1, -2, 0.5, float("nan"))
PAIR = {"a": tensor(0, 8), "b": tensor(8, 16)}
write("safetensors", "pair", safetensors(PAIR, NUMBERS))
write("safetensors", "metadata", safetensors({"__metadata__": {"format": "pt"}, **PAIR}, NUMBERS))
note = {"network": {"spec": {"layers": []}}, "tensors": [["b", "buffer"], ["a", {"parameter": {"trainable": False}}]]}
write("safetensors", "note", safetensors({"__metadata__": {"relume": json.dumps(note)}, **PAIR}, NUMBERS))
types = ["F64", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"]
sizes = [8, 2, 2, 8, 4, 2, 1, 1, 1]
places = [sum(sizes[:i]) for i in range(10)]
every = {dtype: tensor(places[i], places[i + 1], [1], dtype) for i, dtype in enumerate(types)}
write("safetensors", "types", safetensors(every, bytes(range(sum(sizes)))))
write("safetensors", "scalar", safetensors({"a": tensor(0, 4, [])}, NUMBERS[:4]))
write("safetensors", "nothing", safetensors({}))
write("safetensors", "overlap", safetensors({"a": tensor(0, 8), "b": tensor(4, 16)}, NUMBERS))
write("safetensors", "gap", safetensors({"a": tensor(0, 8), "b": tensor(12, 16)}, NUMBERS))
write("safetensors", "backwards", safetensors({"a": tensor(8, 0, [2])}, NUMBERS))
write("safetensors", "beyond", safetensors({"a": tensor(0, 1 << 40)}, NUMBERS))
write("safetensors", "wrapping", safetensors({
    str(i): tensor(i << 61, min((i + 1) << 61, (1 << 64) - 1), [min(1 << 61, (1 << 64) - 1 - (i << 61))], "U8")
    for i in range(8)
}))
write("safetensors", "overflow", safetensors({"a": tensor(0, 0, [0, 1 << 40, 1 << 40])}))
write("safetensors", "huge_head", safetensors(PAIR, NUMBERS, 1 << 62))
write("safetensors", "head_beyond", safetensors(PAIR, b"", 4096))
twice = '{"a":%s,"a":%s}' % (json.dumps(tensor(0, 8)), json.dumps(tensor(8, 16)))
write("safetensors", "twice", safetensors(twice, NUMBERS))
write("safetensors", "metadata_twice", safetensors('{"__metadata__":{"k":"a","k":"b"}}'))
write("safetensors", "wrong_type", safetensors({"a": tensor(0, 16, [4], "F31")}, NUMBERS))
write("safetensors", "complex", safetensors({"a": tensor(0, 16, [2], "C64")}, NUMBERS))
write("safetensors", "deep", safetensors('{"a":' + "[" * 5000 + "]" * 5000 + "}"))
write("safetensors", "deep_note", safetensors({"__metadata__": {"relume": "[" * 5000}}))
write("safetensors", "axes", safetensors({"a": tensor(0, 4, [1] * 7)}, NUMBERS[:4]))
write("safetensors", "control", safetensors({"\x1b[31m" + "x" * 500: tensor(0, 3, [1])}, NUMBERS))
write("safetensors", "many", safetensors({str(i): tensor(0, 0, [0]) for i in range(2000)}))
write("safetensors", "cut", safetensors(PAIR, NUMBERS[:-3]))
