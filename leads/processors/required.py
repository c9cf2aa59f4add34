"""Required."""

from django.utils.translation import gettext_lazy as _

from leads.processors.base import Judged, Processor


class Required(Processor):
    name = "required"
    label = _("Required")
    help = _("The field has a value.")
    texts = {"value_missing": _("nothing is in the field")}

    def judge(self, lead: Judged) -> str | None:
        return None if lead.data.get(self.field, "").strip() else "value_missing"
