"""`python -m tests.chaos --seed N --minutes M` or `--rounds R`: see docs/reliability.md."""

import argparse
import contextlib
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from convertr import children, supervisor
from tests.chaos.product import Product, prepare_environment
from tests.chaos.sinks import Sinks

# What breaks one sentence in one round is told so far.
MOST_TOLD = 5
# The exit code of a run that was asked to stop.
STOPPED = 130


def main():
    options = _options()
    print(f"seed {options.seed}", flush=True)
    supervisor.stop_on_signals()
    with _folder(options.keep) as folder, children.guarded():
        prepare_environment(folder)
        sinks = Sinks(folder)
        os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{sinks.lines['smtp'].port}"
        product = Product(folder)
        try:
            return _play(product, sinks, options)
        except supervisor.StopRequestedError:
            print("Stopped.")
            return STOPPED
        finally:
            product.stop()
            sinks.stop()


@contextlib.contextmanager
def _folder(kept):
    """Where all is stored: gone afterwards, unless its name was given."""
    if kept:
        kept.mkdir(parents=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="convertr-chaos-") as folder:
        yield Path(folder)


def _options():
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--minutes", type=float, default=10.0, help="of rounds; the start is extra")
    parser.add_argument("--rounds", type=int, default=1_000_000, help="at most")
    parser.add_argument("--keep", type=Path, help="a new folder that stays, with all logs")
    return parser.parse_args()


def _play(product, sinks, options):
    import django

    began = time.monotonic()
    product.start_servers()
    django.setup()
    for name in ("urllib3", "psycopg.pool", "django", "celery", "asyncssh", "mail.log"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    from tests.chaos import figures
    from tests.chaos.rounds import play
    from tests.chaos.world import CONVERSIONS, LEADS, World

    product.manage("migrate", "--verbosity", "0")
    product.manage("seed_demo", "--conversions", str(CONVERSIONS), "--leads", str(LEADS))
    seeded = time.monotonic() - began
    product.start()
    world = World(product, sinks)
    took = time.monotonic() - began
    print(f"started in {took:.0f} s, {seeded:.0f} of them for the data", flush=True)
    rounds = []
    until = time.monotonic() + 60 * options.minutes
    while len(rounds) < options.rounds and time.monotonic() < until:
        rounds.append(play(len(rounds) + 1, options.seed, world, product))
        _tell_round(rounds[-1], options.seed)
    return _tell_all(rounds, product, figures.of(world))


def _tell_round(played, seed):
    print(
        f"round {played.number}: {played.seconds:.1f} s ({played.rested:.1f} s to rest);"
        f" {', '.join(played.flows)}; faults: {', '.join(played.faults)}",
        flush=True,
    )
    if played.violations:
        print("".join(f"    {flow}: {what}\n" for flow, what, _status in played.errors), end="")
    for sentence, broken in played.violations:
        print(f"  VIOLATION (seed {seed}, round {played.number}): {sentence}", flush=True)
        print("".join(f"      {line[:500]}\n" for line in broken[:MOST_TOLD]), end="", flush=True)


def _tell_all(rounds, product, done):
    violations = sum(len(one.violations) for one in rounds)
    print(f"rounds: {len(rounds)}")
    print(f"faults: {_by_kind(rounds, 'faults')}")
    print(f"operations: {_by_kind(rounds, 'flows')}")
    print(f"ended alone: {dict(Counter(product.ended_alone))}")
    print("\n".join(done))
    print(f"violations: {violations}", flush=True)
    return 1 if violations else 0


def _by_kind(rounds, what):
    counted = Counter(name for one in rounds for name in getattr(one, what))
    return f"{counted.total()} ({', '.join(f'{k} {n}' for k, n in sorted(counted.items()))})"


if __name__ == "__main__":
    sys.exit(main())
