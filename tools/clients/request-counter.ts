/** A relay in front of the gateway that counts what clients really send, refused requests included. */
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The relay. */
export interface RequestCounter {
  readonly url: string;
  /** POST requests since the last call: what a client asks models for. */
  readonly take: () => number;
  readonly close: () => void;
}

/** Starts the relay on a free port of this machine. */
export async function countRequests(targetUrl: string): Promise<RequestCounter> {
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === 'POST') count += 1;
    const { method, headers } = incoming;
    const onward = send(new URL(incoming.url ?? '/', targetUrl), { method: method ?? 'GET', headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // Of a server that listens on a port.
  return {
    url: `http://127.0.0.1:${port}`,
    take: () => {
      const taken = count;
      count = 0;
      return taken;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
