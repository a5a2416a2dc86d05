"""Several results as one: all of them are kept, or none."""

from peninsula.sdk.results.transaction_modes import CommitMode, IsolationLevel, TransactionState
from peninsula.sdk.results.transactions import Transaction, get_transaction
from peninsula.sdk.transacting import atransaction, transaction

__all__ = [
    "CommitMode",
    "IsolationLevel",
    "Transaction",
    "TransactionState",
    "atransaction",
    "get_transaction",
    "transaction",
]
