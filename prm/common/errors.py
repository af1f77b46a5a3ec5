"""What services raise when a rule says no; each door translates them in one place."""


class DomainError(Exception):
    """A rule was not kept. ``message`` tells the person what to do, ``code`` tells programs."""

    status = 409
    default_code = "refused"

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.code = code or self.default_code


class InvalidTransition(DomainError):
    """This step is not possible from the present state."""

    default_code = "invalid_transition"


class Conflict(DomainError):
    """Somebody or something else was first."""

    default_code = "conflict"


class NotAllowed(DomainError):
    """The person may see this but not do it."""

    status = 403
    default_code = "not_allowed"


class InvalidInput(DomainError):
    """A value that cannot be used; ``field`` names it."""

    status = 400
    default_code = "invalid"

    def __init__(self, message: str, field: str = "", code: str = "") -> None:
        super().__init__(message, code)
        self.field = field
