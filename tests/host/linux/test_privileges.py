"""With how little the Linux backend gets by, and what it says when that is too little."""

import pytest

from host.namespace import (
    NET_ADMIN_ONLY,
    NO_CAPABILITY,
    NOBODY,
    OPEN_DRIVER,
    PLAIN_USER,
    SHOWN,
    in_namespace,
    shared_python,
)

pytestmark = pytest.mark.interop

OPEN_AND_APPLY = """
device = host.open("auto", Kind.TUN)
problems = host.apply(device.name, Wanted(address, 65535)).problems
status = open("/proc/self/status").read()
effective = int(status.split("CapEff:")[1].split()[0], 16)
say([os.getuid(), effective, len(problems), addresses(device.name), "200::/7" in routes(device.name)])
"""
PREPARED = f"{OPEN_DRIVER} && ip tuntap add mesh0 mode tun user {NOBODY}"


@pytest.fixture(scope="module")
def anyone():
    """Keywords for `in_namespace`, from what root prepares: any user may run Python and the node."""
    with shared_python() as (mounts, python, path):
        yield lambda before: {"before": f"{mounts} && {before}", "python": python, "path": path}


def test_capability_to_administer_the_network_is_all_that_it_takes(anyone):
    seen = in_namespace(OPEN_AND_APPLY, *NET_ADMIN_ONLY, **anyone(OPEN_DRIVER))
    assert seen == [NOBODY, 1 << 12, 0, [[SHOWN, 7]], True]


def test_plain_user_is_enough_in_a_user_namespace(anyone):
    seen = in_namespace(
        OPEN_AND_APPLY, *PLAIN_USER, "unshare", "--user", "--map-root-user", "--net", **anyone(OPEN_DRIVER)
    )
    assert seen[0] == 0  # in there
    assert seen[2:] == [0, [[SHOWN, 7]], True]


def test_device_made_and_configured_beforehand_needs_no_privilege(anyone):
    ready = f"{PREPARED} && ip link set mesh0 mtu 1400 up && ip -6 address add {SHOWN}/7 dev mesh0"
    seen = in_namespace(
        """
device = host.open("mesh0")
applied = host.apply("mesh0", wanted)
say([os.getuid(), applied.mtu, applied.problems, host.observe("mesh0").meets(wanted)])
""",
        *NO_CAPABILITY,
        **anyone(ready),
    )
    assert seen == [NOBODY, 1400, [], True]


def test_what_was_not_configured_beforehand_is_a_problem_if_it_works_without(anyone):
    ready = (
        f"{PREPARED} && ip link set mesh0 mtu 1300 up && ip -6 address add {SHOWN}/7 dev mesh0"
        " && ip -6 route del 200::/7 dev mesh0"
    )
    seen = in_namespace(
        """
device = host.open("mesh0")
applied = host.apply("mesh0", wanted)
say([applied.mtu, [[each.what, each.output, each.fix] for each in applied.problems]])
""",
        *NO_CAPABILITY,
        **anyone(ready),
    )
    refusal = "Operation not permitted"
    assert seen == [
        1300,
        [
            ["set MTU 1400", refusal, "run as root: ip link set mesh0 mtu 1400"],
            ["add route 200::/7", refusal, "run as root: ip -6 route add 200::/7 dev mesh0"],
        ],
    ]


@pytest.mark.parametrize(
    ("ready", "text"),
    [
        (
            "true",
            "the kernel refused to bring mesh0 up: Operation not permitted; run as root or grant CAP_NET_ADMIN",
        ),
        (
            "ip link set mesh0 mtu 1200 up",
            "the kernel refused to take mesh0 down: Operation not permitted; run as root or grant CAP_NET_ADMIN",
        ),
        (
            "ip link set mesh0 mtu 1400 up",
            f"the kernel refused to give mesh0 the address {SHOWN}/7: Operation not permitted; run as root or grant "
            f"CAP_NET_ADMIN, or prepare it: ip -6 address add {SHOWN}/7 dev mesh0",
        ),
    ],
)
def test_what_the_node_cannot_do_without_is_an_error_with_its_remedy(anyone, ready, text):
    seen = in_namespace(
        """
device = host.open("mesh0")
try:
    host.apply("mesh0", wanted)
except PermissionDeniedError as refusal:
    say(str(refusal))
""",
        *NO_CAPABILITY,
        **anyone(f"{PREPARED} && {ready}"),
    )
    assert seen == text


@pytest.mark.parametrize(
    ("ready", "text"),
    [
        (OPEN_DRIVER, "may not create the TUN device 'mesh0'; run as root or grant CAP_NET_ADMIN"),
        (
            f"{OPEN_DRIVER} && ip tuntap add mesh0 mode tun user 12345",
            "the TUN device 'mesh0' was made for another user; make it for this one: "
            f"ip tuntap add mesh0 mode tun user {NOBODY}",
        ),
        (
            f"{OPEN_DRIVER} && chmod 600 /dev/net/tun",
            "may not open /dev/net/tun; run as root, or let this user open it: chmod 0666 /dev/net/tun",
        ),
    ],
)
def test_device_that_this_user_may_not_have_is_an_error_with_its_remedy(anyone, ready, text):
    seen = in_namespace(
        """
try:
    host.open("mesh0")
except PermissionDeniedError as refusal:
    say(str(refusal))
""",
        *NO_CAPABILITY,
        **anyone(ready),
    )
    assert seen == text


def test_withdraw_without_privilege_tells_what_stays_and_cleanup_is_refused(anyone):
    ready = f"{PREPARED} && ip link set mesh0 mtu 1400 up && ip -6 address add {SHOWN}/7 dev mesh0"
    seen = in_namespace(
        """
(problem,) = host.withdraw("mesh0")
try:
    host.cleanup("mesh0")
except PermissionDeniedError as refusal:
    say([problem.what, problem.output, str(refusal), host.observe("mesh0").meets(wanted)])
""",
        *NO_CAPABILITY,
        **anyone(ready),
    )
    assert seen == [
        "take our address and route from mesh0",
        "Operation not permitted",
        "the kernel refused to take our address and route from mesh0: Operation not permitted; "
        "run as root or grant CAP_NET_ADMIN",
        True,
    ]


def test_cleanup_of_nothing_needs_no_privilege(anyone):
    assert in_namespace('say([host.cleanup("auto"), host.cleanup("mesh0")])', *NO_CAPABILITY, **anyone(PREPARED)) == [
        [],
        [],
    ]
