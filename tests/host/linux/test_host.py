"""The Linux backend against the real kernel, as root in network namespaces of its own."""

import pytest

from host.namespace import SHOWN, in_namespace

pytestmark = pytest.mark.interop


# --- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), [("TUN", "tun0"), ("TAP", "tap0")])
def test_device_is_there_while_it_is_open(kind, name):
    seen = in_namespace(f"""
def is_inherited(fd):
    try: return os.get_inheritable(fd)
    except OSError: return False  # the directory that was listed
device = host.open("auto", Kind.{kind})
during = interfaces()
inherited = [fd for fd in map(int, os.listdir("/proc/self/fd")) if fd > 2 and is_inherited(fd)]
device.close()
say([device.name, device.framing.value, during, inherited, interfaces()])
""")
    framing = {"TUN": "bare", "TAP": "ethernet"}[kind]
    assert seen == [name, framing, ["lo", name], [], ["lo"]]


def test_read_gets_what_the_host_sends_and_write_hands_it_over():
    seen = in_namespace("""
device = host.open("auto")
host.apply(device.name, Wanted(address, 65535))
own = socket.inet_ntop(socket.AF_INET6, address)
settle(device.name)
there = bytes.fromhex("02" + "22" * 15)
probe = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
probe.bind((own, 7))
probe.sendto(b"question", (socket.inet_ntop(socket.AF_INET6, there), 9))
packet = datagram(device)
header, source, dest, ports, rest = packet[:8], packet[8:24], packet[24:40], packet[40:44], packet[44:]
device.write(header + dest + source + ports[2:] + ports[:2] + rest)  # the same checksum: only places change
say([source == address, dest == there, probe.recvfrom(100)[0].decode()])
""")
    assert seen == [True, True, "question"]


def test_device_deleted_under_a_reader_is_an_error_not_a_wait():
    seen = in_namespace("""
device = host.open("mesh0")
def read():
    try: got.append(repr(device.read()))
    except OSError as error: got.append(errno.errorcode[error.errno])
got = []
reader = threading.Thread(target=read, daemon=True)
reader.start()
run("ip", "link", "del", "mesh0")
reader.join(10)
device.close()
say([got, host.observe("mesh0")])
""")
    assert seen == [["EBADFD"], None]


NONSENSE = """
NONSENSE = [b"", b"\\x60", bytes(40), b"\\xff" * 100, b"\\x60" + bytes(38), b"\\x60" + bytes(69_999)]
"""


def test_write_of_nonsense_is_refused_and_harms_nothing():
    """Each is an error of its own or taken and dropped; the next packet goes."""
    seen = in_namespace(f"""{NONSENSE}
device = host.open("mesh0")
def outcome(packet):
    try: device.write(packet)
    except OSError as error: return errno.errorcode[error.errno]
    return "taken"
down = outcome(b"\\x60" + bytes(39))
host.apply("mesh0", wanted)
say([down, [outcome(packet) for packet in NONSENSE], outcome(b"\\x60" + bytes(39))])
""")
    assert seen == ["EIO", ["EINVAL", "taken", "EINVAL", "EINVAL", "taken", "taken"], "taken"]


def test_core_counts_what_the_kernel_refuses_and_goes_on():
    seen = in_namespace(f"""{NONSENSE}
from everleaf import _core
device = host.open("mesh0")
host.apply("mesh0", wanted)
core = _core.Core(_core.Identity(bytes(32)))
core.attach_tun(device.detach(), 1400)
def counted(packet):
    before = core.counters()
    core.write_packet(packet)
    after = core.counters()
    return [name for name in ("packets_written", "dropped_tun_write") if after[name] > before[name]]
whole = counted(b"\\x60" + bytes(39))
refused = [counted(packet) for packet in NONSENSE]
run("ip", "link", "set", "mesh0", "down")
down = counted(b"\\x60" + bytes(39))
run("ip", "link", "set", "mesh0", "up")
say([whole, refused, down, counted(b"\\x60" + bytes(39)), [event.kind for event in core.recv()]])
core.stop()
""")
    written, dropped = ["packets_written"], ["dropped_tun_write"]
    assert seen == [written, [dropped, written, dropped, dropped, written, written], dropped, written, []]


@pytest.mark.parametrize(
    ("before", "name", "error", "words"),
    [
        (":", "sixteen-bytes-xx", "HostError", "longer than 15 bytes"),
        (":", "a/b", "HostError", "cannot be the name of an interface; use letters and digits"),
        (":", "lo", "HostError", "'lo' exists and is not a TUN device; set interface.name to another name"),
        ("ip tuntap add m0 mode tap", "m0", "HostError", "'m0' exists and is a TAP device, not a TUN device"),
        (
            "ip tuntap add m0 mode tun multi_queue",
            "m0",
            "HostError",
            "was made with multi_queue; delete it and make it",
        ),
        ("mount -t tmpfs none /dev/net", "m0", "HostError", "/dev/net/tun is missing; run: modprobe tun"),
    ],
)
def test_open_says_what_is_wrong(before, name, error, words):
    seen = in_namespace(
        f"""
try:
    host.open({name!r})
except NodeError as refusal:
    say([type(refusal).__name__, str(refusal)])
""",
        before=before,
    )
    assert seen[0] == error
    assert words in seen[1]


def test_open_names_who_holds_the_device():
    seen = in_namespace("""
held = host.open("mesh1")
try:
    host.open("mesh1")
except BusyError as refusal:
    say([str(refusal), open("/proc/self/comm").read().strip(), os.getpid()])
""")
    text, program, pid = seen
    assert text == f"the TUN device 'mesh1' is in use by {program} (pid {pid}); stop its user or set interface.name"


def test_open_names_the_missing_privilege():
    seen = in_namespace(
        """
try:
    host.open("mesh2")
except PermissionDeniedError as refusal:
    say(str(refusal))
""",
        "setpriv",
        "--bounding-set=-net_admin",
        "--inh-caps=-net_admin",
    )
    assert "grant CAP_NET_ADMIN" in seen


# --- the wanted state -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "ceiling"), [("TUN", 65535), ("TAP", 65521)])
def test_apply_gives_every_mtu_address_state_and_route_and_can_be_repeated(kind, ceiling):
    seen = in_namespace(f"""
device = host.open("auto", Kind.{kind})
granted = []
for mtu in (1280, host.mtu_ceiling(Kind.{kind}), 1500, 1500):
    applied = host.apply(device.name, Wanted(address, mtu))
    granted.append([applied.mtu, len(applied.problems)])
link = shown("link", "show", device.name)[0]
observed = host.observe(device.name)
ours = [each for each in addresses(device.name) if not each[0].startswith("fe80:")]
say([granted, "UP" in link["flags"], link["mtu"], ours, "200::/7" in routes(device.name),
     observed.meets(Wanted(address, 1500)), observed.mtu])
""")
    granted = [[1280, 0], [ceiling, 0], [1500, 0], [1500, 0]]
    assert seen == [granted, True, 1500, [[SHOWN, 7]], True, True, 1500]


LENGTH = """
def length(name):
    return json.loads(subprocess.check_output(["ip", "-j", "link", "show", name]))[0]["txqlen"]
"""


@pytest.mark.parametrize("kind", ["TUN", "TAP"])
def test_apply_lets_a_burst_wait_in_a_device_of_its_own(kind):
    """But for a length that somebody has chosen."""
    seen = in_namespace(f"""{LENGTH}
device = host.open("mesh0", Kind.{kind})
host.apply("mesh0", Wanted(address, 1280))
first = length("mesh0")
run("ip", "link", "set", "mesh0", "txqueuelen", "200")
host.apply("mesh0", Wanted(address, 1280))
say([first, length("mesh0")])
""")
    assert seen == [3000, 200]


def test_apply_leaves_the_length_of_a_device_made_beforehand():
    seen = in_namespace(f"""{LENGTH}
run("ip", "tuntap", "add", "mesh0", "mode", "tun")
before = length("mesh0")
device = host.open("mesh0")
host.apply("mesh0", wanted)
say(length("mesh0") == before)
""")
    assert seen is True


@pytest.mark.parametrize(("kind", "link_locals"), [("TUN", 0), ("TAP", 1)])
def test_only_a_tap_has_a_link_local_address(kind, link_locals):
    """Linux asks with it where the packet's source is on another interface; without one it would not ask at all."""
    seen = in_namespace(f"""
device = host.open("auto", Kind.{kind})
host.apply(device.name, Wanted(address, 1500))
say([each for each, _ in addresses(device.name) if each.startswith("fe80:")])
""")
    assert len(seen) == link_locals


def test_apply_says_that_no_kernel_carries_more_than_the_ceiling():
    """The ceiling is the kernel's own, not only ours."""
    seen = in_namespace("""
def refusal(kind):
    device = host.open("auto", kind)
    applied = host.apply(device.name, Wanted(address, host.mtu_ceiling(kind) + 1))
    return [applied.mtu, *[(each.what, each.output) for each in applied.problems]]
say([refusal(kind) for kind in Kind])
""")
    assert seen == [
        [1500, ["set MTU 65536", "Invalid argument"]],
        [1500, ["set MTU 65522", "Invalid argument"]],
    ]


def test_apply_brings_back_what_an_mtu_too_small_for_ipv6_took():
    """Linux forgets the addresses below 1280 and makes a link-local one of its own on the way back."""
    seen = in_namespace("""
device = host.open("mesh0")
host.apply("mesh0", wanted)
run("ip", "link", "set", "mesh0", "mtu", "1279")
without = [addresses("mesh0"), host.observe("mesh0").meets(wanted)]
applied = host.apply("mesh0", wanted)
say([without, [applied.mtu, len(applied.problems)], addresses("mesh0"), "200::/7" in routes("mesh0")])
""")
    assert seen == [[[], False], [1400, 0], [[SHOWN, 7]], True]


@pytest.mark.parametrize("kernel", ["this", "one before 4.20"])
def test_observe_shows_no_other_interface(kernel):
    """Older kernels do not know the option that makes them tell only what was asked for."""
    seen = in_namespace(f"""
from everleaf.host.abi import load
if {kernel!r} != "this": load("linux").constants["NETLINK_GET_STRICT_CHK"] = 9999
devices = [host.open(name) for name in ("mesh0", "mesh1")]
host.apply("mesh0", wanted)
for change in (["addrgenmode", "none"], ["up"]): run("ip", "link", "set", "mesh1", *change)
run("ip", "-6", "addr", "add", "fd00::1/64", "dev", "mesh1")
seen = [host.observe(name) for name in ("mesh0", "mesh1")]
say([[sorted(socket.inet_ntop(socket.AF_INET6, each) for each, _ in one.addresses), one.routed] for one in seen])
""")
    assert seen == [[[SHOWN], True], [["fd00::1"], False]]


@pytest.mark.parametrize(
    ("damage", "loss"),
    [
        ("link set mesh0 down", "up"),
        ("-6 addr flush dev mesh0", "addresses"),
        ("-6 route del 200::/7 dev mesh0", "routed"),
        ("link set mesh0 mtu 9000", "mtu"),
    ],
)
def test_observe_sees_each_damage_and_apply_repairs_it(damage, loss):
    seen = in_namespace(f"""
device = host.open("mesh0")
host.apply("mesh0", wanted)
good = host.observe("mesh0")
run("ip", *{damage.split()!r})
bad = host.observe("mesh0")
changed = [name for name in ("up", "mtu", "addresses", "routed") if getattr(bad, name) != getattr(good, name)]
say([changed, len(host.apply("mesh0", wanted).problems), host.observe("mesh0") == good])
""")
    changed, problems, repaired = seen
    assert loss in changed
    assert (problems, repaired) == (0, True)


def test_asking_twice_changes_nothing_and_says_so_of_a_route():
    seen = in_namespace("""
from everleaf.host.linux.interface import LinuxInterface
from everleaf.host.linux.netlink import Netlink
device = host.open("mesh0")
with Netlink() as netlink:
    interface = LinuxInterface.find(netlink, "mesh0")
    interface.no_link_local()
    interface.set_up()
    for _ in range(2): interface.add_address(address, 7)
    told = [addresses("mesh0")]
    told.append([interface.add_route().value for _ in range(2)])
    told.append([interface.delete_route().value for _ in range(3)])
    for _ in range(2): interface.delete_address(address, 7)
    say([*told, addresses("mesh0")])
""")
    assert seen == [[[SHOWN, 7]], ["done", "exists"], ["done", "done", "missing"], []]


def test_address_can_be_used_at_once_on_a_tap():
    """Nobody waits for a duplicate of it to answer."""
    seen = in_namespace("""
device = host.open("mesh0", Kind.TAP)
host.apply("mesh0", wanted)
(told,) = [each for row in shown("-6", "addr", "show", "dev", "mesh0") for each in row["addr_info"]
           if not each["local"].startswith("fe80:")]
say(told.get("tentative", False))
""")
    assert seen is False


def test_route_that_another_interface_has_is_a_problem_with_its_remedy():
    seen = in_namespace("""
device = host.open("mesh0")
host.apply("mesh0", wanted)
run("ip", "link", "add", "other0", "type", "veth", "peer", "name", "other1")
run("ip", "link", "set", "other1", "up")
run("ip", "link", "set", "other0", "up")
run("ip", "-6", "route", "add", "200::/7", "dev", "other0", "proto", "static")
run("ip", "-6", "route", "del", "200::/7", "dev", "mesh0")
(problem,) = host.apply("mesh0", wanted).problems
say([problem.what, problem.command, problem.output, problem.fix])
""")
    assert seen == [
        "add route 200::/7",
        "RTM_NEWROUTE 200::/7 dev mesh0",
        "File exists",
        "another interface has it; see: ip -6 route show 200::/7",
    ]


@pytest.mark.parametrize(("switch", "fix"), [("all", "all"), ("default", "default")])
def test_apply_says_which_switch_turned_ipv6_off(switch, fix):
    seen = in_namespace(
        """
device = host.open("mesh0")
try:
    host.apply("mesh0", wanted)
except HostError as refusal:
    say(str(refusal))
""",
        before=f"sysctl -qw net.ipv6.conf.{switch}.disable_ipv6=1",
    )
    assert seen == (
        f"IPv6 is off, so the kernel refused to add address {SHOWN}/7; "
        f"run: sysctl -w net.ipv6.conf.{fix}.disable_ipv6=0"
    )


# --- taking it back ---------------------------------------------------------------------------------------------------


def test_withdraw_takes_back_what_apply_gave_to_a_persistent_device():
    seen = in_namespace("""
run("ip", "tuntap", "add", "mesh0", "mode", "tun")
device = host.open("mesh0")
host.apply("mesh0", wanted)
run("ip", "-6", "route", "add", "200::/7", "dev", "mesh0", "proto", "static")  # as after a repair
before = host.observe("mesh0")
host.withdraw("mesh0"); host.withdraw("mesh0"); host.withdraw("nosuch0")
after = host.observe("mesh0")
say([len(before.addresses), before.routed, len(after.addresses), after.routed])
""")
    assert seen == [1, True, 0, False]


def test_withdraw_leaves_what_the_administrator_added():
    seen = in_namespace("""
run("ip", "tuntap", "add", "mesh0", "mode", "tun")
for prefix in ("311:1111:1111:1111::1/64", "211::1/64"): run("ip", "addr", "add", prefix, "dev", "mesh0")
device = host.open("mesh0")
host.apply("mesh0", wanted)
run("ip", "-6", "route", "add", "fd00::/8", "dev", "mesh0")
host.withdraw("mesh0")
say([sorted(addresses("mesh0")), sorted(routes("mesh0"))])
""")
    assert seen[0] == [["211::1", 64], ["311:1111:1111:1111::1", 64]]
    assert "fd00::/8" in seen[1]
    assert "200::/7" not in seen[1]


LEFT_BEHIND = """
for name in ("mesh0", "mesh1"):
    run("ip", "tuntap", "add", name, "mode", "tun")
    device = host.open(name)
    host.apply(name, wanted)
    device.close()
"""


@pytest.mark.parametrize(("name", "cleaned"), [("mesh0", ["mesh0"]), ("auto", ["mesh0", "mesh1"]), ("mesh9", [])])
def test_cleanup_takes_our_address_from_persistent_devices_and_says_from_which(name, cleaned):
    seen = in_namespace(f"""{LEFT_BEHIND}
first, second = host.cleanup({name!r}), host.cleanup({name!r})
say([first, second, [each for each in ("mesh0", "mesh1") if not addresses(each)], interfaces()])
""")
    assert seen == [cleaned, [], cleaned, ["lo", "mesh0", "mesh1"]]


def test_cleanup_touches_neither_a_device_in_use_nor_one_that_is_none_of_ours():
    seen = in_namespace(f"""{LEFT_BEHIND}
held = host.open("mesh0")
run("ip", "link", "add", "other0", "type", "veth", "peer", "name", "other1")
run("ip", "link", "set", "other0", "up")  # without carrier, like a TUN device that nobody has open
run("ip", "-6", "addr", "add", "200::1/7", "dev", "other0")
cleaned = [host.cleanup("other0"), host.cleanup("auto")]
say([*cleaned, len(addresses("mesh0")), ("200::1", 7) in addresses("other0")])
""")
    assert seen == [[], ["mesh1"], 1, True]


# --- news -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "link set mesh0 down",
        "link set mesh0 mtu 9000",
        f"-6 addr del {SHOWN}/7 dev mesh0",
        "-6 route del 200::/7 dev mesh0",
        "link del mesh0",
    ],
)
def test_watch_tells_of_what_another_changes(change):
    seen = in_namespace(f"""
device = host.open("mesh0")
host.apply("mesh0", wanted)
watch = host.watch()
run("ip", *{change.split()!r})
say(watch.read())
""")
    assert seen


def test_watch_sleeps_through_the_routes_of_others():
    """Of what the kernel tells, some of it later than it happens, only these matter."""
    seen = in_namespace("""
device = host.open("mesh0")
host.apply("mesh0", wanted)
watch = host.watch()
matters, told = watch._matters, []
watch._matters = lambda news: told.append((news, matters(news)))
for what in ("add", "del"): run("ip", "-6", "route", what, "2001:db8::/32", "dev", "mesh0")
for what in ("del", "add"): run("ip", "-6", "route", what, "200::/7", "dev", "mesh0", "table", "main")
watch.read()
routes = [(news.body, matters) for news, matters in told if news.kind in (24, 25)]  # RTM_NEWROUTE, RTM_DELROUTE
say([[matters for body, matters in routes if socket.inet_pton(socket.AF_INET6, prefix) in body]
     for prefix in ("2001:db8::", "200::")])
""")
    others, ours = seen
    assert others == [False, False]
    assert set(ours) == {True}


def test_watch_counts_lost_news_as_news():
    """More changes than its socket holds, none of which matters by itself."""
    seen = in_namespace("""
device = host.open("mesh0")
host.apply("mesh0", wanted)
watch = host.watch()
watch._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
lines = "".join(f"route add 2001:db8:{number:x}::/48 dev mesh0\\n" for number in range(500))
subprocess.run(["ip", "-6", "-batch", "-"], input=lines, text=True, check=True)
watch._matters = lambda _: False
say(watch.read())
""")
    assert seen


# --- ports ------------------------------------------------------------------------------------------------------------


def test_listening_ports_are_those_of_the_kernel_with_their_owners():
    seen = in_namespace("""
run("ip", "link", "set", "lo", "up")
kept = []
for family, at in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET6, "::ffff:127.0.0.1")):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        kept.append(socket.socket(family, kind))
        kept[-1].bind((at, 0))
        if kind == socket.SOCK_STREAM: kept[-1].listen()
client = socket.create_connection(kept[0].getsockname())  # neither end of it listens
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.connect(("127.0.0.1", 9))  # nor does who has a peer
bound = sorted(("tcp" if each.type == socket.SOCK_STREAM else "udp", each.getsockname()[1],
                each.getsockname()[0].removeprefix("::ffff:")) for each in kept)
comm = open("/proc/self/comm").read().strip()
told = host.listening_ports()
say([[(each.protocol, each.port, each.address) for each in told] == bound, len(told),
     {(each.process, each.pid) for each in told} == {(comm, os.getpid())}])
""")
    assert seen == [True, 6, True]
