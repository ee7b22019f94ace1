import type { Layer } from "../policy.ts";

/** Put a stronger layer over a weaker one: lists append, scalars replace. */
export function mergeLayers(weaker: Layer, stronger: Layer): Layer {
  return {
    ...weaker,
    ...stronger,
    uses: [...weaker.uses, ...stronger.uses],
    mounts: [...weaker.mounts, ...stronger.mounts],
    pathAdd: [...weaker.pathAdd, ...stronger.pathAdd],
    arguments: [...weaker.arguments, ...stronger.arguments],
    variables: [...weaker.variables, ...stronger.variables],
    allow: [...weaker.allow, ...stronger.allow],
    deny: [...weaker.deny, ...stronger.deny],
    registries: [...weaker.registries, ...stronger.registries],
    endpoints: [...weaker.endpoints, ...stronger.endpoints],
    proxies: [...weaker.proxies, ...stronger.proxies],
    logins: [...weaker.logins, ...stronger.logins],
    sshKeys: [...weaker.sshKeys, ...stronger.sshKeys],
    forwards: [...weaker.forwards, ...stronger.forwards],
    publish: [...weaker.publish, ...stronger.publish],
    sockets: [...weaker.sockets, ...stronger.sockets],
    protect: [...weaker.protect, ...stronger.protect],
    unprotect: [...weaker.unprotect, ...stronger.unprotect],
    limits: [...weaker.limits, ...stronger.limits],
  };
}
