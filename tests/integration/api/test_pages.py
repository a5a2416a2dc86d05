"""The pages as a browser gets them: which file, how it is kept, and what it may load."""

from __future__ import annotations

import gzip

import pytest

from peninsula.server.services import pages

pytestmark = pytest.mark.anyio

INDEX = "<!doctype html><title>Peninsula</title>"
SCRIPT = "console.log(1);" * 500


@pytest.fixture
def database_url(sqlite_url):
    """One engine is enough: pages are files."""
    return sqlite_url


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Pages that have been built."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "assets/index-a1b2.js").write_text(SCRIPT)
    (folder / "assets/index-a1b2.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (folder / "assets/inter-c3.woff2").write_bytes(bytes(range(256)) * 32)
    monkeypatch.setattr(pages, "BUILT", folder)
    return folder


@pytest.fixture
async def browser(open_world):
    """Someone who has not logged in."""
    return (await open_world(trusted=False)).remote(**{"Accept-Encoding": "gzip"})


@pytest.mark.parametrize("path", ["/", "/runs/0192f3c4", "/resources/s3://lake/a.csv", "/apix"])
async def test_any_path_shows_the_application(browser, built, path):
    """It has pages by itself, so a deep link works."""
    answer = await browser.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/api/nope", "/api", "/api/flow-runs/x/nope"])
async def test_what_is_not_in_the_api_is_an_error_of_the_api(browser, built, path):
    """A program that mistypes a path is not answered with a page."""
    answer = await browser.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_the_application_is_looked_for_each_time_and_sent_when_it_is_new(browser, built):
    """By ETag: after an upgrade nobody sees the old one."""
    first = await browser.get("/")
    assert first.headers["cache-control"] == "no-cache"
    again = await browser.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    (built / "index.html").write_text(INDEX + "<p>new")
    later = await browser.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (later.status_code, later.text) == (200, INDEX + "<p>new")


async def test_a_file_with_a_hash_in_its_name_is_kept_for_good(browser, built):
    """As it was squeezed when it was built."""
    answer = await browser.get("/assets/index-a1b2.js")
    assert answer.text == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_a_font_is_sent_as_it_is(browser, built):
    """It is compressed already."""
    answer = await browser.get("/assets/inter-c3.woff2")
    assert "content-encoding" not in answer.headers
    assert len(answer.content) == 8192


async def test_a_file_of_an_older_build_is_not_there(browser, built):
    """An answer with the application would be taken for a script."""
    answer = await browser.get("/assets/index-old.js")
    assert answer.status_code == 404
    assert "Load the page again" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/%2e%2e/secret", "/assets/../../secret", "/..%2fsecret"])
async def test_nothing_beside_the_pages_is_served(browser, built, path):
    """Whatever the path says, it is looked up among the files of the pages."""
    (built.parent / "secret").write_text("secret")
    assert "secret" not in (await browser.get(path)).text


async def test_a_page_loads_nothing_of_others_and_stands_in_no_frame(browser, built):
    """No inline script, no third party, no sniffing."""
    headers = (await browser.get("/")).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"


async def test_pages_do_not_answer_to_names_that_are_not_ours(browser, built):
    """A rebound name is refused, as for the API."""
    assert (await browser.get("/", headers={"Host": "evil.example"})).status_code == 403


async def test_without_a_build_a_page_says_how_to_make_one(browser, tmp_path, monkeypatch):
    """In a checkout."""
    monkeypatch.setattr(pages, "BUILT", tmp_path / "static")
    answer = await browser.get("/")
    assert answer.status_code == 503
    assert "make ui" in answer.text
