"""What people and programs do in a round: a flow takes a `Turn`, and may break off anywhere."""

from tests.chaos.flows import batches, conversions, leads, requests

# Each with how often it is chosen.
_CHOICES = (
    ("status CSV", conversions.status_csv, 3),
    ("undo", conversions.undo, 1),
    ("API statuses", conversions.api_statuses, 2),
    ("API amounts", conversions.api_amounts, 1),
    ("advertiser's postback", conversions.advertiser, 1),
    ("request for a change", requests.change, 1),
    ("request for a conversion", requests.create, 1),
    ("decisions", requests.decide, 2),
    ("import of requests", requests.file_of_requests, 1),
    ("import of decisions", requests.file_of_decisions, 1),
    ("lead intake", leads.intake, 3),
    ("wizard", leads.wizard, 2),
    ("flagging by API", leads.flag, 1),
    ("reprocess", leads.reprocess, 1),
    ("delivered by API", leads.deliver, 1),
    ("batch now", batches.batch_now, 2),
    ("batches due", batches.due, 3),
    ("stuck batch", batches.stuck, 1),
)
FLOWS = {name: flow for name, flow, _often in _CHOICES}
OFTEN = [often for _name, _flow, often in _CHOICES]
