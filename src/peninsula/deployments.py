"""Deploy flows, and have deployments run: `run_deployment("etl/nightly")`."""

from peninsula.sdk.deployments.deploying import deploy
from peninsula.sdk.deployments.deployment import ConcurrencyLimitConfig, RunnerDeployment
from peninsula.sdk.deployments.running import DeployedRun, arun_deployment, run_deployment
from peninsula.sdk.deployments.serving import aserve, serve
from peninsula.sdk.deployments.sources import GitRepository

__all__ = [
    "ConcurrencyLimitConfig",
    "DeployedRun",
    "GitRepository",
    "RunnerDeployment",
    "arun_deployment",
    "aserve",
    "deploy",
    "run_deployment",
    "serve",
]
