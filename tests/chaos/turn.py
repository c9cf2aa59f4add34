"""One turn of a flow: its dice, the world that it acts in, and the ledger of what it is told."""

import csv
import io
import random
import re
import threading
import time
import uuid
from dataclasses import dataclass
from functools import partial

from django.db import InterfaceError, OperationalError, connection

from tests.chaos.ledger import Ledger
from tests.chaos.people import InterruptedCallError, answered
from tests.chaos.world import World

JOB = re.compile(rb'id="job-(\d+)"')
# A program that was cut asks again, with the same key, so often and with such pauses.
TRIES, PAUSE = 8, 0.6
UPLOADED = "chaos.csv"


@dataclass
class Turn:
    """What a flow is given."""

    name: str
    world: World
    ledger: Ledger
    dice: random.Random

    @property
    def door(self):
        """Either web server."""
        return self.dice.randrange(2)

    def chance(self, part):
        return self.dice.random() < part

    # --- acting -----------------------------------------------------------------------------------

    def act(self, act):
        """Whether it was done; what was interrupted goes to the ledger."""
        try:
            act()
        except InterruptedCallError as error:
            self.ledger.interrupted(self.name, error)
            return False
        return True

    def at_once(self, *acts):
        """Do these at the same moment; one that is interrupted keeps no other from going on."""
        gate = threading.Barrier(len(acts))

        def acting(act):
            gate.wait()
            self.act(act)

        threads = [threading.Thread(target=acting, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def ask(self, question):
        """Ask the database; while it is away, the turn is interrupted."""
        try:
            return question()
        except (OperationalError, InterfaceError) as error:
            raise InterruptedCallError("the database is away") from error
        finally:
            connection.close()

    # --- files ------------------------------------------------------------------------------------

    def verified(self, person, path, data):
        """The job that Verify of an uploaded file made; None where it was refused."""
        post = person.post_slowly if self.chance(0.3) else person.post
        answer = post(self.door, path, {"file": (UPLOADED, data, "text/csv")})
        where = answer.headers.get("Location", "").encode()
        found = JOB.search(answer.data) or re.search(rb"/jobs/(\d+)", where)
        if answer.status not in (200, 302) or found is None:
            return None
        self.ledger.told("jobs", int(found[1]))
        return int(found[1])

    def both(self, job, what, **fields):
        """Two people confirm (or undo …) a job at the same moment."""
        people = (self.world.agency, self.world.admin)
        acts = [partial(self._act_on, person, self.door, job, what, fields) for person in people]
        self.at_once(*acts)

    def _act_on(self, person, door, job, what, fields):
        signed = {"signature": person.name, **fields}
        answer = person.post(door, f"/v2/jobs/{job}/{what}", signed)
        if answer.status == 200:
            self.ledger.first(what, job)

    # --- calls ------------------------------------------------------------------------------------

    def call(self, program, method, path, body, made=None):
        """Call with an Idempotency-Key, again after a cut; the answer, None where there was none.

        `made(answer)` is what the answer says to have made: one thing, however often it is asked.
        """
        key = f"chaos-{uuid.UUID(int=self.dice.getrandbits(128))}"
        answer = None
        for _try in range(TRIES):
            try:
                answer = program.call(self.door, method, path, body, key=key)
            except InterruptedCallError as error:
                self.ledger.interrupted(self.name, error)
            else:
                if answer.status != 409 or b"still running" not in answer.data:
                    self._keep(key, answer, made)
                    # Some ask again although they were answered.
                    if not self.chance(0.15):
                        break
            time.sleep(PAUSE)
        return answer

    def report(self, path):
        """Call an address that needs no key, once."""
        door = self.world.doors[self.door]
        return answered(lambda: door.get(path), "GET /postback")

    def _keep(self, key, answer, made):
        if answer.status < 300:
            self.ledger.answered(key, made(answer) if made else answer.data)


def job_of(answer):
    """The job that a call of /v1 says to have made."""
    return int(answer.headers["X-Job-Id"])


def csv_of(header, rows):
    """The text of a CSV; `header` as "a,b"."""
    out = io.StringIO()
    csv.writer(out).writerows([header.split(","), *rows])
    return out.getvalue()
