"""Runs one client on every list, as it is and as `jobproxy env` makes it: measure.py CLIENT RESULT.json

In a network and mount namespace of its own: it gives `lo` addresses and the mount namespace another hosts file.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from cases import ADDRESSES, CASES, HOSTS
from programs import NODE_PROGRAM, PROGRAMS, SLOW, TOOLS
from recorder import Recorder, key

JOBPROXY = os.environ["JOBPROXY"]
LIMIT = 30  # seconds for one process of jobproxy


def main(name, result):
    program = (PROGRAMS | SLOW)[name]
    with tempfile.TemporaryDirectory() as home:
        client = Client(program, home)
        found, why = client.version()
        if not found:
            save(result, program, {"missing": why})
            return
        program = client.program = program.of_version(found)
        settle(Path(home))
        recorder = Recorder()
        cannot = client.cannot(recorder)
        rows = [row for case in CASES for row in client.rows(case, recorder, cannot)]
        save(result, program, {"version": found, "rows": rows, "cannot": cannot})


def save(result, program, values):
    names = {"name": program.name, "model": program.model, "model_after": program.model_after or program.model}
    Path(result).write_text(json.dumps(names | values))


def settle(scratch):
    """Names and addresses that exist in these namespaces alone."""
    run = lambda *command: subprocess.run(command, check=True)
    run("ip", "link", "set", "lo", "up")
    for address in sorted({*ADDRESSES, *HOSTS.values()} - {"127.0.0.1"}):
        run("ip", "address", "add", address, "dev", "lo", *(["nodad"] if ":" in address else []))
    hosts = "".join(f"{address} {name}\n" for name, address in HOSTS.items())
    for file, text in (("hosts", hosts), ("resolv.conf", "nameserver 127.0.0.1\n")):
        (scratch / file).write_text(text)
        run("mount", "--bind", scratch / file, f"/etc/{file}")


class Client:
    def __init__(self, program, home):
        self.program = program
        self.home = home
        self.own = {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", "TOOLS": str(TOOLS),
                    "NODE": NODE_PROGRAM}

    def version(self):
        """The version, or nothing and why it is not here."""
        try:
            done = self.start(self.program.version, {})
        except OSError as error:
            return "", f"{error.strerror}: {error.filename}"
        text = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
        number = re.search(r"\d+\.\d+[\w.]*", text)
        # busybox without arguments ends with whatever status it likes, so the number alone tells.
        return (number.group().rstrip("."), "") if number else ("", (text.strip().splitlines() or ["no version"])[-1])

    def cannot(self, recorder):
        """The URLs that it does not even reach without a proxy: of those, nobody can tell what it would decide."""
        urls = list(dict.fromkeys(url for case in CASES for url in case.intents()))
        can = [url for url in urls if url.split(":")[0] in self.program.schemes]
        done = self.decisions({}, [], can, recorder)
        return [url for url in urls if done.get(url) != "direct"]

    def rows(self, case, recorder, cannot):
        """What is meant, predicted and done for each URL, before and after."""
        intents = {url: meant for url, meant in case.intents().items() if url not in cannot}
        if self.program.few:
            first = {meant: url for url, meant in reversed(intents.items())}
            intents = {url: meant for meant, url in first.items()}
        raw = case.environment()
        by_hand = self.program.by_hand(raw) if self.program.by_hand else []
        before = self.predict(self.program.model, as_read(raw, by_hand), intents)
        did_before = self.decisions(raw, by_hand, intents, recorder)
        normalized = self.normalize(raw, [*case.options, *self.program.options])
        after = self.predict(self.program.model_after or self.program.model, as_read(normalized, []), intents)
        did_after = self.decisions(normalized, [], intents, recorder)
        for url, meant in intents.items():
            yield {"case": case.name, "url": url, "meant": meant, "predicted": [before[url], after[url]],
                   "did": [did_before[url], did_after[url]]}

    def normalize(self, raw, options):
        command = [JOBPROXY, "env", "--quiet", "--format", "json", *options]
        env = {"JOBPROXY_NO_SERVICES": "1"} | raw
        done = subprocess.run(command, env=env, capture_output=True, check=True, timeout=LIMIT)
        changes = json.loads(done.stdout)
        return {name: value for name, value in (raw | changes).items() if value is not None}

    def predict(self, model, variables, urls):
        command = [JOBPROXY, "explain", "--raw", "--no-files", "--format", "json", "--client", model, *urls]
        done = subprocess.run(command, env=variables, capture_output=True, check=True, timeout=LIMIT)
        return {row["url"]: row["decision"] for row in json.loads(done.stdout)}

    def decisions(self, variables, by_hand, urls, recorder):
        """Who was asked, by the witnesses: one of them, both, or none."""
        recorder.seen.clear()
        command = self.program.command
        if by_hand:
            command = [command[0], *by_hand, *command[1:]]
        if self.program.one_by_one():
            for url in urls:
                self.start([part.format(url=url, home=self.home) for part in command], variables)
        else:
            self.start([*command, *urls], variables)
        own = self.program.ignores
        seen = [it for it in recorder.seen if not (own and it[1].endswith(own))]
        strangers = {(host, port) for _, host, port in seen} - set(map(key, urls))
        if strangers:
            raise SystemExit(f"{self.program.name}: asked for what was not given: {strangers}")
        return {url: "+".join(sorted({who for who, *what in seen if tuple(what) == key(url)})) or "fails"
                for url in urls}

    def start(self, command, variables):
        trace = os.environ.get("TRACE")
        try:
            done = subprocess.run(command, env=self.own | variables, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=self.program.limit)
        except subprocess.TimeoutExpired as hung:
            print(f"{self.program.name}: hung: {shlex.join(command)}", file=sys.stderr)
            return hung
        if trace:
            print(f"{shlex.join(command)}: {done.returncode} {done.stderr.decode(errors='replace')}", file=sys.stderr)
        return done


def as_read(variables, by_hand):
    """The variables for `explain`. Java's properties stand there under the names of the variables."""
    options = by_hand or shlex.split(variables.get("JAVA_TOOL_OPTIONS", ""))
    properties = dict(option.removeprefix("-D").split("=", 1) for option in options)
    if not properties:
        return variables
    proxy = lambda scheme: f"http://{properties[f'{scheme}.proxyHost']}:{properties[f'{scheme}.proxyPort']}"
    return {"http_proxy": proxy("http"), "https_proxy": proxy("https"), "no_proxy": properties["http.nonProxyHosts"]}


if __name__ == "__main__":
    main(*sys.argv[1:])
