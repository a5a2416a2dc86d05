"""Register types of blocks, save and open blocks, and rotate the keys of their secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from peninsula.core import blocks, secret_places
from peninsula.core.blocks import BlockDocument, BlockType, Opened, Rotated
from peninsula.core.data_places import Place
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.variables import check_name
from peninsula.server.keyring import Keyring
from peninsula.server.ring import Ring
from peninsula.server.services import block_data
from peninsula.server.services.access import Caller
from peninsula.server.services.control import actor_of
from peninsula.server.services.intake import Stamps
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.read import blocks as read
from peninsula.server.storage.referee import block_types, exposed, opening, rotation
from peninsula.server.storage.referee import blocks as referee
from peninsula.server.storage.referee.block_types import WantedType
from peninsula.server.storage.referee.moves import Now

__all__ = ["Blocks"]


class Blocks:
    """The blocks of one database. The clock gives µs since 1970."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        clock: Callable[[], int],
        keyring: Keyring,
    ) -> None:
        """Take what changes are written, stamped and encrypted with."""
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._clock = clock
        self._keyring = keyring

    async def register(self, wanted: WantedType, caller: Caller) -> BlockType:
        """Make a type, or change it. Raises InvalidError or TooLargeError."""
        check_name(wanted.slug, "block type")
        blocks.checked_fields(wanted.fields)
        return await self._database.write(
            block_types.register_type, self._dictionary, wanted, actor_of(caller), self._now()
        )

    async def type(self, slug: str) -> BlockType:
        """Return a type. Raises InvalidError or NotFoundError."""
        check_name(slug, "block type")
        return await self._database.read(block_types.type_by_slug, slug)

    async def save(
        self,
        slug: str,
        name: str,
        data: bytes,
        caller: Caller,
        *,
        secrets: Sequence[Place],
        schema: str | None,
        checked: bool,
        overwrite: bool,
    ) -> BlockDocument:
        """Save a block by the schema of that checksum, None: the newest.

        What is secret, the schema says, and `secrets` beside it. `checked`: its class has made it,
        and knows more than the schema does.

        Raises InvalidError, TooLargeError, NotFoundError, ConflictError or UnavailableError.
        """
        check_name(slug, "block type")
        check_name(name, "block")
        by = await self._database.read(block_types.schema_of, slug, schema)
        fields = blocks.checked_fields(bytes(by.fields))
        given = blocks.checked_data(data, fields, slug)
        if not checked:
            nested = [*blocks.references(given).values()]
            block_data.check(
                given, fields, slug, await self._database.read(block_types.types_of, nested)
            )
        given = secret_places.with_passwords_apart(given, blocks.password_fields(fields))
        masked, found = secret_places.split(given, blocks.secret_fields(fields), secrets)
        wanted = referee.WantedBlock(
            type=slug,
            name=name,
            schema=by,
            data=masked,
            secrets=found,
            expires=blocks.expiry_of(given, fields),
        )
        if found:
            await self._begun()
        return await self._database.write(
            referee.save_block,
            self._dictionary,
            wanted,
            self._keyring.ring,
            actor_of(caller),
            self._now(),
            overwrite=overwrite,
        )

    async def _begun(self) -> Ring:
        """Return the keys; where none was ever used, one is made."""
        ring = await self._ring()
        if ring.newest:
            return ring
        if not await self._database.read(rotation.count_sealed):
            return await asyncio.to_thread(self._keyring.make, ring)
        # Read again: another may have made the first key, and used it, since.
        ring = await self._ring()
        if not ring.newest:
            # A second key would be made where the first is only missing.
            raise self._keyring.missing()
        return ring

    async def _ring(self) -> Ring:
        return await asyncio.to_thread(self._keyring.ring)

    async def get(self, slug: str, name: str) -> BlockDocument:
        """Return a block, its secrets masked. Raises InvalidError or NotFoundError."""
        check_name(slug, "block type")
        check_name(name, "block")
        return await self._database.read(read.block_by_name, slug, name)

    async def delete(self, id_: UUID, caller: Caller) -> None:
        """Remove a block. Raises NotFoundError; ConflictError: it is nested in another."""
        await self._database.write(
            referee.delete_block, self._dictionary, id_, actor_of(caller), self._now()
        )

    async def open(self, id_: UUID, caller: Caller, run: UUID | None) -> Opened:
        """Return a block with its secrets, and tell who opened it, for which flow run.

        Raises NotFoundError or UnavailableError.
        """
        by = [actor_of(caller)]
        if run is not None:
            by.append(Related(id=own("flow-run", run), role="run"))
        return await self._database.write(
            opening.open_block, self._dictionary, id_, self._keyring.ring, by, self._now()
        )

    async def rotate(self, caller: Caller) -> Rotated:
        """Encrypt all secrets by the newest key; one that is kept in a file is made first.

        Those that an older version has kept in clear as well. What an interrupted rotation has
        left is finished by the next, with no other key. Raises UnavailableError naming a block
        that no key opens, once all others are encrypted anew.
        """
        is_new = not (await self._ring()).newest
        ring = await self._begun()
        found = await self._seal_exposed()
        # With keys that are set, what was in clear may be all that there is to do.
        is_done = is_new or (found and self._keyring.is_set)
        if not is_done and not await self._database.read(rotation.count_sealed, ring.newest):
            ring = await asyncio.to_thread(self._keyring.make, ring)
        count = 0
        while done := await self._database.write_patiently(rotation.reseal, ring):
            count += done
        await self._check_known(await self._database.read(rotation.keys_used))
        await self._database.write(
            rotation.tell_rotated, self._dictionary, ring, count, actor_of(caller), self._now()
        )
        return Rotated(key=ring.newest, blocks=count, exposed=found)

    async def _check_known(self, used: Mapping[str, str]) -> None:
        ring = await self._ring()
        for key, name in used.items():
            ring.check_has(key, f"block {name}")

    async def _seal_exposed(self) -> int:
        sealed = 0
        last: bytes | None = exposed.START
        while last is not None:
            looked = await self._database.write_patiently(
                exposed.seal_exposed, self._keyring.ring, last
            )
            sealed, last = sealed + looked.sealed, looked.last
        return sealed

    def _now(self) -> Now:
        return Now(self._clock(), self._stamps.next())
