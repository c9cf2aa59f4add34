"""The HTTP APIs put together: /v1, in the shapes of Everflow's, and /api/v4 with its sign-in."""

from batches.api import reading as batches
from batches.api import sending
from conversions.api import adding, affiliates, reading, writes
from convertr.http_api import me, sign_in, timezones
from convertr.http_api.api import FormParser, make_api
from convertr.http_api.docs import RULES, V4_RULES
from convertr.jobs import api as jobs
from convertr.network import api as network
from leads.api import acts, bringing, catalogue, exporting
from leads.api import jobs as lead_jobs
from leads.api import reading as leads
from leads.api.incoming import InvalidLeads
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

v4 = make_api(
    title="Convertr leads",
    version="4",
    description=V4_RULES,
    urls_namespace="v4",
    openapi_url="/v4/openapi.json",
    docs_url="/v4/docs",
    parser=FormParser(),
)
v4.add_exception_handler(InvalidLeads, bringing.invalid)
v4.add_router("", sign_in.router)
# One address in one router: the same one reads leads and takes them in.
for module in (bringing, leads, acts, catalogue, exporting, batches, sending):
    v4.add_router("/v4", module.router)
v4.add_router("/v4/jobs", lead_jobs.router)
