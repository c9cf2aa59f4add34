"""The tabs of the modal, and who has which."""

from conversions.amounts_csv.tab import TAB as AMOUNTS
from conversions.csv_files.tabs import Tab
from conversions.locking.tab import TAB as LOCKS
from conversions.status_csv.tab import TAB as STATUS
from convertr.accounts.models import User

TABS = (STATUS, AMOUNTS, LOCKS)
BY_KEY = {tab.key: tab for tab in TABS}
BY_EXAMPLE = {example.name: (tab, example) for tab in TABS for example in tab.examples}


def tabs_for(user: User) -> list[Tab]:
    """The tabs that this person may use, in their order."""
    return [tab for tab in TABS if user.has_perm(tab.permission)]
