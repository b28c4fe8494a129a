import { DIALECT_NAMES } from '@lurus/base/dialect-name';
import { AuthStyleSchema } from '@lurus/events/catalogue/provider';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { usageFailure } from '../cli-failure.ts';
import { collect, collectMapping, positiveInteger, wholeNumber } from '../option-values.ts';
import { fetchAllPages } from '../pages.ts';
import { recordedText } from '../recorded.ts';
import { readAnswer } from '../service-client.ts';
import { openSession } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { renderTable } from '../table.ts';

const ProviderSchema = z.object({
  name: z.string(),
  dialect: z.string(),
  base_url: z.string(),
  auth_style: z.string(),
  has_credential: z.boolean(),
  models: z.array(z.string()),
  model_mapping: z.record(z.string(), z.string()),
  priority: z.number(),
  weight: z.number(),
});
type Provider = z.output<typeof ProviderSchema>;
const ProviderListSchema = z.object({ providers: z.array(ProviderSchema) });

interface ProviderOptions {
  readonly dialect?: string;
  readonly baseUrl?: string;
  readonly credential?: string;
  readonly credentialEnv?: string;
  readonly authStyle?: string;
  readonly model?: readonly string[];
  readonly map?: Readonly<Record<string, string>>;
  readonly priority?: number;
  readonly weight?: number;
}

/** `lurus provider add|list|set|remove` */
export function addProviderCommands(program: Command, surroundings: Surroundings): void {
  const provider = program.command('provider').description('the services that models come from');
  addAdd(provider, surroundings);
  addList(provider, surroundings);
  addSet(provider, surroundings);
  addRemove(provider, surroundings);
}

const withOptions = (command: Command): Command =>
  command
    .addOption(new Option('--dialect <dialect>', 'wire format that it speaks').choices(DIALECT_NAMES))
    .option('--base-url <url>', 'where it is, without /v1')
    .option('--credential <key>', 'its API key; "-" reads it from standard input, so that it stays out of the shell history')
    .option('--credential-env <variable>', 'environment variable that holds its API key')
    .addOption(
      new Option('--auth-style <style>', 'how the API key is sent (default: as the dialect does)').choices(AuthStyleSchema.options),
    )
    .option('--model <pattern>', 'model that it serves, * for any run of characters; may be repeated', collect)
    .option('--map <model=name>', 'name that a model has at this provider; may be repeated', collectMapping)
    .option('--priority <number>', 'lower is tried first', wholeNumber)
    .option('--weight <number>', 'share of the traffic among providers of one priority', positiveInteger);

const ADD_HELP = `
Examples:
  $ lurus provider add anthropic --dialect anthropic --base-url https://api.anthropic.com \\
      --credential-env ANTHROPIC_API_KEY --model 'claude-*'
  $ lurus provider add backup --dialect openai-chat --base-url https://llm.example --credential - \\
      --model gpt-5.5 --map gpt-5.5=vendor/gpt-5.5 --priority 10 < key.txt
`;

function addAdd(provider: Command, surroundings: Surroundings): void {
  withOptions(provider.command('add'))
    .description('register a provider; requests for its models can go there at once')
    .argument('<name>', 'name, unique in the tenant')
    .addHelpText('after', ADD_HELP)
    .action(async (name: string, options: ProviderOptions, command: Command) => {
      const session = openSession(command, surroundings);
      const missing = [
        ...(options.dialect === undefined ? ['--dialect'] : []),
        ...(options.baseUrl === undefined ? ['--base-url'] : []),
        ...(options.model === undefined ? ['--model'] : []),
      ];
      if (missing.length > 0)
        throw usageFailure(`A provider needs ${missing.join(' and ')}.`, 'See the examples of "lurus provider add --help".');
      const body = { name, tenant: session.tenant, ...(await bodyOf({ options, surroundings })) };
      const answer = await session.call({
        service: 'provider',
        method: 'POST',
        path: '/v1/providers',
        body,
        idempotencyKey: session.idempotencyKey,
      });
      session.show(
        answer.body,
        () => `provider ${name} was added; a model needs a price too: lurus price set <model> --input 3 --output 15\n`,
      );
      session.note(recordedText(answer));
    });
}

async function bodyOf(input: { readonly options: ProviderOptions; readonly surroundings: Surroundings }): Promise<Record<string, unknown>> {
  const { options } = input;
  return {
    dialect: options.dialect,
    base_url: options.baseUrl,
    credential: await credentialOf(input),
    auth_style: options.authStyle,
    models: options.model,
    model_mapping: options.map,
    priority: options.priority,
    weight: options.weight,
  };
}

async function credentialOf(input: {
  readonly options: ProviderOptions;
  readonly surroundings: Surroundings;
}): Promise<string | undefined> {
  const { options, surroundings } = input;
  if (options.credential === '-') return (await surroundings.readInput()).trim();
  if (options.credentialEnv === undefined) return options.credential;
  const value = surroundings.environment[options.credentialEnv];
  if (value === undefined || value === '')
    throw usageFailure(`The variable ${options.credentialEnv} is empty.`, 'Export it, or use --credential.');
  return value;
}

function addList(provider: Command, surroundings: Surroundings): void {
  provider
    .command('list')
    .description('list the providers of the tenant; credentials are never shown')
    .action(async (_options: unknown, command: Command) => {
      const session = openSession(command, surroundings);
      const call = { service: 'provider', method: 'GET', path: '/v1/providers', query: { tenant: session.tenant } } as const;
      const body = await fetchAllPages({ session, call, name: 'providers' });
      session.show(body, () =>
        renderTable({
          rows: readAnswer(ProviderListSchema, body).providers,
          columns: [
            { title: 'provider', cell: (row) => row.name },
            { title: 'dialect', cell: (row) => row.dialect },
            { title: 'base url', cell: (row) => row.base_url },
            { title: 'credential', cell: (row) => (row.has_credential ? `sent as ${row.auth_style}` : 'none') },
            { title: 'models', cell: (row) => row.models.join(' ') },
            { title: 'mapped', cell: mappingText },
            { title: 'priority', align: 'right', cell: (row) => String(row.priority) },
            { title: 'weight', align: 'right', cell: (row) => String(row.weight) },
          ],
          whenEmpty: `No providers in tenant ${session.tenant} yet: lurus provider add --help`,
        }),
      );
    });
}

const mappingText = (provider: Provider): string =>
  Object.entries(provider.model_mapping)
    .map(([pattern, target]) => `${pattern}=${target}`)
    .join(' ') || '-';

function addSet(provider: Command, surroundings: Surroundings): void {
  withOptions(provider.command('set'))
    .description('change a provider; what is not named stays as it is')
    .argument('<name>')
    .addHelpText('after', '\nExample:\n  $ lurus provider set backup --priority 20\n')
    .action(async (name: string, options: ProviderOptions, command: Command) => {
      const session = openSession(command, surroundings);
      const body = { tenant: session.tenant, ...(await bodyOf({ options, surroundings })) };
      const path = `/v1/providers/${encodeURIComponent(name)}`;
      const answer = await session.call({ service: 'provider', method: 'PUT', path, body, idempotencyKey: session.idempotencyKey });
      session.show(answer.body, () => `provider ${name} was changed\n`);
      session.note(recordedText(answer));
    });
}

function addRemove(provider: Command, surroundings: Surroundings): void {
  provider
    .command('remove')
    .description('stop routing to a provider; running answers finish')
    .argument('<name>')
    .option('--reason <text>', 'why')
    .action(async (name: string, options: { reason?: string }, command: Command) => {
      const session = openSession(command, surroundings);
      const path = `/v1/providers/${encodeURIComponent(name)}`;
      const query = { tenant: session.tenant, reason: options.reason };
      const answer = await session.call({ service: 'provider', method: 'DELETE', path, query, idempotencyKey: session.idempotencyKey });
      session.show(answer.body, () => `provider ${name} was removed\n`);
      session.note(recordedText(answer));
    });
}
