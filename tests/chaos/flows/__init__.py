"""What people and programs do in a round: a flow takes a `Turn`, and may break off anywhere."""

from tests.chaos.flows import batches, conversions, leads, requests

FLOWS = {
    "status CSV": conversions.status_csv,
    "undo": conversions.undo,
    "API statuses": conversions.api_statuses,
    "API amounts": conversions.api_amounts,
    "advertiser's postback": conversions.advertiser,
    "request for a change": requests.change,
    "request for a conversion": requests.create,
    "decisions": requests.decide,
    "import of requests": requests.file_of_requests,
    "import of decisions": requests.file_of_decisions,
    "lead intake": leads.intake,
    "wizard": leads.wizard,
    "flagging by API": leads.flag,
    "reprocess": leads.reprocess,
    "delivered by API": leads.deliver,
    "batch now": batches.batch_now,
    "batches due": batches.due,
    "stuck batch": batches.stuck,
}
