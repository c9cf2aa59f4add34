"""One turn of a flow: its dice, the world that it acts in, and the ledger of what it is told."""

import csv
import io
import random
import re
import threading
from dataclasses import dataclass
from functools import partial

from tests.chaos.ledger import Ledger
from tests.chaos.people import InterruptedCallError
from tests.chaos.world import World

JOB = re.compile(rb'id="job-(\d+)"')


@dataclass
class Turn:
    name: str
    world: World
    ledger: Ledger
    dice: random.Random

    @property
    def door(self):
        """Either web server."""
        return self.dice.randrange(2)

    def verified(self, person, path, data):
        """The job that Verify of an uploaded file made; None where it was refused."""
        answer = person.post(self.door, path, file=("chaos.csv", data, "text/csv"))
        found = JOB.search(answer.data)
        if answer.status != 200 or found is None:
            return None
        self.ledger.told("jobs", int(found[1]))
        return int(found[1])

    def both_confirm(self, job, **fields):
        """Two people confirm a job at the same moment."""
        path = f"/v2/jobs/{job}/confirm"
        people = (self.world.agency, self.world.admin)
        doors = [self.door for _person in people]

        def confirm(person, door):
            if person.post(door, path, **fields).status == 200:
                self.ledger.first("confirmed", job)

        self.at_once(*(partial(confirm, *pair) for pair in zip(people, doors, strict=True)))

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

    def act(self, act):
        """Whether it was done; what was interrupted goes to the ledger."""
        try:
            act()
        except InterruptedCallError as error:
            self.ledger.interrupted(self.name, error)
            return False
        return True


def csv_of(header, rows):
    """The text of a CSV; `header` as "a,b"."""
    out = io.StringIO()
    csv.writer(out).writerows([header.split(","), *rows])
    return out.getvalue()
