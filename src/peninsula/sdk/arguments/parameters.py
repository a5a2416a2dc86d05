"""Bind the arguments of a call to the parameters of its function, and back."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from inspect import Parameter
from types import SimpleNamespace
from typing import Any, Final

from peninsula.core.errors import InvalidError, ParameterError

__all__ = ["Signature"]

_PLAIN: Final = frozenset({Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY})


class Signature:
    """What a function takes. Made once for each flow or task, at its first call."""

    def __init__(self, function: Callable[..., Any], owner: str) -> None:
        """Read the signature; `owner` names it in errors: `task "clean"`."""
        self._function = function
        self._owner = owner
        try:
            self._signature = inspect.signature(function)
        except (TypeError, ValueError) as problem:
            msg = f"Python cannot tell what the {owner} takes: {problem}. Wrap it in a def."
            raise InvalidError(msg) from None
        listed = self._signature.parameters
        self.names = tuple(listed)
        self._known = frozenset(listed)
        self._simple = all(parameter.kind in _PLAIN for parameter in listed.values())
        self._positional = sum(
            parameter.kind is Parameter.POSITIONAL_OR_KEYWORD for parameter in listed.values()
        )
        self.defaults = {
            name: parameter.default
            for name, parameter in listed.items()
            if parameter.default is not Parameter.empty
        }
        self.secret = frozenset(name for name in listed if self._is_secret(name))
        """Names of those that are declared so: `password: SecretStr`."""

    def _is_secret(self, name: str) -> bool:
        # An annotation may be a string; pydantic's SecretStr and SecretBytes are meant.
        return "Secret" in str(self._signature.parameters[name].annotation)

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the value of each parameter, defaults included.

        Raises ParameterError naming what is missing or too much.
        """
        if not self._simple or len(args) > self._positional:
            return self._bind_slowly(args, kwargs)
        bound = dict(zip(self.names, args, strict=False))
        if kwargs:
            if not self._known.issuperset(kwargs) or not bound.keys().isdisjoint(kwargs):
                return self._bind_slowly(args, kwargs)
            bound.update(kwargs)
        if len(bound) < len(self.names):
            bound = {**self.defaults, **bound}
            if len(bound) < len(self.names):
                return self._bind_slowly(args, kwargs)
        return bound

    def bind_given(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the value of each parameter that is given one, without defaults."""
        return dict(self._bound(args, kwargs).arguments)

    def _bind_slowly(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        # Only this way knows *args, **kwargs and `/`, and says what is wrong.
        bound = self._bound(args, kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    def _bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        try:
            return self._signature.bind(*args, **kwargs)
        except TypeError as problem:
            msg = f"The {self._owner} got arguments that do not fit: {problem}. {self._takes()}"
            raise ParameterError(msg) from None

    def _takes(self) -> str:
        takes = [
            f"{_STARS.get(parameter.kind, '')}{name}{'=…' if name in self.defaults else ''}"
            for name, parameter in self._signature.parameters.items()
        ]
        return f"It takes ({', '.join(takes)})." if takes else "It takes no arguments."

    def arguments(self, parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the args and kwargs that pass these parameters."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for name, value in parameters.items():
            match self._signature.parameters[name].kind:
                case Parameter.POSITIONAL_ONLY:
                    args.append(value)
                case Parameter.VAR_POSITIONAL:
                    args.extend(value)
                case Parameter.VAR_KEYWORD:
                    kwargs.update(value)
                case Parameter.POSITIONAL_OR_KEYWORD if self._has_rest:
                    args.append(value)
                case _:
                    kwargs[name] = value
        return tuple(args), kwargs

    @property
    def _has_rest(self) -> bool:
        return any(
            parameter.kind is Parameter.VAR_POSITIONAL
            for parameter in self._signature.parameters.values()
        )

    def spread(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with those of `**kwargs` among them, as `map` looks at them."""
        rest = self._rest_of_keywords
        if rest is None:
            return dict(parameters)
        plain = {name: value for name, value in parameters.items() if name != rest}
        spread: dict[str, Any] = plain | parameters.get(rest, {})
        return spread

    def gather(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return what `spread` was given."""
        rest = self._rest_of_keywords
        if rest is None:
            return dict(parameters)
        known = self._known - {rest}
        plain = {name: value for name, value in parameters.items() if name in known}
        return plain | {rest: {k: v for k, v in parameters.items() if k not in known}}

    @property
    def _rest_of_keywords(self) -> str | None:
        for name, parameter in self._signature.parameters.items():
            if parameter.kind is Parameter.VAR_KEYWORD:
                return name
        return None

    def kind(self, name: str) -> Any:
        """Return how a parameter is passed: a kind of `inspect.Parameter`."""
        return self._signature.parameters[name].kind

    def hints(self) -> dict[str, Any]:
        """Return the type of each annotated parameter; what cannot be resolved is Any."""
        given = {
            name: parameter.annotation
            for name, parameter in self._signature.parameters.items()
            if parameter.annotation is not Parameter.empty
        }
        return {name: self._resolve(name, annotation) for name, annotation in given.items()}

    def _resolve(self, name: str, annotation: Any) -> Any:
        if isinstance(annotation, type):
            return annotation
        inner = inspect.unwrap(self._function)
        holder = SimpleNamespace(__annotations__={name: annotation})
        try:
            names = getattr(inner, "__globals__", {})
            return typing.get_type_hints(holder, names, None, include_extras=True)[name]
        except Exception:  # noqa: BLE001  an annotation is any expression, and may be for checkers only
            return Any


_STARS: Final[dict[Any, str]] = {Parameter.VAR_POSITIONAL: "*", Parameter.VAR_KEYWORD: "**"}
