import { expect, test } from 'vitest';
import { allProjections, chooseProjections } from './choose-projections.ts';

test('"all" is every projection, names are those, with or without spaces', () => {
  expect(chooseProjections('all')).toEqual(allProjections);
  expect(chooseProjections('prices, wallets').map(({ name }) => name)).toEqual(['wallets', 'prices']);
});

test('an unknown name is refused with the ones that exist', () => {
  expect(() => chooseProjections('wallets,walets')).toThrow(
    'no projection: walets. There are wallets, keys, routes, prices, request_log, usage_hourly',
  );
});
