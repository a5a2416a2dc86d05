#!/bin/sh
# Make a virtual environment: venv.sh FOLDER PYTHON. uv comes with it where PATH has none.
set -eu
folder=$1 python=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Peninsula needs Python 3.11 or newer, and $python is not." >&2
    echo "Install one and name it: make PYTHON=python3.12" >&2
    exit 1
fi

if command -v uv >/dev/null; then
    exec uv venv --quiet --allow-existing --python "$python" "$folder"
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$python cannot make environments. Install what is missing: apt install python3-venv" >&2
    exit 1
fi
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes -r requirements/uv.txt
