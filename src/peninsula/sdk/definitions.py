"""Hold what a flow or a task was declared to be; the engine reads it at the first call.

Nothing of the engine is imported here: `from peninsula import flow, task` costs next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property, partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from peninsula.core import retries as retrying
from peninsula.core.errors import InvalidError
from peninsula.core.texts import one_line
from peninsula.sdk import functions
from peninsula.sdk.checks import (
    check_flags,
    check_function,
    check_retries,
    check_version,
    checked_hooks,
    checked_name,
)
from peninsula.sdk.options import check_options

if TYPE_CHECKING:
    from peninsula.core.life import Plan
    from peninsula.sdk.arguments.parameters import Signature
    from peninsula.sdk.arguments.validation import Validator
    from peninsula.sdk.options import Hook, Options
    from peninsula.sdk.running.names import RunName

__all__ = ["Definition"]


class Definition:
    """What flows and tasks have in common."""

    kind: ClassVar[str]
    """How errors call it: `flow` or `task`."""
    nameless: ClassVar[str] = "lambda"
    """What those of lambdas are called; Python's own `<lambda>` is no name here."""

    hook_options: ClassVar[tuple[str, ...]] = ("on_completion", "on_failure", "on_running")

    tags: frozenset[str] = frozenset()
    delays: tuple[float, ...] = ()
    retry_jitter_factor: float = 0.0
    retry_condition_fn: Callable[..., Any] | None = None
    should_validate_parameters: bool = False
    on_commit_hooks: list[Hook]
    on_rollback_hooks: list[Hook]

    def __init__(self, fn: Any, options: Options, run_name: RunName | None) -> None:
        """Check the options. Raises InvalidError naming the one that cannot be."""
        check_options(self.kind, options)
        self.options = options
        """Those that were given."""
        self.declared = fn
        """What was declared: the function, or the class method or static method around it."""
        if isinstance(fn, classmethod | staticmethod):
            fn = fn.__func__
        if not callable(fn):
            msg = f"@{self.kind} was put on {fn!r}, which cannot be called. Put it on a function."
            raise InvalidError(msg)
        self.fn = fn
        self.name = checked_name(self.kind, options.get("name") or self._name_of(fn))
        documented = getattr(functions.inner(fn), "__doc__", None)
        self.description: str | None = options.get("description") or documented
        self.version = options.get("version")
        check_version(self.titled, self.version)
        self.run_name = run_name
        self.retries = options.get("retries") or 0
        self.timeout_seconds = options.get("timeout_seconds") or None
        self.log_prints = options.get("log_prints")
        self.on_commit_hooks = []
        self.on_rollback_hooks = []
        self.isasync = functions.is_async(fn)
        self.isgenerator = functions.is_generator(fn)
        self.whole = functions.collected(fn)
        """The function; of a generator, one that returns the list of what it yields."""
        self.source = getattr(functions.inner(fn), "__code__", fn)
        """What tells the function from others, whatever object it is found on."""
        self.origin: Self | None = None
        """What was declared in the class, of what was found on an object."""
        self.planned: tuple[Plan, Plan] | None = None
        """What the engine made of the options, without and with inputs; None after a change."""
        for attribute in ("__module__", "__qualname__", "__doc__"):
            value = getattr(fn, attribute, None)
            if value is not None:
                setattr(self, attribute, value)
        self.__wrapped__ = fn
        check_function(self.titled, fn)
        self._check_options()
        self._keep_results(options)
        self.on_completion_hooks = checked_hooks(
            self.titled, "on_completion", options.get("on_completion")
        )
        self.on_failure_hooks = checked_hooks(self.titled, "on_failure", options.get("on_failure"))
        self.on_running_hooks = checked_hooks(self.titled, "on_running", options.get("on_running"))

    @property
    def undoes(self) -> bool:
        """Whether transactions have hooks of it to call."""
        return bool(self.on_commit_hooks or self.on_rollback_hooks)

    @cached_property
    def signature(self) -> Signature:
        """What the function takes; a method's own object is none of it."""
        if self.origin is not None:
            return self.origin.method_signature
        from peninsula.sdk.arguments.parameters import Signature  # noqa: PLC0415  weight

        return Signature(self.fn, self.titled)

    @cached_property
    def method_signature(self) -> Signature:
        """What the function takes beside its first parameter: the same for all objects."""
        from peninsula.sdk.arguments.parameters import Signature  # noqa: PLC0415  weight

        return Signature(MethodType(self.fn, self), self.titled)

    @cached_property
    def validator(self) -> Validator:
        """What coerces its parameters."""
        if self.origin is not None:
            return self.origin.method_validator
        from peninsula.sdk.arguments.validation import Validator  # noqa: PLC0415  weight

        return Validator(self.signature, self.titled)

    @cached_property
    def method_validator(self) -> Validator:
        """What coerces its parameters beside the first."""
        from peninsula.sdk.arguments.validation import Validator  # noqa: PLC0415  weight

        return Validator(self.method_signature, self.titled)

    @cached_property
    def code(self) -> str | None:
        """Where the function is, `flows/etl.py:nightly`, seen from the working folder."""
        inner = functions.inner(self.fn)
        called = inner if hasattr(inner, "__code__") else type(inner).__call__
        if not hasattr(called, "__code__"):
            return None
        path = called.__code__.co_filename
        here = f"{os.getcwd()}{os.sep}"  # noqa: PTH109  pathlib is not worth its import here
        return one_line(f"{path.removeprefix(here)}:{called.__qualname__}", "")

    @property
    def bound(self) -> dict[str, Any]:
        """The object or class it was found on, under the name the method has for it.

        Of a partial, what it was made with. It is none of the run's parameters, but part of what
        makes two calls the same.
        """
        if isinstance(self.fn, partial):
            return functions.bound_by(self.fn)
        if not isinstance(self.fn, MethodType):
            return {}
        code = getattr(self.fn.__func__, "__code__", None)
        name = code.co_varnames[0] if code is not None and code.co_argcount else "self"
        return {name: self.fn.__self__}

    @property
    def titled(self) -> str:
        """What errors call it: `task "clean"`."""
        return f'{self.kind} "{self.name}"'

    def found_on(self, instance: Any, owner: type | None) -> Self:
        """Return the flow or task as a method of the object or class on which it is found."""
        is_of_class = isinstance(self.declared, classmethod)
        around = owner if is_of_class else instance
        if around is None or self.origin is not None or not isinstance(self.fn, FunctionType):
            return self
        if isinstance(self.declared, staticmethod):
            return self
        method = object.__new__(type(self))  # copy.copy() takes longer
        method.__dict__.update(self.__dict__)
        method.origin = self
        method.declared = method.fn = method.__wrapped__ = MethodType(self.fn, around)
        method.whole = functions.collected(method.fn)
        for kept in ("signature", "validator"):
            method.__dict__.pop(kept, None)
        return method

    def _name_of(self, fn: Callable[..., Any]) -> str:
        inner = functions.inner(fn)
        name = str(getattr(inner, "__name__", type(inner).__name__))
        return self.nameless if name == "<lambda>" else name

    def _check_options(self) -> None:
        check_retries(self.titled, self.retries)
        if self.timeout_seconds is not None:
            retrying.check_seconds(self.titled, "timeout_seconds", self.timeout_seconds)
        run_name: Any = self.run_name
        if not (run_name is None or isinstance(run_name, str) or callable(run_name)):
            msg = f"The {self.kind}_run_name of the {self.titled} is neither text nor function."
            raise InvalidError(msg)

    def _keep_results(self, options: Options) -> None:
        """Take the options of results. Raises InvalidError naming the one that cannot be."""
        self.persist_result = options.get("persist_result")
        """Whether results are kept; None is the choice of the flow around, or of the settings."""
        self.result_storage = options.get("result_storage")
        self.result_serializer = options.get("result_serializer")
        self.cache_result_in_memory = options.get("cache_result_in_memory", True)
        check_flags(
            self.titled,
            persist_result=self.persist_result,
            cache_result_in_memory=self.cache_result_in_memory,
        )
        if self.result_serializer is not None:
            from peninsula.sdk.serializers import serializer_of  # noqa: PLC0415  weight

            self.result_serializer = serializer_of(self.result_serializer)
        if self.persist_result is None and (self.result_storage or self.result_serializer):
            self.persist_result = True

    def _options_with(self, changed: Options) -> dict[str, Any]:
        """Return the options of one that differs in some; hooks that were added later count."""
        hooks = {option: getattr(self, f"{option}_hooks") for option in self.hook_options}
        return {**self.options, **hooks, **changed}

    def _hook(self, hooks: list[Hook], option: str, fn: Hook) -> Hook:
        hooks.extend(checked_hooks(self.titled, option, [fn]))
        self.planned = None
        if self.origin is not None:
            self.origin.planned = None
        return fn

    def __getstate__(self) -> dict[str, Any]:
        """Leave out, for a copy in another process, what that process makes anew."""
        made = {"code", "planned", "signature", "validator"}
        return {**{k: v for k, v in vars(self).items() if k not in made}, "planned": None}

    def __repr__(self) -> str:
        return f"<{self.titled}>"
