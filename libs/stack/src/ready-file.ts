/** `ready.json`: what a running system tells people and programs about itself. Holds secrets; only its owner can read it. */
import { rmSync } from 'node:fs';
import type { BackendUrls } from './backends.ts';
import type { Ports } from './ports.ts';
import { writePrivateFile } from './private-file.ts';
import type { Secrets } from './secrets.ts';

export interface ReadyFile {
  readonly gateway: string;
  readonly provider: string;
  readonly billing: string;
  readonly log: string;
  readonly simulator: string;
  readonly projector: string;
  readonly nats: string;
  readonly nats_ws?: string;
  /** With the credentials of the read-only `analyst`, where there is one. */
  readonly postgres: string;
  readonly clickhouse: string;
  readonly admin_token: string;
  readonly demo_key: string;
}

/** What the file is made from. */
export interface ReadyInput {
  readonly host: string;
  readonly ports: Ports;
  readonly urls: BackendUrls;
  readonly secrets: Secrets;
}

/** What the file says. Pure. */
export function readyFile({ host, ports, urls, secrets }: ReadyInput): ReadyFile {
  const at = (port: number): string => `http://${host}:${port}`;
  return {
    gateway: at(ports.gateway),
    provider: at(ports.provider),
    billing: at(ports.billing),
    log: at(ports.log),
    simulator: at(ports.simulator),
    projector: at(ports.projector),
    nats: urls.nats,
    ...(urls.natsWebSocket === null ? {} : { nats_ws: urls.natsWebSocket }),
    postgres: urls.postgresAnalyst ?? urls.postgres,
    clickhouse: urls.clickhouseAnalyst ?? urls.clickhouse,
    admin_token: secrets.admin_token,
    demo_key: secrets.demo_key ?? '',
  };
}

/** Writes the file whole or not at all. */
export const writeReadyFile = (path: string, ready: ReadyFile): void => writePrivateFile(path, `${JSON.stringify(ready, null, 2)}\n`);

/** A file of a system that no longer runs would send programs to whoever holds the ports now. */
export const removeReadyFile = (path: string): void => rmSync(path, { force: true });
