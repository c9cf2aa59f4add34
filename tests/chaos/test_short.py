"""make chaos for the better part of a minute: a part of make test, by the same seed each time."""

import re
import subprocess
import sys

from convertr.up import ROOT

SEED, MINUTES = 20261128, 0.6


def test_nothing_promised_is_broken_in_half_a_minute_of_faults():
    command = [sys.executable, "-W", "ignore", "-m", "tests.chaos"]
    options = ["--seed", str(SEED), "--minutes", str(MINUTES)]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"^rounds: (\d+)$", done.stdout, re.MULTILINE)[1]) >= 1
