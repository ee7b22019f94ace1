#!/bin/sh
# pale shim: runs `@NAME@` in its sandbox. Written by `pale shims`@OUT@.
# Set, it makes the runtime in pale run what follows as a script of its own, out here.
unset BUN_BE_BUN
# Inside of one, pale is at /run/pale; outside, only root can have put anything there.
[ -x @PALE@ ] || [ ! -x /run/pale/pale ] || exec /run/pale/pale run --shim @OPTIONS@-- @COMMAND@ "$@"
exec @PALE@ run --shim @OPTIONS@-- @COMMAND@ "$@"
