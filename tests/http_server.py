"""A local server for what would come from the network."""

import http.server
import threading
from contextlib import contextmanager


@contextmanager
def http_server(get):
    """Let get(request) answer every GET, with the methods of BaseHTTPRequestHandler; yields the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            get(self)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])  # seconds until shutdown is seen
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
