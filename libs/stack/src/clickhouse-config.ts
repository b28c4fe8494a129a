/** The configuration of ClickHouse and its users, as text; the same users in every maker. Pure. */
import { createHash } from 'node:crypto';

/** The two users of a ClickHouse and what they may touch. */
export interface ClickHouseUsers {
  /** Of `lurus`, who owns the tables. */
  readonly ownerPassword: string;
  /** Of `analyst`, who reads. */
  readonly analystPassword: string;
  /** The databases that both are confined to: a name, or a prefix followed by `*`. */
  readonly databases: readonly string[];
}

/** Embedded ClickHouse shares the machine with everything else; by default it would take nine tenths of the memory. */
const SERVER_MEMORY_BYTES_MAX = 3_000_000_000;
const QUERY_MEMORY_BYTES_MAX = 2_000_000_000;
const MARK_CACHE_BYTES = 268_435_456;
/** Longest query of an analyst: past it a forgotten join is not worth the machine. */
const ANALYST_SECONDS_MAX = 60;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const grants = (rights: string, databases: readonly string[]): string =>
  databases.map((database) => `<query>GRANT ${rights} ON ${database}.*</query>`).join('');

/** What a password opens from anywhere that can reach the port; who may reach it is decided by the address that the server listens on. */
const user = (input: { readonly name: string; readonly password: string; readonly profile: string; readonly grants: string }): string => `
    <${input.name}>
      <password_sha256_hex>${sha256(input.password)}</password_sha256_hex>
      <networks><ip>::/0</ip></networks>
      <profile>${input.profile}</profile>
      <quota>default</quota>
      <grants>${input.grants}</grants>
    </${input.name}>`;

/** Engines that keep their rows themselves. Others reach out to files, URLs and other servers. */
const ENGINES = ['MergeTree', 'ReplacingMergeTree', 'SummingMergeTree', 'AggregatingMergeTree', 'Memory'];

/** `GRANT ALL` on a database covers its tables and the making of it, but not the choice of an engine. */
const ownerGrants = (databases: readonly string[]): string =>
  grants('ALL', databases) + ENGINES.map((engine) => `<query>GRANT TABLE ENGINE ON ${engine}</query>`).join('');

const ownUsers = (users: ClickHouseUsers): string =>
  user({ name: 'lurus', password: users.ownerPassword, profile: 'default', grants: ownerGrants(users.databases) }) +
  user({ name: 'analyst', password: users.analystPassword, profile: 'analyst', grants: grants('SELECT', users.databases) });

/** `readonly 2`: reads only, yet a client may set its own output settings, which the ordinary clients do on every query. */
const PROFILES = `<profiles>
    <default><max_memory_usage>${QUERY_MEMORY_BYTES_MAX}</max_memory_usage></default>
    <analyst>
      <readonly>2</readonly>
      <max_memory_usage>${QUERY_MEMORY_BYTES_MAX}</max_memory_usage>
      <max_execution_time>${ANALYST_SECONDS_MAX}</max_execution_time>
    </analyst>
  </profiles>
  <quotas><default/></quotas>`;

/**
 * Users of the embedded server. `default` has no password, because the engine's own session runs as it; so it may do nothing but open the
 * listeners and wait: otherwise anybody on the machine could read local files through it.
 */
export const embeddedUsers = (users: ClickHouseUsers): string => `<clickhouse>
  ${PROFILES}
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants>
    </default>${ownUsers(users)}
  </users>
</clickhouse>
`;

/** Users of a ClickHouse in a container, whose image brings its other files; `default` is taken away. */
export const containerUsers = (users: ClickHouseUsers): string => `<clickhouse>
  ${PROFILES}
  <users>
    <default remove="remove"/>${ownUsers(users)}
  </users>
</clickhouse>
`;

const xmlText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The embedded server's main configuration. */
export const embeddedConfig = (input: { readonly usersPath: string }): string => `<clickhouse>
  <users_config>${xmlText(input.usersPath)}</users_config>
  <max_server_memory_usage>${SERVER_MEMORY_BYTES_MAX}</max_server_memory_usage>
  <mark_cache_size>${MARK_CACHE_BYTES}</mark_cache_size>
  <background_pool_size>4</background_pool_size>
  <background_schedule_pool_size>8</background_schedule_pool_size>
  <logger><size>50M</size><count>2</count></logger>
</clickhouse>
`;
