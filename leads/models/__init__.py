"""Leads, what campaigns ask of them, what was said of them, and where they go (leads.md)."""

from leads.models.kept import ExportTemplate, KeptSearch
from leads.models.lead import LONGEST_COMMENT, LONGEST_REASON, Lead, LeadEvent
from leads.models.of_lead import Erasing, Fingerprint, FingerprintLock, LeadDelivery, LeadRun
from leads.models.setup import (
    FIELD_NAME,
    CampaignField,
    Entry,
    Flag,
    FlagReason,
    FlagReasonCategory,
    ProcessorJob,
    ValueTransform,
)

__all__ = [
    "FIELD_NAME",
    "LONGEST_COMMENT",
    "LONGEST_REASON",
    "CampaignField",
    "Entry",
    "Erasing",
    "ExportTemplate",
    "Fingerprint",
    "FingerprintLock",
    "Flag",
    "FlagReason",
    "FlagReasonCategory",
    "KeptSearch",
    "Lead",
    "LeadDelivery",
    "LeadEvent",
    "LeadRun",
    "ProcessorJob",
    "ValueTransform",
]
