"""Who and what the demo network is made of: names, rates, reasons; no logic."""

from typing import NamedTuple


class EventPlan(NamedTuple):
    """An event's rates: fixed parts in the offer's currency, percentages of the sale."""

    name: str = "Base"
    payout_fixed: str = "0"
    payout_percent: str = "0"
    revenue_fixed: str = "0"
    revenue_percent: str = "0"


class OfferPlan(NamedTuple):
    name: str
    advertiser: str
    currency: str
    events: tuple[EventPlan, ...]
    # A typical sale in the offer's currency; 0 where nothing is sold.
    sale: int = 0
    paused: bool = False


def cpa(name: str, payout: str, revenue: str) -> EventPlan:
    return EventPlan(name, payout_fixed=payout, revenue_fixed=revenue)


def cps(name: str, payout: str, revenue: str) -> EventPlan:
    return EventPlan(name, payout_percent=payout, revenue_percent=revenue)


ADVERTISERS = (
    "Nordlicht Energie", "Hausbank Direkt", "Kite Mobile", "Farn & Feder", "Solvana Solar",
    "Brightside Insurance", "Trailhead Outdoor", "Pawsome Pets", "Lumen Learning",
    "Velora Fashion", "Greenbasket", "Cartera Broker",
)  # fmt: skip

# The first two have the demo's sign-ins.
PARTNERS = (
    "Clickwell Media", "Mailhafen", "Vergleichsfuchs", "Bonusbiene", "Dealradar", "AdRiver",
    "Newsdesk Affiliate", "Topliste 24", "Couponista", "Pfennigfuchs", "Blue Harbor Network",
    "Leadwerk", "Stadtkind Blog", "Reiselupe", "Funkhaus Performance", "Sparstrumpf",
)  # fmt: skip

BASE = "Base"
OFFERS = (
    OfferPlan(
        "Green power contract",
        "Nordlicht Energie",
        "EUR",
        (cpa(BASE, "38", "55"), cpa("Meter reading sent", "4.5", "6")),
    ),
    OfferPlan("Gas contract, 24 months", "Nordlicht Energie", "EUR", (cpa(BASE, "44", "62"),)),
    OfferPlan(
        "Current account",
        "Hausbank Direkt",
        "EUR",
        (
            cpa(BASE, "25", "40"),
            cpa("Salary arrives", "30", "45"),
            cpa("First card payment", "5", "8"),
        ),
    ),
    OfferPlan("Instalment loan", "Hausbank Direkt", "EUR", (cps(BASE, "0.9", "1.4"),), sale=9_500),
    OfferPlan(
        "SIM-only plan", "Kite Mobile", "GBP", (cpa(BASE, "18", "27.5"), cpa("Top-up", "1.2", "2"))
    ),
    OfferPlan("Phone with contract", "Kite Mobile", "GBP", (cpa(BASE, "52", "74"),)),
    OfferPlan("Garden shop", "Farn & Feder", "EUR", (cps(BASE, "8", "11"),), sale=74),
    OfferPlan(
        "Feather duvets",
        "Farn & Feder",
        "EUR",
        (EventPlan(BASE, "2", "6", "3", "9"),),
        sale=129,
    ),
    OfferPlan("Roof solar: appointment", "Solvana Solar", "EUR", (cpa(BASE, "85", "120"),)),
    OfferPlan("Balcony solar kit", "Solvana Solar", "EUR", (cps(BASE, "5", "7.5"),), sale=549),
    OfferPlan(
        "Car insurance quote",
        "Brightside Insurance",
        "USD",
        (cpa(BASE, "6.5", "9.75"), cpa("Policy bound", "48", "70")),
    ),
    OfferPlan("Pet insurance", "Brightside Insurance", "USD", (cpa(BASE, "31", "44"),)),
    OfferPlan("Trailhead shop US", "Trailhead Outdoor", "USD", (cps(BASE, "7", "10"),), sale=118),
    OfferPlan("Trailhead shop EU", "Trailhead Outdoor", "EUR", (cps(BASE, "7", "10"),), sale=109),
    OfferPlan(
        "Food box subscription",
        "Pawsome Pets",
        "GBP",
        (EventPlan(BASE, "9", "4", "12", "6"), cps("Renewal", "3", "5")),
        sale=39,
    ),
    OfferPlan(
        "Language course",
        "Lumen Learning",
        "USD",
        (cpa("Base", "2", "3"), cps("Purchase", "25", "35")),
        sale=89,
    ),
    OfferPlan("Velora women", "Velora Fashion", "EUR", (cps(BASE, "9", "13"),), sale=96),
    OfferPlan("Velora men", "Velora Fashion", "EUR", (cps(BASE, "9", "13"),), sale=84),
    OfferPlan("Velora app install", "Velora Fashion", "EUR", (cpa(BASE, "1.4", "2.1"),)),
    OfferPlan(
        "First grocery order",
        "Greenbasket",
        "CHF",
        (EventPlan(BASE, payout_fixed="7", revenue_fixed="4", revenue_percent="6"),),
        sale=92,
    ),
    OfferPlan("Depot account", "Cartera Broker", "EUR", (cpa(BASE, "60", "90"),)),
    OfferPlan(
        "Savings plan",
        "Cartera Broker",
        "EUR",
        (cpa(BASE, "22", "35"), cpa("First trade", "15", "21")),
        paused=True,
    ),
)

CAMPAIGNS = (
    ("Solar advice, Germany", "Solvana Solar"),
    ("Heat pump check", "Nordlicht Energie"),
    ("Car insurance, California", "Brightside Insurance"),
    ("Pension consultation", "Hausbank Direkt"),
)

REASONS = (
    ("cancelled", "The customer cancelled"),
    ("returned", "The goods were returned"),
    ("duplicate_order", "The order came twice"),
    ("not_paid", "The customer did not pay"),
    ("fraud", "Fraud"),
    ("test_order", "A test order"),
    ("existing_customer", "Already a customer"),
    ("outside_terms", "Against the offer's terms"),
)

SOURCES = ("search", "newsletter", "cashback", "comparison", "blog", "social", "push", "display")
PLACEMENTS = ("header", "sidebar", "top-3", "article", "footer", "popup", "deal-page", "story")
DEVICES = ("mobile", "mobile", "mobile", "desktop", "desktop", "tablet")
COUNTRIES = {"EUR": ("DE", "DE", "DE", "AT", "NL", "FR"), "GBP": ("GB",), "USD": ("US", "US", "CA"),
             "CHF": ("CH",)}  # fmt: skip
