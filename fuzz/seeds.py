"""Writes the first texts of the corpus, and the dictionary, from the pages and the tests.

    python fuzz/seeds.py FOLDER

Each example of the reference, each file of docs/examples, each session of the pages, each script of tests/messages and
each string of the language's tests becomes a file, named by its hash. The dictionary has all names of the reference.
"""

import ast
import hashlib
import pathlib
import re
import sys

root = pathlib.Path(__file__).parent.parent
folder = pathlib.Path(sys.argv[1])
texts = set()

for page in [*root.glob("docs/reference/*.md"), root / "docs/language.md", root / "README.md"]:
    text = page.read_text()
    blocks = re.findall(r"```(?:relume)?\n(.*?)```", text, re.S)
    blocks += ["\n".join(line[4:] for line in block.splitlines()) for block in re.findall(r"(?:^    .*\n)+", text, re.M)]
    for block in blocks:
        # Of a session, what is typed.
        typed = re.sub(r"^> ", "", "\n".join(re.findall(r"^> .*", block, re.M)), flags=re.M)
        texts.add(typed or block)
        texts.update((typed or block).splitlines())

texts.update(file.read_text() for file in root.glob("docs/examples/*.relume"))
for file in root.glob("tests/messages/*.relume"):
    texts.update(file.read_text().split("\n\n"))
for file in root.glob("crates/repl/tests/*.rs"):
    for literal in re.findall(r'"(?:[^"\\]|\\.)*"', file.read_text()):
        try:
            texts.add(ast.literal_eval(literal.replace("\\\n", "")))
        except (SyntaxError, ValueError):
            pass

folder.mkdir(parents=True, exist_ok=True)
for text in texts:
    if text.strip() and len(text) <= 4096:
        name = hashlib.sha1(text.encode()).hexdigest()
        (folder / name).write_text(text)

names = set()
for page in root.glob("docs/reference/*.md"):
    names.update(re.findall(r"^### `?([a-z0-9_]+)`?", page.read_text(), re.M))
    names.update(re.findall(r"\| `([a-z][a-z0-9_]*)`", page.read_text()))
signs = ["->", "..", "**", "+=", "==", "!=", "<=", " on ", " to ", ".train", ".layers[", "f\\\"{", "}", "input(4) -> "]
lines = [f'"{name}"' for name in [*sorted(names), *signs]]
(root / "fuzz/relume.dict").write_text("\n".join(lines) + "\n")
