"""Blocks: what flows connect to, with every use of it seen.

Each block that comes with Peninsula is imported when it is first used.

>>> class Lake(Block):
...     folder: str
...     def read(self, name: str) -> bytes:
...         touches(f"file://{self.folder}/{name}")
...         return open(f"{self.folder}/{name}", "rb").read()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from peninsula.blocks.base import Block
from peninsula.blocks.fields import SecretDict
from peninsula.blocks.methods import unobserved
from peninsula.core.calls import Credential
from peninsula.sdk.outside.around import answered, call, moved, touches

if TYPE_CHECKING:
    from peninsula.blocks.aws import AwsClientParameters, AwsCredentials
    from peninsula.blocks.azure import AzureBlobContainer, AzureBlobStorageCredentials
    from peninsula.blocks.commands import CommandError, CommandTimeoutError
    from peninsula.blocks.database import DatabaseCredentials
    from peninsula.blocks.gcs import GcpCredentials, GcsBucket, ServiceAccountInfo
    from peninsula.blocks.git import GitCredentials, GitRepository
    from peninsula.blocks.http import HttpService
    from peninsula.blocks.kubernetes import KubernetesCluster
    from peninsula.blocks.local_files import LocalFileSystem
    from peninsula.blocks.notification import Notification, NotificationError
    from peninsula.blocks.redis import Redis
    from peninsula.blocks.registry import DockerRegistry
    from peninsula.blocks.remote_files import RemoteFileSystem
    from peninsula.blocks.s3 import S3Bucket
    from peninsula.blocks.secret import Secret
    from peninsula.blocks.shell import ShellCommand
    from peninsula.blocks.sql import SqlDatabase
    from peninsula.blocks.webhook import Webhook

__all__ = [
    "AwsClientParameters",
    "AwsCredentials",
    "AzureBlobContainer",
    "AzureBlobStorageCredentials",
    "Block",
    "CommandError",
    "CommandTimeoutError",
    "Credential",
    "DatabaseCredentials",
    "DockerRegistry",
    "GcpCredentials",
    "GcsBucket",
    "GitCredentials",
    "GitRepository",
    "HttpService",
    "KubernetesCluster",
    "LocalFileSystem",
    "Notification",
    "NotificationError",
    "Redis",
    "RemoteFileSystem",
    "S3Bucket",
    "Secret",
    "SecretDict",
    "ServiceAccountInfo",
    "ShellCommand",
    "SqlDatabase",
    "Webhook",
    "answered",
    "call",
    "moved",
    "touches",
    "unobserved",
]

_PLACES = {
    "AwsClientParameters": "peninsula.blocks.aws",
    "AwsCredentials": "peninsula.blocks.aws",
    "AzureBlobContainer": "peninsula.blocks.azure",
    "AzureBlobStorageCredentials": "peninsula.blocks.azure",
    "CommandError": "peninsula.blocks.commands",
    "CommandTimeoutError": "peninsula.blocks.commands",
    "DatabaseCredentials": "peninsula.blocks.database",
    "DockerRegistry": "peninsula.blocks.registry",
    "GcpCredentials": "peninsula.blocks.gcs",
    "GcsBucket": "peninsula.blocks.gcs",
    "GitCredentials": "peninsula.blocks.git",
    "GitRepository": "peninsula.blocks.git",
    "HttpService": "peninsula.blocks.http",
    "KubernetesCluster": "peninsula.blocks.kubernetes",
    "LocalFileSystem": "peninsula.blocks.local_files",
    "Notification": "peninsula.blocks.notification",
    "NotificationError": "peninsula.blocks.notification",
    "Redis": "peninsula.blocks.redis",
    "RemoteFileSystem": "peninsula.blocks.remote_files",
    "S3Bucket": "peninsula.blocks.s3",
    "Secret": "peninsula.blocks.secret",
    "ServiceAccountInfo": "peninsula.blocks.gcs",
    "ShellCommand": "peninsula.blocks.shell",
    "SqlDatabase": "peninsula.blocks.sql",
    "Webhook": "peninsula.blocks.webhook",
}


if not TYPE_CHECKING:  # to a type checker, a name that is not above is a mistake

    def __getattr__(name: str) -> Any:
        try:
            place = _PLACES[name]
        except KeyError:
            msg = f"module 'peninsula.blocks' has no attribute {name!r}"
            raise AttributeError(msg) from None
        value = globals()[name] = getattr(import_module(place), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
