"""Who one is at a database, and where that is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field, SecretStr, model_validator

from peninsula.blocks.base import Block
from peninsula.blocks.fields import SecretDict
from peninsula.blocks.methods import unobserved
from peninsula.core.addresses import password_apart
from peninsula.core.blocks import PASSWORD_FIELD
from peninsula.core.errors import InvalidError
from peninsula.core.places import file_database
from peninsula.core.secret_names import is_secret_name

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

__all__ = ["DatabaseCredentials"]

_EXTRAS: Final = {"psycopg": "peninsula[postgres]"}
"""What brings a driver, where that is not its own name."""


class DatabaseCredentials(Block):
    """User and password of a database, and its address: as a URL, or in parts.

    A password in the URL becomes the field `password`, which is encrypted.

    >>> DatabaseCredentials(url="postgresql://etl:…@db.internal/warehouse").save("warehouse")
    """

    _block_type_name = "Database Credentials"
    _expires_field = "expires"

    driver: str | None = None
    """Dialect and driver as SQLAlchemy names them: `postgresql`, `mysql+pymysql`, `sqlite`."""
    username: str | None = None
    password: SecretStr | None = None
    database: str | None = None
    """Its name; of SQLite, the path of its file."""
    host: str | None = None
    port: int | None = None
    query: dict[str, str] = Field(default_factory=dict)
    """What drivers read from the query of a URL: `{"sslmode": "require"}`."""
    url: str | None = Field(default=None, json_schema_extra={PASSWORD_FIELD: "password"})
    """All in one, in place of the parts; a part that is given goes before it. Quote special signs
    in a password: `%40` is an @."""
    connect_args: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the driver's own: `{"connect_timeout": 10}`."""
    secret_connect_args: SecretDict | None = None
    """Those that are secret: `{"sslpassword": …}`."""
    expires: datetime | None = None
    """When the password ends: calls that go with it say so."""

    @model_validator(mode="before")
    @classmethod
    def _keep_password(cls, values: Any) -> Any:
        """Take the password out of the URL; one that is given beside it goes before."""
        given = values.get("url") if isinstance(values, dict) else None
        if given is None:
            return values
        apart = password_apart(_written(given))
        if apart is None:
            msg = (
                "User or password in the url has signs to be quoted (%40 is an @, %2F a slash), or"
                " give them in fields of their own"
            )
            raise ValueError(msg)
        url, password = apart
        _parsed(url)
        return values | {"url": url, "password": values.get("password") or password or None}

    @model_validator(mode="after")
    def _has_an_address(self) -> DatabaseCredentials:
        if self.url is None and self.driver is None:
            msg = (
                'Say where the database is: url="postgresql://host/name", or driver, host and so on'
            )
            raise ValueError(msg)
        for name in (*self.query, *self.connect_args, *(self._location().query)):
            if is_secret_name(name):
                msg = f"{name!r} is a secret: give it in the field password or secret_connect_args"
                raise ValueError(msg)
        return self

    def _location(self) -> URL:
        """Return where the database is and for whom, without the password."""
        from sqlalchemy import URL  # noqa: PLC0415  weight

        whole = URL.create(self.driver or "") if self.url is None else _parsed(self.url)
        parts = {
            "drivername": self.driver,
            "username": self.username,
            "host": self.host,
            "port": self.port,
            "database": self.database,
        }
        given = {name: part for name, part in parts.items() if part is not None}
        return whole.set(**given).update_query_dict(self.query)  # type: ignore[arg-type]

    @unobserved
    def system(self) -> str:
        """Return the address of the database, as events name it."""
        url = self._location()
        dialect = url.get_backend_name()
        if dialect == "sqlite" and url.database not in {None, "", ":memory:"}:
            return file_database(dialect, str(Path(str(url.database)).absolute()))
        port = "" if url.port is None else f":{url.port}"
        return f"{dialect}://{url.host or ''}{port}/{url.database or ''}"

    @unobserved
    def get_engine(self, **options: Any) -> Engine:
        """Return a new engine of SQLAlchemy; options are those of `create_engine`.

        What is done with it is not seen: `SqlDatabase` tells of each statement.
        """
        import sqlalchemy  # noqa: PLC0415  weight

        url = self._location()
        if self.password is not None:
            url = url.set(password=self.password.get_secret_value())
        secret = self.secret_connect_args
        arguments = self.connect_args | (secret.get_secret_value() if secret else {})
        if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
            # One connection, or each thread had a database of its own.
            options = {"poolclass": sqlalchemy.StaticPool} | options
            arguments = {"check_same_thread": False} | arguments
        try:
            engine = sqlalchemy.create_engine(
                url, connect_args=arguments, hide_parameters=True, **options
            )
        except ModuleNotFoundError as problem:
            package = _EXTRAS.get(str(problem.name), problem.name)
            msg = f'{url.drivername} needs {problem.name}. Install it with "pip install {package}".'
            raise InvalidError(msg) from None
        except sqlalchemy.exc.NoSuchModuleError:
            msg = (
                f"SQLAlchemy knows no database {url.drivername!r}. Install the package of its"
                ' dialect, or write it like "postgresql+psycopg".'
            )
            raise InvalidError(msg) from None
        if engine.dialect.is_async:
            msg = (
                f"{url.drivername} is for event loops only. Name a driver for threads, which the"
                f" methods for coroutines use, too: {url.get_backend_name()!r}."
            )
            raise InvalidError(msg)
        return engine


def _written(url: Any) -> str:
    """Return a URL as a text; SQLAlchemy's own masks its password where it is not asked to show."""
    if hasattr(url, "render_as_string"):
        return str(url.render_as_string(hide_password=False))
    return str(url)


def _parsed(url: str) -> URL:
    import sqlalchemy  # noqa: PLC0415  weight

    try:
        return sqlalchemy.make_url(url)
    except (sqlalchemy.exc.ArgumentError, ValueError):  # what is no port may be of a password
        msg = "The url is none. Write it like postgresql://user@host:5432/name"
        raise ValueError(msg) from None
