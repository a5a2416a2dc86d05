"""Keep blocks: their types, the schemas of these, documents, and which is nested in which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.LargeBinary(length=16)


def upgrade() -> None:
    """Make their tables."""
    _make_types()
    op.create_table(
        "block_documents",
        sa.Column("id", UUID, nullable=False),
        sa.Column("type", UUID, nullable=False),
        sa.Column("schema", UUID, nullable=False, comment="By which it was saved."),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False, comment="JSON; what is secret is masked."),
        sa.Column("secret_fields", sa.Text(), nullable=False, comment="JSON: those that are set."),
        sa.Column("secrets", sa.LargeBinary(), comment="Encrypted; null: there are none."),
        sa.Column("key", sa.Text(), comment="Fingerprint of the key they are encrypted by."),
        sa.Column("credential_version", sa.Text()),
        sa.Column("expires", BIG),
        sa.Column("created", BIG, nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("type", "name"),
    )
    op.create_table(
        "block_references",
        sa.Column("document", UUID, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("refers", UUID, nullable=False, comment="The document that is nested there."),
        sa.PrimaryKeyConstraint("document", "field"),
    )
    op.create_index("block_references_refers", "block_references", ["refers"], unique=False)


def _make_types() -> None:
    op.create_table(
        "block_types",
        sa.Column("id", UUID, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("logo_url", sa.Text()),
        sa.Column("documentation_url", sa.Text()),
        sa.Column("code_example", sa.Text()),
        sa.Column("schema", UUID, nullable=False, comment="The one that was registered last."),
        sa.Column("created", BIG, nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "block_schemas",
        sa.Column("id", UUID, nullable=False),
        sa.Column("type", UUID, nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("capabilities", sa.Text(), nullable=False, comment="JSON: a list of texts."),
        sa.Column("fields", sa.Text(), nullable=False, comment="JSON schema."),
        sa.Column("created", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("type", "checksum", "version"),
    )
