"""The web with TLS behind the proxy: origin.py FOLDER CERTIFICATE KEY LOG. A client has verified the certificate where its
request stands in the log: before that it sends none."""

import http.server
import ssl
import sys

FOLDER, CERTIFICATE, KEY, LOG = sys.argv[1:]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves FOLDER below any first name, which says who asks; what is not there is an empty object."""

    def __init__(self, *arguments):
        super().__init__(*arguments, directory=FOLDER)

    def translate_path(self, path):
        return super().translate_path("/" + "/".join(path.split("/")[2:]))

    def send_error(self, *_):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass

    def parse_request(self):
        is_whole = super().parse_request()
        with open(LOG, "a") as log:
            print(self.path, file=log)
        return is_whole


server = http.server.ThreadingHTTPServer(("0.0.0.0", 443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
