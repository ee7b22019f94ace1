import type { Socket } from "node:net";
import * as tls from "node:tls";
import type { KeyAndCertificate } from "../certificates/certificate.ts";
import type { Reason } from "./reasons.ts";

/** What the connections that end at the proxy can carry. */
export type HttpProtocol = "h2" | "http/1.1";

export type SecuredServer =
  | { kind: "secured"; socket: tls.TLSSocket; protocol: HttpProtocol }
  /** `detail` is the code of what was wrong with the certificate. */
  | { kind: "failed"; reason: Reason; detail: string | undefined };

export type ServerWish = {
  host: string;
  /** PEM. */
  roots: string;
  protocols: readonly HttpProtocol[];
  milliseconds: number;
};

/**
 * TLS over a connection to a server, which must show that it is `host` to somebody whom this system
 * believes. Nothing has been sent to it before that.
 */
export function secureServer(socket: Socket, wish: ServerWish): Promise<SecuredServer> {
  return new Promise((resolve) => {
    const secured = tls.connect({
      socket,
      servername: wish.host,
      ca: wish.roots,
      ALPNProtocols: [...wish.protocols],
      minVersion: "TLSv1.2",
      rejectUnauthorized: true,
    });
    const timer = setTimeout(() => secured.destroy(), wish.milliseconds);
    const fail = (error?: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(describeFailure(readCode(error)));
    };
    // Listened to for good: later ones are seen as the end of the connection.
    secured.on("error", fail).once("close", fail);
    secured.once("secureConnect", () => {
      clearTimeout(timer);
      if (!secured.authorized) return fail(secured.authorizationError);
      secured.off("close", fail);
      const protocol = secured.alpnProtocol === "h2" ? "h2" : "http/1.1";
      resolve({ kind: "secured", socket: secured, protocol });
    });
  });
}

/** Codes of OpenSSL and of node for a certificate that does not do. */
const CERTIFICATE = /CERT|ALTNAME|ISSUER|SELF_SIGNED|CRL|HOSTNAME|CHAIN|UNABLE_TO/u;

/** Of an error, or what the runtime has in its place. */
function readCode(error: unknown): string {
  if (typeof error === "string") return error;
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function describeFailure(code: string): Extract<SecuredServer, { kind: "failed" }> {
  const isCertificate = CERTIFICATE.test(code);
  return {
    kind: "failed",
    reason: isCertificate ? "server-certificate" : "unreachable",
    detail: isCertificate ? code : undefined,
  };
}

/** TLS over a connection from a client, to which this is the host; `undefined` when it goes away. */
export function secureClient(
  socket: Socket,
  { key, certificate }: KeyAndCertificate,
  { protocol, milliseconds }: { protocol: HttpProtocol; milliseconds: number },
): Promise<tls.TLSSocket | undefined> {
  return new Promise((resolve) => {
    const secured = new tls.TLSSocket(socket, {
      isServer: true,
      secureContext: tls.createSecureContext({ key, cert: certificate, minVersion: "TLSv1.2" }),
      key,
      cert: certificate,
      ALPNProtocols: [protocol],
    });
    const timer = setTimeout(() => secured.destroy(), milliseconds);
    const fail = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(undefined);
    };
    secured.on("error", fail).once("close", fail);
    secured.once("secure", () => {
      clearTimeout(timer);
      secured.off("close", fail);
      resolve(secured);
    });
  });
}
