"""GitRepository with repositories in folders, and behind a server that asks who one is."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import ValidationError

from peninsula.blocks import CommandError, GitCredentials, GitRepository
from peninsula.core.errors import ConflictError, NotFoundError
from tests.support.calls import seen
from tests.support.git import commit, git, make_repository, serve_repositories

TOKEN = "t0ken-of-nobody"


@pytest.fixture(autouse=True)
def machine(home):
    """A user who has no settings of git: HOME is the test's."""


@pytest.fixture
def source(tmp_path):
    """A repository with one commit."""
    folder = make_repository(tmp_path / "served/shop.git")
    commit(folder, "a.sql", "select 1")
    return folder


@pytest.fixture
def served(source):
    """The address of a server of it, which wants a password."""
    with serve_repositories(source.parent, "etl", TOKEN) as url:
        yield f"{url}/shop.git"


def login(token: str = TOKEN) -> GitCredentials:
    """Return credentials."""
    return GitCredentials(username="etl", token=token)


def test_files_are_had_and_brought_up_to_date(served, source, tmp_path, told):
    """A clone is of the reference, and a pull of where that is then."""
    repository = GitRepository(url=served, credentials=login())
    assert repository.clone(tmp_path / "clone") == git(source, "rev-parse", "HEAD")
    second = commit(source, "b.sql", "select 2")
    assert repository.pull(tmp_path / "clone") == second
    assert (tmp_path / "clone/b.sql").read_text() == "select 2"
    assert [(call.name, call.about) for call in seen(told)] == [
        ("git-repository.clone.completed", served),
        ("git-repository.pull.completed", served),
    ]


@pytest.mark.parametrize("kind", ["branch", "tag", "annotated", "commit"])
def test_a_reference_is_a_branch_a_tag_or_a_commit(source, tmp_path, kind):
    """Not only what is newest."""
    first = git(source, "rev-parse", "HEAD")
    git(source, "branch", "branch")
    git(source, "branch", "x/branch")
    git(source, "tag", "tag")
    git(source, "-c", "tag.gpgsign=false", "tag", "--annotate", "annotated", "--message", "one")
    commit(source, "b.sql", "select 2")
    repository = GitRepository(url=str(source), reference=first if kind == "commit" else kind)
    assert repository.head_commit() == first
    assert repository.clone(tmp_path / "clone") == first
    assert not (tmp_path / "clone/b.sql").exists()


def test_a_clone_is_shallow_unless_all_is_wanted(source, tmp_path):
    """So many commits as `depth` says."""
    commit(source, "b.sql", "select 2")
    url = f"file://{source}"
    GitRepository(url=url).clone(tmp_path / "one")
    GitRepository(url=url, depth=None).clone(tmp_path / "all")
    counts = [git(tmp_path / name, "rev-list", "--count", "HEAD") for name in ("one", "all")]
    assert counts == ["1", "2"]


def test_submodules_come_along(source, tmp_path):
    """If they are asked for."""
    inner = make_repository(tmp_path / "inner")
    commit(inner, "deep.sql", "select 3")
    git(source, "-c", "protocol.file.allow=always", "submodule", "add", "--", str(inner), "lib")
    commit(source, "b.sql", "select 2")
    GitRepository(url=str(source), include_submodules=True).clone(tmp_path / "clone")
    assert (tmp_path / "clone/lib/deep.sql").read_text() == "select 3"


def test_a_wrong_token_is_in_no_error(served, tmp_path, home, told):
    """Nor in the journal, nor in what the block looks like."""
    repository = GitRepository(url=served, credentials=login("wr0ng-of-nobody"))
    with pytest.raises(CommandError, match="git fetch ended with exit code 128") as caught:
        repository.clone(tmp_path / "clone")
    [call] = seen(told)
    assert call.name == "git-repository.clone.failed"
    segments = b"".join(file.read_bytes() for file in home.rglob("*.seg"))
    assert "wr0ng" not in f"{caught.value} {repository!r} {segments!r}"


def test_nothing_keeps_the_token(served, tmp_path):
    """Neither the clone, nor a helper of the user's that stores what worked."""
    (tmp_path / "user/.gitconfig").write_text("[credential]\n\thelper = store\n")
    GitRepository(url=served, credentials=login()).clone(tmp_path / "clone")
    assert not (tmp_path / "user/.git-credentials").exists()
    kept = [file.read_bytes() for file in (tmp_path / "clone").rglob("*") if file.is_file()]
    assert not any(TOKEN.encode() in content for content in kept)


def test_a_server_that_is_not_there_is_named(tmp_path, told):
    """By the address."""
    with pytest.raises(CommandError, match=r"127\.0\.0\.1"):
        GitRepository(url="http://127.0.0.1:1/shop.git").clone(tmp_path / "clone")
    [call] = seen(told)
    assert call.about == "http://127.0.0.1:1/shop.git"


@pytest.mark.parametrize(
    "url",
    ["--upload-pack=touch evil", "ext::sh -c touch% evil", "-oProxyCommand=x@h:p", "ftp://h/p"],
)
def test_what_is_no_address_is_refused(url):
    """Options and programs of git among them."""
    with pytest.raises(ValidationError, match="this is no address of git"):
        GitRepository(url=url)


@pytest.mark.parametrize(
    "login",
    [f"https://etl:{TOKEN}", f"https://e:{TOKEN}/1", f"ssh://e:1/{TOKEN}", f"git://[{TOKEN}]"],
)
def test_a_password_in_an_address_is_refused(login):
    """It would be stored as it is; the error does not repeat it."""
    with pytest.raises(ValidationError, match="put them into `credentials`") as caught:
        GitRepository(url=f"{login}@git.example.com/shop.git")
    assert TOKEN not in str(caught.value)
    assert GitRepository(url="ssh://git@git.example.com:22/@etl/shop.git")


@pytest.mark.parametrize("reference", ["--upload-pack=evil", "a b", "a..b", "a:b", "", "+a", "a\n"])
def test_what_is_no_reference_is_refused(reference):
    """Options and ranges among them."""
    with pytest.raises(ValidationError, match="no name of a branch, tag or commit"):
        GitRepository(url="/srv/shop.git", reference=reference)


@pytest.mark.parametrize(
    ("url", "system"),
    [
        ("git@github.com:acme/shop.git", "ssh://github.com/acme/shop.git"),
        ("ssh://git@github.com/acme/shop.git", "ssh://git@github.com/acme/shop.git"),
        ("/srv/shop.git", "file:///srv/shop.git"),
    ],
)
def test_an_address_of_git_is_one_of_the_catalogue(url, system):
    """Also where git writes it in its own way."""
    assert GitRepository(url=url)._system() == system


def test_credentials_that_would_not_be_used_are_refused():
    """SSH has keys of its own."""
    with pytest.raises(ValidationError, match="credentials are for HTTPS"):
        GitRepository(url="git@github.com:acme/shop.git", credentials=login())


def test_what_lies_there_stays(source, tmp_path):
    """A folder with files is not cloned to, a changed one not overwritten, another not pulled."""
    repository = GitRepository(url=str(source))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes").write_text("mine")
    with pytest.raises(ConflictError, match="is not empty"):
        repository.clone(tmp_path / "mine")
    with pytest.raises(ConflictError, match="no clone of this repository"):
        repository.pull(tmp_path / "mine")
    repository.clone(tmp_path / "clone")
    (tmp_path / "clone/a.sql").write_text("changed")
    commit(source, "a.sql", "select 2")
    with pytest.raises(CommandError, match="would be overwritten"):
        repository.pull(tmp_path / "clone")
    assert (tmp_path / "clone/a.sql").read_text() == "changed"


def test_a_missing_reference_is_named(source):
    """With what to set."""
    with pytest.raises(NotFoundError, match="has no branch or tag 'none'"):
        GitRepository(url=str(source), reference="none").head_commit()


def test_coroutines_await_the_same(source, tmp_path):
    """In a thread."""
    commit_id = asyncio.run(GitRepository(url=str(source)).aclone(tmp_path / "clone"))
    assert commit_id == git(source, "rev-parse", "HEAD")
