"""Blocks: what flows connect to, with every use of it seen.

>>> class Lake(Block):
...     folder: str
...     def read(self, name: str) -> bytes:
...         touches(f"file://{self.folder}/{name}")
...         return open(f"{self.folder}/{name}", "rb").read()
"""

from peninsula.blocks.aws import AwsClientParameters, AwsCredentials
from peninsula.blocks.azure import AzureBlobContainer, AzureBlobStorageCredentials
from peninsula.blocks.base import Block
from peninsula.blocks.commands import CommandError, CommandTimeoutError
from peninsula.blocks.database import DatabaseCredentials
from peninsula.blocks.fields import SecretDict
from peninsula.blocks.gcs import GcpCredentials, GcsBucket, ServiceAccountInfo
from peninsula.blocks.git import GitCredentials, GitRepository
from peninsula.blocks.http import HttpService
from peninsula.blocks.kubernetes import KubernetesCluster
from peninsula.blocks.local_files import LocalFileSystem
from peninsula.blocks.methods import unobserved
from peninsula.blocks.notification import Notification, NotificationError
from peninsula.blocks.redis import Redis
from peninsula.blocks.remote_files import RemoteFileSystem
from peninsula.blocks.s3 import S3Bucket
from peninsula.blocks.secret import Secret
from peninsula.blocks.shell import ShellCommand
from peninsula.blocks.sql import SqlDatabase
from peninsula.blocks.webhook import Webhook
from peninsula.core.calls import Credential
from peninsula.sdk.outside.around import answered, call, moved, touches

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
