#!/bin/sh
# Fetch the real agents, as locked in test/agents, into a directory; nothing when they are there.
set -eu
source=$(CDPATH='' cd "$(dirname "$0")/../test/agents" && pwd)
target=$1
mkdir -p "$target"

if ! cmp -s "$source/package-lock.json" "$target/installed-lock.json"; then
  cp "$source/package.json" "$source/package-lock.json" "$target/"
  [ ! -f "$source/.npmrc" ] || cp "$source/.npmrc" "$target/"
  (cd "$target" && npm ci --loglevel=error --no-audit --no-fund)
  cp "$source/package-lock.json" "$target/installed-lock.json"
fi

# npm's cache with one of them as it is and as it was: the test of an upgrade needs no network then.
field() { node -p "require('$source/package.json').upgrade.$1"; }
name=$(field package) from=$(field from) to=$(field to)
cache=$target/upgrade-cache
if [ "$(cat "$cache/versions" 2>/dev/null || true)" != "$from $to" ]; then
  rm -rf "$cache"
  for version in "$from" "$to"; do
    npm install --global --prefix "$target/upgrade-prefix" --cache "$cache" \
      --loglevel=error --no-audit --no-fund "$name@$version"
  done
  rm -rf "$target/upgrade-prefix"
  # Who runs the tests may have another one in mind, under whose name nothing is in the cache.
  npm config get registry >"$cache/registry"
  echo "$from $to" >"$cache/versions"
fi
