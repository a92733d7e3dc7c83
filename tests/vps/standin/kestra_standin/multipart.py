"""Reads `multipart/form-data` bodies."""

from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP

from .errors import ApiError
from .messages import Request


@dataclass(frozen=True)
class Part:
    """One field of a form; `filename` is None for a plain value."""

    name: str
    content: bytes
    filename: str | None


def parts(request: Request) -> list[Part]:
    """Return the fields of the form, none for a request without a body."""
    if not request.body and request.content_type != "multipart/form-data":
        return []
    if request.content_type != "multipart/form-data":
        raise ApiError(
            415,
            f"Unsupported Media Type: Content Type [{request.content_type}] not allowed."
            " Allowed types: [multipart/form-data]",
        )
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    found = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            found.append(Part(name, payload, part.get_filename()))
    return found
