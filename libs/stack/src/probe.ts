/** Questions that tell whether a server is ready; each answers false while it is not, and never throws. */
import { get } from 'node:http';
import { connect } from 'node:net';

/** Longest wait for one answer. A server that is ready answers these in a few milliseconds. */
const ANSWER_TIMEOUT_MS = 2_000;

/** Does a GET of this URL answer with a 2xx status? Through `node:http`, because a refused `fetch` costs several times as much. */
export function answersHttp(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const question = get(url, { agent: false, timeout: ANSWER_TIMEOUT_MS }, (response) => {
      const { statusCode = 0 } = response;
      response.once('error', () => resolve(false));
      response.once('end', () => resolve(statusCode >= 200 && statusCode < 300));
      response.resume();
    });
    question.once('timeout', () => question.destroy());
    question.once('error', () => resolve(false));
    question.once('close', () => resolve(false));
  });
}

/** Postgres protocol 3.0: length, version, then name and value pairs, each ended by a zero byte, and one more zero byte. */
function startupMessage(user: string): Buffer {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0postgres\0\0`, 'latin1');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + length.length);
  return Buffer.concat([length, body]);
}

/**
 * Does Postgres at this address take sessions? It asks for a password ('R') once it does; while it starts, recovers or stops it answers
 * with an error ('E') although the port is open, which is why an open port proves nothing.
 */
export function takesPostgresSessions(address: { readonly host: string; readonly port: number; readonly user: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address.host, port: address.port });
    const answer = (isReady: boolean): void => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('connect', () => socket.write(startupMessage(address.user)));
    socket.once('data', (bytes) => answer(bytes.toString('latin1', 0, 1) === 'R'));
    socket.once('close', () => answer(false));
  });
}
