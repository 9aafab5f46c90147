import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that can misbehave as networks do. */
export interface FaultyProxy {
  /** The target's URL with the proxy's port. */
  readonly server: string;
  /** Connections accepted so far. */
  readonly connections: () => number;
  /** Existing and new connections stay open, but nothing passes any more: a vanished node or firewall. */
  blackHole(): void;
  /** Existing connections break, new ones are refused at once. */
  cut(): void;
  /** New connections pass again; black-holed ones stay dead. */
  heal(): void;
  close(): Promise<void>;
}

/** A proxy on a free loopback port in front of `target`, such as `https://127.0.0.1:6443`. */
export async function faultyProxy(target: string): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let mode: 'pass' | 'black hole' | 'cut' = 'pass';
  let connections = 0;

  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const listener = createServer((incoming) => {
    connections += 1;
    track(incoming);
    if (mode === 'cut') return void incoming.resetAndDestroy();
    if (mode === 'black hole') return void incoming.pause();
    const outgoing = track(connect(Number(port), hostname));
    incoming.pipe(outgoing).pipe(incoming);
    incoming.once('close', () => outgoing.destroy());
    outgoing.once('close', () => incoming.destroy());
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const server = `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;

  return {
    server,
    connections: () => connections,
    blackHole() {
      mode = 'black hole';
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
        socket.removeAllListeners('close');
        socket.once('close', () => sockets.delete(socket));
      }
    },
    cut() {
      mode = 'cut';
      for (const socket of sockets) socket.resetAndDestroy();
    },
    heal() {
      mode = 'pass';
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
