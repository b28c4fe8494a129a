import { CommandHeadersSchema, TenantField } from '@lurus/service/command';
import { DollarsSchema, SignedDollarsSchema, amountFields } from '@lurus/service/money-fields';
import type { ServiceApp } from '@lurus/service/service-app';
import { z } from 'zod';
import { MoneyCommandAnswer, TransactionAnswer, WalletAnswer, ownerFields, transactionAnswer, walletAnswer } from './answers.ts';
import type { Billing } from './billing.ts';
import { Limit, Sequence, ShortText, TenantQuery, UserName, UserPath } from './fields.ts';
import { type MoneyCommand, type MovedMoney, adjustWallet, creditWallet } from './money-commands.ts';
import { requireUser } from './users.ts';
import { listTransactions, readWallet } from './wallets.ts';

const tags = ['wallets'];
const reference = ShortText.default('').describe('Names the payment or correction; the same reference counts once for a wallet.');

const CreditBody = z.strictObject({
  user: UserName,
  tenant: TenantField,
  amount_usd: DollarsSchema.describe('US dollars, up to nine decimal places: "20" or "0.25"'),
  reason: ShortText.default('credit'),
  reference,
});
const AdjustmentBody = z.strictObject({
  user: UserName,
  tenant: TenantField,
  amount_usd: SignedDollarsSchema.refine((amount) => amount !== 0n, 'must not be zero').describe('US dollars; negative takes money away'),
  reason: ShortText.min(1, 'must say why'),
  reference,
});

interface MoneyRequest {
  readonly body: z.output<typeof CreditBody>;
  readonly headers: z.output<typeof CommandHeadersSchema>;
}

const commandOf = ({ body, headers }: MoneyRequest): MoneyCommand => ({
  tenantId: body.tenant,
  userName: body.user,
  amountNanos: body.amount_usd,
  reason: body.reason,
  reference: body.reference,
  idempotencyKey: headers['idempotency-key'],
});

const moneyAnswer = (command: MoneyCommand, moved: MovedMoney): z.infer<typeof MoneyCommandAnswer> => ({
  ...ownerFields(moved.user),
  ...amountFields('amount', command.amountNanos),
  reason: command.reason,
  reference: command.reference,
  transaction: moved.transaction ? transactionAnswer(moved.transaction) : null,
  is_applied: moved.transaction !== undefined,
  event: moved.event,
});

/** POST /v1/credits, POST /v1/adjustments, GET /v1/wallets/{user} and its transactions. */
export function addWalletRoutes(app: ServiceApp, billing: Billing): void {
  const moves = [
    { path: '/v1/credits', summary: 'Puts money into a wallet.', body: CreditBody, move: creditWallet },
    { path: '/v1/adjustments', summary: 'Corrects a wallet by a signed amount.', body: AdjustmentBody, move: adjustWallet },
  ];
  for (const { path, summary, body, move } of moves) {
    app.post(
      path,
      { schema: { tags, summary, headers: CommandHeadersSchema, body, response: { 201: MoneyCommandAnswer, 202: MoneyCommandAnswer } } },
      async (request, reply) => {
        const command = commandOf(request);
        const moved = await move(billing, command);
        return reply.code(moved.transaction ? 201 : 202).send(moneyAnswer(command, moved));
      },
    );
  }
  app.get(
    '/v1/wallets/:user',
    { schema: { tags, summary: 'Shows what a wallet has.', params: UserPath, querystring: TenantQuery, response: { 200: WalletAnswer } } },
    async (request) => {
      const user = await requireUser(billing, request.query.tenant, request.params.user);
      return walletAnswer(user, await readWallet(billing, user));
    },
  );
  app.get(
    '/v1/wallets/:user/transactions',
    {
      schema: {
        tags,
        summary: 'Lists what happened to a wallet, latest first.',
        params: UserPath,
        querystring: z.strictObject({
          tenant: TenantField,
          limit: Limit,
          before: Sequence.optional().describe('The next of the page before.'),
        }),
        response: { 200: z.object({ transactions: z.array(TransactionAnswer), next: z.number().int().nullable() }) },
      },
    },
    async (request) => {
      const { tenant, limit, before } = request.query;
      const { walletId } = await requireUser(billing, tenant, request.params.user);
      const transactions = await listTransactions(billing, { walletId, before, limit });
      const next = transactions.length < limit ? null : (transactions.at(-1)?.sequence ?? null);
      return { transactions: transactions.map(transactionAnswer), next };
    },
  );
}
