"""The HTTP APIs put together: /v1, in the shapes of Everflow's."""

from conversions.api import adding, affiliates, reading, writes
from convertr.http_api import me, timezones
from convertr.http_api.api import make_api
from convertr.http_api.docs import RULES
from convertr.jobs import api as jobs
from convertr.network import api as network
from requests_workflow.api import calls as requests

v1 = make_api(
    title="Convertr",
    version="1",
    description=RULES,
    urls_namespace="v1",
)
# Before the others: /conversions/summary is no conversion's ID.
v1.add_router("/networks/reporting", reading.reports)
v1.add_router("/networks/reporting", writes.router)
# After them: a transaction's ID may hold slashes.
v1.add_router("/networks/reporting", writes.singles)
v1.add_router("/networks", adding.router)
v1.add_router("/affiliates/reporting", affiliates.router)
v1.add_router("/networks", network.router)
v1.add_router("/meta", timezones.router)
v1.add_router("/conversion-requests", requests.router)
v1.add_router("/jobs", jobs.router)
v1.add_router("", me.router)
