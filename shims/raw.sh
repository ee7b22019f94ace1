#!/bin/sh
# pale shim: runs the real `@NAME@`, without a sandbox. Written by `pale shims`.
real=$(@PALE@ which @NAME@) || exit
exec "$real" "$@"
