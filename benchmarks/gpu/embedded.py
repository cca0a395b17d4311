#!/usr/bin/env python3
"""embedded.py cut|fill LIBRARY MODEL: takes the embedded model's bytes out of a library (zeros in their place), or puts them back.

They are in the checkout a second time, as MODEL, and do not compress."""
import pathlib
import sys

verb, library, model = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
bytes_of_model, content = model.read_bytes(), library.read_bytes()
note = library.with_suffix(".model-at")
place = content.find(bytes_of_model) if verb == "cut" else int(note.read_text())
if place < 0:
    sys.exit(f"{library} does not hold {model}: was it built from this checkout?")
if verb == "fill" and content[place:place + len(bytes_of_model)].strip(b"\0"):
    sys.exit(f"{library} is filled already, or was cut with another {model}.")
replacement = bytes(len(bytes_of_model)) if verb == "cut" else bytes_of_model
note.write_text(str(place))
library.write_bytes(content[:place] + replacement + content[place + len(replacement):])
