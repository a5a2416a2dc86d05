"""Several results as one: all of them are kept, or none."""

from peninsula.sdk.transacting import atransaction, transaction
from peninsula.sdk.transactions import (
    CommitMode,
    IsolationLevel,
    Transaction,
    TransactionState,
    get_transaction,
)

__all__ = [
    "CommitMode",
    "IsolationLevel",
    "Transaction",
    "TransactionState",
    "atransaction",
    "get_transaction",
    "transaction",
]
