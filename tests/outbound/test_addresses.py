"""Which addresses may be called."""

import pytest

from convertr.outbound.addresses import may_call, networks


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"],
)
def test_public_addresses_may_be_called(address):
    assert may_call(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.1.1", "100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd12::1", "ff02::1", "fec0::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "64:ff9b:1::1", "2001:0:7f00:1::1", "no address", "",
    ],
)  # fmt: skip
def test_others_may_not(address):
    assert not may_call(address)


METADATA = [
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16",
    "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::",
]  # fmt: skip


@pytest.mark.parametrize("address", METADATA)
def test_metadata_may_never_be_called(address):
    assert not may_call(address, networks(["0.0.0.0/0", "::/0"]))


def test_a_private_network_may_be_allowed():
    allowed = networks(["10.1.0.0/16", "fd12::/16", "127.0.0.1/8"])

    assert may_call("10.1.2.3", allowed)
    assert may_call("::ffff:10.1.2.3", allowed)
    assert may_call("fd12::5", allowed)
    assert may_call("127.9.9.9", allowed)
    assert not may_call("10.2.0.1", allowed)


def test_a_network_that_is_none_is_told():
    with pytest.raises(ValueError):
        networks(["10.0.0.0/8", "intranet"])
