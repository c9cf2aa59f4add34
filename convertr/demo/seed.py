"""The whole demo network, in the order in which its parts need each other."""

from typing import NamedTuple

from django.db import connection, transaction

from conversions.models import Conversion
from convertr.demo import batches, jobs, network, people, postbacks, requests
from convertr.demo import conversions as demo_conversions
from convertr.demo import leads as demo_leads
from leads.models import Lead


class Added(NamedTuple):
    conversions: int
    leads: int


def seed(*, conversions: int, leads: int = 0) -> Added:
    """Make what is missing; answers how much was added.

    Conversions and leads are topped up to the numbers wanted, so that a second run changes
    nothing.
    """
    with transaction.atomic():
        partners = network.make_partners()
        offers = network.make_offers(partners)
        network.make_campaigns()
        network.make_reasons()
        people.make_people(partners)
        postbacks.make_postbacks(partners)
    added = demo_conversions.top_up(offers, conversions)
    leads_added = demo_leads.top_up(leads)
    if added or leads_added:
        # The lists' counts and plans come from the planner's figures.
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {Conversion._meta.db_table}, {Lead._meta.db_table}")
    batches.make_batches()
    jobs.make_jobs()
    requests.make_requests()
    return Added(added, leads_added)
