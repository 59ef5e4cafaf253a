"""The other end: an https endpoint that takes every POST, and the folder that mails are written to."""

import ssl
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Thread

PATIENCE = 15.0


@dataclass
class Post:
    path: str
    headers: Message
    body: bytes


class Receiver:
    def __init__(self, key: Path, certificate: Path) -> None:
        self.posts: list[Post] = []
        self.arrived = Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with receiver.arrived:
                    receiver.posts.append(Post(self.path, self.headers, body))
                    receiver.arrived.notify_all()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"received")

            def log_message(self, format: str, *args: object) -> None:
                """A check says what it has to say itself."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path: str) -> Post:
        """Takes the first post to a path; waits for it if it is not there yet."""
        with self.arrived:
            there = self.arrived.wait_for(lambda: any(post.path == path for post in self.posts), PATIENCE)
            assert there, f"nothing was posted to {path}"
            return self.posts.pop(next(index for index, post in enumerate(self.posts) if post.path == path))


def mail(folder: Path, to: str, subject: str) -> EmailMessage:
    """The first mail to an address whose subject holds a text. The pause only spares the machine."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for file in folder.rglob("*.eml"):
            message = message_from_bytes(file.read_bytes(), EmailMessage, policy=policy.default)
            if to in str(message["to"]) and subject in str(message["subject"]):
                return message
        time.sleep(0.05)
    raise AssertionError(f"no mail to {to} about “{subject}”")


def text(message: EmailMessage) -> str:
    """The plain part of a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
