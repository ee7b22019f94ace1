#!/bin/sh
# What `npm test` runs: the checks, the build, then every test as an ordinary user.
# As root (CI, containers) it first sets the machine up; as a user it changes nothing.
set -eu
cd "$(dirname "$0")/.."

npm run --silent lint
npm run --silent build

if [ "$(id -u)" = 0 ]; then
  . scripts/test-root.sh
else
  . scripts/test-user.sh
fi
