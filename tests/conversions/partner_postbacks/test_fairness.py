"""Whose events are claimed next."""

from conversions.partner_postbacks.fairness import MOST_AHEAD, PER_HOST, Pace, Wish, share


def test_one_each_in_turn():
    wishes = [Wish(1, 1, "a"), Wish(2, 1, "b"), Wish(3, 2, "c")]

    assert share(wishes, hosts={}, partners={}, total=5) == {1: 2, 2: 2, 3: 1}


def test_a_host_gets_its_connections_however_many_postbacks_lead_there():
    wishes = [Wish(n, n, "a") for n in range(10)]

    assert share(wishes, hosts={}, partners={}, total=100) == {0: 1, 1: 1, 2: 1, 3: 1}
    assert share(wishes, hosts={"a": 0}, partners={}, total=100) == {}


def test_a_partner_gets_its_share_however_many_hosts_it_has():
    wishes = [Wish(n, 1, f"host{n}") for n in range(10)] + [Wish(99, 2, "other")]

    assert share(wishes, hosts={}, partners={1: 3}, total=100) == {0: 1, 1: 1, 2: 1, 99: 4}


def test_more_is_claimed_for_who_answers_fast():
    slow, fast = Pace(), Pace()
    assert slow.room == PER_HOST

    slow.learn(2.0)
    fast.learn(0.01)
    assert slow.room == PER_HOST
    assert fast.room == PER_HOST + 60
    fast.learn(0.0001)
    assert fast.room <= PER_HOST + MOST_AHEAD


def test_one_slow_answer_counts_at_once():
    pace = Pace()
    for _ in range(50):
        pace.learn(0.005)
    pace.learn(5)

    assert pace.room == PER_HOST
