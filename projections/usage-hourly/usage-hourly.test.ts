import { holdExpired, holdPlaced, holdReleased, usageSettled, walletCredited } from '@lurus/events/catalogue/billing';
import { exampleOf } from '@lurus/events/examples';
import { given, told } from '@lurus/projection/spec';
import { test } from 'vitest';
import { usageHourly } from './projection.ts';

test('every event about money is a row of the ledger; only ends of requests count as usage', () =>
  given(usageHourly, [told(walletCredited, exampleOf(walletCredited)), told(holdPlaced, exampleOf(holdPlaced))])
    .when([
      told(holdExpired, exampleOf(holdExpired)),
      told(holdReleased, exampleOf(holdReleased)),
      told(usageSettled, exampleOf(usageSettled)),
    ])
    .then({
      rows: {
        ledger_log_v1: [
          { sequence: 1, event_name: 'wallet.credited', amount_nanos: String(exampleOf(walletCredited).amountNanos) },
          { sequence: 2, event_name: 'hold.placed', price_version: exampleOf(holdPlaced).priceVersion },
          { sequence: 3, event_name: 'hold.expired' },
          { sequence: 4, event_name: 'hold.released' },
          { sequence: 5, event_name: 'usage.settled', provider: exampleOf(usageSettled).provider },
        ],
        usage_v1: [
          { sequence: 4, event_name: 'hold.released' },
          { sequence: 5, event_name: 'usage.settled', amount_nanos: String(exampleOf(usageSettled).amountNanos) },
        ],
      },
    }));
