import base64
import hashlib
import hmac
import time


def verify(secret: str, headers, body: bytes) -> bool:
    """`body` is the bytes as they came, before any parsing."""
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    identity, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return False
    signed = f"{identity}.{timestamp}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    signatures = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(wanted.encode(), one.encode()) for one in signatures)
