#!/bin/sh
# pale shim: runs the real `@NAME@`, without a sandbox. Written by `pale shims`.
# Inside of one, pale is at /run/pale; outside, only root can have put anything there.
real=@PALE@
[ -x "$real" ] || [ ! -x /run/pale/pale ] || real=/run/pale/pale
real=$(unset BUN_BE_BUN; "$real" which @NAME@) || exit
exec "$real" "$@"
