"""What people keep of a list: their columns, and views of it under a name."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.ui.lists.definition import List, known
from convertr.ui.models import ListColumns, SavedView

VIEWS_MAX = 100
QUERY_MAX = 4_000


def save_columns(*, actor: User, list_class: type[List], columns: Sequence[str]) -> None:
    """Keep the person's columns in this order; unknown names are left out."""
    chosen = known(columns, list_class.columns_for(actor))
    if not chosen:
        raise DomainError("no_columns", _("Choose at least one column."))
    ListColumns.objects.update_or_create(
        user=actor, list_name=list_class.name, defaults={"columns": chosen}
    )


def reset_columns(*, actor: User, list_class: type[List]) -> None:
    """Show the list's own columns again."""
    ListColumns.objects.filter(user=actor, list_name=list_class.name).delete()


def views_for(user: User, list_class: type[List]) -> QuerySet[SavedView]:
    """One's own views and those shared by one's own side.

    What staff share stays among staff, what a partner's people share among them: the words of a
    view's name and filters may tell what the other side must not see.
    """
    side = Q(user__partner=user.partner_id) if user.is_partner else Q(user__partner=None)
    views = SavedView.objects.filter(list_name=list_class.name)
    return views.filter(Q(user=user) | Q(side, shared=True)).select_related("user")


def save_view(
    *, actor: User, list_class: type[List], name: str, query: QueryDict, shared: bool
) -> SavedView:
    """Keep the list as it is under a name; one's own view of that name is replaced."""
    name, text = name.replace("\0", "").strip(), query.urlencode()
    if not 0 < len(name) <= 80:
        raise DomainError("view_name", _("Give the view a name of at most 80 letters."))
    if len(text) > QUERY_MAX:
        raise DomainError("view_too_long", _("These filters are too long to be kept as a view."))
    mine = SavedView.objects.filter(user=actor, list_name=list_class.name)
    if mine.exclude(name=name).count() >= VIEWS_MAX:
        raise DomainError("too_many_views", _("Delete a view before you save another."))
    view, _made = mine.update_or_create(
        user=actor,
        list_name=list_class.name,
        name=name,
        defaults={"query": text, "shared": shared},
    )
    return view


def delete_view(*, actor: User, list_class: type[List], view_id: int) -> None:
    """Forget one of one's own views; SavedView.DoesNotExist for anyone else's."""
    SavedView.objects.get(pk=view_id, user=actor, list_name=list_class.name).delete()
