"""What callers did and were told, so that the checker can hold the product to its word."""

import threading
from collections import Counter


class Ledger:
    """Filled by many threads; only what was surely answered, until the next round."""

    def __init__(self):
        self._lock = threading.Lock()
        # Ids that somebody was told of: "jobs", "leads", "requests", "batches".
        self.ids = {kind: set() for kind in ("jobs", "leads", "requests", "batches")}
        # How often a Confirm of a job, or a decision of a request's version, was answered as done.
        self.firsts = {kind: Counter() for kind in ("confirmed", "decided")}
        # By Idempotency-Key, each different answer that it had.
        self.answers = {}
        # What the server could not answer: (flow, what); `status` is None where the line broke.
        self.errors = []

    def told(self, kind, *ids):
        with self._lock:
            self.ids[kind].update(ids)

    def first(self, kind, what):
        with self._lock:
            self.firsts[kind][what] += 1

    def answered(self, key, answer):
        with self._lock:
            self.answers.setdefault(key, set()).add(answer)

    def interrupted(self, flow, error):
        with self._lock:
            self.errors.append((flow, str(error), error.status))
