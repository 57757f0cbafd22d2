"""The shapes of the question bank: frozen, strict, and sized for the places in Slack where they appear."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

T = TypeVar("T")

# Slack's own limits for an option; a question's hint shares the limit of a placeholder.
LABEL_MAX = 75
ASK_MAX = 150
EXAMPLE_MAX = 140
NOTE_MAX = 300
TITLE_MAX = 24
NAME_MAX = 60
INTRO_MAX = 250


class BankError(ValueError):
    """Say which file and which place of the question bank cannot be used."""


def _as_tuple(value: object) -> object:
    """Turn a YAML list into a tuple, and leave anything else for the strict check to refuse."""
    return tuple(value) if isinstance(value, list) else value


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=75)]
Text = Annotated[str, Field(min_length=1, max_length=ASK_MAX)]
Label = Annotated[str, Field(min_length=1, max_length=LABEL_MAX)]
Help = Annotated[str, Field(max_length=LABEL_MAX)]
Example = Annotated[str, Field(min_length=1, max_length=EXAMPLE_MAX)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
ReadOnly = Annotated[Mapping[str, T], AfterValidator(MappingProxyType), PlainSerializer(dict)]


class Frozen(BaseModel):
    """A value that refuses unknown keys, loose types and later changes."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Option(Frozen):
    """One answer that a person can pick: its fixed id, its name, one line of help and an example."""

    id: Id
    label: Label
    help: Help = ""
    example: Example


class Item(Option):
    """An entry of one of the lists: unlike a question's own option it always explains itself."""

    help: Annotated[str, Field(min_length=1, max_length=LABEL_MAX)]


class Group(Item):
    """A group of people; `at_risk` marks those for whom the rule sets higher floors."""

    at_risk: bool


class Right(Item):
    """A human right and the instruments that it comes from."""

    source: Texts


class Signal(Item):
    """A change in the context of use; `effect` says what it does to records that are open."""

    effect: Text


class MitigationType(Item):
    """A way to lower a risk: the proof that evidence grade EV3 asks for and the usual way it fails.

    A `soft` one only asks people to behave, and never earns credit alone.
    """

    proof: Text
    fails: Text
    soft: bool


class Level(Item):
    """A level L0-L3 and the machine name of who decides there."""

    name: Literal["team", "product_lead", "human_rights_lead", "executive_board"]


QuestionType = Literal["multi_select", "select", "radio", "text", "group"]


class Question(Frozen):
    """One question of the check.

    `required` says whether the form itself insists; whether an empty answer is allowed after the other
    answers are known is for the rules. `max_length` (characters) is set on text questions only.
    """

    id: Id
    ask: Text
    hint: Text
    why: Text
    type: QuestionType
    required: bool
    options: tuple[Option, ...] = ()
    max_length: int | None = None


class Bank(Frozen):
    """A version of the question set with every list and sentence that goes with it, in reading order."""

    id: Id
    version: int
    questions: ReadOnly[Question]
    groups: ReadOnly[Group]
    rights: ReadOnly[Right]
    signals: ReadOnly[Signal]
    mitigations: ReadOnly[MitigationType]
    evidence: ReadOnly[Item]
    levels: ReadOnly[Level]
    severities: ReadOnly[Item]
    likelihoods: ReadOnly[Item]
    communications: ReadOnly[Item]
    remedies: ReadOnly[Item]
    rules: ReadOnly[str]
    problems: ReadOnly[str]
    missing: ReadOnly[str]
    words: ReadOnly[str]

    def option(self, question_id: str, value: str) -> Option:
        """Find the option with this value, or raise BankError when the question or the value is unknown."""
        question = self.questions.get(question_id)
        if question is None:
            raise BankError(f"{self.id} has no question {question_id!r}")
        for option in question.options:
            if option.id == value:
                return option
        raise BankError(f"{self.id} {question_id} has no option {value!r}")


class Lazy(Frozen):
    """A frozen value whose checks are built when the first one is made: most processes start without needing it."""

    model_config = ConfigDict(defer_build=True)


class Choice(Option):
    """An answer of the record; help and example stand where they help."""

    model_config = ConfigDict(defer_build=True)

    example: Annotated[str, Field(max_length=EXAMPLE_MAX)] = ""


class FieldWords(Lazy):
    """What one field of a window asks. `options_from` names the question of the check whose answers it takes over."""

    ask: Text
    hint: Annotated[str, Field(max_length=ASK_MAX)] = ""
    options_from: str = ""


Step = Literal["picture", "mitigate", "remedy", "communicate", "around", "deep"]


class PartWords(Lazy):
    """One window of the record: its title, its name in lists and buttons, why it is asked, the step it belongs to."""

    title: Annotated[str, Field(min_length=1, max_length=TITLE_MAX)]
    name: Annotated[str, Field(min_length=1, max_length=NAME_MAX)]
    intro: Annotated[str, Field(min_length=1, max_length=INTRO_MAX)]
    step: Step
    fields: ReadOnly[FieldWords]


class ItemWords(Lazy):
    """One item of the deep form (DA-1): what it asks, and why."""

    question: Text
    why: Text
