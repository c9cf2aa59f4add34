"""S3: one signed PUT to a bucket of any endpoint, by its path."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from django.utils.translation import gettext_lazy as _

from batches.destinations import reading
from batches.destinations.answering import error_of, words_of
from batches.destinations.base import Finishing, Transport, TransportError, Upload
from batches.destinations.destination import Kind, Secret
from batches.destinations.pieces import limits, pieces
from convertr.errors import DomainError
from convertr.outbound.addresses import Network
from convertr.outbound.answers import Answer
from convertr.outbound.uploading import upload as send_upload

# What one PUT may hold.
LARGEST = 5 * 1_024**3
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_SAID = re.compile(r"<(Code|Message)>([^<]*)<")


@dataclass(frozen=True, slots=True)
class S3Options:
    """Which bucket, where; `prefix` stands before the file's name."""

    endpoint: str
    region: str
    bucket: str
    prefix: str = ""


class S3(Kind[S3Options]):
    """A bucket of Amazon's, or of any other that speaks S3."""

    key = "s3"
    label = _("S3")
    credential_kinds = ("s3_key",)
    after_unknown = "look"

    def read(self, stored: Mapping[str, Any]) -> S3Options:
        region = str(stored.get("region") or "us-east-1").strip().lower()
        bucket = reading.text(stored, "bucket", _("Bucket"))
        if not _REGION.fullmatch(region):
            raise DomainError("bad_region", _("Write a region such as eu-central-1."))
        if not _BUCKET.fullmatch(bucket) or ".." in bucket:
            raise DomainError(
                "bad_bucket",
                _("A bucket has 3 to 63 lower-case letters, digits, dots and hyphens."),
            )
        return S3Options(_endpoint(stored, region), region, bucket, _prefix(stored))

    def words(self, options: S3Options) -> str:
        return f"s3://{options.bucket}/{options.prefix} ({urlsplit(options.endpoint).netloc})"

    def host_of(self, options: S3Options) -> str:
        return urlsplit(options.endpoint).hostname or ""

    def _way(
        self, options: S3Options, secret: Secret, host_key: str, allowed: Collection[Network]
    ) -> Transport:
        return S3Transport(options, secret, allowed)


def _endpoint(stored: Mapping[str, Any], region: str) -> str:
    if not stored.get("endpoint"):
        return f"https://s3.{region}.amazonaws.com"
    endpoint = reading.url(stored, "endpoint", _("Endpoint")).rstrip("/")
    parts = urlsplit(endpoint)
    if parts.path or parts.query:
        raise DomainError(
            "bad_endpoint", _("Write the endpoint without a path, such as https://s3.example.com.")
        )
    return endpoint


def _prefix(stored: Mapping[str, Any]) -> str:
    """Ready to have a name put behind it."""
    folder = reading.folder(stored, "prefix").strip("/")
    return f"{folder}/" if folder else ""


class S3Transport:
    """One PUT a file; it is there as a whole or not at all."""

    def __init__(self, options: S3Options, secret: Secret, allowed: Collection[Network]) -> None:
        self._options, self._secret, self._allowed = options, secret, allowed

    def send(self, upload: Upload, finishing: Finishing) -> str:
        """The hash goes along, signed: the bucket takes only what was built."""
        if upload.size > LARGEST:
            raise TransportError("too_large", permanent=True)
        answer = self._call("PUT", upload, finishing)
        if not answer.delivered:
            raise _error(answer)
        return words_of(answer)

    def arrived(self, upload: Upload) -> bool | None:
        """Whether the name has our size; None where the key may not look."""
        answer = self._call("HEAD", upload, lambda: None)
        if answer.delivered:
            return answer.length == upload.size
        if answer.status == 404:
            return False
        if answer.status == 403:
            return None
        raise _error(answer)

    def _call(self, method: str, upload: Upload, finishing: Finishing) -> Answer:
        path = quote(f"{self._options.bucket}/{self._options.prefix}{upload.name}", safe="/-_.~")
        url = f"{self._options.endpoint}/{path}"
        put = method == "PUT"
        headers = {"Content-Type": upload.media_type} if put else {}
        return send_upload(
            method,
            url,
            headers=self._signed(method, url, headers, upload.sha256 if put else NOTHING),
            body=pieces(upload) if put else (),
            length=upload.size if put else 0,
            about_to_finish=finishing,
            allowed=self._allowed,
            limits=limits(),
        )

    def _signed(
        self, method: str, url: str, headers: Mapping[str, str], sha256: str
    ) -> dict[str, str]:
        request = AWSRequest(method=method, url=url, headers=dict(headers))
        key = Credentials(self._secret["key_id"], self._secret["secret"])
        _Signing(key, self._options.region, sha256).add_auth(request)
        return dict(request.headers.items())


class _Signing(S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """Signature version 4 with a hash that is known already."""

    def __init__(self, key: Credentials, region: str, sha256: str) -> None:
        super().__init__(key, "s3", region)
        self._sha256 = sha256

    def payload(self, request: AWSRequest) -> str:
        return self._sha256


def _error(answer: Answer) -> TransportError:
    """S3 says in XML what it means."""
    said = dict(_SAID.findall(answer.body.decode(errors="replace")))
    words = f"{answer.status or ''} {said.get('Code', '')} {said.get('Message', '')}".strip()
    if said.get("Code") == "NoSuchBucket":
        return TransportError("folder_missing", words, permanent=True)
    error = error_of(answer, words)
    if said.get("Code") == "RequestTimeout":
        error.permanent = False
    return error
