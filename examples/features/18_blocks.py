"""Keep a password in a block: encrypted where it is stored, masked in all that the flow tells."""

from pydantic import SecretStr

from peninsula import flow
from peninsula.blocks import Block


class Mailbox(Block):
    """Where reports go."""

    address: str
    password: SecretStr

    def send(self, text: str) -> str:
        """Each call is an event, tied to the run and to the block."""
        return f"sent {len(text)} characters to {self.address}"


@flow(log_prints=True)
def report() -> str:
    """`peninsula block create mailbox --name team` would do it as well, and ask for the rest."""
    password = SecretStr("not-in-any-log")
    Mailbox(address="team@example.com", password=password).save("team", overwrite=True)
    mailbox = Mailbox.load("team")
    print("the password is", mailbox.password.get_secret_value())
    return mailbox.send("all is well")


if __name__ == "__main__":
    print(report())
