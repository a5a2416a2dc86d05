"""A transaction whose key is committed says so."""

import uuid

from peninsula import flow
from peninsula.results import get_result_store
from peninsula.transactions import transaction

KEY = uuid.uuid4().hex


@flow(persist_result=True)
def run():
    seen = []
    for _ in range(2):
        with transaction(key=KEY) as txn:
            seen.append(txn.is_committed())
            if not txn.is_committed():
                txn.stage({"rows": 1})
    return seen


def main():
    return run()
