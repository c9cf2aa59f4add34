"""All forms of an integration's page, as one: bound together, valid together."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from batches.configuring import SetUp
from batches.files import FileOptions
from batches.forms import file as file_form
from batches.forms import schedule as schedule_form
from batches.forms.columns import ColumnsForm, suggested
from batches.forms.destination import ASKED, DestinationForm, KindForm
from batches.forms.file import FileForm
from batches.forms.general import GeneralForm
from batches.forms.schedule import ScheduleForm
from batches.models import Credential, Integration
from batches.realtime.options import KIND as REALTIME
from batches.rules import Kind
from convertr.errors import DomainError
from convertr.network.models import Campaign

Stored = Mapping[str, Any]


def first_schedule(zone: str) -> dict[str, Any]:
    """Of a new integration: every working day in the morning."""
    return {"every": "weekdays", "weekdays": [0, 1, 2, 3, 4], "times": ["08:00"], "zone": zone}


class SetUpForm:
    """The sections of the page; only those that the type and the destination ask for count."""

    def __init__(
        self,
        data: QueryDict | None,
        *,
        campaign: Campaign,
        zone: str,
        integration: Integration | None = None,
    ) -> None:
        self.data, self.campaign, self.integration = data, campaign, integration
        self.zone = zone
        self.kept = list(Credential.objects.defer("ciphertext"))
        self.general = GeneralForm(
            data, now=integration.kind if integration else "", initial=self._general()
        )
        self.schedule = ScheduleForm(data, initial=schedule_form.initial_of(self._schedule()))
        self.columns = ColumnsForm(data, campaign=campaign, initial=self._pairs())
        self.file = FileForm(data, kept=self.kept, initial=self._file())
        self.to = KindForm(data, initial={"kind": self._stored_kind()})
        self.destinations = {kind: self._destination(kind) for kind in ASKED}

    # --- what it begins with ---

    def _general(self) -> dict[str, Any]:
        one = self.integration
        return {"label": one.label if one else "", "kind": one.kind if one else Kind.DEFAULT}

    def _schedule(self) -> dict[str, Any]:
        one = self.integration
        stored: dict[str, Any] = one.schedule if one else first_schedule(self.zone)
        return {**stored, "send_empty": bool(one and one.send_empty)}

    def _pairs(self) -> Any:
        return self.integration.fields if self.integration else suggested(self.campaign)

    def _file(self) -> dict[str, Any]:
        one = self.integration
        stored = one.file if one else FileOptions().stored()
        return {**file_form.initial_of(stored), "password": one.file_credential_id if one else ""}

    def _stored_kind(self) -> str:
        return str(self.integration.destination.get("kind", "")) if self.integration else "sftp"

    def _destination(self, kind: str) -> DestinationForm:
        """Bound where it is the one that was chosen; else as it was stored, or empty."""
        one, own = self.integration, kind == self._stored_kind()
        return DestinationForm(
            self.data if kind == self.chosen else None,
            kind=kind,
            kept=self.kept,
            stored=one.destination if one and own else {},
            credential=one.credential_id if one and own else None,
        )

    # --- what was entered ---

    @property
    def is_realtime(self) -> bool:
        kind = self.data.get("kind") if self.data is not None else self._general()["kind"]
        return kind == Kind.REALTIME

    @property
    def chosen(self) -> str:
        """The destination that was chosen, as it was entered."""
        if self.is_realtime:
            return REALTIME
        if self.data is None:
            return self._stored_kind()
        return self.data.get("to-kind", "")

    @property
    def destination(self) -> DestinationForm | None:
        """The form of the chosen destination; None for one that there isn't."""
        return self.destinations.get(self.chosen)

    @property
    def batch_destinations(self) -> list[tuple[str, DestinationForm]]:
        return [(kind, form) for kind, form in self.destinations.items() if kind != REALTIME]

    @property
    def realtime(self) -> DestinationForm:
        return self.destinations[REALTIME]

    def is_valid(self) -> bool:
        """All that counts is looked at, so that every error is told at once."""
        counted: list[forms.Form | ColumnsForm] = [self.general, self.columns]
        if not self.is_realtime:
            counted += [self.schedule, self.file, self.to]
        if self.destination is not None:
            counted.append(self.destination)
        valid = [one.is_valid() for one in counted]
        return all(valid) and self.destination is not None

    def wanted(self, *, host_key: str) -> SetUp:
        """What the services take; of a valid one."""
        assert self.destination is not None  # noqa: S101  a valid one has it
        batched = not self.is_realtime
        schedule, file = self.schedule, self.file
        one = self.integration
        resting = one.schedule if one else first_schedule(self.zone)
        return SetUp(
            label=self.general.cleaned_data["label"],
            kind=self.general.cleaned_data["kind"],
            schedule=schedule.schedule.stored() if batched and schedule.schedule else resting,
            send_empty=batched and schedule.cleaned_data["send_empty"],
            fields=self.columns.pairs,
            file=file.options.stored() if batched and file.options else FileOptions().stored(),
            file_credential=file.credential if batched else None,
            destination=self.destination.entered(),
            credential=self.destination.credential,
            host_key=host_key,
        )

    def refuse(self, refused: DomainError) -> None:
        """The service's error, in the section that it is about."""
        if refused.code.startswith("mapping_"):
            self.columns.error = str(refused)
        elif refused.code == "bad_file_credential":
            self.file.add_error("password", str(refused))
        elif refused.code in ("bad_label", "bad_type"):
            self.general.add_error("label" if refused.code == "bad_label" else "kind", str(refused))
        elif refused.code in ("changed_meanwhile", "gone") or self.destination is None:
            self.general.add_error(None, str(refused))
        else:
            self.destination.refuse(refused)

    @property
    def has_errors(self) -> bool:
        """Whether anything is to be mended; of one that was looked at."""
        batched = [] if self.is_realtime else [self.schedule, self.file, self.to]
        counted = [self.general, *batched, *filter(None, [self.destination])]
        return bool(self.columns.error) or any(one.errors for one in counted if one.is_bound)
