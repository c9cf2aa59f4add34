"""What is there before the first round: demo data, people, keys, and where things are sent to."""

from tests.chaos.people import Door, Person, Program

CONVERSIONS, LEADS = 3_000, 300
# A round changes these many, so that its flows meet each other.
POOL = 400


class World:
    """Ids to choose from, and who acts."""

    def __init__(self, product):
        # Models can be imported once Django is set up.
        from conversions.models import Conversion

        self.doors = [Door(port) for port in product.ports]
        self.agency = Person(self.doors, "agency@demo.test", "Demo Agency")
        self.admin = Person(self.doors, "admin@demo.test", "Demo Admin")
        self._uuids = [str(one) for one in Conversion.objects.values_list("uuid", flat=True)]
        self.pool = self._uuids

    def begin_round(self, dice):
        self.pool = dice.sample(self._uuids, POOL)

    def some_conversions(self, dice, most):
        """UUIDs of this round's conversions."""
        return dice.sample(self.pool, dice.randint(1, most))
