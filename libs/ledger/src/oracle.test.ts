/**
 * Method: histories written by hand against figures worked out by hand; then random lawful histories, whose outcome the generator knows by
 * plain addition, and the same with one unlawful event put in, which has to be named.
 */
import { readSettings } from '@lurus/base/setting';
import { createSeededNumbers } from '@lurus/projection/seeded';
import { describe, expect, onTestFailed, test } from 'vitest';
import { closingFindings } from './closing.ts';
import type { Finding } from './finding.ts';
import { HOLD_LIFE_MS, type History, idOf, newHistory } from './history.fixture.ts';
import type { Movement } from './movement.ts';
import { Oracle } from './oracle.ts';
import { memoryPast, openDiskPast } from './past.ts';

function fold(history: History, past = memoryPast()) {
  const findings: Finding[] = [];
  const oracle = new Oracle(past, (finding) => findings.push(finding));
  const deviations = history.events.map((event): Movement['deviation'] => oracle.apply(event).deviation);
  const of = (wallet: string) => {
    const { available, held, credited, spent, lost } = oracle.accounts.get(idOf(wallet)) ?? {};
    return { available, held, credited, spent, lost };
  };
  return { oracle, findings, deviations, of, keys: findings.map(({ sequence, key }) => `${sequence} ${key}`) };
}

describe('by hand', () => {
  test.each<
    [name: string, make: (history: History) => void, wanted: readonly bigint[], deviations: readonly string[], found: readonly string[]]
  >([
    [
      'a settlement returns what its hold did not use',
      (h) => (h.credit('w', 100n), h.hold('w', 'a', 40n), h.settle('w', 'a', 15n)),
      [85n, 0n, 100n, 15n, 0n],
      ['', '', ''],
      [],
    ],
    [
      'a release gives all of it back',
      (h) => (h.credit('w', 100n), h.hold('w', 'a', 40n), h.release('w', 'a')),
      [100n, 0n, 100n, 0n, 0n],
      ['', '', ''],
      [],
    ],
    [
      'a settlement takes more than its hold while the wallet has it',
      (h) => (h.credit('w', 100n), h.hold('w', 'a', 40n), h.settle('w', 'a', 70n)),
      [30n, 0n, 100n, 70n, 0n],
      ['', '', ''],
      [],
    ],
    [
      'and what the wallet cannot pay is lost',
      (h) => (h.credit('w', 100n), h.hold('w', 'a', 40n), h.settle('w', 'a', 130n)),
      [0n, 0n, 100n, 100n, 30n],
      ['', '', ''],
      [],
    ],
    ['a hold takes at most what is there', (h) => (h.credit('w', 30n), h.hold('w', 'a', 40n)), [0n, 30n, 30n, 0n, 0n], ['', 'short'], []],
    [
      'a reference is credited once',
      (h) => (h.credit('w', 30n, 'r'), h.credit('w', 30n, 'r'), h.credit('v', 5n, 'r')),
      [30n, 0n, 30n, 0n, 0n],
      ['', 'repeated', ''],
      [],
    ],
    ['credits without a reference are all counted', (h) => (h.credit('w', 30n), h.credit('w', 30n)), [60n, 0n, 60n, 0n, 0n], ['', ''], []],
    [
      'a correction takes nothing that is held',
      (h) => (h.credit('w', 50n), h.hold('w', 'a', 40n), h.adjust('w', -30n)),
      [0n, 40n, 40n, 0n, 0n],
      ['', '', 'short'],
      [],
    ],
    [
      'what is settled after an expiry is charged',
      (h) => (h.credit('w', 50n), h.hold('w', 'a', 40n), h.expire('w', 'a'), h.settle('w', 'a', 7n)),
      [43n, 0n, 50n, 7n, 0n],
      ['', '', '', 'late'],
      [],
    ],
    [
      'an expiry after the settlement changes nothing and is no fault',
      (h) => (h.credit('w', 50n), h.hold('w', 'a', 40n), h.settle('w', 'a', 7n), h.expire('w', 'a')),
      [43n, 0n, 50n, 7n, 0n],
      ['', '', '', 'repeated'],
      [],
    ],
    [
      'a release of a hold that was never recorded is no fault',
      (h) => (h.credit('w', 50n), h.release('w', 'a')),
      [50n, 0n, 50n, 0n, 0n],
      ['', 'unheld'],
      [],
    ],
    [
      'a second settlement charges nothing and is a fault',
      (h) => (h.credit('w', 50n), h.hold('w', 'a', 9n), h.settle('w', 'a', 7n), h.settle('w', 'a', 7n)),
      [43n, 0n, 50n, 7n, 0n],
      ['', '', '', 'repeated'],
      ['4 one charge a request'],
    ],
    [
      'a second release is a fault',
      (h) => (h.credit('w', 50n), h.hold('w', 'a', 9n), h.release('w', 'a'), h.release('w', 'a')),
      [50n, 0n, 50n, 0n, 0n],
      ['', '', '', 'repeated'],
      ['4 one end a hold'],
    ],
    [
      'a second hold of one request is a fault',
      (h) => (h.credit('w', 50n), h.hold('w', 'a', 9n), h.hold('w', 'a', 9n)),
      [41n, 9n, 50n, 0n, 0n],
      ['', '', 'repeated'],
      ['3 one hold a request'],
    ],
    [
      'a charge without a hold is a fault',
      (h) => (h.credit('w', 50n), h.settle('w', 'a', 9n)),
      [41n, 0n, 50n, 9n, 0n],
      ['', 'unheld'],
      ['2 a hold for every charge'],
    ],
    [
      'an event that is stored twice is a fault',
      (h) => (h.credit('w', 50n, 'r'), h.repeat(0)),
      [50n, 0n, 50n, 0n, 0n],
      ['', 'repeated'],
      ['2 event ids'],
    ],
  ])('%s', (_name, make, wanted, deviations, found) => {
    const history = newHistory();
    make(history);
    const folded = fold(history);
    expect(Object.values(folded.of('w'))).toEqual(wanted);
    expect(folded.deviations).toEqual(deviations);
    expect(folded.keys).toEqual(found);
    expect([...closingFindings(folded.oracle, 0)]).toEqual([]);
  });

  test('a hold that is open 30 s past its life is found, and not before', () => {
    const history = newHistory();
    history.credit('w', 50n);
    history.hold('w', 'a', 9n);
    const { oracle } = fold(history);
    const expiresMs = Date.parse(history.events[1]?.at ?? '') + HOLD_LIFE_MS;
    expect([...closingFindings(oracle, expiresMs + 30_000)]).toEqual([]);
    expect([...closingFindings(oracle, expiresMs + 30_001)]).toMatchObject([{ sequence: 2, key: 'no hold open past its life' }]);
  });
});

/** Whole numbers below `sides`, the same for the same seed. */
function dice(seed: number): (sides: number) => number {
  const next = createSeededNumbers(seed);
  return (sides) => Math.floor(next() * sides);
}

interface Expected {
  credited: bigint;
  spent: bigint;
  readonly open: Map<string, bigint>;
}

const STEPS = 120;

/** A lawful history of three wallets in which no wallet ever runs short, and what must come of it. */
function lawful(roll: (sides: number) => number) {
  const history = newHistory();
  const wallets = new Map<string, Expected>(
    ['u', 'v', 'w'].map((name) => [name, { credited: 0n, spent: 0n, open: new Map<string, bigint>() }]),
  );
  const names = [...wallets.keys()];
  for (let step = 0; step < STEPS; step += 1) {
    const wallet = names[roll(names.length)] ?? 'u';
    const expected = wallets.get(wallet) ?? { credited: 0n, spent: 0n, open: new Map<string, bigint>() };
    const [request] = expected.open.keys();
    const held = [...expected.open.values()].reduce((sum, amount) => sum + amount, 0n);
    const available = expected.credited - expected.spent - held;
    const choice = roll(6);
    if (choice === 0 || available < 10n) {
      const amount = BigInt(1_000 + roll(1_000_000));
      history.credit(wallet, amount, `${step}`);
      expected.credited += amount;
    } else if (choice < 3 || request === undefined) {
      const amount = BigInt(roll(Number(available)));
      history.hold(wallet, `${step}`, amount);
      expected.open.set(`${step}`, amount);
    } else {
      expected.open.delete(request);
      if (choice === 3) history.release(wallet, request);
      else if (choice === 4) history.expire(wallet, request);
      else {
        const amount = BigInt(roll(Number(available)));
        history.settle(wallet, request, amount);
        expected.spent += amount;
      }
    }
  }
  return { history, wallets };
}

const { LURUS_TEST_SEED } = readSettings(process.env, ['LURUS_TEST_SEED']);
const seeds = LURUS_TEST_SEED === undefined ? Array.from({ length: 60 }, (_, index) => index + 1) : [LURUS_TEST_SEED];

describe('at random', () => {
  test.each(seeds)('a lawful history comes to the sum of its parts and has no fault (seed %i)', (seed) => {
    onTestFailed(() => console.error(`LURUS_TEST_SEED=${seed} repeats this`));
    const { history, wallets } = lawful(dice(seed));
    const folded = fold(history);
    for (const [name, { credited, spent, open }] of wallets) {
      const held = [...open.values()].reduce((sum, amount) => sum + amount, 0n);
      const none = { available: undefined, held: undefined, credited: undefined, spent: undefined, lost: undefined };
      expect(folded.of(name)).toEqual(credited === 0n ? none : { available: credited - spent - held, held, credited, spent, lost: 0n });
    }
    expect(folded.findings).toEqual([]);
    expect(new Set(folded.deviations)).toEqual(new Set(['']));
    expect([...closingFindings(folded.oracle, 0)]).toEqual([]);
  });

  test.each(seeds)('one settlement more is found at its own place (seed %i)', (seed) => {
    onTestFailed(() => console.error(`LURUS_TEST_SEED=${seed} repeats this`));
    const roll = dice(seed);
    const { history } = lawful(roll);
    const settled = history.events.filter(({ name }) => name === 'usage.settled');
    const again = settled[roll(settled.length)];
    if (!again) throw new Error('this history has no settlement: take more steps');
    history.repeat(again.sequence - 1);
    const place = history.events.length;
    const { of: before } = fold({ ...history, events: history.events.slice(0, -1) });
    const { keys, of: after } = fold(history);
    expect(keys).toEqual([`${place} event ids`, `${place} one charge a request`]);
    for (const name of ['u', 'v', 'w']) expect(after(name)).toEqual(before(name));
  });

  test('a past on disk gives the same as one in memory', () => {
    const { history } = lawful(dice(7));
    history.repeat(3);
    const disk = openDiskPast();
    try {
      const onDisk = fold(history, disk);
      disk.commit();
      const inMemory = fold(history);
      expect(onDisk.keys).toEqual(inMemory.keys);
      expect(onDisk.deviations).toEqual(inMemory.deviations);
    } finally {
      disk.close();
    }
  });
});
