import { defineConfig } from 'vitest/config';

const everywhere = ['apps', 'libs', 'streams', 'projections', 'tools'];
const files = (suffix: string): string[] => everywhere.map((folder) => `${folder}/**/*.${suffix}`);

// A test's suffix says what it needs: `.test.ts` nothing; `.nats`, `.pg`, `.ch` and `.e2e` the back ends that globalSetup starts once.
export default defineConfig({
  test: {
    globalSetup: ['./libs/testkit/src/global-setup.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: files('test.ts'),
          exclude: [
            '**/node_modules/**',
            ...files('nats.test.ts'),
            ...files('pg.test.ts'),
            ...files('ch.test.ts'),
            ...files('e2e.test.ts'),
          ],
        },
      },
      {
        test: {
          name: 'backends',
          include: [...files('nats.test.ts'), ...files('pg.test.ts'), ...files('ch.test.ts'), ...files('e2e.test.ts')],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
