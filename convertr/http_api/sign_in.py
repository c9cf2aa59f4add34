"""POST /api/login and /api/token/refresh: a password for a token, for those without an API key."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router, Schema
from pydantic import AfterValidator, BeforeValidator, Field

from convertr.accounts import tokens
from convertr.accounts.tokens import Tokens
from convertr.http_api.types import Problem, storable

router = Router(tags=["Sign-in"])
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
REFUSALS = {400: Problem, 401: Problem, 413: Problem, 429: Problem}


def _written(value: Any) -> Any:
    """A code that was sent as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Secret = Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(storable)]
Code = Annotated[str, Field(max_length=100), AfterValidator(storable), BeforeValidator(_written)]


class LoginIn(Schema):
    username: Annotated[str, Field(max_length=254), AfterValidator(storable)] = Field(
        description="The e-mail address that one signs in with."
    )
    password: Secret
    mfa_code: Code = Field(
        default="",
        description="Where one has set up a second factor: its code, or one for recovery.",
    )


class RefreshIn(Schema):
    refresh_token: Secret


class TokensOut(Schema):
    access_token: str
    refresh_token: str
    token_type: str = Field(examples=["bearer"])
    expires_in: int = Field(description="Seconds until the access token ends.", examples=[3600])
    user_id: int
    password_expired: bool = Field(description="Always false: passwords don't expire.")


def _forms(name: str) -> dict[str, Any]:
    """The same body as a form, for OpenAPI."""
    schema = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return {"requestBody": {"content": dict.fromkeys(FORMS, schema)}}


@router.post(
    "/login",
    auth=None,
    response={200: TokensOut, **REFUSALS},
    openapi_extra=_forms("LoginIn"),
    url_name="login",
)
def login(request: HttpRequest, body: LoginIn) -> HttpResponse:
    """An access token for a person's e-mail and password: send it as Authorization: Bearer.

    Whatever is wrong, the answer is the same 401; failed sign-ins are limited, here and on the
    pages together. People who sign in by passkey only use an API key.
    """
    made = tokens.sign_in(
        request, email=body.username.strip(), password=body.password, code=body.mfa_code
    )
    return _told(made)


@router.post(
    "/token/refresh",
    auth=None,
    response={200: TokensOut, **REFUSALS},
    openapi_extra=_forms("RefreshIn"),
    url_name="refresh_token",
)
def refresh(request: HttpRequest, body: RefreshIn) -> HttpResponse:
    """The next access token and refresh token; both that came before end.

    A refresh token is taken once and for 30 days. One that comes a second time ends what followed
    from its sign-in: sign in again.
    """
    return _told(tokens.refresh(body.refresh_token))


def _told(made: Tokens) -> HttpResponse:
    answer = {
        "access_token": made.access,
        "refresh_token": made.refresh,
        "token_type": "bearer",
        "expires_in": made.expires_in,
        "user_id": made.user.pk,
        "password_expired": False,
    }
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})
