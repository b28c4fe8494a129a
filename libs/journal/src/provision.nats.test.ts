import { billingEvents } from '@lurus/streams/billing-events';
import { allStreams } from '@lurus/streams/all';
import { allBuckets, balancesBucket } from '@lurus/streams/buckets';
import { logEvents } from '@lurus/streams/log-events';
import { llmEvents } from '@lurus/streams/llm-events';
import { useNats } from '@lurus/testkit/use-nats';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { isJournalRefused } from './problems.ts';
import { openProvisioner, type Provisioner } from './provision.ts';

const nats = useNats();

async function provisioner(processName = 'deployer'): Promise<Provisioner> {
  const opened = await openProvisioner({ url: nats.url(), seed: nats.seedOf(processName), processName, instance: 'test' });
  onTestFinished(() => opened.close());
  return opened;
}

const everything = { streams: allStreams, buckets: allBuckets, replicas: 1 };

async function deleteEverything(): Promise<void> {
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(nats.seedOf('deployer')));
  const nc = await connect({ servers: nats.url(), authenticator, inboxPrefix: '_INBOX_deployer' });
  const manager = await jetstreamManager(nc);
  for (const { config } of await manager.streams.list().next()) await manager.streams.delete(config.name);
  await nc.close();
}

test('an empty server gets every stream and bucket, a second time nothing', async () => {
  await deleteEverything();
  const deployer = await provisioner();
  expect((await deployer.plan(everything)).every(({ action }) => action === 'create')).toBe(true);
  await deployer.apply(everything);
  const again = await deployer.plan(everything);
  expect(again.filter(({ action }) => action !== 'nothing')).toEqual([]);
  expect(again.map(({ stream }) => stream)).toEqual([...allStreams.map(({ name }) => name), ...allBuckets.map(({ name }) => `KV_${name}`)]);
});

test('a changed declaration is shown field by field, and made', async () => {
  const deployer = await provisioner();
  await deployer.apply(everything);
  const changed = { ...everything, streams: [{ ...llmEvents, keepDays: 14, says: 'Something else.' }], buckets: [] };
  const day = 86_400 * 1e9;
  const [step] = await deployer.plan(changed);
  expect(step).toEqual({
    stream: 'LLM_EVENTS',
    action: 'change',
    differences: expect.arrayContaining([
      { field: 'description', from: llmEvents.says, to: 'Something else.' },
      { field: 'max_age', from: 7 * day, to: 14 * day },
    ]),
  });
  await deployer.apply(changed);
  expect((await deployer.plan(changed)).map(({ action }) => action)).toEqual(['nothing']);
});

test('what the server cannot change is said, and then nothing at all is changed', async () => {
  const deployer = await provisioner();
  await deployer.apply(everything);
  const impossible = {
    streams: [
      { ...logEvents, keepDays: 2 },
      { ...billingEvents, isPartitioned: false },
      { ...llmEvents, durability: 'derived' as const },
    ],
    buckets: [balancesBucket],
    replicas: 1,
  };
  const before = await deployer.plan(impossible);
  expect(before.map(({ action }) => action)).toEqual(['change', 'impossible', 'impossible', 'nothing']);
  expect(before[1]?.differences).toEqual([
    expect.objectContaining({ field: 'subject_transform', obstacle: expect.stringContaining('partition') }),
  ]);
  expect(
    before[2]?.differences
      .filter(({ obstacle }) => obstacle !== undefined)
      .map(({ field }) => field)
      .sort(),
  ).toEqual(['deny_delete', 'deny_purge', 'persist_mode']);
  await expect(deployer.apply(impossible)).rejects.toMatchObject({ details: { code: 'streams_cannot_change' } });
  expect(await deployer.plan(impossible)).toEqual(before);
});

test('nobody but the deployer may', async () => {
  const gateway = await provisioner('gateway');
  await expect(gateway.apply(everything)).rejects.toSatisfy(isJournalRefused);
});
