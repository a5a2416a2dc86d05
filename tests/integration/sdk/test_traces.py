"""Runs as spans: sent to whatever OpenTelemetry is configured for, and nowhere else."""

from __future__ import annotations

import socket
from textwrap import dedent

import pytest

from tests.support.collector import collect
from tests.support.processes import python
from tests.support.web import web_server


@pytest.fixture
def collector():
    """Where spans are sent to."""
    with collect() as found:
        yield found


@pytest.fixture
def play(home, collector):
    """Run a program whose environment names the collector, and await its end."""

    def play(code, *arguments, expects=0, **more):
        env = {
            "PENINSULA_HOME": str(home),
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            **more,
        }
        with python("-c", dedent(code), *arguments, env=env) as program:
            assert program.wait() == expects, program.output
            return program.output

    return play


NESTED = """
    import sys
    import requests
    from peninsula import flow, task
    from peninsula.task_runners import {runner}

    @task
    def fetch(url):
        requests.get(url, timeout=9)

    @task
    def outer(url):
        fetch(url)

    @flow
    def below(url):
        fetch.with_options(name="deep")(url)

    @flow(task_runner={runner}(max_workers=1))
    def nightly(url):
        outer.submit(url).result()
        below(url)

    if __name__ == "__main__":
        nightly(sys.argv[1])
"""


@pytest.mark.parametrize("runner", ["ThreadPoolTaskRunner", "ProcessPoolTaskRunner"])
def test_spans_stand_in_each_other_as_runs_do(told, play, collector, runner):
    """Also where the runs are in several processes; what libraries send is below its task."""
    with web_server() as web:
        play(NESTED.format(runner=runner), web.url)
        sent = [each["traceparent"].split("-")[2] for each in web.headers]
    spans = {span.name: span for span in collector.spans if span.scope == "peninsula"}
    parents = {"nightly": None, "outer": "nightly", "fetch": "outer", "below": "nightly"}
    for name, parent in {**parents, "deep": "below"}.items():
        span = spans[name]
        assert span.parent == ("" if parent is None else spans[parent].id)
        assert span.trace == told.one("nightly").id.hex
        kind = "flow_run" if name in {"nightly", "below"} else "task_run"
        assert span.said[f"peninsula.{kind}.id"] == str(told.one(name).id)
        assert span.said["peninsula.state.name"] == "Completed"
    gets = [span for span in collector.spans if span.name == "GET"]
    assert sorted(span.parent for span in gets) == sorted([spans["fetch"].id, spans["deep"].id])
    assert sorted(sent) == sorted(span.id for span in gets)
    assert {span.service for span in collector.spans} == {"peninsula"}


def test_a_failed_run_is_a_failed_span_without_secrets(told, play, collector):
    """With the exception and its traceback, masked as everywhere."""
    play(
        """
        from pydantic import SecretStr
        from peninsula import flow, task

        @task
        def connect(password):
            raise ConnectionError(f"No login with {password}")

        @flow
        def nightly(password: SecretStr):
            connect(password.get_secret_value())

        nightly("canary-hunter22")
        """,
        expects=1,
    )
    for name in ("connect", "nightly"):
        span = collector.one(name)
        assert span.status.startswith("ConnectionError: No login with ")
        assert span.said["peninsula.state.type"] == "FAILED"
        [event] = span.events
        assert event["exception.type"] == "builtins.ConnectionError"
        assert "in connect" in event["exception.stacktrace"]
    assert all(b"hunter22" not in body for body in collector.bodies)


OWN = """
    import asyncio
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    from peninsula import flow, task

    theirs = TracerProvider({options})
    theirs.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(theirs)
    spans = trace.get_tracer("theirs")
"""


def test_spans_of_the_users_are_between_those_of_runs(told, play, collector):
    """Around a flow, inside of it, around a task, in threads, coroutines and generators."""
    play(
        dedent(OWN.format(options=""))
        + dedent("""
        @task
        async def clean():
            with spans.start_as_current_span("inside"):
                await asyncio.sleep(0)

        @task
        def numbers():
            with spans.start_as_current_span("first"):
                yield 1
            with spans.start_as_current_span("second"):
                yield 2

        @flow
        async def nightly():
            with spans.start_as_current_span("step"):
                await clean()
            for _ in numbers():
                spans.start_span("between").end()

        with spans.start_as_current_span("request"):
            asyncio.run(nightly())
        """)
    )
    by_id = {span.id: span.name for span in collector.spans}
    parents = {
        span.name: by_id.get(span.parent) for span in collector.spans if span.name != "between"
    }
    assert parents == {
        "request": None,
        "nightly": "request",
        "step": "nightly",
        "clean": "step",
        "inside": "clean",
        "numbers": "nightly",
        "first": "numbers",
        "second": "numbers",
    }
    between = [by_id[span.parent] for span in collector.spans if span.name == "between"]
    assert between == ["nightly", "nightly"]


def test_no_span_of_the_users_leaves_with_a_secret(told, play, collector):
    """Neither its name, nor what it says, nor its exception; all else stays as it is."""
    play(
        dedent(OWN.format(options=""))
        + dedent("""
        from pydantic import SecretStr

        @flow
        def nightly(password: SecretStr):
            secret = password.get_secret_value()
            try:
                with spans.start_as_current_span(f"login {secret}") as span:
                    span.set_attribute("url.full", "https://h.org/orders?sig=canary-signed")
                    span.set_attribute("rows", 7)
                    span.set_attribute("all", [f"u:{secret}", "u"])
                    span.add_event("asked", {"by": secret})
                    raise ConnectionError(f"No login with {secret}")
            except ConnectionError:
                pass

        nightly("canary-hunter22")
        """)
    )
    assert all(b"hunter22" not in body and b"signed" not in body for body in collector.bodies)
    span = collector.one("login ********")
    assert span.said["url.full"] == "https://h.org/orders?********"
    assert (span.said["rows"], span.said["all"].values[0].string_value) == (7, "u:********")
    assert span.status == "ConnectionError: No login with ********"


def test_a_sampler_of_the_users_takes_its_share_of_flow_runs(told, play, collector):
    """Whole traces or nothing of them, though ids of runs are not chance in all their bits."""
    play(
        dedent(OWN.format(options="ParentBased(TraceIdRatioBased(0.5))"))
        + dedent("""
        @task
        def clean():
            pass

        @flow
        def nightly():
            clean()

        for _ in range(60):
            nightly()
        """)
    )
    flows = [span for span in collector.spans if span.name == "nightly"]
    assert 5 < len(flows) < 55  # chance leaves that in one of 10^11 times
    assert len(collector.spans) == 2 * len(flows)


QUIET = """
    import sys
    from peninsula import flow

    @flow
    def nightly():
        pass

    nightly()
    print(any(name.startswith("opentelemetry.") for name in sys.modules))
"""


@pytest.mark.parametrize(
    "env",
    [
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_SDK_DISABLED": "true"},
    ],
)
def test_what_is_not_configured_sends_nothing(play, collector, env):
    """And without an endpoint OpenTelemetry is not even imported."""
    shown = play(QUIET, **env)
    assert collector.spans == []
    assert shown.splitlines()[-1] == str("OTEL_EXPORTER_OTLP_ENDPOINT" not in env)


def test_a_collector_that_does_not_answer_holds_no_flow_up_for_long(play):
    """It takes connections and is silent: the process leaves without its last spans."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        shown = play(
            """
            import atexit, time
            from peninsula import flow

            @flow
            def nightly():
                pass

            began = []
            atexit.register(lambda: print("SECONDS", time.monotonic() - began[0]))
            nightly()
            began.append(time.monotonic())
            """,
            OTEL_EXPORTER_OTLP_ENDPOINT=url,
        )
    said = next(line for line in shown.splitlines() if line.startswith("SECONDS"))
    assert float(said.split()[1]) < 9  # OpenTelemetry's own end takes 10 and more


def test_a_protocol_without_an_exporter_is_said_once(play, collector):
    """With what to set; the run is none the worse for it."""
    shown = play(QUIET, OTEL_EXPORTER_OTLP_PROTOCOL="http/json")
    assert shown.count("OTEL_EXPORTER_OTLP_PROTOCOL is http/json") == 1
    assert collector.spans == []
