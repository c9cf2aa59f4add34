"""What people and programs do in a round: a flow takes a `Turn`, and may break off anywhere."""

from tests.chaos.flows import conversions

FLOWS = {
    "status CSV": conversions.status_csv,
}
