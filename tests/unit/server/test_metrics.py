"""Metrics in the form that Prometheus reads."""

from __future__ import annotations

from peninsula.server.services.metrics import BOUNDS, Metrics


def samples(metrics: Metrics) -> dict[str, float]:
    """Each line that is no comment."""
    lines = [line for line in metrics.text().splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_answers_are_counted_by_call_and_status():
    """And by how long they took, in classes that add up."""
    metrics = Metrics()
    for status, seconds in ((200, 0.0001), (200, 0.02), (404, 100.0)):
        metrics.answered("list_events", status, seconds)
    said = samples(metrics)
    assert said['peninsula_answers_total{call="list_events",status="200"}'] == 2
    assert said['peninsula_answers_total{call="list_events",status="404"}'] == 1
    buckets = [
        said[f'peninsula_answer_seconds_bucket{{call="list_events",le="{bound:g}"}}']
        for bound in BOUNDS
    ]
    assert buckets == sorted(buckets)
    assert (buckets[0], buckets[-1]) == (1, 2)
    assert said['peninsula_answer_seconds_bucket{call="list_events",le="+Inf"}'] == 3
    assert said['peninsula_answer_seconds_count{call="list_events"}'] == 3
    assert said['peninsula_answer_seconds_sum{call="list_events"}'] == 100.0201


def test_gauges_are_asked_when_they_are_read():
    """With what they are, and the kind they are of."""
    metrics = Metrics()
    value = 1.0
    metrics.watch("peninsula_streams", "gauge", "Open event streams.", lambda: value)
    assert "# TYPE peninsula_streams gauge" in metrics.text()
    value = 3.0
    assert samples(metrics)["peninsula_streams"] == 3
