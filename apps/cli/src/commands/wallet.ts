import type { Command } from 'commander';
import { z } from 'zod';
import { shownNanos } from '../money-text.ts';
import { dollars, positiveDollars, positiveInteger } from '../option-values.ts';
import { recordedText } from '../recorded.ts';
import { readAnswer } from '../service-client.ts';
import { openSession, type Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { renderFacts, renderTable } from '../table.ts';

const Amount = z.string().regex(/^-?\d+$/);
const WalletSchema = z.object({
  user: z.string(),
  wallet_id: z.string(),
  tenant: z.string(),
  available_nanos: Amount,
  held_nanos: Amount,
  credited_nanos: Amount,
  spent_nanos: Amount,
  lost_nanos: Amount,
  is_frozen: z.boolean(),
  position: z.object({ stream: z.string(), sequence: z.number() }),
});
type Wallet = z.output<typeof WalletSchema>;

const TransactionSchema = z.object({
  sequence: z.number(),
  event_name: z.string(),
  request_id: z.string().nullable(),
  amount_nanos: Amount,
  available_after_nanos: Amount,
  held_after_nanos: Amount,
  reason: z.string(),
  reference: z.string(),
  at: z.string(),
});
type Transaction = z.output<typeof TransactionSchema>;
const TransactionListSchema = z.object({ transactions: z.array(TransactionSchema) });

/** `lurus wallet show|credit|adjust|history` */
export function addWalletCommands(program: Command, surroundings: Surroundings): void {
  const wallet = program.command('wallet').description('what users have, and where it came from and went');
  addShow(wallet, surroundings);
  addCredit(wallet, surroundings);
  addAdjust(wallet, surroundings);
  addHistory(wallet, surroundings);
}

function addShow(wallet: Command, surroundings: Surroundings): void {
  wallet
    .command('show')
    .description('show a wallet and the stream position it is true at')
    .argument('<user>')
    .addHelpText('after', '\nExample:\n  $ lurus wallet show ada --json | jq -r .available_nanos\n')
    .action(async (user: string, _options: unknown, command: Command) => {
      const session = openSession(command, surroundings);
      const body = await walletOf(session, user);
      session.show(body, () => renderWallet(readAnswer(WalletSchema, body)));
    });
}

async function walletOf(session: Session, user: string): Promise<unknown> {
  const path = `/v1/wallets/${encodeURIComponent(user)}`;
  return (await session.call({ service: 'billing', method: 'GET', path, query: { tenant: session.tenant } })).body;
}

const renderWallet = (wallet: Wallet): string =>
  renderFacts([
    ['user', `${wallet.user} (tenant ${wallet.tenant})`],
    ['available', shownNanos(wallet.available_nanos)],
    ['held', shownNanos(wallet.held_nanos)],
    ['credited', shownNanos(wallet.credited_nanos)],
    ['spent', shownNanos(wallet.spent_nanos)],
    [
      'lost',
      BigInt(wallet.lost_nanos) === 0n ? undefined : `${shownNanos(wallet.lost_nanos)} (used beyond the balance, paid by the house)`,
    ],
    ['state', wallet.is_frozen ? 'FROZEN: an event could not be applied, requests are refused; see "lurus projection list"' : undefined],
    ['wallet id', wallet.wallet_id],
    ['true at', `${wallet.position.stream} ${wallet.position.sequence}`],
  ]);

function addCredit(wallet: Command, surroundings: Surroundings): void {
  wallet
    .command('credit')
    .description('put money into a wallet')
    .argument('<user>')
    .argument('<dollars>', 'US dollars, at most nine decimal places', positiveDollars)
    .option('--reason <text>', 'why, shown in the history')
    .option('--reference <text>', 'name of the payment; the same reference is credited once')
    .addHelpText('after', '\nExamples:\n  $ lurus wallet credit ada 20\n  $ lurus wallet credit ada 20 --reference invoice-2026-117\n')
    .action(async (user: string, amount: string, options: { reason?: string; reference?: string }, command: Command) => {
      await move({ user, amount, options, path: '/v1/credits', command, surroundings });
    });
}

function addAdjust(wallet: Command, surroundings: Surroundings): void {
  wallet
    .command('adjust')
    .description('correct a wallet; takes at most what is available')
    .argument('<user>')
    .argument('<dollars>', 'US dollars with a sign: 1.5 gives, -1.5 takes', dollars)
    .requiredOption('--reason <text>', 'why, shown in the history')
    .option('--reference <text>', 'name of the correction; the same reference counts once')
    .addHelpText('after', '\nExample:\n  $ lurus wallet adjust ada -0.25 --reason "double credit of 22 Nov"\n')
    .action(async (user: string, amount: string, options: { reason: string; reference?: string }, command: Command) => {
      await move({ user, amount, options, path: '/v1/adjustments', command, surroundings });
    });
}

async function move(input: {
  readonly user: string;
  readonly amount: string;
  readonly options: { readonly reason?: string; readonly reference?: string };
  readonly path: string;
  readonly command: Command;
  readonly surroundings: Surroundings;
}): Promise<void> {
  const { user, amount, options, path, command, surroundings } = input;
  const session = openSession(command, surroundings);
  const answer = await session.call({
    service: 'billing',
    method: 'POST',
    path,
    body: { user, tenant: session.tenant, amount_usd: amount, ...options },
    idempotencyKey: session.idempotencyKey,
  });
  // The wallet is read again for people only: a script gets the answer to its command, which names the event.
  const wallet = session.isJson ? undefined : readAnswer(WalletSchema, await walletOf(session, user));
  session.show(answer.body, () => (wallet ? renderWallet(wallet) : ''));
  session.note(recordedText(answer));
}

function addHistory(wallet: Command, surroundings: Surroundings): void {
  wallet
    .command('history')
    .description('list what changed a wallet, the latest first; each line is one event')
    .argument('<user>')
    .option('--limit <count>', 'lines at most', positiveInteger, 50)
    .option('--before <sequence>', 'only what is older than this stream sequence', positiveInteger)
    .action(async (user: string, options: { limit: number; before?: number }, command: Command) => {
      const session = openSession(command, surroundings);
      const path = `/v1/wallets/${encodeURIComponent(user)}/transactions`;
      const query = { tenant: session.tenant, limit: options.limit, before: options.before };
      const { body } = await session.call({ service: 'billing', method: 'GET', path, query });
      session.show(body, () =>
        renderTable({
          rows: readAnswer(TransactionListSchema, body).transactions,
          columns: [
            { title: 'sequence', align: 'right', cell: (row) => String(row.sequence) },
            { title: 'at', cell: (row) => row.at },
            { title: 'event', cell: (row) => row.event_name },
            { title: 'amount', align: 'right', cell: (row) => shownNanos(row.amount_nanos) },
            { title: 'available', align: 'right', cell: (row) => shownNanos(row.available_after_nanos) },
            { title: 'held', align: 'right', cell: (row) => shownNanos(row.held_after_nanos) },
            { title: 'about', cell: aboutText },
          ],
          whenEmpty: `Nothing has happened to the wallet of ${user} yet: lurus wallet credit ${user} 20`,
        }),
      );
    });
}

const aboutText = (row: Transaction): string => [row.request_id ?? row.reason, row.reference].filter((text) => text !== '').join(', ');
