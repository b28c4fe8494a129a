/**
 * A context for the nats CLI (https://github.com/nats-io/natscli), so that an operator types `nats stream ls` and no credentials. It goes into
 * a configuration folder of our own, because the user's `~/.config/nats` is not ours to write; `XDG_CONFIG_HOME` leads the CLI there.
 * Format: ADR-21 of NATS.
 */
import { join } from 'node:path';
import { inboxPrefixOf } from '@lurus/journal/permissions';
import { operatorProcess } from '@lurus/streams/processes';
import { writePrivateFile } from './private-file.ts';

/** Where the context goes and whom it connects. */
export interface NatsCliInput {
  /** `XDG_CONFIG_HOME` of the CLI; absolute. */
  readonly folder: string;
  readonly natsUrl: string;
  readonly operatorSeed: string;
}

/** Writes the context `lurus`, its nkey beside it, and selects it. */
export function writeNatsContext({ folder, natsUrl, operatorSeed }: NatsCliInput): void {
  const nkeyPath = join(folder, 'nats', 'lurus-operator.nk');
  const context = {
    description: 'Lurus Switch: read everything, change nothing but consumers',
    url: natsUrl,
    nkey: nkeyPath,
    // The operator's user may listen to no other replies.
    inbox_prefix: inboxPrefixOf(operatorProcess.name),
  };
  writePrivateFile(nkeyPath, `${operatorSeed}\n`);
  writePrivateFile(join(folder, 'nats', 'context', 'lurus.json'), `${JSON.stringify(context, null, 2)}\n`);
  writePrivateFile(join(folder, 'nats', 'context.txt'), 'lurus');
}
