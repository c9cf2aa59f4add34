"""The whole demo network, in the order in which its parts need each other."""

from django.db import connection, transaction

from conversions.models import Conversion
from convertr.demo import conversions as demo_conversions
from convertr.demo import jobs, network, people, postbacks, requests


def seed(*, conversions: int) -> int:
    """Make what is missing; answers how many conversions were added.

    Conversions are topped up to the number wanted, so that a second run changes nothing.
    """
    with transaction.atomic():
        partners = network.make_partners()
        offers = network.make_offers(partners)
        network.make_campaigns()
        network.make_reasons()
        people.make_people(partners)
        postbacks.make_postbacks(partners)
    added = demo_conversions.top_up(offers, conversions)
    if added:
        # The lists' counts and plans come from the planner's figures.
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {Conversion._meta.db_table}")
    jobs.make_jobs()
    requests.make_requests()
    return added
