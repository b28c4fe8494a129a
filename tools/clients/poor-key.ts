import type { ReadyFile } from '@lurus/stack/ready-file';
import { z } from 'zod';

const Issued = z.looseObject({ key: z.string() });

/** Makes a user of the demo tenant with an empty wallet, and returns a key of his. Throws an Error where a command is refused. */
export async function makePoorKey(ready: ReadyFile): Promise<string> {
  const command = async (path: string, body: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${ready.admin_token}`, 'content-type': 'application/json' };
    const response = await fetch(ready.billing + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`POST ${path} was answered with ${response.status}: ${JSON.stringify(answer)}`);
    return answer;
  };
  await command('/v1/users', { name: 'poor', tenant: 'demo' });
  return Issued.parse(await command('/v1/keys', { user: 'poor', tenant: 'demo' })).key;
}
