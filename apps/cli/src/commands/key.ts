import type { Command } from 'commander';
import { z } from 'zod';
import { collect, futureMoment, positiveInteger } from '../option-values.ts';
import { fetchAllPages } from '../pages.ts';
import { recordedText } from '../recorded.ts';
import { readAnswer } from '../service-client.ts';
import { openSession } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { renderTable } from '../table.ts';
import { usageFailure } from '../cli-failure.ts';

const CreatedSchema = z.object({ key: z.string().nullable(), key_id: z.string() });
const KeySchema = z.object({
  key_id: z.string(),
  user: z.string(),
  label: z.string(),
  models: z.array(z.string()),
  requests_per_minute: z.number().nullable(),
  tokens_per_minute: z.number().nullable(),
  concurrent_requests: z.number().nullable(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
type Key = z.output<typeof KeySchema>;
const KeyListSchema = z.object({ keys: z.array(KeySchema) });

interface LimitOptions {
  readonly model?: readonly string[];
  readonly requestsPerMinute?: number | false;
  readonly tokensPerMinute?: number | false;
  readonly concurrentRequests?: number | false;
}

/** `lurus key create|list|limit|revoke` */
export function addKeyCommands(program: Command, surroundings: Surroundings): void {
  const key = program.command('key').description('API keys, and what each may do');
  addCreate(key, surroundings);
  addList(key, surroundings);
  addLimit(key, surroundings);
  addRevoke(key, surroundings);
}

const withLimits = (command: Command): Command =>
  command
    .option('--model <pattern>', 'model that the key may use, * for any run of characters; may be repeated (default: all)', collect)
    .option('--requests-per-minute <count>', 'requests a minute at most', positiveInteger)
    .option('--tokens-per-minute <count>', 'tokens a minute at most', positiveInteger)
    .option('--concurrent-requests <count>', 'requests at once at most', positiveInteger);

function addCreate(key: Command, surroundings: Surroundings): void {
  withLimits(key.command('create'))
    .description('issue a key; it is shown once and cannot be shown again')
    .argument('<user>')
    .option('--label <text>', 'what the key is for')
    .option('--expires <time>', 'when it stops working: RFC 3339, or a span like 30d', futureMoment(surroundings.clock.nowMs()))
    .addHelpText('after', '\nExamples:\n  $ lurus key create ada --label laptop\n  $ KEY=$(lurus key create ada --json | jq -r .key)\n')
    .action(async (user: string, options: LimitOptions & { label?: string; expires?: string }, command: Command) => {
      const session = openSession(command, surroundings);
      const answer = await session.call({
        service: 'billing',
        method: 'POST',
        path: '/v1/keys',
        body: { user, tenant: session.tenant, label: options.label, expires_at: options.expires, ...limitsOf(options) },
        idempotencyKey: session.idempotencyKey,
      });
      // The key alone is the data, so that $(lurus key create ada) is it.
      session.show(answer.body, () => `${readAnswer(CreatedSchema, answer.body).key ?? ''}\n`);
      session.note('Keep it now, it is not shown again. Next: lurus setup claude --key <it>');
      session.note(recordedText(answer));
    });
}

const limitsOf = (options: LimitOptions): Record<string, unknown> => ({
  models: options.model,
  requests_per_minute: limitOf(options.requestsPerMinute),
  tokens_per_minute: limitOf(options.tokensPerMinute),
  concurrent_requests: limitOf(options.concurrentRequests),
});

/** `--no-…` takes a limit away, an absent option leaves it alone. */
const limitOf = (given: number | false | undefined): number | null | undefined => (given === false ? null : given);

function addList(key: Command, surroundings: Surroundings): void {
  key
    .command('list')
    .description('list the keys of the tenant, or of one user')
    .option('--user <user>', 'only this user')
    .action(async (options: { user?: string }, command: Command) => {
      const session = openSession(command, surroundings);
      const query = { tenant: session.tenant, user: options.user };
      const body = await fetchAllPages({ session, call: { service: 'billing', method: 'GET', path: '/v1/keys', query }, name: 'keys' });
      session.show(body, () =>
        renderTable({
          rows: readAnswer(KeyListSchema, body).keys,
          columns: [
            { title: 'key id', cell: (row) => row.key_id },
            { title: 'user', cell: (row) => row.user },
            { title: 'label', cell: (row) => row.label },
            { title: 'models', cell: (row) => row.models.join(' ') || 'all' },
            { title: 'requests/min', align: 'right', cell: (row) => shownLimit(row.requests_per_minute) },
            { title: 'tokens/min', align: 'right', cell: (row) => shownLimit(row.tokens_per_minute) },
            { title: 'at once', align: 'right', cell: (row) => shownLimit(row.concurrent_requests) },
            { title: 'state', cell: stateOf },
          ],
          whenEmpty: `No keys in tenant ${session.tenant} yet: lurus key create <user>`,
        }),
      );
    });
}

const shownLimit = (limit: number | null): string => (limit === null ? '-' : String(limit));

function stateOf(key: Key): string {
  if (key.revoked_at !== null) return `revoked ${key.revoked_at}`;
  return key.expires_at === null ? 'living' : `until ${key.expires_at}`;
}

function addLimit(key: Command, surroundings: Surroundings): void {
  withLimits(key.command('limit'))
    .description('replace limits of a key; what is not named stays as it is')
    .argument('<key-id>', 'the eight characters after sk-lurus-')
    .option('--no-requests-per-minute', 'take the limit away')
    .option('--no-tokens-per-minute', 'take the limit away')
    .option('--no-concurrent-requests', 'take the limit away')
    .option('--all-models', 'let the key use every model again')
    .addHelpText('after', "\nExample:\n  $ lurus key limit Ab3dE6gH --requests-per-minute 60 --model 'claude-*'\n")
    .action(async (keyId: string, options: LimitOptions & { allModels?: boolean }, command: Command) => {
      const session = openSession(command, surroundings);
      const body = { ...definedOf(limitsOf(givenOnly(options, command))), ...(options.allModels === true ? { models: [] } : {}) };
      if (Object.keys(body).length === 0)
        throw usageFailure('No limit was named.', 'Give at least one, for instance --requests-per-minute 60.');
      const path = `/v1/keys/${encodeURIComponent(keyId)}`;
      const answer = await session.call({ service: 'billing', method: 'PATCH', path, body, idempotencyKey: session.idempotencyKey });
      session.show(answer.body, () => `the limits of key ${keyId} were replaced\n`);
      session.note(recordedText(answer));
    });
}

/** Commander gives an option with a `--no-` twin the value true by default; only what was typed counts here. */
function givenOnly(options: LimitOptions, command: Command): LimitOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => command.getOptionValueSource(name) === 'cli'));
}

const definedOf = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

function addRevoke(key: Command, surroundings: Surroundings): void {
  key
    .command('revoke')
    .description('stop a key for good; gateways refuse it within 2 seconds')
    .argument('<key-id>', 'the eight characters after sk-lurus-')
    .option('--reason <text>', 'why')
    .action(async (keyId: string, options: { reason?: string }, command: Command) => {
      const session = openSession(command, surroundings);
      const path = `/v1/keys/${encodeURIComponent(keyId)}`;
      const query = { reason: options.reason };
      const answer = await session.call({ service: 'billing', method: 'DELETE', path, query, idempotencyKey: session.idempotencyKey });
      session.show(answer.body, () => `key ${keyId} was revoked\n`);
      session.note(recordedText(answer));
    });
}
