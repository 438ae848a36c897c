"""Writes the first files of the corpus of the readers' targets: small ones of every kind that is read.

    python fuzz/reader_seeds.py fuzz/corpus
"""

import gzip
import io
import pathlib
import struct
import sys
import zipfile
import zlib

import numpy as np

folder = pathlib.Path(sys.argv[1])


def write(target, name, data):
    path = folder / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


write("csv", "plain", "a,b,y\n1,2,x\n3,4,z\n5,6,x\n")
write("csv", "semicolons", "y;w;b\n1,5;Lisbon;2\n2,5;Porto;\n3;Lisbon;NA\n")
write("csv", "quotes", 'y,text\n1,"two\nlines"\n2,"a ""word"""\n3,plain\n')
write("csv", "unclosed", 'y,text\n1,"never\n2,b\n')
write("csv", "tabs", "1\t2\t3\n4\t5\t6\n7\t8\t9\n")
write("csv", "blanks", "  1.5   2e3  -0.0\n 1 2 3\n")
write("csv", "dates", "y,when\n1.5,2026-11-30\n2.5,2026-11-30T14:30:00Z\n3.5,1969-12-31 23:59:59\n")
write("csv", "utf16", b"\xff\xfe" + "y,b\n1,2\n3,4\n".encode("utf-16-le"))
write("csv", "latin1", "y,b\n1,\xe9\n2,\xdf\n".encode("latin-1"))
write("csv", "marks", "y,b\n\u22121.5,5%\n2,$7\n1e400,inf\n")
write("csv", "seconds", "y,b\n1700000000,1\n1700000001,2\n1700000002,3\n")
write("csv", "sparse", "1,3 1:0.5 7:2\n 2:1\n-1 1:1e30 # note\n")
write("csv", "wide", "y" + ",c" * 3 + "\n1,2,3,4\n5,6\n")
write("csv", "empty", "")

write("json", "lines", '{"a": 1, "b": {"c": 2}}\n{"a": 2, "b": {"c": null}}\n')
write("json", "array", '[{"a": 1, "b": "x"}, {"a": 0.5, "b": "y"}]')
write("json", "nan", '{"a": NaN, "b": Infinity}\n{"a": 1, "b": -Infinity}\n')
write("json", "tags", '{"tokens": ["a", "b"], "tags": ["O", null]}\n{"tokens": ["c"], "tags": [3]}\n')
write("json", "conll", "EU NNP ORG\nrejects VBZ O\n\nPeter NNP PER\n")
write("json", "deep", '{"a": ' + "[" * 200 + "]" * 200 + "}")
write("json", "escapes", '{"a": "\\ud83d\\ude00\\u0000\\n", "a": 2}')
write("json", "cut", '{"a": [1, 2')


def png(width, height, kind, bits, rows, extra=b""):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


write("picture", "gray.png", png(3, 2, 0, 8, b"\x00\x01\x02\x03" * 2))
write("picture", "rgb.png", png(2, 2, 2, 8, (b"\x00" + bytes(range(6))) * 2))
write("picture", "sixteen.png", png(2, 1, 0, 16, b"\x00\x01\x02\x03\x04"))
write("picture", "one_bit.png", png(8, 2, 0, 1, b"\x00\xaa\x00\x55"))
write("picture", "large.png", png(1 << 20, 1 << 20, 0, 8, b"\x00"))
bmp = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 70, 0, 0, 54, 40, 2, 2, 1, 24, 0, 16, 0, 0, 0, 0) + bytes(16)
write("picture", "two.bmp", bmp)
write("picture", "large.bmp", bmp[:18] + struct.pack("<ii", 1 << 30, 1 << 30) + bmp[26:])
gif = (
    b"GIF89a\x02\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    b",\x00\x00\x00\x00\x02\x00\x02\x00\x00\x02\x03D\x02\x05\x00;"
)
write("picture", "two.gif", gif)
tags = [(256, 3, 2), (257, 3, 2), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 110), (278, 3, 2), (279, 4, 4)]
tiff = b"II*\x00\x08\x00\x00\x00\x08\x00" + b"".join(
    struct.pack("<HHII", tag, kind, 1, value)
    for tag, kind, value in tags
) + bytes(4)
write("picture", "two.tiff", tiff + b"\x01\x02\x03\x04")
write("picture", "start.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9")
write(
    "picture",
    "webp",
    b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00",
)


def wav(tag=1, channels=1, rate=8000, bits=16, data=bytes(16), size=None):
    block = channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    size = len(data) if size is None else size
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


write("sound", "pcm16.wav", wav())
write("sound", "pcm8.wav", wav(bits=8))
write("sound", "pcm24.wav", wav(bits=24, channels=2, data=bytes(24)))
write("sound", "float.wav", wav(tag=3, bits=32))
write("sound", "double.wav", wav(tag=3, bits=64))
write("sound", "alaw.wav", wav(tag=6, bits=8))
write("sound", "mulaw.wav", wav(tag=7, bits=8))
write("sound", "stream.wav", wav(size=0xFFFFFFFF))
write("sound", "no_rate.wav", wav(rate=0))
write("sound", "many_channels.wav", wav(channels=60000, bits=8))
write("sound", "tag.flac", b"ID3\x04\x00\x00\x00\x00\x00\x00fLaC\x80\x00\x00\x22" + bytes(34))
write("sound", "start.ogg", b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis" + bytes(23))
write("sound", "start.mp3", b"\xff\xfb\x90\x00" + bytes(413))
write("sound", "start.m4a", b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A isom\x00\x00\x00\x08moov")
write(
    "sound",
    "aiff",
    b"FORM\x00\x00\x00\x36AIFF"
    b"COMM\x00\x00\x00\x12\x00\x01\x00\x00\x00\x04\x00\x10\x40\x0b\xfa\x00\x00\x00\x00\x00\x00\x00"
    b"SSND\x00\x00\x00\x10" + bytes(16),
)


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def npz(**arrays):
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


write("npz", "pair", npz(x=np.arange(8, dtype="float32").reshape(4, 2), y=np.array([0, 1, 0, 1])))
parts = {"x_train": np.zeros((2, 3, 3), "uint8"), "y_train": np.array([0, 1])}
write("npz", "images", npz(**parts, x_test=np.ones((1, 3, 3), "uint8"), y_test=np.array([1])))
write("npz", "words", npz(x=np.zeros((2, 1)), y=np.array(["a", "b"])))
write("npz", "fortran.npy", npy(np.asfortranarray(np.arange(6.0).reshape(2, 3))))
write("npz", "half.npy", npy(np.arange(2, dtype="float16")))
write("npz", "big.npy", npy(np.arange(4, dtype=">i8").reshape(2, 2)))
write("npz", "objects.npy", npy(np.array([None, 1], dtype=object)))
head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776, 1099511627776), }"
write("npz", "huge.npy", b"\x93NUMPY\x01\x00\x76\x00" + head.ljust(117) + b"\n")
write("npz", "cut.npy", npy(np.arange(4.0))[:-3])

table = b"y,b\n1,2\n3,4\n5,6\n"
write("archive", "table.gz", gzip.compress(table, mtime=0))
write("archive", "zeros.gz", gzip.compress(bytes(1 << 20), mtime=0))
write("archive", "cut.gz", gzip.compress(table, mtime=0)[:-6])
write("archive", "plain", table)
out = io.BytesIO()
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr(zipfile.ZipInfo("table.csv"), table)
write("archive", "table.zip", out.getvalue())
write("archive", "two.zip", out.getvalue()[:40] + out.getvalue())
write("archive", "zstd", b"\x28\xb5\x2f\xfd\x24\x10\x81\x00\x00" + table + b"\x8d\x27\x9d\x5e")
idx = b"\x00\x00\x08\x03\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x02\x01\x02\x03\x04"
write("archive", "idx.gz", gzip.compress(idx, mtime=0))
