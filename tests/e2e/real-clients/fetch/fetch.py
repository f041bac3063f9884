"""Asks for each URL once: fetch.py LIBRARY URL…; how it went is for the witnesses to say."""

import importlib
import sys

library, urls = sys.argv[1], sys.argv[2:]
module = importlib.import_module({"urllib": "urllib.request"}.get(library, library))

if urls == ["--version"]:
    print(sys.version.split()[0] if library == "urllib" else module.__version__)
    sys.exit()



def remote(url):
    from selenium.webdriver.remote.client_config import ClientConfig
    from selenium.webdriver.remote.remote_connection import RemoteConnection

    return RemoteConnection(client_config=ClientConfig(url, timeout=5))


fetch = {
    "urllib": lambda url: module.urlopen(url, timeout=5).read(),
    "requests": lambda url: module.get(url, timeout=5, allow_redirects=False),
    "httpx2": lambda url: module.get(url, timeout=5, verify=False),
    # A command that every WebDriver server knows.
    "selenium": lambda url: remote(url).execute("newSession", {}),
    "httpx": lambda url: module.get(url, timeout=5, verify=False),
}[library]
for url in urls:
    try:
        fetch(url)
    except Exception as error:
        print(url, repr(error), file=sys.stderr)
