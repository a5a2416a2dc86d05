"""An artifact is made and read back by its key."""

from peninsula import flow
from peninsula.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)


@flow
def run():
    ids = [
        create_markdown_artifact("# Title", key="report", description="d"),
        create_table_artifact([{"a": 1, "b": 2}], key="table"),
        create_link_artifact("https://example.com", link_text="here"),
    ]
    return len({str(one) for one in ids})


def main():
    return run()
