"""What values the CRM's own fields take. Google's data is taken as it comes and is not checked here."""


class Invalid(ValueError):
    """A value that its field does not take.

    `field` is its path in the record; the message is for a person.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
