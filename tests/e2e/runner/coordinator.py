#!/usr/bin/env python3
"""The four calls of GitLab's API that a runner needs to run jobs, on loopback.

    coordinator.py JOBS.toml OUT NAME,NAME… [KEY=VALUE…]

JOBS.toml is a table of jobs, of which the named ones are handed out; `@KEY@` in it becomes VALUE. The address is written to OUT/url; of every job its log
is kept in OUT/NAME.log and, once it is over, "success" or "failed" in OUT/NAME.state.
"""

import json
import re
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def read_jobs(table: Path, names: list[str], values: dict[str, str]) -> list[dict]:
    text = re.sub(r"@([A-Z_]+)@", lambda m: values[m[1]], table.read_text())
    jobs = {job["name"]: job for job in tomllib.loads(text)["job"]}
    return [job_payload(number, jobs[name]) for number, name in enumerate(names, start=1)]


def job_payload(number: int, job: dict) -> dict:
    """What `POST /jobs/request` answers with, as far as the runner reads it."""
    variables = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_JOB_ID": str(number),
        "CI_PROJECT_PATH": "group/project",
        "GIT_DEPTH": "0",
        **job.get("variables", {}),
    }
    masked = job.get("masked", [])
    return {
        "id": number,
        "token": f"job-token-{number}",
        "job_info": {"name": job["name"], "stage": "test", "project_id": 1, "project_name": "project"},
        "git_info": {
            "repo_url": job["repo"],
            "ref": "main",
            "sha": job["sha"],
            "before_sha": "0" * 40,
            "ref_type": "branch",
            "refspecs": ["+refs/heads/main:refs/remotes/origin/main"],
            "depth": 0,
        },
        "runner_info": {"timeout": 120},
        # `public` is what .gitlab-ci.yml declares, and what services get; a masked one comes from the project's settings.
        "variables": [
            {"key": key, "value": value, "public": key not in masked, "masked": key in masked, "raw": True}
            for key, value in variables.items()
        ],
        "steps": [
            {"name": name, "script": job[name], "timeout": 120, "when": when, "allow_failure": name == "after_script"}
            for name, when in (("script", "on_success"), ("after_script", "always"))
            if name in job
        ],
        "image": {"name": job["image"]},
        "services": [
            {"name": service["name"], "alias": service["alias"], "command": service.get("command")}
            for service in job.get("services", [])
        ],
        "features": {"trace_sections": True},
    }


class Coordinator(ThreadingHTTPServer):
    def __init__(self, jobs: list[dict], out: Path):
        super().__init__(("127.0.0.1", 0), Api)
        self.waiting = list(jobs)
        self.names = {job["id"]: job["job_info"]["name"] for job in jobs}
        self.out = out
        self.lock = threading.Lock()


class Api(BaseHTTPRequestHandler):
    server: Coordinator
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.body()
        if self.path == "/api/v4/runners/verify":
            self.answer(200, {"id": 1, "token": "runner-token"})
        elif self.path == "/api/v4/jobs/request":
            with self.server.lock:
                job = self.server.waiting.pop(0) if self.server.waiting else None
            self.answer(201, job) if job else self.answer(204)
        else:
            self.answer(404)

    def do_PATCH(self):
        """Appends to a log; `Content-Range` says where the piece belongs."""
        piece = self.body()
        name = self.job_name(r"/trace(\?.*)?")
        if name is None:
            return self.answer(404)
        start = int(self.headers["Content-Range"].split("-")[0])
        with self.server.lock, open(self.server.out / f"{name}.log", "ab") as log:
            size = log.tell()
            fits = start == size
            if fits:
                size += log.write(piece)
        self.answer(202 if fits else 416, headers={"Job-Status": "running", "Range": f"0-{size}"})

    def do_PUT(self):
        """A job's state, sent now and then; the last one is final."""
        state = json.loads(self.body())["state"]
        name = self.job_name("")
        if name is None:
            return self.answer(404)
        if state in ("success", "failed"):
            (self.server.out / f"{name}.state").write_text(state)
        self.answer(200, headers={"Job-Status": state})

    def job_name(self, rest: str) -> str | None:
        found = re.fullmatch(r"/api/v4/jobs/(\d+)" + rest, self.path)
        return self.server.names.get(int(found[1])) if found else None

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status: int, value=None, headers=()):
        data = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for key, text in dict(headers).items():
            self.send_header(key, text)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def main(table: str, out: str, names: str, *values: str):
    folder = Path(out)
    jobs = read_jobs(Path(table), names.split(","), dict(value.split("=", 1) for value in values))
    coordinator = Coordinator(jobs, folder)
    (folder / "url").write_text(f"http://127.0.0.1:{coordinator.server_port}\n")
    coordinator.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
