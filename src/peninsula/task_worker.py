"""Serve background tasks in a process of their own: `serve(send_mail, resize)`."""

from peninsula.sdk.background.task_worker import TaskWorker, serve

__all__ = ["TaskWorker", "serve"]
