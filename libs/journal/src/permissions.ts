/**
 * What each NATS user may publish and subscribe to, derived from the declarations of processes, streams and buckets. Pure.
 * The lists are allow lists: what does not stand there is refused by the server. That, more than the streams' own flags, is what makes the
 * truth immutable: `deny_purge` does not stop a stream from being deleted, a missing permission does.
 */
import type { BucketDefinition } from '@lurus/events/bucket';
import type { EventDefinition } from '@lurus/events/event';
import type { ProcessDefinition } from '@lurus/events/process';
import { publishedSubjects, type StreamDefinition } from '@lurus/events/stream';

/** Subjects, with wildcards, that one user may use; everything else is refused. */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** The inbox prefix of a process. Each has its own, otherwise it could read the replies to others. */
export const inboxPrefixOf = (processName: string): string => `_INBOX_${processName}`;

/** The stream behind a bucket. */
export const bucketStream = (bucket: BucketDefinition): string => `KV_${bucket.name}`;

/** Subject, inside our own account, at which every server tells its JetStream configuration. See `server-config.ts`. */
export const SERVER_REPORT_SUBJECT = 'lurus.server.jsz';

/** Asked by every client library when it starts. */
const ANYONE = ['$JS.API.INFO', '$SYS.REQ.USER.INFO', SERVER_REPORT_SUBJECT];

/** `hold.placed` on `billing.*.*.*.*` is `billing.hold.placed.*.*`: exactly the tokens that the stream takes. */
function appendSubject(definition: EventDefinition, streams: readonly StreamDefinition[]): string {
  const stream = streams.find((candidate) => candidate.domain === definition.domain);
  if (!stream) throw new Error(`no stream carries ${definition.domain}.${definition.name}`);
  const rest = Array.from({ length: stream.subjectTokens - 2 }, () => '*');
  return [stream.domain, definition.name, ...rest].join('.');
}

const watching = (stream: string): string[] => [
  `$JS.API.STREAM.INFO.${stream}`,
  `$JS.API.CONSUMER.CREATE.${stream}.>`,
  `$JS.API.CONSUMER.DELETE.${stream}.>`,
  `$JS.FC.${stream}.>`,
];

const writing = (bucket: BucketDefinition): string[] => {
  const stream = bucketStream(bucket);
  return [`$KV.${bucket.name}.>`, `$JS.API.STREAM.INFO.${stream}`, `$JS.API.STREAM.MSG.GET.${stream}`];
};

const reading = ({ name }: StreamDefinition): string[] => [
  `$JS.API.STREAM.INFO.${name}`,
  `$JS.API.STREAM.MSG.GET.${name}`,
  `$JS.API.DIRECT.GET.${name}`,
  `$JS.API.DIRECT.GET.${name}.>`,
];

const consuming = ({ name }: StreamDefinition): string[] => [
  ...['CREATE', 'INFO', 'MSG.NEXT', 'RESET', 'UNPIN', 'DELETE'].map((verb) => `$JS.API.CONSUMER.${verb}.${name}.>`),
  `$JS.ACK.${name}.>`,
  `$JS.ACK.*.*.${name}.>`, // The second form of the subject, with domain and account, which servers after 2.15 will use.
];

/**
 * Everything that the nats CLI needs for looking, and consumers. No acknowledgements and no resets: those would move a projector's consumer.
 * Subjects cannot tell whose a consumer is, so an operator could delete a projector's as well; its projector makes it again.
 */
const OPERATING = [
  '$JS.API.STREAM.NAMES',
  '$JS.API.STREAM.LIST',
  '$JS.API.STREAM.INFO.>',
  '$JS.API.STREAM.MSG.GET.>',
  '$JS.API.DIRECT.GET.>',
  ...['CREATE', 'DURABLE.CREATE', 'NAMES', 'LIST', 'INFO', 'MSG.NEXT', 'PAUSE', 'UNPIN', 'DELETE'].map(
    (verb) => `$JS.API.CONSUMER.${verb}.>`,
  ),
  '$JS.FC.>',
];

const ofRole = (process: ProcessDefinition): readonly string[] => {
  if (process.role === 'deployer') return ['$JS.API.>', '$JS.FC.>', '$JS.ACK.>', '$JS.SNAPSHOT.>'];
  return process.role === 'operator' ? OPERATING : [];
};

const listened = (process: ProcessDefinition): string[] => {
  if (process.role !== 'operator') return [];
  const live = process.reads.map((stream) => publishedSubjects(stream));
  return [...live, ...process.mirrors.map((bucket) => `$KV.${bucket.name}.>`), '$JS.EVENT.>'];
};

const sorted = (subjects: Iterable<string>): string[] => [...new Set(subjects)].sort();

/** The permissions of one process. Throws an Error when it appends an event that none of the streams carries. */
export function permissionsOf(process: ProcessDefinition, streams: readonly StreamDefinition[]): NatsPermissions {
  const publish = [
    ...ANYONE,
    ...process.appends.map((definition) => appendSubject(definition, streams)),
    ...process.mirrors.flatMap((bucket) => watching(bucketStream(bucket))),
    ...process.writes.flatMap(writing),
    ...process.consumes.flatMap(consuming),
    ...process.reads.flatMap(reading),
    ...ofRole(process),
  ];
  const subscribe = [`${inboxPrefixOf(process.name)}.>`, ...listened(process)];
  return { publish: sorted(publish), subscribe: sorted(subscribe) };
}
