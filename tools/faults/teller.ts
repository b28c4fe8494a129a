/** A program that tops a wallet up through the billing service and repeats each command, under one name, until it is answered. */
import { setTimeout as pause } from 'node:timers/promises';

/** One command that was carried out. */
export interface Credit {
  readonly reference: string;
  /** The service answered the last of them; what became of those before nobody was told. */
  readonly tries: number;
}

/** Where it works and for whom. */
export interface TellerInput {
  readonly billing: string;
  readonly adminToken: string;
  readonly user: string;
  readonly isOver: () => boolean;
  readonly onCredit: (credit: Credit) => void;
}

const AMOUNT_USD = '0.003000007'; // Less than three poor clients would spend meanwhile, and no round figure.
const EVERY_MS = 1_500;
const RETRY_MS = 400;
const TIMEOUT_MS = 3_000;

/** Credits again and again until it is over; the last command is repeated until it is answered. */
export async function runTeller(input: TellerInput): Promise<void> {
  for (let number = 1; !input.isOver(); number += 1) {
    const reference = `teller-${number}`;
    let tries = 1;
    while (!(await credit(input, reference))) {
      tries += 1;
      await pause(RETRY_MS);
    }
    input.onCredit({ reference, tries });
    await pause(EVERY_MS);
  }
}

/** The service understood a command and will never take it: a fault of this program or of the service. */
class RefusedCommand extends Error {
  override readonly name = 'RefusedCommand';
}

async function credit({ billing, adminToken, user }: TellerInput, reference: string): Promise<boolean> {
  try {
    const response = await fetch(`${billing}/v1/credits`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', 'idempotency-key': reference },
      body: JSON.stringify({ user, tenant: 'demo', amount_usd: AMOUNT_USD, reason: 'faults', reference }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = await response.text();
    if (response.status >= 400 && response.status < 500) throw new RefusedCommand(`credit ${reference}: ${response.status} ${answer}`);
    return response.ok;
  } catch (error) {
    if (error instanceof RefusedCommand) throw error;
    return false; // Whether it was carried out nobody knows: that is what the repeat is for.
  }
}
