"""Hooks of schemathesis: session tokens, signatures of webhooks, and what a client knows from earlier answers.

The environment has the Clerk emulator: USHER_CLERK_URL, USHER_CLERK_SECRET_KEY and USHER_CLERK_WEBHOOK_SECRET. The file
USHER_SUCCESSES gets a line for each successful request, with its phase and its operation.
"""

import base64
import hashlib
import hmac
import json
import os
import time
import urllib.request

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoverageScenario, coverage_scenario
from schemathesis.openapi.checks import RejectedPositiveData

CLERK = os.environ["USHER_CLERK_URL"]
SECRET_KEY = os.environ["USHER_CLERK_SECRET_KEY"]
SUCCESSES = open(os.environ["USHER_SUCCESSES"], "a", encoding="utf-8")
WEBHOOK_SECRET = base64.b64decode(os.environ["USHER_CLERK_WEBHOOK_SECRET"].removeprefix("whsec_"))

# Problems of requests that are valid by their schema and by the rules of `as_a_client_would`. Whether such a request is
# accepted depends on the rows that are stored, and no schema can say that.
DEPENDS_ON_STORED_ROWS = {
    "version-mismatch": "the settings have changed since the answer with this ETag",
    "settings-too-large": "the settings grow with every change of this run",
}

# Refusals of valid requests, by operation. No schema can count the words of a search, or knows the models of an operator.
BEYOND_THE_SCHEMA = {
    "search": "q must have at most 10 words",
    "create-reply": "model is not a model that this API offers",
}

# OpenAPI 3.1 describes the body of a stream as one string, but schemathesis compares each event of it with that string.
# The tests of replies read every event.
EVENT_IS_NO_STRING = "SSE event violates schema"

# The lifetime of a token. A real one lives for a minute; the emulator makes longer ones, which saves a request for each case.
TOKEN_SECONDS = 600


def call_clerk(path, body):
    """Sends a request to the emulator's Backend API."""
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(CLERK + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


class User:
    """A new user with a session."""

    def __init__(self):
        user = call_clerk("/v1/users", {"first_name": "Ada", "last_name": "Lovelace", "skip_password_requirement": True})
        session = call_clerk("/v1/sessions", {"user_id": user["id"]})
        token = call_clerk(f"/v1/sessions/{session['id']}/tokens", {"expires_in_seconds": TOKEN_SECONDS})
        self.id, self.token = user["id"], token["jwt"]


CALLER = User()


@schemathesis.auth(refresh_interval=None)
class SessionToken:
    """Sends a token with each request. A request that deletes its user gets a user of its own."""

    def get(self, case, context):
        return (User() if operation_id(case) == "delete-current-user" else CALLER).token

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


def operation_id(case):
    """Returns the name of the function."""
    return case.operation.definition.raw["operationId"]


def problem_code(response):
    """Returns the code of a problem, or None for any other response."""
    if "application/problem+json" not in response.headers.get("content-type", [""])[0]:
        return None
    return response.json()["type"].removeprefix("urn:usher:problem:")


class Known:
    """What a client knows from its earlier requests and their answers."""

    cursors = set()
    keys = set()
    etag_of_settings = '"0"'
    # The thread and the id of the last reply.
    reply = None


@schemathesis.hook
def after_call(context, case, response):
    """Remembers what the next requests need, and counts the successful ones."""
    if 200 <= response.status_code < 300 and case.meta is not None:
        print(case.meta.phase.name.value, operation_id(case), file=SUCCESSES, flush=True)
    if response.status_code != 200:
        return
    if case.path == "/settings":
        Known.etag_of_settings = response.headers["etag"][0]
    first_event = response.content.decode().partition("\n")[0].removeprefix("data: ")
    # A stream may have been left before its first event.
    if operation_id(case) == "create-reply" and first_event:
        message_id = json.loads(first_event)["messageId"]
        Known.reply = {"thread_id": case.path_parameters["thread_id"], "message_id": message_id}
    if operation_id(case) in ("list-threads", "list-messages", "search"):
        Known.cursors.add((list_of(case), response.json()["next_cursor"]))


def list_of(case):
    """Returns the list that the cursors of a request belong to."""
    return case.formatted_path, case.query.get("q"), case.query.get("kind")


def as_a_client_would(case):
    """Replaces valid values that no client would send, because the server makes them or they are used up."""
    if not case.meta.is_negative_at(ParameterLocation.QUERY) and "cursor" in case.query:
        if (list_of(case), case.query["cursor"]) not in Known.cursors:
            del case.query["cursor"]
    if operation_id(case) in ("resume-reply", "stop-reply") and Known.reply is not None:
        if not case.meta.is_negative_at(ParameterLocation.PATH):
            case.path_parameters = Known.reply
    if case.meta.is_negative_at(ParameterLocation.HEADER):
        return
    if case.headers.get("If-Match", "*") != "*":
        case.headers["If-Match"] = Known.etag_of_settings
    if "Idempotency-Key" in case.headers:
        if case.headers["Idempotency-Key"] in Known.keys:
            # A repeat would get the first answer, whose thread may be deleted by now.
            case.headers["Idempotency-Key"] = f"key-{len(Known.keys)}"
        Known.keys.add(case.headers["Idempotency-Key"])


class Signature:
    """Signs a request as Svix does (https://docs.svix.com/receiving/verifying-payloads/how-manual)."""

    def __call__(self, request):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        identifier, timestamp = request.headers["svix-id"], str(int(time.time()))
        identifier = identifier.decode() if isinstance(identifier, bytes) else identifier
        signed = f"{identifier}.{timestamp}.".encode() + body
        signature = base64.b64encode(hmac.new(WEBHOOK_SECRET, signed, hashlib.sha256).digest()).decode()
        request.headers.update({"svix-timestamp": timestamp, "svix-signature": f"v1,{signature}"})
        return request


def spare_the_caller(event):
    """Lets an event be about another user. An event that deletes or bans the caller would end the run for all others."""
    data = event.get("data") if isinstance(event, dict) else None
    if isinstance(data, dict) and data.get("id") == CALLER.id:
        data["id"] = f"{CALLER.id[:-1]}0"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Signs a webhook whose headers are valid by their schemas. Makes any other request as a client would."""
    if case.meta is None:
        return
    if operation_id(case) != "clerk-webhook":
        return as_a_client_would(case)
    spare_the_caller(case.body)
    if not case.meta.is_negative_at(ParameterLocation.HEADER) and "svix-id" in case.headers:
        kwargs["auth"] = Signature()


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drops the failure of a valid request that was refused because of stored rows, or by a limit that no schema has."""
    if failure.title == EVENT_IS_NO_STRING:
        return False
    if not isinstance(failure, RejectedPositiveData):
        return True
    limit = BEYOND_THE_SCHEMA.get(operation_id(case))
    is_limited = limit is not None and response.json().get("detail") == limit
    return not (is_limited or problem_code(response) in DEPENDS_ON_STORED_ROWS)


@schemathesis.check
def unknown_method_is_not_found(ctx, response, case):
    """Demands API Gateway's answer for a method that no route has: 404 of the HTTP API, 403 of the REST API that streams."""
    if coverage_scenario(case) != CoverageScenario.UNSPECIFIED_HTTP_METHOD or response.request.method == "OPTIONS":
        return
    status, message = (403, "Missing Authentication Token") if case.path.startswith("/stream/") else (404, "Not Found")
    if response.status_code != status or response.json() != {"message": message}:
        raise Failure(
            operation=case.operation.label,
            title="A method that no route has",
            message=f"{response.request.method} must be {status} {message} of API Gateway, not {response.status_code}",
        )
