"""What all tables share."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    MetaData,
)

__all__ = ["Big", "Uuid", "metadata"]

metadata = MetaData()

# SQLite makes a row id only of "INTEGER PRIMARY KEY".
Big = BigInteger().with_variant(Integer(), "sqlite")
Uuid = LargeBinary(16)
