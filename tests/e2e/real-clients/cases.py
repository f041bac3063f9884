"""What people write into NO_PROXY, and what they mean by it.

The lists are written for this test: none is among those of tests/data that the models were made from. What is meant
is what a person reads: `*.intra.example` is every name below intra.example, a range is its addresses, an entry with
a port is for that port alone. It is the same before and after, also where `jobproxy` gives an entry up.
"""

from dataclasses import dataclass, field

PROXY = "http://127.0.0.1:3128"

# None is in 127.0.0.0/8, where Go and Ruby never ask a proxy; the public ones are in no private range.
HOSTS = {
    "intra.example": "10.9.9.1",
    "git.intra.example": "10.9.9.2",
    "ci.git.intra.example": "10.9.9.3",
    "registry.intra.example": "10.9.9.4",
    "docker": "10.9.9.7",
    "minio": "10.9.9.8",
    "kubernetes.default.svc": "10.96.0.1",
    "api.prod.svc.cluster.local": "10.96.0.9",
    "notintra.example": "203.0.113.5",
    "www.public.example": "203.0.113.6",
    "localhost": "127.0.0.1",
}
ADDRESSES = ["10.20.30.40", "10.20.30.41", "10.20.31.7", "10.96.0.7", "192.168.5.9", "203.0.113.7", "fd00:7::5"]
PORTS = [80, 443, 2375, 8080, 9000]

GIT, GIT_TLS = "http://git.intra.example:8080/", "https://git.intra.example/"
REGISTRY, REGISTRY_TLS = "http://registry.intra.example:8080/", "https://registry.intra.example/"
BELOW = "http://ci.git.intra.example/"
APEX, APEX_TLS = "http://intra.example:8080/", "https://intra.example/"
DOCKER, MINIO = "http://docker:8080/", "http://minio:8080/"
PUBLIC, PUBLIC_TLS = "http://www.public.example/", "https://www.public.example/"
ALIKE = "http://notintra.example:8080/"
TEN, TEN_TLS = "http://10.20.30.40:8080/", "https://10.20.30.40/"
HOME = "http://192.168.5.9/"
CLUSTER = "http://api.prod.svc.cluster.local:8080/"


@dataclass(frozen=True)
class Case:
    """A list, which of these URLs it means to go direct and which to the proxy, and how `jobproxy env` is asked. `job`
    are variables that a job has beside the proxies; the hosts file counts only where they say so."""

    name: str
    no_proxy: str
    direct: list
    proxied: list
    options: list = field(default_factory=list)
    variables: dict = field(default_factory=dict)
    job: dict = field(default_factory=dict)

    def intents(self):
        return {url: "direct" for url in self.direct} | {url: "proxied" for url in self.proxied}

    def environment(self):
        """As operators set it: every variable in both letter cases, unless the case is about just that."""
        if self.variables:
            return self.variables | self.job
        lists = {"no_proxy": self.no_proxy, "NO_PROXY": self.no_proxy}
        return proxies("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY") | lists | self.job


def proxies(*names, value=PROXY):
    return dict.fromkeys(names, value)


UPPER = proxies("HTTP_PROXY", "HTTPS_PROXY")
BOTH = UPPER | proxies("http_proxy", "https_proxy")
BARE = proxies(*BOTH, value="127.0.0.1:3128")
RANGES = "10.0.0.0/8,192.168.0.0/16,.intra.example"
RANGES_MEAN = ([TEN, TEN_TLS, HOME, GIT], [PUBLIC, "http://203.0.113.7:8080/"])
KNOWS_TEN = {"CI_SERVER_URL": "https://10.20.30.40", "CI_REGISTRY": "192.168.5.9:5050"}
V6 = "http://[fd00:7::5]:8080/"
INTRA_MEANS = ([GIT, GIT_TLS, BELOW, REGISTRY_TLS], [ALIKE, PUBLIC])

CASES = [
    Case("a wildcard", "localhost,127.0.0.1,*.intra.example", [GIT, GIT_TLS, BELOW], [APEX, ALIKE, PUBLIC]),
    Case("a leading dot", "localhost,127.0.0.1,::1,.intra.example",
         [GIT, REGISTRY_TLS, BELOW, "http://localhost:8080/"], [ALIKE, PUBLIC_TLS]),
    Case("bare names", "intra.example,docker,minio", [APEX, APEX_TLS, DOCKER, MINIO], [ALIKE, PUBLIC]),
    Case("capitals, a dot at the end", "LocalHost,Git.Intra.Example.,REGISTRY.intra.example",
         [GIT, GIT_TLS, REGISTRY, REGISTRY_TLS], [ALIKE, PUBLIC]),
    Case("blanks after commas", "localhost, 127.0.0.1, git.intra.example, .svc.cluster.local",
         [GIT, GIT_TLS, CLUSTER], [REGISTRY, ALIKE, PUBLIC]),
    Case("blanks alone", "git.intra.example registry.intra.example minio",
         [GIT, REGISTRY, REGISTRY_TLS, MINIO], [ALIKE, PUBLIC]),
    Case("lines of a YAML block", "localhost,\n.intra.example,\nminio\n", [GIT, REGISTRY_TLS, MINIO],
         [ALIKE, PUBLIC, PUBLIC_TLS]),
    Case("ports", "docker:2375,minio:9000,git.intra.example:8080",
         ["http://docker:2375/", "http://minio:9000/", GIT], [GIT_TLS, MINIO, PUBLIC]),
    Case("URLs", "http://git.intra.example:8080/,https://registry.intra.example/v2/", [GIT, REGISTRY_TLS],
         [DOCKER, ALIKE, PUBLIC, PUBLIC_TLS]),
    Case("IPv6 in brackets", "[fd00:7::5],[::1],git.intra.example",
         ["http://[fd00:7::5]:8080/", "https://[fd00:7::5]/", GIT], [REGISTRY, PUBLIC, PUBLIC_TLS]),
    Case("ranges", RANGES, *RANGES_MEAN),
    Case("ranges, --cidr keep", RANGES, *RANGES_MEAN, options=["--cidr", "keep"]),
    Case("a range, --cidr expand", "10.20.30.40/30,minio", [TEN, TEN_TLS, "http://10.20.30.41/", MINIO],
         ["http://10.20.31.7:8080/", PUBLIC], options=["--cidr", "expand"]),
    Case("* in a list", "localhost,git.intra.example,*", [GIT, REGISTRY, ALIKE, PUBLIC, PUBLIC_TLS, TEN], []),
    Case("semicolons", "localhost;git.intra.example;.svc.cluster.local", [GIT, GIT_TLS, CLUSTER],
         [REGISTRY, ALIKE, PUBLIC]),
    Case("empty entries", ",localhost,,.intra.example,", [GIT, GIT_TLS, BELOW], [TEN, PUBLIC, PUBLIC_TLS]),
    Case("prefixes", "10.20.,192.168.*,git.intra.*", [TEN, HOME, GIT], [REGISTRY, PUBLIC, PUBLIC_TLS]),
    Case("as Windows has it", "<local>;*.intra.example;10.*", [DOCKER, GIT, REGISTRY_TLS, TEN], [ALIKE, PUBLIC]),
    Case("Kubernetes", "localhost,127.0.0.1,10.96.0.0/12,.svc,.cluster.local",
         ["https://kubernetes.default.svc/", CLUSTER, "http://10.96.0.7:8080/"], [GIT, PUBLIC, PUBLIC_TLS]),
    Case("NO_PROXY in capitals alone", ".intra.example", *INTRA_MEANS,
         variables=UPPER | {"NO_PROXY": ".intra.example"}),
    Case("an empty no_proxy beside it", ".intra.example", *INTRA_MEANS,
         variables=BOTH | {"no_proxy": "", "NO_PROXY": ".intra.example"}),
    Case("no_proxy and NO_PROXY differ", "git.intra.example and registry.intra.example",
         [GIT, GIT_TLS, REGISTRY, REGISTRY_TLS], [ALIKE, PUBLIC],
         variables=BOTH | {"no_proxy": "git.intra.example", "NO_PROXY": "registry.intra.example"}),
    Case("a proxy without http://", ".intra.example", *INTRA_MEANS,
         variables=BARE | {"no_proxy": ".intra.example", "NO_PROXY": ".intra.example"}),
    Case("ranges, known to the job", RANGES, *RANGES_MEAN, job=KNOWS_TEN),
    Case("prefixes, known to the job", "10.20.,192.168.*,git.intra.example", [TEN, TEN_TLS, HOME, GIT], [PUBLIC, PUBLIC_TLS],
         job=KNOWS_TEN),
    Case("prefixes, --cidr keep", "10.20.,192.168.*,git.intra.example", [TEN, TEN_TLS, HOME, GIT], [PUBLIC, PUBLIC_TLS],
         options=["--cidr", "keep"]),
    Case("Kubernetes, in a pod", "localhost,127.0.0.1,10.96.0.0/12,.cluster.local",
         [CLUSTER, "http://10.96.0.7:8080/"], [GIT, PUBLIC, PUBLIC_TLS],
         job={"KUBERNETES_SERVICE_HOST": "10.96.0.7"}),
    Case("an IPv6 range, known to the job", "fd00::/8,.intra.example", [V6, GIT], [TEN, PUBLIC],
         job={"CI_SERVER_URL": V6}),
    Case("services of the job", "localhost,.intra.example", [MINIO, "http://docker:2375/", GIT], [DOCKER, PUBLIC],
         job={"CI_DISPOSABLE_ENVIRONMENT": "true", "JOBPROXY_NO_SERVICES": "0"}),
    Case("quotes around the list", "\"localhost,.intra.example,minio\"", [GIT, GIT_TLS, MINIO], [ALIKE, PUBLIC]),
    Case("a socket and a variable", "/var/run/docker.sock,$CI_SERVER_HOST,.intra.example", [GIT, GIT_TLS], [TEN, PUBLIC]),
    Case("all digits", ".intra.example,0,1,2,3,4,5,6,7,8,9", [TEN, TEN_TLS, HOME, GIT], [ALIKE, PUBLIC]),
]
