import { formatDecimal, nanos, type Nanos } from '@lurus/base/money';

const CENTS = 2;

/** Nano-dollars as people read them: exact, at least two places, no zeros beyond them: `$1.25`, `$0.00045`, `-$3.00`. */
export function shownDollars(amount: Nanos): string {
  const [whole = '0', fraction = ''] = formatDecimal(amount, 9).replace('-', '').split('.');
  const trimmed = fraction.replace(/0+$/, '').padEnd(CENTS, '0');
  return `${amount < 0n ? '-' : ''}$${whole}.${trimmed}`;
}

/** The same for an amount as the services write it, a decimal string of nano-dollars. */
export const shownNanos = (text: string): string => shownDollars(nanos(BigInt(text)));

/** A price in US dollars per million tokens as the services write it, without needless zeros: `3.75`. */
export const shownRate = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
