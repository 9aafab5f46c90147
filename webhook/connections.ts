import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';

export interface GateLimits {
  /** Requests at once. */
  readonly requests: number;
  /** Bytes of their bodies together. One request of any size always fits. */
  readonly bytes: number;
  /** The largest body, in bytes. */
  readonly largest: number;
}

/** Knows what is under way. */
export interface Gate {
  /** Lets a request in and counts it until its response has ended, however it ends; false: too many. */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
  /** Resolves when nothing is under way, or after so many milliseconds. */
  empty(milliseconds: number): Promise<void>;
}

/** @param changed told how many requests are under way */
export function createGate(limits: GateLimits, changed: (requests: number) => void): Gate {
  let requests = 0;
  let bytes = 0;
  let onEmpty: (() => void) | undefined;
  return {
    admit(request, response) {
      const announced = request.headers['content-length'];
      // A body without a length (chunked; the API server never does that) is counted as the largest.
      const size = announced === undefined ? limits.largest : Math.min(Number(announced) || 0, limits.largest);
      if (requests >= limits.requests || (requests > 0 && bytes + size > limits.bytes)) return false;
      requests++;
      bytes += size;
      changed(requests);
      response.once('close', () => {
        requests--;
        bytes -= size;
        changed(requests);
        if (requests === 0) onEmpty?.();
      });
      return true;
    },
    async empty(milliseconds) {
      if (requests === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}

/**
 * Tells whether a connection has lived long enough: API servers keep connections for ever, so without an end new replicas would get no requests.
 * @param most mean age in milliseconds
 */
export function connectionAges(tls: Server, most: number): (socket: TLSSocket) => boolean {
  const ends = new WeakMap<TLSSocket, number>();
  // Each connection gets its own age, or all that began with a rollout would end at once.
  tls.on('secureConnection', (socket) => ends.set(socket, performance.now() + most * (0.75 + Math.random() / 2)));
  return (socket) => performance.now() > (ends.get(socket) ?? Number.POSITIVE_INFINITY);
}
