"""A proxy and origins that write down who was asked for what. They are the only witnesses of a decision."""

import ipaddress
import socket
import threading
from urllib.parse import urlsplit

from cases import HOSTS, PORTS

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
NAMES = {address: name for name, address in HOSTS.items()} | {"::1": "localhost"}


class Recorder:
    """`seen` holds (decision, host, port) in the order of arrival."""

    def __init__(self):
        self.seen = []
        self._listen(("127.0.0.1", 3128), self._proxy)
        for port in PORTS:
            self._listen(("::", port), self._origin)

    def _listen(self, address, answer):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        server = socket.create_server(address, family=family, dualstack_ipv6=family == socket.AF_INET6, backlog=64)

        def serve():
            while True:
                connection, _ = server.accept()
                connection.settimeout(5)
                threading.Thread(target=guarded, args=(answer, connection), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()

    def _proxy(self, connection):
        line = head(connection).split(b"\r\n")[0].decode("latin-1").split(" ")
        if len(line) != 3:
            return
        method, target, _ = line
        if method == "CONNECT":
            # Not every client puts brackets around an IPv6 address here.
            host, _, port = target.rpartition(":")
            where = bare(host.strip("[]")), int(port)
        else:
            where = key(target)
        self.seen.append(("proxied", *where))
        connection.sendall(TUNNEL if method == "CONNECT" else answer_to(target))

    def _origin(self, connection):
        # Each name has an address of its own, so it is known before a word is said: a client may want TLS first.
        address = ipaddress.ip_address(connection.getsockname()[0])
        address = str(getattr(address, "ipv4_mapped", None) or address)
        self.seen.append(("direct", NAMES.get(address, address), connection.getsockname()[1]))
        line = head(connection).split(b"\r\n")[0].decode("latin-1").split(" ")
        if line[0].isalpha() and len(line) == 3:
            connection.sendall(answer_to(line[1]))


def guarded(answer, connection):
    with connection:
        try:
            answer(connection)
        except OSError:
            pass  # the client left, or said nothing for too long


def head(connection):
    """What comes up to the end of a request's header; the first bytes of TLS are as good."""
    data = b""
    while b"\r\n\r\n" not in data and (not data or data[:1].isalpha()):
        more = connection.recv(4096)
        if not more:
            break
        data += more
    return data


def answer_to(target):
    """Maven must find nothing, or it asks no further repository."""
    return MISSING if target.endswith(".pom") else ANSWER


def bare(host):
    return (host or "").rstrip(".")


def key(url):
    """A URL as the witnesses tell it."""
    url = urlsplit(url)
    return bare(url.hostname), url.port or {"http": 80, "https": 443}[url.scheme]
