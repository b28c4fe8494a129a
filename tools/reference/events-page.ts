import { jsonSchemaOf } from '@lurus/base/json-schema';
import { encodeEvent } from '@lurus/events/codec';
import type { EventDefinition } from '@lurus/events/event';
import { exampleEvents } from '@lurus/events/examples';
import { publishedSubjects, type StreamDefinition, storedSubjects } from '@lurus/events/stream';
import { allProcesses } from '@lurus/streams/processes';
import { allStreams } from '@lurus/streams/all';
import { describeSchema, snakeCase } from './describe-schema.ts';

const INTRODUCTION = `Events are facts in JSON, one flat object each, in streams of NATS JetStream. Every event begins with the same six fields; its own follow.

| field | what it is |
| --- | --- |
| \`id\` | ULID, made once for the event; also the header \`Nats-Msg-Id\`, by which a repeated append is dropped |
| \`type\` | the name, also the header \`Lurus-Type\` |
| \`v\` | the version of its schema, also the header \`Lurus-Schema\` |
| \`time\` | when it happened, by the clock of the process that appended it; order comes from the stream |
| \`source\` | the process that appended it |
| \`tenant_id\` | the tenant |

Amounts are nano-dollars (10⁻⁹ USD), rates pico-dollars (10⁻¹² USD) per token, both as decimal digits in a string, since they can pass 2⁵³.
Schemas are frozen once published: a change is a new version, and old events are lifted to it when they are read.
`;

const appendersOf = (definition: EventDefinition): string =>
  allProcesses
    .filter(({ appends }) => appends.some(({ name }) => name === definition.name))
    .map(({ name }) => name)
    .join(', ');

function fieldTable(definition: EventDefinition): string {
  const { properties = {} } = jsonSchemaOf(definition.data);
  const rows = Object.entries(properties).map(
    ([name, field]) =>
      `| \`${snakeCase(name)}\` | ${typeof field === 'object' ? describeSchema(field).replaceAll('|', '\\|') : 'anything'} |`,
  );
  return ['| field | form |', '| --- | --- |', ...rows].join('\n');
}

function subjectText(stream: StreamDefinition, definition: EventDefinition): string {
  const rest = ['<tenant>', '<wallet>'].slice(0, stream.subjectTokens - 2);
  const published = [stream.domain, definition.name, ...rest].join('.');
  if (!stream.isPartitioned) return `\`${published}\``;
  return `\`${published}\`, stored as \`${[stream.domain, '<partition>', definition.name, ...rest].join('.')}\``;
}

function eventSection(stream: StreamDefinition, definition: EventDefinition): string {
  const example = exampleEvents.find(({ event }) => event.name === definition.name);
  if (!example) throw new Error(`${definition.name} has no example in libs/events/src/examples.ts`);
  const json = JSON.stringify(JSON.parse(encodeEvent(example.event)), undefined, 2);
  return `### ${definition.name}

${definition.says}

Version ${definition.version}. Appended by: ${appendersOf(definition)}. Subject: ${subjectText(stream, definition)}.

${fieldTable(definition)}

\`\`\`json
${json}
\`\`\`
`;
}

const streamSection = (stream: StreamDefinition): string => `## ${stream.name}

${stream.says} Published to \`${publishedSubjects(stream)}\`, stored under \`${storedSubjects(stream)}\`.

${stream.carries.map((definition) => eventSection(stream, definition)).join('\n')}`;

/** Every event: what it says, its subject, its fields, and an example as a stream holds it. */
export const eventsPage = (): string => `# Events

${INTRODUCTION}
${allStreams.map(streamSection).join('\n')}`;
