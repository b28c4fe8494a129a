/** A proxy that lets nothing through and remembers who was asked for: what a client sends elsewhere than to the gateway shows here. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The proxy. */
export interface OutsideTraffic {
  readonly url: string;
  /** Hosts that were asked for since the last call. */
  readonly takeHosts: () => readonly string[];
  readonly close: () => void;
}

/** Starts the proxy on a free port of this machine. */
export async function watchOutsideTraffic(): Promise<OutsideTraffic> {
  const hosts = new Set<string>();
  const server = createServer((request, response) => {
    hosts.add(request.headers.host ?? request.url ?? '?');
    response.writeHead(403).end();
  });
  server.on('connect', (request, socket) => {
    hosts.add(request.url ?? '?');
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // Of a server that listens on a port.
  return {
    url: `http://127.0.0.1:${port}`,
    takeHosts: () => {
      const taken = [...hosts].sort();
      hosts.clear();
      return taken;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
