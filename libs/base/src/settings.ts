/** Every setting of every process: its environment variable, what it does, its form and its default. */
import { z } from 'zod';

const text = (fallback?: string) =>
  fallback === undefined ? z.string({ error: 'is required' }).min(1) : z.string().min(1).default(fallback);
const integer = (input: { readonly fallback: number; readonly min: number; readonly max: number }) =>
  z.coerce.number({ error: 'must be a whole number' }).int().min(input.min).max(input.max).default(input.fallback);
const port = (fallback: number) => integer({ fallback, min: 0, max: 65_535 });
const url = () => z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional();
const milliseconds = (fallback: number) => integer({ fallback, min: 1, max: 86_400_000 });

export const settings = {
  LURUS_HOME: { says: 'Folder that keeps everything which must survive a restart.', schema: text('.lurus') },
  LURUS_HOST: { says: 'Address that the processes listen on; 0.0.0.0 opens them to the network.', schema: text('127.0.0.1') },
  LURUS_PORT_SHIFT: {
    says: 'Added to every default port, so that several systems fit on one machine.',
    schema: integer({ fallback: 0, min: -8000, max: 40_000 }),
  },
  LURUS_STACK: {
    says: 'Where NATS, Postgres and ClickHouse come from: packages run as processes, a Docker engine, or the three URLs.',
    schema: z.enum(['auto', 'embedded', 'containers', 'external']).default('embedded'),
  },
  LURUS_NATS_SERVER: {
    says: 'Path of a nats-server, 2.15 or newer, to run instead of the one that is found on PATH or fetched.',
    schema: z.string().min(1).optional(),
  },
  LURUS_NATS_URL: { says: 'URL of the NATS server, for instance nats://127.0.0.1:14222.', schema: text() },
  LURUS_NATS_SEED: { says: 'Seed of the nkey by which this process is known to NATS. Secret.', schema: text() },
  LURUS_POSTGRES_URL: { says: 'URL of the Postgres database, with user and password. Secret.', schema: text() },
  LURUS_CLICKHOUSE_URL: { says: 'URL of the ClickHouse HTTP interface, with user, password and database. Secret.', schema: text() },
  LURUS_ADMIN_TOKEN: {
    says: 'Bearer token of the operators for the services. Secret.',
    schema: z.string({ error: 'is required' }).min(16),
  },
  LURUS_KEY_PEPPER: {
    says: 'Server-side secret in the digest of every API key; changing it invalidates all keys. Secret.',
    schema: z.string({ error: 'is required' }).min(16),
  },
  LURUS_MASTER_KEY: {
    says: 'Secret that provider credentials are sealed with. Secret.',
    schema: z.string({ error: 'is required' }).min(16),
  },
  LURUS_START_GATE: {
    says: 'File that has to exist before a process connects to anything; lets it load while its back ends start. Set by `npm start`.',
    schema: z.string().min(1).optional(),
  },
  LURUS_LOG_LEVEL: { says: 'Least severe lines that are logged.', schema: z.enum(['debug', 'info', 'warn', 'error']).default('info') },
  LURUS_INSTANCE: { says: 'Name of this process among its equals, in logs and as the source of events.', schema: text('1') },
  LURUS_GATEWAY_PORT: { says: 'Port of the relay.', schema: port(18100) },
  LURUS_PROVIDER_PORT: { says: 'Port of the provider service.', schema: port(18101) },
  LURUS_LOG_PORT: { says: 'Port of the log service.', schema: port(18102) },
  LURUS_BILLING_PORT: { says: 'Port of the billing service.', schema: port(18103) },
  LURUS_PROJECTOR_PORT: { says: 'Port of a projector, for health and metrics.', schema: port(18105) },
  LURUS_SIMULATOR_PORT: { says: 'Port of the simulated provider.', schema: port(18200) },
  LURUS_PROJECTIONS: { says: 'Projections that a projector runs, separated by commas; "all" for every one.', schema: text('all') },
  LURUS_PARTITIONS: {
    says: 'Partitions of every stream that a projector owns, from 0 to 15, for instance 0-7; processes that share the work own different ones.',
    schema: z
      .string()
      .regex(/^\d{1,2}-\d{1,2}$/, 'must be two numbers like 0-15')
      .default('0-15')
      .transform((range) => ({ first: Number(range.split('-')[0]), last: Number(range.split('-')[1]) }))
      .refine(({ first, last }) => first <= last && last <= 15, 'must be a range within 0-15'),
  },
  LURUS_BODY_BYTES_MAX: {
    says: 'Largest request body, after decompression. Images make bodies of many megabytes; Anthropic itself takes 32 MB.',
    schema: integer({ fallback: 33_554_432, min: 1024, max: 268_435_456 }),
  },
  LURUS_CONNECT_TIMEOUT_MS: { says: 'Longest wait for a connection to a provider.', schema: milliseconds(5_000) },
  LURUS_FIRST_BYTE_TIMEOUT_MS: {
    says: 'Longest wait for the first byte of an answer; models that think before they speak take minutes.',
    schema: milliseconds(300_000),
  },
  LURUS_SILENCE_TIMEOUT_MS: { says: 'Longest pause inside an answer before the attempt counts as dead.', schema: milliseconds(120_000) },
  LURUS_DRAIN_TIMEOUT_MS: {
    says: 'How long an answer is read on after its client left, to learn what it cost.',
    schema: milliseconds(60_000),
  },
  LURUS_DRAINS_MAX: {
    says: 'Answers read on at once after their clients left; past it the oldest evidence decides.',
    schema: integer({ fallback: 200, min: 0, max: 100_000 }),
  },
  LURUS_HOLD_LIFE_MS: {
    says: 'How long money stays reserved if a gateway dies; longer than any request may take.',
    schema: milliseconds(1_800_000),
  },
  LURUS_EXPECTED_OUTPUT_TOKENS: {
    says: 'Output tokens that a hold covers where the request allows more.',
    schema: integer({ fallback: 4_096, min: 1, max: 1_000_000 }),
  },
  LURUS_ATTEMPTS_MAX: {
    says: 'Providers tried for one request. Clients retry as well: each further one here multiplies with theirs.',
    schema: integer({ fallback: 3, min: 1, max: 20 }),
  },
  LURUS_HOLD_TIMEOUT_MS: {
    says: 'Longest wait until the hold of a request is recorded; no answer is given before.',
    schema: milliseconds(2_000),
  },
  LURUS_SETTLE_TIMEOUT_MS: {
    says: 'Longest wait until the settlement of a request is recorded; the end of the answer is withheld until then. A leader election lasts up to 9 s.',
    schema: milliseconds(12_000),
  },
  LURUS_KEEP_ALIVE_MS: {
    says: 'A stream that is quiet for this long gets a sign of life; proxies on the way cut quiet connections after 30 to 60 s.',
    schema: milliseconds(15_000),
  },
  LURUS_WRITE_STALL_TIMEOUT_MS: {
    says: 'A client that takes no byte of its answer for this long counts as gone.',
    schema: milliseconds(60_000),
  },
  LURUS_HEARTBEAT_AGE_MAX_MS: {
    says: "Age of a wallet projector's sign of life past which its balances count as unknown and nothing is let through.",
    schema: milliseconds(5_000),
  },
  LURUS_HEADERS_TIMEOUT_MS: {
    says: 'Longest wait for the head of a request; slower clients hold a connection for nothing.',
    schema: milliseconds(10_000),
  },
  LURUS_REQUEST_TIMEOUT_MS: {
    says: 'Longest wait for a whole request; 32 MB arrive in it over 2 Mbit/s.',
    schema: milliseconds(150_000),
  },
  LURUS_HEADER_BYTES_MAX: {
    says: 'Largest head of a request, all headers together; real clients send up to 6 KB.',
    schema: integer({ fallback: 32_768, min: 4_096, max: 1_048_576 }),
  },
  LURUS_BODIES_BYTES_MAX: {
    says: 'Memory that the request bodies of all running requests may take together; past it new ones are asked to come back.',
    schema: integer({ fallback: 536_870_912, min: 1_048_576, max: 68_719_476_736 }),
  },
  LURUS_REQUESTS_MAX: {
    says: 'Requests that one gateway handles at once; each streaming one costs two connections and some 200 KB.',
    schema: integer({ fallback: 5_000, min: 1, max: 1_000_000 }),
  },
  LURUS_CONNECTIONS_MAX: {
    says: 'Connections of clients that one gateway holds, idle ones included.',
    schema: integer({ fallback: 20_000, min: 1, max: 1_000_000 }),
  },
  LURUS_SHUTDOWN_TIMEOUT_MS: { says: 'How long a stopping gateway lets running answers finish.', schema: milliseconds(30_000) },
  LURUS_TENANT: { says: 'Tenant that `lurus` works in where --tenant is not given.', schema: text('main') },
  LURUS_API_KEY: {
    says: 'API key that AI CLIs on this machine call the gateway with; `lurus setup` and `lurus doctor` use it. Secret.',
    schema: z.string().min(1).optional(),
  },
  LURUS_GATEWAY_URL: { says: 'Where `lurus` finds the gateway of a system elsewhere.', schema: url() },
  LURUS_PROVIDER_URL: { says: 'Where `lurus` finds the provider service of a system elsewhere.', schema: url() },
  LURUS_BILLING_URL: { says: 'Where `lurus` finds the billing service of a system elsewhere.', schema: url() },
  LURUS_LOG_URL: { says: 'Where `lurus` finds the log service of a system elsewhere.', schema: url() },
  LURUS_PROJECTOR_URL: { says: 'Where `lurus` finds the projector of a system elsewhere.', schema: url() },
  LURUS_FIXTURES: {
    says: 'Folder of recorded provider traffic that the simulator replays and the corpus suite reads.',
    schema: text('../shared/fixtures'),
  },
  LURUS_TEST_SEED: {
    says: 'Repeats a run of the tests that use chance; each prints its seed.',
    schema: z.coerce.number({ error: 'must be a whole number' }).int().optional(),
  },
} as const satisfies Record<string, { readonly says: string; readonly schema: z.ZodType }>;

/** The environment variable of a declared setting. */
export type SettingName = keyof typeof settings;
