import { expect, test } from 'vitest';
import { dialsPage } from './dials-page.ts';

test('the reference page of the dials is the one that the code makes (vitest -u writes it)', () =>
  expect(dialsPage()).toMatchFileSnapshot('../../../docs/reference/simulator-dials.md'));
