"""Who one is at Amazon Web Services, and at whatever speaks its language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from peninsula.blocks.base import Block
from peninsula.blocks.fields import PlainAddress
from peninsula.blocks.methods import unobserved
from peninsula.sdk.extras import require

__all__ = ["AwsClientParameters", "AwsCredentials"]


class AwsClientParameters(BaseModel):
    """How clients connect, where the defaults of boto3 do not do."""

    model_config = ConfigDict(hide_input_in_errors=True)

    api_version: str | None = None
    use_ssl: bool = True
    verify: bool | str = True
    """Whether certificates are checked, or the file of the authorities to check them against."""
    verify_cert_path: str | None = None
    """The same file, by the name that it also has."""
    endpoint_url: PlainAddress | None = None
    """Address of a service that speaks S3: MinIO, Ceph, a test's server."""
    config: dict[str, Any] = Field(default_factory=dict)
    """Parameters of botocore's `Config`: retries, timeouts, addressing style."""

    def options(self) -> dict[str, Any]:
        """Return what `boto3.client` takes."""
        from botocore.config import Config  # noqa: PLC0415  weight

        given = {
            "api_version": self.api_version,
            "use_ssl": self.use_ssl,
            "verify": self.verify_cert_path or self.verify,
            "endpoint_url": self.endpoint_url,
            "config": Config(**self.config) if self.config else None,
        }
        return {name: value for name, value in given.items() if value is not None}


class AwsCredentials(Block):
    """Keys of Amazon Web Services; without any, what boto3 finds by itself on the machine.

    >>> AwsCredentials(aws_access_key_id="AKIA…", aws_secret_access_key="…").save("lake")
    """

    _block_type_name = "AWS Credentials"
    _block_type_slug = "aws-credentials"
    _expires_field = "expires"

    aws_access_key_id: str | None = None
    aws_secret_access_key: SecretStr | None = None
    aws_session_token: SecretStr | None = None
    """Of temporary keys."""
    expires: datetime | None = None
    """When temporary keys end: calls that go with them say so."""
    profile_name: str | None = None
    """A profile of `~/.aws`, in place of keys."""
    region_name: str | None = None
    aws_client_parameters: AwsClientParameters = Field(default_factory=AwsClientParameters)

    @unobserved
    def get_boto3_session(self) -> Any:
        """Return a session of boto3. Raises InvalidError where boto3 is not installed."""
        require("boto3", "AwsCredentials", "aws")
        import boto3  # noqa: PLC0415  an extra

        return boto3.Session(
            aws_access_key_id=self.aws_access_key_id,
            aws_secret_access_key=_plain(self.aws_secret_access_key),
            aws_session_token=_plain(self.aws_session_token),
            profile_name=self.profile_name,
            region_name=self.region_name,
        )

    @unobserved
    def get_client(self, client_type: str, **options: Any) -> Any:
        """Return a client of boto3 for a service: `sqs`. What is called on it is not seen.

        Options are those of `boto3.client`, and go before the block's.
        """
        session = self.get_boto3_session()
        return session.client(client_type, **(self.aws_client_parameters.options() | options))

    @unobserved
    def get_s3_client(self) -> Any:
        """Return a client of boto3 for S3."""
        return self.get_client("s3")


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
