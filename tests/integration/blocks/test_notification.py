"""Notification with a server of HTTP and one of mail."""

from __future__ import annotations

import asyncio
import logging
import pickle
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller

from peninsula import flow
from peninsula.blocks import Notification, NotificationError
from peninsula.core.errors import InvalidError
from tests.support.calls import seen
from tests.support.receiver import receive

# Apprise imports it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "TIiajkdnlazkcOXrIdevi7FQ"


@pytest.fixture
def receiver():
    """A server of HTTP."""
    with receive() as found:
        yield found


@pytest.fixture
def mail():
    """A server of mail, with what it took."""

    class Box:
        def __init__(self):
            self.taken = []

        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  aiosmtpd's name
            self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
            return "250 OK"

    class AnyPort(Controller):
        def _trigger_server(self):
            self.port = self.server.sockets[0].getsockname()[1]
            super()._trigger_server()

    box = Box()
    controller = AnyPort(box, hostname="127.0.0.1", port=0)
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


def test_a_message_is_posted(receiver, told):
    """With its subject and kind; the call says the server."""
    Notification(url=f"json://127.0.0.1:{receiver.port}/hook").notify("It failed.", "Ni", "failure")
    [posted] = receiver.posted
    assert (posted["message"], posted["title"], posted["type"]) == ("It failed.", "Ni", "failure")
    [call] = seen(told)
    assert (call.name, call.about) == (
        "notification.notify.completed",
        f"http://127.0.0.1:{receiver.port}",
    )
    assert call.says["bytes"] == 10


def test_a_message_is_mailed(mail, told):
    """To whom the address says."""
    url = f"mailto://127.0.0.1:{mail.port}?from=etl@example.com&to=ops@example.com&mode=insecure"
    Notification(url=url).notify("It failed.", "Nightly")
    [(to, message)] = mail.taken
    assert (to, message["Subject"]) == (["ops@example.com"], "Nightly")
    [call] = seen(told)
    assert call.about == f"smtp://127.0.0.1:{mail.port}"


def test_a_refusal_is_an_error_with_its_reason(receiver, told):
    """A notification that did not arrive is none."""
    receiver.status = 503
    with pytest.raises(NotificationError, match=r"JSON did not take the notification.*503"):
        Notification(url=f"json://127.0.0.1:{receiver.port}").notify("It failed.")
    [call] = seen(told)
    assert (call.name, call.says["error_type"]) == (
        "notification.notify.failed",
        "NotificationError",
    )


@pytest.mark.parametrize(
    ("url", "system"),
    [
        (f"slack://T1JJ3T3L2/A1BRTD4JD/{TOKEN}/#general", "https://slack.com"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "https://discord.com"),
        ("mailtos://etl:p4ssw0rd@gmail.com", "smtp://smtp.gmail.com:587"),
        ("jsons://etl:p4ssw0rd@hooks.example.com/x", "https://hooks.example.com"),
        ("mmost://chat.example.com/3ccdd113474722377935511fc85d3dd4", "http://chat.example.com"),
    ],
)
def test_the_system_of_a_service_has_no_key_in_it(url, system):
    """It is the service's own address, or the host where that is no key."""
    assert Notification(url=url)._resource().id.startswith(system)


def test_no_part_of_an_address_is_told(home):
    """Neither in the log of a run that logs it, nor in what the block looks like."""
    block = Notification(url=f"slack://T1JJ3T3L2/A1BRTD4JD/{TOKEN}/#general")
    block._service()

    @flow
    def work():
        logging.getLogger("apprise").warning(
            "posts to https://hooks.slack.com/T1JJ3T3L2/A1BRTD4JD/%s", TOKEN
        )
        logging.getLogger("apprise").warning("It was %s", block.url.get_secret_value())

    work()
    assert TOKEN not in repr(block)
    files = b"".join(file.read_bytes() for file in home.rglob("*.seg"))
    assert b"posts to" in files
    assert not any(secret.encode() in files for secret in (TOKEN, "T1JJ3T3L2", "A1BRTD4JD"))


def test_an_address_that_is_none_is_not_repeated(told):
    """But for the service that it begins with; the error says where all are listed."""
    with pytest.raises(InvalidError, match="its `url` begins with slakc://") as caught:
        Notification(url=f"slakc://{TOKEN}").notify("It failed.")
    assert TOKEN not in str(caught.value)
    [call] = seen(told)
    assert call.about == "peninsula.block-type.notification"


def test_coroutines_await_the_same(receiver):
    """Also with a block from another process."""
    block = Notification(url=f"json://127.0.0.1:{receiver.port}")
    asyncio.run(block.anotify("one"))
    pickle.loads(pickle.dumps(block)).notify("two")
    assert [posted["message"] for posted in receiver.posted] == ["one", "two"]


def test_what_is_not_installed_is_named(monkeypatch):
    """With the command that installs it."""
    monkeypatch.setattr("peninsula.sdk.extras.find_spec", lambda _: None)
    with pytest.raises(InvalidError, match=r"pip install peninsula\[notify\]"):
        Notification(url="json://localhost").notify("It failed.")
