import type { BucketDefinition } from '@lurus/events/bucket';
import type { ProcessDefinition } from '@lurus/events/process';
import { PARTITIONS, publishedSubjects, type StreamDefinition, storedSubjects } from '@lurus/events/stream';
import { permissionsOf } from '@lurus/journal/permissions';
import { allStreams } from '@lurus/streams/all';
import { allBuckets } from '@lurus/streams/buckets';
import { allProcesses } from '@lurus/streams/processes';

const MEBIBYTE = 1_048_576;

const names = (items: readonly { readonly name: string }[]): string => items.map(({ name }) => `\`${name}\``).join(', ') || 'none';

const processesWhere = (holds: (process: ProcessDefinition) => boolean): string => names(allProcesses.filter(holds));

function streamSection(stream: StreamDefinition): string {
  const appenders = (process: ProcessDefinition): boolean => process.appends.some(({ domain }) => domain === stream.domain);
  const rows = [
    ['Published to', `\`${publishedSubjects(stream)}\``],
    ['Stored under', `\`${storedSubjects(stream)}\`${stream.isPartitioned ? `, ${PARTITIONS} partitions by the last token` : ''}`],
    ['Carries', names(stream.carries)],
    ['Kept', stream.keepDays === 'for ever' ? 'for ever' : stream.keepDays === 1 ? '1 day' : `${stream.keepDays} days`],
    ['Size', stream.sizeBytesMax === null ? 'as large as the disk' : `at most ${stream.sizeBytesMax / MEBIBYTE} MiB`],
    ['When full', stream.whenFull === 'refuse' ? 'refuses the next event' : 'drops the oldest event'],
    ['Largest event', `${stream.eventBytesMax} bytes`],
    ['A repeated id is dropped for', `${stream.dedupeForMs / 1_000} s`],
    [
      'Durability',
      stream.durability === 'truth'
        ? 'truth: on disk before it is acknowledged; nothing can be deleted or purged'
        : 'derived: the last moments may be lost in a power cut',
    ],
    ['Appended by', processesWhere(appenders)],
    ['Consumed by', processesWhere(({ consumes }) => consumes.some(({ name }) => name === stream.name))],
  ];
  return `### ${stream.name}

${stream.says}

| | |
| --- | --- |
${rows.map(([what, value]) => `| ${what} | ${value} |`).join('\n')}
`;
}

const bucketRow = (bucket: BucketDefinition): string => {
  const mirrors = processesWhere((process) => process.role === 'process' && process.mirrors.some(({ name }) => name === bucket.name));
  const writers = processesWhere(({ writes }) => writes.some(({ name }) => name === bucket.name));
  return `| \`${bucket.name}\` | ${bucket.says} | \`${bucket.writtenBy}\` (${writers}) | ${mirrors} |`;
};

const code = (subjects: readonly string[]): string => subjects.map((subject) => `  ${subject}`).join('\n');

function processSection(process: ProcessDefinition): string {
  const { publish, subscribe } = permissionsOf(process, allStreams);
  return `### ${process.name}

${process.says}

Appends: ${names(process.appends)}. Mirrors: ${names(process.mirrors)}. Writes: ${names(process.writes)}. Consumes: ${names(process.consumes)}.

\`\`\`
publish
${code(publish)}
subscribe
${code(subscribe)}
\`\`\`
`;
}

/** Streams, buckets, and who may do what with them. */
export const streamsPage = (): string => `# Streams, buckets and who uses them

Streams are the truth; everything else can be made again from them. What a stream of a running system differs in from this page is shown by
\`npx lurus streams plan\`, and made by \`npx lurus streams apply\`.

## Streams

${allStreams.map(streamSection).join('\n')}
## Buckets

Key-value buckets are views: a projection writes them, gateways mirror them in memory. Deleting one is harmless. A bucket is the stream \`KV_<name>\`.

| bucket | what it holds | written by the projection (process) | mirrored by |
| --- | --- | --- | --- |
${allBuckets.map(bucketRow).join('\n')}

## Processes

Each process is a NATS user of its own, known by an nkey, with these subjects and no others. Nobody but \`deployer\` can change, purge or delete
a stream: that is what makes the truth immutable.

${allProcesses.map(processSection).join('\n')}`;
