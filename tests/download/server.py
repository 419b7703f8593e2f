"""A web server that misbehaves on request, for the tests of downloads. Standard library only.

    server.py FOLDER        serves the files of FOLDER; prints its port, then a line for each request:
                            METHOD PATH RANGE STATUS

The first part of a path says how a file is served:
    /plain/F      as it should be, with ranges, ETag and Last-Modified
    /reset/F      the connection is reset after 1000 bytes of each answer
    /reset-once/F the same, for the first answer only
    /short/F      promises 100 bytes more than it sends, always
    /short-once/F the same, for the first answer only
    /no-range/F   ignores ranges; the first answer is reset
    /no-proof/F   resets after 1000 bytes, with ranges but neither ETag nor Last-Modified, the first time
    /changing/F   another ETag, and another content, from the second answer on; the first is reset
    /liar/F       answers a range with 206 and bytes from elsewhere; the first answer is reset
    /trickle/F    a hundred bytes at a time, 10 ms between
    /stall/F      half of it, then nothing
    /busy-once/F  503 with Retry-After: 0, then as it should be
    /redirect/N/X N redirects, then X;  /loop: for ever;  /to-file: to file:///etc/passwd
    /status/N     that status
"""
import collections
import email.utils
import hashlib
import http.server
import os
import socket
import struct
import sys
import threading
import time

FOLDER = sys.argv[1]
answers = collections.Counter()
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def say(self, status):
        print("GET", self.path, self.headers.get("Range", "-"), status, flush=True)

    def end(self, status, headers=()):
        self.say(status)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def hang_up(self):
        """A reset, not a polite end."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def do_GET(self):
        with lock:
            answers[self.path] += 1
            first = answers[self.path] == 1
        kind, _, rest = self.path[1:].partition("/")
        if kind == "status":
            return self.end(int(rest))
        if kind == "loop":
            return self.end(302, [("Location", "/loop")])
        if kind == "to-file":
            return self.end(302, [("Location", "file:///etc/passwd")])
        if kind == "redirect":
            n, _, target = rest.partition("/")
            return self.end(302, [("Location", "/" + target if n == "1" else f"/redirect/{int(n) - 1}/{target}")])
        if kind == "busy-once" and first:
            return self.end(503, [("Retry-After", "0")])
        file = os.path.join(FOLDER, rest)
        if not os.path.isfile(file):
            return self.end(404)
        with open(file, "rb") as stream:
            self.serve(kind, first, stream.read(), os.path.getmtime(file))

    def serve(self, kind, first, content, modified):
        if kind == "changing" and not first:
            content = content[::-1]
        tag = '"%s"' % hashlib.md5(content).hexdigest()
        status, begin = 200, 0
        wanted, proof = self.headers.get("Range"), self.headers.get("If-Range")
        proven = proof in (None, tag, email.utils.formatdate(modified, usegmt=True))
        if wanted and proven and kind != "no-range":
            begin = int(wanted[len("bytes="):].rstrip("-"))
            if begin >= len(content):
                return self.end(416, [("Content-Range", f"bytes */{len(content)}")])
            status = 206
        body = content[begin:]
        self.say(status)
        self.send_response(status)
        promised = len(body) + (100 if kind == "short" or (kind == "short-once" and first) else 0)
        self.send_header("Content-Length", str(promised))
        if status == 206:
            claimed = begin + 7 if kind == "liar" else begin
            self.send_header("Content-Range", f"bytes {claimed}-{len(content) - 1}/{len(content)}")
        if kind != "no-proof":
            self.send_header("ETag", tag)
            self.send_header("Last-Modified", email.utils.formatdate(modified, usegmt=True))
        self.end_headers()
        self.send_body(kind, first, body, promised)

    def send_body(self, kind, first, body, promised):
        cut = kind == "reset" or (first and kind in ("reset-once", "no-range", "no-proof", "changing", "liar"))
        if cut and len(body) > 1000:
            self.wfile.write(body[:1000])
            self.wfile.flush()
            time.sleep(0.05)  # a reset overtakes what was sent just before it
            return self.hang_up()
        if kind == "trickle":
            for at in range(0, len(body), 100):
                self.wfile.write(body[at:at + 100])
                self.wfile.flush()
                time.sleep(0.01)
            return
        if kind == "stall":
            self.wfile.write(body[:len(body) // 2])
            self.wfile.flush()
            time.sleep(20)
            return
        self.wfile.write(body)
        if promised > len(body):
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # the other side hung up


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
