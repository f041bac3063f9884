#!/usr/bin/env python3
"""Runs the coordinator's jobs the way gitlab-runner's docker executor does, where gitlab-runner itself cannot be had.

    stand_in.py CONFIG.toml

It is NOT gitlab-runner. It reads the same config.toml and repeats what was read in the sources of v19.3.0: which container
gets which variables, in what order a stage's shell sees them, how hooks are run and echoed, how $GITLAB_ENV is read back and
what masking covers. What it leaves out (caches, artifacts, retries, health checks, pull policies) no job here needs.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
import urllib.request

BUILDS = "/builds"
PROJECT = f"{BUILDS}/group/project"
TEMPORARY = f"{PROJECT}.tmp"
HELPER, BUILD = "helper", "build"


def docker(*words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(["docker", *words], capture_output=True, timeout=60, **options)


def checked(*words: str):
    result = docker(*words, text=True)
    if result.returncode:
        raise RuntimeError(f"docker {words[0]}: {result.stderr.strip()}")


class Runner:
    def __init__(self, settings: dict):
        self.url, self.token = settings["url"].rstrip("/"), settings["token"]
        self.settings, self.docker = settings, settings["docker"]

    def call(self, method: str, path: str, body: bytes, headers=None) -> bytes:
        headers = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(f"{self.url}/api/v4/{path}", body, headers, method=method)
        # The coordinator is on loopback: never through a proxy of the caller's.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=20) as response:
            return response.read()

    def run_all(self):
        token = json.dumps({"token": self.token}).encode()
        self.call("POST", "runners/verify", token)
        while job := self.call("POST", "jobs/request", token):
            Job(self, json.loads(job)).run()


class Job:
    def __init__(self, runner: Runner, payload: dict):
        self.runner, self.payload = runner, payload
        self.name = f"jobproxy-job-{payload['id']}"
        self.sent = 0
        # config.toml's environment comes first: a variable of the job with the same name wins.
        self.variables = [
            {"key": key, "value": value, "public": True, "masked": False}
            for key, _, value in (entry.partition("=") for entry in runner.settings.get("environment", []))
        ]
        self.variables += payload["variables"]
        self.variables.append({"key": "CI_DISPOSABLE_ENVIRONMENT", "value": "true", "public": True, "masked": False})
        known = {v["key"]: v["value"] for v in self.variables}
        for v in self.variables:
            if not v.get("raw"):
                v["value"] = re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda m: known.get(m[1] or m[2], ""), v["value"])

    def run(self):
        state = "failed"
        try:
            self.create_containers()
            state = "success" if self.stages() else "failed"
        except (RuntimeError, subprocess.TimeoutExpired) as problem:
            self.trace(f"stand-in: {problem}\n".encode())
        finally:
            names = docker("ps", "-aqf", f"name=^{self.name}-", text=True).stdout.split()
            if names:
                docker("rm", "-fv", *names)
            docker("volume", "rm", "-f", f"{self.name}-builds")
        self.runner.call("PUT", f"jobs/{self.payload['id']}", json.dumps({"state": state}).encode())

    def create_containers(self):
        privileged = self.runner.docker.get("services_privileged", self.runner.docker.get("privileged"))
        hosts = []
        for number, service in enumerate(self.payload["services"]):
            words = ["--privileged"] if privileged else []
            words += ["--network-alias", service["alias"], *self.environment(lambda v: v["public"])]
            name = f"{self.name}-service-{number}"
            checked("run", "-d", "--name", name, *self.common(), *words, service["name"], *(service["command"] or []))
            hosts += self.hosts(name, service)
        images = {HELPER: self.runner.docker["helper_image"], BUILD: self.payload["image"]["name"]}
        shell = "umask 0000; exec bash", "if [ -x /bin/bash ]; then exec /bin/bash; fi; exec sh"
        for (role, image), command in zip(images.items(), shell):
            words = [*self.common(), *hosts, "-i", "-v", f"{self.name}-builds:{BUILDS}", *self.environment(lambda v: True)]
            checked("create", "--name", f"{self.name}-{role}", *words, "--entrypoint", "sh", image, "-c", command)

    def hosts(self, container: str, service: dict) -> list[str]:
        """A service's lines in /etc/hosts: its image's name in two spellings, its alias, its container's id."""
        shown = docker("inspect", "-f", "{{.Id}}{{range .NetworkSettings.Networks}} {{.IPAddress}}{{end}}", container, text=True)
        identity, address = shown.stdout.split()
        image = service["name"].split(":")[0]
        names = {image.replace("/", "__"), image.replace("/", "-"), service["alias"], identity[:12]}
        return [word for name in sorted(names) for word in ("--add-host", f"{name}:{address}")]

    def common(self) -> list[str]:
        words = ["--network", self.runner.docker["network_mode"]]
        for volume in self.runner.docker.get("volumes", []):
            words += ["-v", volume]
        for host in self.runner.docker.get("extra_hosts", []):
            words += ["--add-host", host]
        return words

    def environment(self, wanted) -> list[str]:
        return [word for v in self.variables if wanted(v) for word in ("-e", f"{v['key']}={v['value']}")]

    def stages(self) -> bool:
        """Prepare, get sources, the script, and after_script whatever became of it."""
        if self.stage(HELPER, f"rm -f {TEMPORARY}/gitlab_runner_env") or self.stage(HELPER, self.get_sources()):
            return False
        scripts = {step["name"]: step["script"] for step in self.payload["steps"]}
        hook = self.runner.settings.get("pre_build_script")
        status = self.stage(BUILD, self.script([hook] if hook else [], scripts["script"]))
        if "after_script" in scripts:
            self.stage(BUILD, self.script([], scripts["after_script"]))
        if status:
            self.trace(f"ERROR: Job failed: exit code {status}\n".encode())
        return not status

    def get_sources(self) -> str:
        if any(v["key"] == "GIT_STRATEGY" and v["value"] == "none" for v in self.variables):
            return f"mkdir -p {PROJECT}"
        git = self.payload["git_info"]
        hook = self.runner.settings.get("pre_get_sources_script")
        return self.exports() + self.echoed([hook] if hook else []) + "\n".join([
            f"git init -q {PROJECT}",
            f"cd {PROJECT}",
            f"git remote add origin {shlex.quote(git['repo_url'])}",
            f"git fetch -q origin {shlex.quote(git['refspecs'][0])}",
            f"git checkout -q {git['sha']}",
        ])

    def script(self, hooks: list[str], commands: list[str]) -> str:
        return self.exports() + f"cd {PROJECT}\n" + self.echoed(hooks + commands)

    def exports(self) -> str:
        lines = [f"export {v['key']}={shlex.quote(v['value'])}" for v in self.variables]
        lines.append(f"export GITLAB_ENV={TEMPORARY}/gitlab_runner_env")
        lines.append(f'mkdir -p {TEMPORARY}; touch "$GITLAB_ENV"')
        lines.append('while read -r pair; do export "$pair"; done < "$GITLAB_ENV"')
        return "\n".join(lines) + "\n"

    def echoed(self, commands: list[str]) -> str:
        text = ""
        for command in map(str.strip, commands):
            first, _, more = command.partition("\n")
            shown = f"$ {first} # collapsed multi-line command" if more else f"$ {command}"
            text += f"echo {shlex.quote(shown)}\n{command}\n"
        return text

    def stage(self, role: str, body: str) -> int:
        script = f"""trap 'exit 1' TERM
case "$(set -o)" in *pipefail*) set -o pipefail;; esac
set -o errexit
(eval {shlex.quote(body)}) < /dev/null
exit 0
"""
        container = f"{self.name}-{role}"
        # One container a role, started anew for each stage: its files stay, its processes do not.
        result = subprocess.run(["docker", "start", "-ai", container], input=script.encode(),
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        self.trace(result.stdout)
        return result.returncode

    def trace(self, text: bytes):
        """Masking covers the exact value of a masked variable and nothing derived from it."""
        for value in sorted((v["value"] for v in self.variables if v["masked"]), key=len, reverse=True):
            text = text.replace(value.encode(), b"[MASKED]")
        if text:
            place = {"Content-Range": f"{self.sent}-{self.sent + len(text) - 1}", "Content-Type": "text/plain"}
            self.runner.call("PATCH", f"jobs/{self.payload['id']}/trace", text, place)
            self.sent += len(text)


def main(config: str):
    with open(config, "rb") as file:
        settings = tomllib.load(file)["runners"][0]
    os.environ.pop("DOCKER_CONFIG", None)
    Runner(settings).run_all()


if __name__ == "__main__":
    main(*sys.argv[1:])
