# shellcheck shell=sh
# Run the tests as whoever runs this: an ordinary user.
set -eu

agents=${PALE_TEST_AGENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/pale-test}
if [ -z "${PALE_TEST_AGENTS:-}" ]; then
  sh scripts/test-agents.sh "$agents" ||
    echo "test: the real agents could not be fetched; their tests will say so" >&2
fi
export PALE_TEST_AGENTS="$agents"

exec node_modules/.bin/bun test --parallel=2 --timeout 120000 ./test
