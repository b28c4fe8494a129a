import type { Command } from 'commander';
import { z } from 'zod';
import { fetchAllPages } from '../pages.ts';
import { recordedText } from '../recorded.ts';
import { readAnswer } from '../service-client.ts';
import { openSession } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { renderTable } from '../table.ts';

const UserSchema = z.object({ user: z.string(), user_id: z.string(), wallet_id: z.string(), created_at: z.string() });
const UserListSchema = z.object({ users: z.array(UserSchema) });

/** `lurus user add|list` */
export function addUserCommands(program: Command, surroundings: Surroundings): void {
  const user = program.command('user').description('users; each has one wallet');
  addUserAdd(user, surroundings);
  addUserList(user, surroundings);
}

function addUserAdd(user: Command, surroundings: Surroundings): void {
  user
    .command('add')
    .description('make a user and their wallet')
    .argument('<name>', 'name, unique in the tenant')
    .addHelpText('after', '\nExample:\n  $ lurus user add ada\n')
    .action(async (name: string, _options: unknown, command: Command) => {
      const session = openSession(command, surroundings);
      const answer = await session.call({
        service: 'billing',
        method: 'POST',
        path: '/v1/users',
        body: { name, tenant: session.tenant },
        idempotencyKey: session.idempotencyKey,
      });
      session.show(answer.body, () => `user ${name} was added; next: lurus wallet credit ${name} 20\n`);
      session.note(recordedText(answer));
    });
}

function addUserList(user: Command, surroundings: Surroundings): void {
  user
    .command('list')
    .description('list the users of the tenant')
    .action(async (_options: unknown, command: Command) => {
      const session = openSession(command, surroundings);
      const call = { service: 'billing', method: 'GET', path: '/v1/users', query: { tenant: session.tenant } } as const;
      const body = await fetchAllPages({ session, call, name: 'users' });
      session.show(body, () =>
        renderTable({
          rows: readAnswer(UserListSchema, body).users,
          columns: [
            { title: 'user', cell: (row) => row.user },
            { title: 'since', cell: (row) => row.created_at },
            { title: 'user id', cell: (row) => row.user_id },
            { title: 'wallet id', cell: (row) => row.wallet_id },
          ],
          whenEmpty: `No users in tenant ${session.tenant} yet: lurus user add <name>`,
        }),
      );
    });
}
