"""What each log line and audit row carries along: the request's id and address."""

import contextvars
import logging

current_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")
current_ip: contextvars.ContextVar[str | None] = contextvars.ContextVar("ip", default=None)


class RequestIdFilter(logging.Filter):
    """Puts the request id into each log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the line through."""
        record.request_id = current_request_id.get()
        return True
