#!/bin/sh
# pale shim: runs `@NAME@` in its sandbox. Written by `pale shims`; `@NAME@-raw` is the way out.
exec @PALE@ run @OPTIONS@-- @COMMAND@ "$@"
