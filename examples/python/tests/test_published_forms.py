"""The script published_forms.py runs, and all its forms agree."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

SCRIPT = Path(__file__).parents[1] / "published_forms.py"


def run(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def test_small_case(tmp_path):
    images = tmp_path / "images"
    header = b"".join(number.to_bytes(4, "big") for number in (0x803, 2, 3, 4))
    images.write_bytes(header + bytes(range(24)))
    for source in ("generated", str(images)):
        done = run("--images", source, "--rows", "3", "--blocks", "2", "--outputs", "5",
                   "--rounds", "2")
        assert done.returncode == 0, done.stdout
        assert done.stdout.count("W @ swapaxes(1, 2)") == 3
        assert done.stdout.count("np.kron(I, W) @ row") == 3


def test_bad_input(tmp_path):
    file = tmp_path / "not-images"
    file.write_bytes(bytes(16))
    assert "not an IDX file of images" in run("--images", str(file)).stdout
    assert run("--rows", "0").returncode == 2


def test_picture(tmp_path):
    picture = tmp_path / "forms.svg"
    done = subprocess.run([sys.executable, SCRIPT.with_name("forms_picture.py"), picture,
                           "--rows", "2", "--rounds", "2"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    texts = [node.text for node in ElementTree.parse(picture).iter() if node.tag.endswith("text")]
    assert "W @ swapaxes(1, 2)" in texts and "1.00" in texts
