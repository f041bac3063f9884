#!/usr/bin/python3
"""A GitLab API on loopback that records what is asked of it: recording_api.py FOLDER

Prints its address. FOLDER/log gets a line for each request: method, path, size of the body, the login's kind.
FOLDER/packages/… gets what is uploaded; a GET of the same path returns the file. FOLDER/body-N is the body of line N, where
that body is JSON.
"""
import json
import pathlib
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = pathlib.Path(sys.argv[1])
requests = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_request(self):
        global requests
        requests += 1
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        login = [name for name in ("JOB-TOKEN", "PRIVATE-TOKEN", "Authorization") if name in self.headers]
        with open(folder / "log", "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path} {len(body)} {','.join(login)}\n")
        if self.headers.get("Content-Type", "").startswith("application/json"):
            (folder / f"body-{requests}").write_bytes(body)
        path = self.path.split("?")[0]
        file = folder / path.lstrip("/").replace("%2F", "/").replace("..", "")
        if "/packages/generic/" in path:
            if self.command == "PUT":
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(body)
                return self.answer(201, b'{"message":"201 Created"}')
            return self.answer(200, file.read_bytes()) if file.is_file() else self.answer(404, b"{}")
        if self.command == "POST":
            return self.answer(201, json.dumps({"tag_name": "recorded", "catalog_url": "http://recorded", "_links": {"self": "http://recorded"}}).encode())
        if "/releases" in path:
            return self.answer(404, b'{"message":"404 Not found"}')
        return self.answer(200, json.dumps({"id": 7, "path_with_namespace": "tools/jobproxy", "default_branch": "main"}).encode())

    do_GET = do_POST = do_PUT = handle_request

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
