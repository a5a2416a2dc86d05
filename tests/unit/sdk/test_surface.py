"""What users import: the names, and what importing them costs in modules."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import cloudpickle
import pytest

import peninsula
from peninsula.futures import Future

FACADES = {
    "peninsula.artifacts": [
        "Artifact",
        "acreate_image_artifact",
        "acreate_link_artifact",
        "acreate_markdown_artifact",
        "acreate_progress_artifact",
        "acreate_table_artifact",
        "aupdate_progress_artifact",
        "create_image_artifact",
        "create_link_artifact",
        "create_markdown_artifact",
        "create_progress_artifact",
        "create_table_artifact",
        "update_progress_artifact",
    ],
    "peninsula.blocks": [
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
    ],
    "peninsula.concurrency.asyncio": ["concurrency", "rate_limit"],
    "peninsula.concurrency.sync": ["concurrency", "rate_limit"],
    "peninsula.cache_policies": [
        "DEFAULT",
        "FLOW_PARAMETERS",
        "INPUTS",
        "NONE",
        "NO_CACHE",
        "RUN_ID",
        "TASK_SOURCE",
        "CacheKeyFnPolicy",
        "CachePolicy",
        "CompoundCachePolicy",
        "FlowParameters",
        "Inputs",
        "RunId",
        "TaskRunContext",
        "TaskSource",
    ],
    "peninsula.deployments": [
        "ConcurrencyLimitConfig",
        "DeployedRun",
        "GitRepository",
        "RunnerDeployment",
        "arun_deployment",
        "aserve",
        "deploy",
        "run_deployment",
        "serve",
    ],
    "peninsula.events": ["Event", "Related", "Resource", "emit_event"],
    "peninsula.flows": ["Flow", "flow"],
    "peninsula.futures": [
        "DoneAndNotDoneFutures",
        "Future",
        "FutureList",
        "PrefectFuture",
        "PrefectFutureList",
        "as_completed",
        "resolve_futures_to_results",
        "resolve_futures_to_states",
        "wait",
    ],
    "peninsula.input": ["RunInput"],
    "peninsula.locking.filesystem": ["FileSystemLockManager"],
    "peninsula.locking.memory": ["MemoryLockManager"],
    "peninsula.logging": ["get_run_logger"],
    "peninsula.results": ["ResultRecord", "ResultStore", "get_result_store"],
    "peninsula.runtime": ["deployment", "flow_run", "task_run"],
    "peninsula.schedules": ["Cron", "Interval", "RRule", "Schedule"],
    "peninsula.serializers": [
        "CompressedJSONSerializer",
        "CompressedPickleSerializer",
        "CompressedSerializer",
        "JSONSerializer",
        "MsgspecSerializer",
        "PickleSerializer",
        "Serializer",
    ],
    "peninsula.states": [
        "AwaitingRetry",
        "Cancelled",
        "Cancelling",
        "Completed",
        "Crashed",
        "Failed",
        "Late",
        "Paused",
        "Pending",
        "Retrying",
        "Running",
        "Scheduled",
        "State",
        "StateType",
        "Suspended",
        "get_state_exception",
        "get_state_result",
        "raise_state_exception",
    ],
    "peninsula.task_runners": [
        "ConcurrentTaskRunner",
        "ProcessPoolTaskRunner",
        "TaskRunner",
        "ThreadPoolTaskRunner",
    ],
    "peninsula.task_runners.dask": ["DaskTaskRunner"],
    "peninsula.task_runners.ray": ["RayTaskRunner"],
    "peninsula.task_worker": ["TaskWorker", "serve"],
    "peninsula.tasks": ["Task", "exponential_backoff", "task", "task_input_hash"],
    "peninsula.testing": ["Harness", "ToldRun", "harness"],
    "peninsula.transactions": [
        "CommitMode",
        "IsolationLevel",
        "Transaction",
        "TransactionState",
        "atransaction",
        "get_transaction",
        "transaction",
    ],
    "peninsula.utilities.annotations": ["allow_failure", "opaque", "quote", "unmapped"],
    "peninsula.variables": ["Variable"],
}

HEAVY = {
    "alembic",
    "asyncio",
    "concurrent.futures",
    "cryptography",
    "dataclasses",
    "email",
    "httpx",
    "inspect",
    "litestar",
    "logging",
    "msgspec",
    "multiprocessing",
    "pydantic",
    "rich",
    "socket",
    "sqlalchemy",
    "sqlite3",
    "ssl",
    "subprocess",
    "threading",
    "typer",
    "urllib.request",
    "uvicorn",
}
"""Modules that take milliseconds or megabytes, each more than all the rest of the import."""

ALLOWED_OURS = {
    "peninsula",
    "peninsula.core",
    "peninsula.core.errors",
    "peninsula.core.limits",
    "peninsula.core.retries",
    "peninsula.core.texts",
    "peninsula.sdk",
    "peninsula.sdk.runnable",
    "peninsula.sdk.checks",
    "peninsula.sdk.definitions",
    "peninsula.sdk.flows",
    "peninsula.sdk.functions",
    "peninsula.sdk.options",
    "peninsula.sdk.runnable_task",
    "peninsula.sdk.tasks",
}


def modules_after(code: str) -> set[str]:
    """Return the modules that a fresh Python has loaded after running the code, and not before."""
    script = (
        "import json, sys; before = set(sys.modules)\n"
        f"{code}\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    # -I: neither PYTHONPATH nor the user's site; what coverage tools start is not counted.
    output = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    ).stdout
    return set(json.loads(output.splitlines()[-1]))


def test_every_name_is_there_and_no_other_is_public():
    """`__all__` is sorted, complete, and each name loads."""
    assert peninsula.__all__ == sorted(peninsula.__all__)
    assert peninsula.__all__ == [
        "Flow",
        "State",
        "Task",
        "allow_failure",
        "aserve",
        "deploy",
        "emit_event",
        "flow",
        "get_run_logger",
        "opaque",
        "pause_flow_run",
        "quote",
        "resume_flow_run",
        "runtime",
        "serve",
        "suspend_flow_run",
        "tags",
        "task",
        "unmapped",
    ]
    assert all(getattr(peninsula, name) is not None for name in peninsula.__all__)
    assert set(peninsula.__all__) <= set(dir(peninsula))


def test_the_version_is_that_of_the_package():
    """It is looked up when asked for."""
    assert peninsula.__version__.count(".") == 2


def test_a_name_that_is_not_there_says_so():
    """As for any module."""
    with pytest.raises(AttributeError, match="no attribute 'flwo'"):
        _ = peninsula.flwo


@pytest.mark.parametrize("name", ["get_client", "transaction"])
def test_a_name_of_prefect_that_is_not_here_says_what_is(name):
    """An import shows the text of an ImportError, and that of no other."""
    with pytest.raises(ImportError, match=rf"peninsula has no '{name}'\. \w+"):
        exec(f"from peninsula import {name}", {})


@pytest.mark.parametrize("name", ["visualize"])
def test_a_method_of_prefects_flows_that_is_not_here_says_what_is(name):
    """Whoever asks whether it is there is told that it is not."""
    made = peninsula.flow(print)
    with pytest.raises(AttributeError, match=rf"A flow has no '{name}'\. \w+"):
        getattr(made, name)
    assert not hasattr(made, name)


@pytest.mark.parametrize("name", FACADES)
def test_each_place_known_from_prefect_has_its_names(name):
    """A flow written for it runs by changing the import line."""
    module = importlib.import_module(name)
    assert module.__all__ == FACADES[name]
    assert all(hasattr(module, each) for each in module.__all__)


@pytest.mark.parametrize("name", FACADES)
def test_what_scripts_import_goes_with_their_tasks_to_other_processes(name):
    """There, a function of a script brings along what it uses of the script's names."""
    module = importlib.import_module(name)
    for each in module.__all__:
        assert cloudpickle.loads(cloudpickle.dumps(getattr(module, each))) is not None


def test_a_future_shows_what_users_ask_of_it_and_nothing_of_the_engine():
    """An editor completes what it has."""
    assert [name for name in dir(Future) if not name.startswith("_")] == [
        "add_done_callback",
        "cancel",
        "done",
        "result",
        "result_async",
        "state",
        "task_run",
        "task_run_id",
        "wait",
        "wait_async",
    ]


def test_importing_the_package_loads_nothing_else_of_ours():
    """`import peninsula` does no work."""
    loaded = modules_after("import peninsula")
    assert {name for name in loaded if name.startswith("peninsula")} == {"peninsula"}


def test_declaring_flows_and_tasks_loads_no_engine():
    """The import budget: these modules, and none of the heavy ones."""
    loaded = modules_after(
        "from peninsula import flow, task\n@task(retries=3)\ndef a(): ...\n@flow\ndef b(): ..."
    )
    assert {name for name in loaded if name.startswith("peninsula")} == ALLOWED_OURS
    assert loaded & HEAVY == set()


def test_a_hello_world_loads_no_asyncio_pydantic_or_http_client(home):
    """Running a flow without a server needs none of them."""
    loaded = modules_after(
        "from peninsula import flow, task\n"
        "@task\ndef greet(name): return f'hello {name}'\n"
        "@flow\ndef hello(name: str = 'you'): return greet(name)\n"
        "assert hello() == 'hello you'"
    )
    assert loaded & {"asyncio", "pydantic", "httpx", "sqlalchemy", "litestar", "rich"} == set()
    assert loaded & {"peninsula.server", "peninsula.cli"} == set()
    assert "peninsula.sdk.running.async_driver" not in loaded
