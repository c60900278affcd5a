"""The package's version for scikit-build-core, read from the public header."""

import re
from pathlib import Path


def dynamic_metadata(settings, project):
    here = Path(__file__).parent
    folder = next(folder for folder in (here / "library", here.parents[1])
                  if (folder / "include").is_dir())
    header = (folder / "include" / "kron_eye.h").read_text(encoding="utf-8")
    parts = re.findall(r"define KRON_EYE_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header)
    return {"version": ".".join(parts)}
