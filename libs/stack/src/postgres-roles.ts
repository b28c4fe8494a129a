/** The roles and the database that a fresh PostgreSQL gets, the same in every maker. Pure. */

export interface PostgresPasswords {
  readonly owner: string;
  readonly analyst: string;
}

export interface PostgresRoles {
  /** Run once as superuser, in any database. One statement a line. */
  readonly inCluster: readonly string[];
  /** Run once as superuser, or as `lurus` who owns it, in the database `lurus`. */
  readonly inDatabase: readonly string[];
}

/** Longest query of an analyst: past it a forgotten join is not worth the machine. */
const ANALYST_STATEMENT_TIMEOUT = '60s';

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * What `analyst` may do in one database whose owner is `lurus`: read what stands in schema `public`. Those are the views; the tables of the
 * projections' versions behind them stay closed, because a view is read with the rights of its owner.
 */
export const analystGrants = (): readonly string[] => [
  'GRANT USAGE ON SCHEMA public TO analyst;',
  'ALTER DEFAULT PRIVILEGES FOR ROLE lurus IN SCHEMA public GRANT SELECT ON TABLES TO analyst;',
];

/** `lurus` owns the database `lurus`, `analyst` reads its views, nobody else gets in. */
export const postgresRoles = (passwords: PostgresPasswords): PostgresRoles => ({
  inCluster: [
    `CREATE ROLE lurus LOGIN NOSUPERUSER PASSWORD ${literal(passwords.owner)};`,
    `CREATE ROLE analyst LOGIN NOSUPERUSER PASSWORD ${literal(passwords.analyst)};`,
    'ALTER ROLE analyst SET default_transaction_read_only = on;',
    `ALTER ROLE analyst SET statement_timeout = ${literal(ANALYST_STATEMENT_TIMEOUT)};`,
    'CREATE DATABASE lurus OWNER lurus TEMPLATE template0;',
    'REVOKE ALL ON DATABASE lurus FROM PUBLIC;',
    'GRANT CONNECT ON DATABASE lurus TO analyst;',
  ],
  inDatabase: analystGrants(),
});
