#!/usr/bin/env python3
"""unpack_corpus.py SOURCE TARGET: unpacks each SOURCE/NAME.xz to TARGET/NAME unless it is there, all at once."""
import concurrent.futures
import lzma
import pathlib
import shutil
import sys

source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def unpack(packed):
    plain = target / packed.stem
    if plain.exists():
        return
    part = plain.with_suffix(".part")
    with lzma.open(packed) as data, open(part, "wb") as file:
        shutil.copyfileobj(data, file, 1 << 20)
    part.rename(plain)


target.mkdir(parents=True, exist_ok=True)
with concurrent.futures.ProcessPoolExecutor() as pool:
    list(pool.map(unpack, sorted(source.glob("*.xz"))))
