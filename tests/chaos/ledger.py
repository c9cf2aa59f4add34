"""What callers did and were told, so that the checker can hold the product to its word."""

import threading
from collections import Counter, defaultdict


class Ledger:
    """Filled by many threads in a round; only what was surely answered."""

    def __init__(self):
        self._lock = threading.Lock()
        # Ids that somebody was told of: "jobs", "leads", "requests", "batches".
        self.ids = defaultdict(set)
        # How often an act was answered as done: ("confirm", job), ("undo", job), ("decide", …).
        self.done = Counter()
        # By Idempotency-Key, each different answer that it had.
        self.answers = defaultdict(set)
        # What the server could not answer: (flow, what, status; None where the line broke).
        self.errors = []

    def told(self, kind, *ids):
        with self._lock:
            self.ids[kind].update(ids)

    def first(self, what, subject):
        with self._lock:
            self.done[what, subject] += 1

    def answered(self, key, answer):
        with self._lock:
            self.answers[key].add(answer)

    def interrupted(self, flow, error):
        with self._lock:
            self.errors.append((flow, str(error), error.status))
