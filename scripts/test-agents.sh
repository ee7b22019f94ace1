#!/bin/sh
# Fetch the real agents, as locked in test/agents, into a directory; nothing when they are there.
set -eu
source=$(CDPATH='' cd "$(dirname "$0")/../test/agents" && pwd)
target=$1
mkdir -p "$target"
if cmp -s "$source/package-lock.json" "$target/installed-lock.json"; then exit 0; fi
cp "$source/package.json" "$source/package-lock.json" "$target/"
[ ! -f "$source/.npmrc" ] || cp "$source/.npmrc" "$target/"
(cd "$target" && npm ci --loglevel=error --no-audit --no-fund)
cp "$source/package-lock.json" "$target/installed-lock.json"
