"""How large a request with files may be: large only where this person may send a large one.

Django reads the files of every form before anybody asks who sent it; without a limit a stranger
could fill the disk at the sign-in page.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from prm.common import access

# Routes that take more than DATA_UPLOAD_MAX_MEMORY_SIZE from who may use them: name -> bytes.
LARGE: dict[str, int] = {}


def limit_of(request: HttpRequest) -> int:
    """The bytes that this request may have, with all its files."""
    match = request.resolver_match
    limit = LARGE.get(access.route_name(match), 0) if match else 0
    rule = access.rule_of(match) if match else None
    if limit and rule and rule.allows(access.actor_of(request), request.method or "POST"):
        return limit
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class MeasuredUpload(FileUploadHandler):
    """The first upload handler: looks at the length only, and leaves the files to the others."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Mapping[str, str],  # noqa: N803 (Django's name)
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Raises RequestDataTooBig (413) before the first byte of a file is read."""
        if self.request is not None and content_length > limit_of(self.request):
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Leave it to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave it to the next handler."""
