"""Virtio headers, offloads and several queues: for users of the library. Two hosts, and a forwarder in user space."""

import pytest

from host.namespace import in_namespace

pytestmark = pytest.mark.interop

TWO_HOSTS = """
import collections, ctypes, hashlib, struct
HEADER = struct.Struct("=BBHHHH")  # flags, gso_type, hdr_len, gso_size, csum_start, csum_offset
MTU = 1400
seen = collections.Counter()  # kinds of packets that went from one host to the other
sizes = collections.Counter()
here, there = (bytes.fromhex("02" + digits * 15) for digits in ("11", "22"))
text = [socket.inet_ntop(socket.AF_INET6, each) for each in (here, there)]
def opened(own, number):
    (device,) = host.open_queues("mesh0", Kind.TUN, 1, OFFLOAD)
    host.apply("mesh0", Wanted(own, MTU))
    run("ip", "address", "add", f"10.9.0.{number}/24", "dev", "mesh0")
    return device
def forward(source, sink):
    while packet := source.read():
        if source.vnet_header:
            flags, kind, _, size, _, _ = HEADER.unpack_from(packet)
            seen[f"{kind & 0x7f}"] += 1
            sizes[size] += kind == 5
        payload = packet[source.vnet_header:]
        seen["large" if len(payload) > MTU else "small"] += 1
        try: sink.write(packet)
        except OSError as error: seen[errno.errorcode[error.errno]] += 1
first = opened(here, 1)
settle("mesh0")
listener = socket.create_server((LISTEN, 7000), family=FAMILY)
receiver = socket.socket(FAMILY, socket.SOCK_DGRAM)
receiver.bind((LISTEN, 7001))
assert ctypes.CDLL(None, use_errno=True).unshare(0x40000000) == 0  # CLONE_NEWNET: the rest is another host
second = opened(there, 2)
forwarders = [threading.Thread(target=forward, args=pair) for pair in ((first, second), (second, first))]
for thread in forwarders: thread.start()
def end():  # what went by until now: the last packets meet a closed device
    told = dict(seen), dict(sizes)
    for device in (first, second): device.close()
    for thread in forwarders: thread.join()
    return told
"""
IPV6 = 'FAMILY, LISTEN = socket.AF_INET6, "211:1111:1111:1111:1111:1111:1111:1111"\n'
IPV4 = 'FAMILY, LISTEN = socket.AF_INET, "10.9.0.1"\n'
BULK = """
data = os.urandom(4_000_000)
def serve():
    connection, _ = listener.accept()
    with connection:
        digest = hashlib.sha256()
        while part := connection.recv(1 << 20): digest.update(part)
        connection.sendall(digest.digest())
server = threading.Thread(target=serve)
server.start()
with socket.create_connection((LISTEN, 7000)) as client:
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)
    intact = client.recv(100) == hashlib.sha256(data).digest()
server.join()
say([intact, end()[0]])
"""


@pytest.mark.parametrize(
    ("family", "offload", "superpacket"),
    [(IPV6, "Offload.TCP", "4"), (IPV4, "Offload.TCP", "1"), (IPV6, "Offload.TCP | Offload.UDP", "4")],
)
def test_tcp_goes_in_superpackets_with_the_header_that_tells_them_apart(family, offload, superpacket):
    intact, seen = in_namespace(f"OFFLOAD = {offload}\n" + family + TWO_HOSTS + BULK)
    assert intact
    assert seen["large"] > 20
    assert seen[superpacket] >= seen["large"]
    assert seen.keys() <= {"0", superpacket, "small", "large"}  # and no errno


@pytest.mark.parametrize("offload", ["Offload.NONE", "Offload.CHECKSUM"])
def test_header_alone_makes_no_packet_larger(offload):
    intact, seen = in_namespace(f"OFFLOAD = {offload}\n" + IPV6 + TWO_HOSTS + BULK)
    assert intact
    assert seen.keys() == {"0", "small"}


def test_plain_device_has_neither_header_nor_superpackets():
    intact, seen = in_namespace("OFFLOAD = None\n" + IPV6 + TWO_HOSTS + BULK)
    assert intact
    assert seen.keys() == {"small"}


UDP = """
UDP_SEGMENT, UDP_GRO = 103, 104
receiver.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
receiver.settimeout(20)
sender = socket.socket(FAMILY, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1200)
data = os.urandom(12_000)
sender.sendto(data, (LISTEN, 7001))
got, segments = b"", []
while len(got) < len(data):
    part, ancillary, _, _ = receiver.recvmsg(65536, 100)
    got += part
    segments += [struct.unpack("=i", told)[0] for _, kind, told in ancillary if kind == UDP_GRO]
say([got == data, segments, *end()])
"""


@pytest.mark.parametrize("family", [IPV6, IPV4])
def test_udp_goes_in_superpackets_of_its_segment_size(family):
    same, segments, seen, sizes = in_namespace("OFFLOAD = Offload.UDP\n" + family + TWO_HOSTS + UDP)
    assert (same, segments) == (True, [1200])
    assert (seen["5"], sizes) == (1, {"1200": 1})


def test_plain_opening_of_a_device_forgets_what_its_last_user_asked_for():
    """A persistent device keeps offloads, and a plain reader would get packets of 12000 bytes without checksums."""
    seen = in_namespace("""
run("ip", "tuntap", "add", "mesh0", "mode", "tun")
for queue in host.open_queues("mesh0", offload=Offload.TCP | Offload.UDP): queue.close()
device = host.open("mesh0")
host.apply("mesh0", wanted)
sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_UDP, 103, 1200)  # UDP_SEGMENT
sender.sendto(bytes(12_000), ("222::1", 9))
say([len(datagram(device)) for _ in range(10)])
""")
    assert seen == [1248] * 10


def test_queues_of_one_device_share_what_the_host_sends_and_each_can_write():
    seen = in_namespace("""
queues = host.open_queues("mesh0", Kind.TUN, 2)
host.apply("mesh0", wanted)
got = [[], []]
def read(number):
    while packet := datagram(queues[number]): got[number].append(packet[-1])
readers = [threading.Thread(target=read, args=(number,)) for number in (0, 1)]
for reader in readers: reader.start()
flows = 100
for number in range(flows):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as flow: flow.sendto(bytes([number]), ("222::1", 9))
while sum(map(len, got)) < flows: os.sched_yield()
settle("mesh0")
echoes = []
probe = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
probe.bind((socket.inet_ntop(socket.AF_INET6, address), 7))
probe.setsockopt(socket.IPPROTO_UDP, 102, 1)  # UDP_NO_CHECK6_RX
source = socket.inet_pton(socket.AF_INET6, "222::1")
for number, queue in enumerate(queues):
    datagram = bytes([0, 9, 0, 7, 0, 9, 0, 0, number])
    queue.write(bytes([0x60, 0, 0, 0, 0, 9, 17, 64]) + source + address + datagram)
    echoes.append(probe.recv(100)[0])
names = {queue.name for queue in queues}
for queue in queues: queue.close()
for reader in readers: reader.join()
say([sorted(got[0] + got[1]) == list(range(flows)), min(map(len, got)) > 0, echoes, sorted(names), interfaces()])
""")
    assert seen == [True, True, [0, 1], ["mesh0"], ["lo"]]


def test_queues_beyond_what_a_device_has_are_refused_and_leave_nothing():
    seen = in_namespace("""
def refusal(**options):
    try: host.open_queues("mesh0", **options)
    except HostError as error: return str(error)
run("ip", "tuntap", "add", "mesh0", "mode", "tun")
say([refusal(queues=257), refusal(queues=2), len(os.listdir("/proc/self/fd"))])
""")
    assert seen[:2] == [
        "a device has 1 to 256 queues, not 257",
        "'mesh0' exists and was made for one queue; delete it and make it again: "
        "ip tuntap add mesh0 mode tun multi_queue",
    ]
    assert seen[2] <= 5
