"""A repository of git: its files at a branch, a tag or a commit."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from peninsula.blocks.awaiting import awaited
from peninsula.blocks.base import Block
from peninsula.blocks.commands import Ended, failed, run_program
from peninsula.core.addresses import has_login, parts_of
from peninsula.core.errors import ConflictError, NotFoundError

__all__ = ["GitCredentials", "GitRepository"]

_SCP: Final = re.compile(r"(?:[\w.][\w.-]*@)?([\w.][\w.-]*):(?!:|//)(.+)")
"""`git@host:path`, git's own way to write an address of SSH."""
_REFERENCE: Final = re.compile(r"(?![-+/.])(?!.*(?:\.\.|@\{|//|\.lock$))[^\x00-\x20\x7f~^:?*\[\\]+")
"""What git takes for a name; beginning with a dash it would be an option."""
_TRANSPORTS: Final = ("https", "http", "ssh", "git", "file")
_OF_HOOKS: Final = frozenset({"GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE"})
"""Variables by which git tells its hooks of another repository; a flow may be called by one."""
_HELPER: Final = (
    '!f() { echo "username=$PENINSULA_GIT_USER"; echo "password=$PENINSULA_GIT_TOKEN"; }; f'
)


def _address(url: str) -> str:
    """Check an address. What is wrong with it is said without it: it may hold a password."""
    if url.startswith("/"):
        return url
    if _SCP.fullmatch(url):
        return url
    if has_login(url, user_counts=not url.startswith("ssh:")):
        msg = "the address has a user or a password in it; put them into `credentials`"
        raise ValueError(msg)
    parts = parts_of(url)
    if parts is None or parts.scheme not in _TRANSPORTS:
        msg = "this is no address of git; write https://host/path, git@host:path or /path"
        raise ValueError(msg)
    return url


def _reference(name: str) -> str:
    if not _REFERENCE.fullmatch(name):
        msg = "this is no name of a branch, tag or commit"
        raise ValueError(msg)
    return name


class GitCredentials(Block):
    """Who one is for a server of git, over HTTPS. For SSH, git has the keys of the machine."""

    _block_type_name = "Git Credentials"
    _block_type_slug = "git-credentials"

    username: str = "x-access-token"
    """Most servers take any beside a token; GitLab's deploy tokens and passwords need their own."""
    token: SecretStr
    """A token or a password."""


class GitRepository(Block):
    """A repository of git, of which files are had at a branch, a tag or a commit.

    Neither a shell nor git itself takes an address or a name for an option. Methods have an `a…`
    form for coroutines.

    >>> repository = GitRepository(url="https://git.example.com/dbt.git", reference="v2")
    >>> repository.clone("dbt")
    """

    _block_type_name = "Git Repository"
    _block_type_slug = "git-repository"

    url: Annotated[str, AfterValidator(_address)]
    reference: Annotated[str, AfterValidator(_reference)] = "HEAD"
    """A branch, a tag or a whole commit id; by default the branch that the repository says."""
    credentials: GitCredentials | None = None
    include_submodules: bool = False
    depth: int | None = Field(default=1, ge=1)
    """How many commits are fetched; `None` for all."""
    timeout_seconds: float | None = Field(default=600, gt=0)
    """For each thing that git is asked to do."""

    @model_validator(mode="after")
    def _credentials_are_used(self) -> Self:
        if self.credentials is not None and not self.url.startswith(("https://", "http://")):
            msg = "credentials are for HTTPS; for SSH, git has the keys of the machine"
            raise ValueError(msg)
        return self

    def _system(self) -> str:
        if found := _SCP.fullmatch(self.url):
            return f"ssh://{found[1]}/{quote(found[2])}"
        return f"file://{quote(self.url)}" if self.url.startswith("/") else self.url

    def clone(self, to_path: str | Path) -> str:
        """Put the files into a folder that is empty or not there; return the commit they are of.

        Raises:
            ConflictError: There is something in the folder.
            CommandError: Git failed; the error has what it said.
        """
        path = Path(to_path).expanduser().absolute()
        if path.exists() and any(path.iterdir()):
            msg = f"{path} is not empty. Clone to another folder, or `pull` if it is a clone."
            raise ConflictError(msg)
        path.mkdir(parents=True, exist_ok=True)
        self._git("init", "--quiet", cwd=path)
        self._git("remote", "add", "--", "origin", self.url, cwd=path)
        return self._fetch(path)

    def pull(self, path: str | Path) -> str:
        """Bring a folder that `clone` made to where the reference is now; return the commit.

        What was changed there stays: if it is in the way, nothing is done.

        Raises:
            ConflictError: The folder is no clone of this repository.
            CommandError: Git failed, or a changed file is in the way.
        """
        folder = Path(path).expanduser().absolute()
        if not (folder / ".git").exists() or self._origin(folder) != self.url:
            msg = f"{folder} is no clone of this repository. Clone it there first."
            raise ConflictError(msg)
        return self._fetch(folder)

    def head_commit(self) -> str:
        """Return the commit that the reference is at, without its files. Raises NotFoundError."""
        if re.fullmatch(r"[0-9a-f]{40,64}", self.reference):
            return self.reference
        # A pattern would also find "x/main" for "main".
        names = (
            f"{before}{self.reference}{after}"
            for before, after in (
                ("", ""),
                ("refs/tags/", "^{}"),
                ("refs/tags/", ""),
                ("refs/heads/", ""),
            )
        )
        told = self._git(
            "ls-remote", "--", self.url, self.reference, f"{self.reference}^{{}}"
        ).output
        commits = {name: commit for commit, _, name in (line.partition("\t") for line in told)}
        found = next((commits[name] for name in names if name in commits), None)
        if found is None:
            msg = f"{self._system()} has no branch or tag {self.reference!r}. Set `reference`."
            raise NotFoundError(msg)
        return found

    def _origin(self, folder: Path) -> str:
        return "".join(self._git("config", "--get", "remote.origin.url", cwd=folder).output)

    def _fetch(self, folder: Path) -> str:
        depth = [] if self.depth is None else [f"--depth={self.depth}"]
        arguments = ["--quiet", "--force", *depth, "--", "origin", f"{self.reference}:"]
        # The colon: a mere "tag" would be a word of git's.
        self._git("fetch", *arguments, cwd=folder)
        self._git("checkout", "--quiet", "--detach", "FETCH_HEAD", cwd=folder)
        if self.include_submodules:
            self._git("submodule", "update", "--quiet", "--init", "--recursive", *depth, cwd=folder)
        return self._git("rev-parse", "HEAD", cwd=folder).output[0]

    def _git(self, *arguments: str, cwd: Path | None = None) -> Ended:
        ended = run_program(
            ["git", *arguments], env=self._environment(), cwd=cwd, timeout=self.timeout_seconds
        )
        if ended.exit_code:
            raise failed(f"git {arguments[0]}", ended)
        return ended

    def _environment(self) -> dict[str, str]:
        """Return what git is told by variables: others on the machine can read arguments."""
        env = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
        allowed = _TRANSPORTS if self._system().startswith("file:") else _TRANSPORTS[:-1]
        env |= {
            "GIT_ALLOW_PROTOCOL": ":".join(allowed),
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }
        if self.credentials is None:
            return env
        # Only this host is told, when it asks, and nothing on the machine keeps it.
        parts = urlsplit(self.url)
        place = f"credential.{parts.scheme}://{parts.netloc}.helper"
        settings = [("credential.helper", ""), (place, ""), (place, _HELPER)]
        given = int(env.get("GIT_CONFIG_COUNT", 0))
        env["GIT_CONFIG_COUNT"] = str(given + len(settings))
        for number, (name, value) in enumerate(settings, given):
            env |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        return env | {
            "PENINSULA_GIT_USER": self.credentials.username,
            "PENINSULA_GIT_TOKEN": self.credentials.token.get_secret_value(),
        }

    # --- for coroutines --------------------------------------------------------------------------

    aclone = awaited(clone)
    apull = awaited(pull)
    ahead_commit = awaited(head_commit)
