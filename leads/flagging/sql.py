"""What acts look at and write of a lead, as SQL."""

from leads import rules
from leads.rules import ACTS, Act

# The columns that acts write, with their types.
COLUMNS = {
    "status": "varchar",
    "flagged": "boolean",
    "reason_code": "varchar",
    "own_reason": "varchar",
    "reason_category": "varchar",
    "comment": "text",
    "delivered": "boolean",
    "undelivered": "boolean",
    "first_delivered_at": "timestamptz",
    "replacement": "varchar",
    "replacement_comment": "text",
    "deleted_at": "timestamptz",
}
# No column: the ids of the integrations that it is queued to in its present round, ascending.
QUEUED = "queued"
FLAGGING = (
    "status", "flagged", "reason_code", "own_reason", "reason_category", "comment",
)  # fmt: skip
WRITES: dict[Act, tuple[str, ...]] = {
    Act.VALID: (*FLAGGING, "undelivered", QUEUED),
    Act.INVALID: (*FLAGGING, QUEUED),
    Act.TEST: (*FLAGGING, QUEUED),
    Act.DELIVERED: ("delivered", "undelivered", "first_delivered_at", QUEUED),
    Act.UNDELIVERED: ("delivered", "undelivered", QUEUED),
    Act.REPLACEMENT: ("replacement", "replacement_comment"),
    Act.NO_REPLACEMENT: ("replacement", "replacement_comment"),
    Act.REPROCESS: (),
    Act.DELETE: ("deleted_at", QUEUED),
}
# OFFSET 0: looked up by lead. The planner would else go through an index of what is open, once an
# integration for each lead.
QUEUED_TO = """ARRAY(
    SELECT d.integration FROM (
        SELECT integration, state FROM leads_leaddelivery
        WHERE lead_id = l.id AND round = l.round OFFSET 0
    ) d WHERE d.state = 'queued' ORDER BY 1
)"""
SENDING = """EXISTS (
    SELECT FROM leads_leaddelivery d WHERE d.lead_id = l.id AND d.state = 'sending'
)"""
# When each refusal is true of a lead `l`.
REFUSED_WHEN = {
    rules.ERASED: "l.erased_at IS NOT NULL",
    rules.BEING_SENT: SENDING,
    rules.DELIVERED: "l.delivered",
    rules.ALREADY_DELIVERED: "l.delivered",
    rules.NOT_VALID: "l.status <> 'valid'",
    rules.NOT_DELIVERED: "NOT l.delivered",
}


def refusal(act: Act) -> str:
    """SQL of the code of why a lead `l` is left alone by an act; NULL where it isn't."""
    refuses = (rules.ERASED, *ACTS[act].refuses)
    cases = " ".join(f"WHEN {REFUSED_WHEN[code]} THEN '{code}'" for code in refuses)
    return f"CASE {cases} END"


def present(names: tuple[str, ...]) -> str:
    """SQL of what a lead `l` has of these columns, as JSON."""
    pairs = ", ".join(
        f"'{name}', {f'to_jsonb({QUEUED_TO})' if name == QUEUED else f'to_jsonb(l.{name})'}"
        for name in names
    )
    return f"jsonb_build_object({pairs})"


# What an act makes of a lead; `b` is what it had (JSON), `given` what Confirm was given.
_NOTHING_QUEUED = "'queued', '[]'::jsonb"
_REASONS = "'flagged', true) || %(given)s::jsonb"
_AFTER: dict[Act, str] = {
    # Ticked integrations of the lead's own campaign; without a word about them, the queue stays.
    Act.VALID: f"""jsonb_build_object('status', 'valid', {_REASONS} || CASE
        WHEN %(integrations)s::jsonb IS NULL THEN
            jsonb_build_object('queued', {{b}}->'queued', 'undelivered', {{b}}->'undelivered')
        WHEN %(integrations)s::jsonb ? {{campaign}}::text THEN jsonb_build_object(
            'queued', %(integrations)s::jsonb->{{campaign}}::text, 'undelivered', false)
        ELSE jsonb_build_object('queued', '[]'::jsonb, 'undelivered', {{b}}->'undelivered') END""",
    Act.INVALID: f"jsonb_build_object('status', 'invalid', {_NOTHING_QUEUED}, {_REASONS}",
    Act.TEST: f"jsonb_build_object('status', 'test', {_NOTHING_QUEUED}, {_REASONS}",
    Act.DELIVERED: f"""jsonb_build_object('delivered', true, 'undelivered', false,
        {_NOTHING_QUEUED}, 'first_delivered_at', CASE
            WHEN {{b}}->'first_delivered_at' = 'null'::jsonb THEN to_jsonb(now())
            ELSE {{b}}->'first_delivered_at' END)""",
    Act.UNDELIVERED: (
        f"jsonb_build_object('delivered', false, 'undelivered', true, {_NOTHING_QUEUED})"
    ),
    Act.REPLACEMENT: "jsonb_build_object('replacement', 'replacement') || %(given)s::jsonb",
    Act.NO_REPLACEMENT: "jsonb_build_object('replacement', 'none') || %(given)s::jsonb",
    Act.DELETE: f"jsonb_build_object('deleted_at', to_jsonb(now()), {_NOTHING_QUEUED})",
}


def after(act: Act, *, before: str, campaign: str) -> str:
    """SQL of what an act makes of a lead, as JSON of the columns that it writes.

    Parameters of the statement: `given` and `integrations`, as `options.Given` has them.
    """
    return _AFTER[act].format(b=before, campaign=campaign)
