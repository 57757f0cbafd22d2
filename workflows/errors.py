"""What can go wrong for a person. Each error names a sentence in prompts/en/problems.yaml; that is what people read."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.rules.locks import Missing


class HrddError(Exception):
    """Something a person should be told. `problem` is the id of its sentence, `values` fill it, `field` places it.

    `field` is the id of the question the sentence stands beside, or None when it concerns the whole form.
    """

    problem = "unexpected"

    def __init__(self, problem: str | None = None, /, **values: str | int) -> None:
        self.problem = problem or self.problem
        field = values.pop("field", None)
        self.field = None if field is None else str(field)
        self.values = values
        super().__init__(self.problem if field is None else f"{field}: {self.problem}")


class BadAnswer(HrddError):
    """An answer that cannot be used as it stands; nothing was saved, the form still holds every word."""


class BadAnswers(HrddError):
    """Several answers that cannot be used as they stand: each field with the id of its sentence. Nothing was saved."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        super().__init__(fields[0][1], field=fields[0][0])
        self.fields = tuple(fields)


class Refused(HrddError):
    """An act that this person cannot do, or not now; nothing changed."""


class Locked(HrddError):
    """An act that something else must come before; nothing changed. `missing` names each thing and where it is mended.

    `missing` are values of `rules.locks.Missing`, in the order in which they are best mended; `case_id` is whose
    record it is.
    """

    def __init__(self, problem: str, missing: Sequence[Missing], case_id: int) -> None:
        super().__init__(problem)
        self.missing, self.case_id = tuple(missing), case_id


class NotFound(HrddError):
    """A case or check that does not exist, or that this person may not see. Both read the same on purpose."""

    problem = "case_unknown"


class PolicyError(Exception):
    """The policy file cannot be used. The message is one plain sentence naming the file and the place."""


class BadCheckFile(Exception):
    """A file given to `hrdd assess` cannot be used. The message is one line naming the field."""
