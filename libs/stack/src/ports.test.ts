import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { freePorts, isPortFree } from './free-ports.ts';
import { claimPorts, defaultPorts, shiftedPorts } from './ports.ts';

const servers: Server[] = [];

const hold = (port: number): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
    servers.push(server);
  });

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => close(server)));
});

test('the shift moves every port', () => {
  const shifted = shiftedPorts(250);
  expect(shifted.gateway).toBe(18_350);
  expect(Object.values(shifted)).toEqual(Object.values(defaultPorts).map((port) => port + 250));
});

test('a taken port is named with its purpose, a way to find its holder, and a shift that moves the system', async () => {
  const [port = 0] = await freePorts(1);
  await hold(port);
  const claim = claimPorts({ ...shiftedPorts(30_000), postgres: port }, { shift: 0, patienceMs: 1 });
  await expect(claim).rejects.toThrow(new RegExp(`port ${port}, which Postgres needs, is in use`));
  await expect(claim).rejects.toThrow(/LURUS_PORT_SHIFT=100 npm start/);
  expect(await isPortFree(port)).toBe(false);
});

test('a port that becomes free while a predecessor stops is waited for', async () => {
  const [port = 0] = await freePorts(1);
  const predecessor = await hold(port);
  const claim = claimPorts({ ...shiftedPorts(30_000), nats: port }, { shift: 0, patienceMs: 4_000 });
  setTimeout(() => void close(predecessor), 100);
  await expect(claim).resolves.toBeUndefined();
});

test('ports found free are all different', async () => {
  const ports = await freePorts(12);
  expect(new Set(ports).size).toBe(12);
});
