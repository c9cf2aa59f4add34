"""The types of records, as OpenAPI tells them."""

from ninja import Schema
from pydantic import Field

from convertr.http_api.types import Paging


class OfferRef(Schema):
    network_offer_id: int
    network_id: int
    name: str
    offer_status: str
    currency_id: str


class NetworkOfferRef(OfferRef):
    network_advertiser_id: int


class AdvertiserRef(Schema):
    network_advertiser_id: int
    name: str


class AffiliateRef(Schema):
    network_affiliate_id: int
    name: str


class PartnerRelations(Schema):
    offer: OfferRef
    query_parameters: dict[str, str]


class Relations(Schema):
    offer: NetworkOfferRef
    advertiser: AdvertiserRef
    affiliate: AffiliateRef
    query_parameters: dict[str, str]


class _Record(Schema):
    conversion_id: str = Field(description="32 hexadecimal digits.")
    conversion_unix_timestamp: int
    click_unix_timestamp: int = Field(description="0 where the click is unknown.")
    status: str = Field(description="pending, approved, rejected, invalid or throttled.")
    revenue_type: str = Field(description="rpa, rps or rpa_rps.")
    revenue: float
    sale_amount: float = Field(description="0 where no sale amount was told.")
    currency_id: str = Field(description="The offer's currency, such as EUR.")
    transaction_id: str
    order_id: str
    click_id: str
    sub1: str
    sub2: str
    sub3: str
    sub4: str
    sub5: str
    sub6: str
    source_id: str
    is_event: bool
    event: str = Field(description="“Base”, or the event's name.")
    country: str
    device_type: str
    reason_code: str
    error_code: int = Field(description="The number of the reason for a rejection, else 0.")
    error_message: str = Field(description="The public text of that reason.")


class PartnerRecord(_Record):
    """A partner's own conversion; `revenue` is what the partner earns."""

    relationship: PartnerRelations


class NetworkRecord(_Record):
    """A conversion; amounts as they are stored, whatever the status."""

    payout_type: str = Field(description="cpa, cps or cpa_cps.")
    payout: float
    request_id: str = Field(description="The advertiser's own ID of the conversion.")
    adv1: str
    adv2: str
    adv3: str
    adv4: str
    adv5: str
    notes: str
    conversion_user_ip: str
    is_locked: bool = Field(description="Paid or invoiced: nothing of it changes.")
    relationship: Relations


class NetworkListing(Schema):
    conversions: list[NetworkRecord]
    paging: Paging


class PartnerListing(Schema):
    conversions: list[PartnerRecord]
    paging: Paging
