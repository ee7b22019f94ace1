#!/bin/sh
# pale shim: runs the real `@NAME@`, without a sandbox. Written by `pale shims`.
exec @PROGRAM@ "$@"
