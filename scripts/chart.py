"""Write charts/peninsula: a Helm chart of what `peninsula kubernetes manifest` prints.

The objects are made once, with values of Helm in the places where clusters differ. A test compares
the chart with what this writes, and with the manifest when its values are filled in.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

import yaml

from peninsula.core.version import VERSION
from peninsula.workers.kubernetes.installation import Installation, manifests

FOLDER = Path(__file__).parents[1] / "charts/peninsula"

PLACES: Final = Installation(
    image='{{ required "Set image: it has Peninsula with the extra kubernetes." .Values.image }}',
    namespace="{{ .Release.Namespace }}",
    key='{{ required "Set key: openssl rand -hex 32 makes one." .Values.key }}',
    worker_key='{{ printf "peninsula worker %s" .Values.key | sha256sum }}',
    key_sum='{{ printf "peninsula worker %s" .Values.key | sha256sum | sha256sum }}',
    pool="{{ .Values.pool }}",
    database_url="{{ .Values.databaseUrl }}",
    storage="{{ .Values.storage }}",
)

VALUES: Final = """\
# Has Python, Peninsula with the extra `kubernetes` (for PostgreSQL, `postgres` too), and the flows.
image: ""
# Of the server's owner: openssl rand -hex 32. The key of the worker follows from it.
key: ""
# The work pool that the worker serves.
pool: kubernetes
# postgresql://…; empty is SQLite on a volume.
databaseUrl: ""
# Of that volume.
storage: 5Gi
"""

_PLACE = re.compile(
    r"\{\{ (?:required \"[^\"]*\" |printf \"(?P<printed>[^\"]*)\" )?"
    r"\.(?P<of>Values|Release)\.(?P<name>\w+)(?P<sums>(?: \| sha256sum)*) \}\}"
)


def main() -> None:
    """Write the chart anew."""
    (FOLDER / "templates").mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def files() -> dict[str, str]:
    """Return each file of the chart by its name."""
    about = {
        "apiVersion": "v2",
        "name": "peninsula",
        "description": "A Peninsula server, and a worker that runs flows as Jobs.",
        "type": "application",
        "version": VERSION if re.fullmatch(r"\d+\.\d+\.\d+.*", VERSION) else "0.1.0",
        "appVersion": VERSION,
    }
    made = {"Chart.yaml": yaml.safe_dump(about, sort_keys=False), "values.yaml": VALUES}
    for each in manifests(PLACES):
        kind, name = each["kind"].lower(), each["metadata"]["name"].partition("-{{")[0]
        scope = "-default" if each["metadata"].get("namespace") == "default" else ""
        text = yaml.dump(each, Dumper=_Dumper, sort_keys=False, width=1_000)
        made[f"templates/{name}-{kind}{scope}.yaml"] = text
    return made


class _Dumper(yaml.SafeDumper):
    """Writes texts with places of Helm so that what is filled in stays one text."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  as it is called
        """Write out what stands in two places: people read it."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "'" if "{{" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def filled_in(text: str, values: dict[str, Any], namespace: str) -> str:
    """Return a template as Helm would, for the places that this chart has."""

    def value(found: re.Match[str]) -> str:
        said = namespace if found["of"] == "Release" else str(values[found["name"]])
        said = (found["printed"] or "%s").replace("%s", said)
        for _ in range(found["sums"].count("|")):
            said = hashlib.sha256(said.encode()).hexdigest()
        return said

    filled = _PLACE.sub(value, text)
    if "{{" in filled:
        place = json.dumps(filled[filled.index("{{") :][:40])
        raise ValueError(place)
    return filled


if __name__ == "__main__":
    main()
