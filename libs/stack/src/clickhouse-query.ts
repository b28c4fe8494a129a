/** One statement to ClickHouse over HTTP. The stack makes databases with it; everything else goes through `libs/projection`. */

/** A database is made in milliseconds; this is for a server that does not answer. */
const TIMEOUT_MS = 10_000;

/**
 * Runs one statement as the user of the URL, outside any database, and returns what the server answers.
 * Throws an Error with the server's own message where it refuses.
 */
export async function clickHouseQuery(url: string, statement: string): Promise<string> {
  const target = new URL(url);
  const credentials = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
  const response = await fetch(`${target.protocol}//${target.host}/`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: statement,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`ClickHouse at ${target.host} refused "${statement.slice(0, 80)}": ${answer.trim()}`);
  return answer;
}

/** Makes the database that the URL names, where it is not there yet: ClickHouse refuses every session in a database that does not exist. */
export async function createClickHouseDatabase(url: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  await clickHouseQuery(url, `CREATE DATABASE IF NOT EXISTS \`${name}\``);
}
