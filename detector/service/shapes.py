"""What the API takes and gives, for its OpenAPI description and for checking requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(max_length=4000)]
Name = Annotated[str, StringConstraints(max_length=200)]
PAGE = (
    "<title>Town news</title><p>The council met on Monday.</p>"
    '<div style="display:none"><a href="https://win.example/">online casino bonus</a></div>'
)


class Shape(BaseModel):
    """Strict: a number is no string, an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PageContext(Shape):
    """Where a page comes from. `site` is the source that a policy's `[source.NAME]` names."""

    author: Name = ""
    site: Name = ""


class ScanRequest(Shape):
    """A page: `html`, or `text` without markup."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [{"html": PAGE, "url": "https://town.example/news"}],
            "oneOf": [{"required": ["html"]}, {"required": ["text"]}],
        },
    )

    html: str = Field(default="")
    text: str = Field(default="")
    url: Text = ""
    context: PageContext = PageContext()


class FeedbackRequest(Shape):
    """What a person says of a result. `ham` is the same as `clean`."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"id": "res_01934f3c8a10", "label": "spam", "who": "li"}]},
    )

    id: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    label: Literal["spam", "ham", "clean", "injected"]
    who: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class FeedbackAnswer(BaseModel):
    """The feedback as kept, and what people now agree on."""

    id: str
    result: str
    settled: Literal["clean", "injected", "spam", "disputed"] | None


class DecisionAnswer(BaseModel):
    """What to do with the page. The deciding reason stands first."""

    action: Literal["allow", "review", "block"]
    reasons: list[str]


class ResultAnswer(BaseModel):
    """A result as `detector scan --format jsonl` gives it, with an id and a decision.

    See docs/result.schema.json for the fields of `detector.result/1`.
    """

    model_config = ConfigDict(extra="allow")

    id: str
    schema_: Literal["detector.result/1"] = Field(alias="schema")
    uri: str
    label: Literal["clean", "injected", "spam"] | None
    probabilities: dict[str, float] | None
    categories: list[str]
    findings: list[dict[str, Any]]
    content: dict[str, Any] | None = Field(description="null where it is not kept")
    related_links: list[dict[str, Any]]
    decision: DecisionAnswer
    contributions: list[tuple[str, float]] = Field(
        description="features that moved the verdict most, with their log-odds against clean"
    )
    error: dict[str, str] | None


class ErrorDetail(BaseModel):
    """Which kind of error, for programs, and what to do, for people."""

    kind: str
    message: str


class ErrorAnswer(BaseModel):
    """A request that was not done."""

    error: ErrorDetail


class Health(BaseModel):
    """`ok`, or why not."""

    status: str
