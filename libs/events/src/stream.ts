import type { Domain, DomainEvent, EventDefinition, EventOf } from './event.ts';

/** Logical partitions of a partitioned stream, for ever: old events keep their number. Processes own several each. */
export const PARTITIONS = 16;

/** One stream, with every option spelled out; `libs/journal` turns it into the server's configuration. */
export interface StreamDeclaration<Definitions extends readonly EventDefinition[]> {
  readonly name: string;
  readonly says: string;
  readonly domain: Domain;
  /** Wildcard tokens after the domain, exactly; a publish of any other shape is refused by the server. */
  readonly subjectTokens: number;
  /** Whether the server inserts a partition, computed from the last token, after the domain. */
  readonly isPartitioned: boolean;
  readonly carries: Definitions;
  /** Days that events stay, or for ever. */
  readonly keepDays: number | 'for ever';
  /** Bytes on disk at which `whenFull` begins; null is no limit. */
  readonly sizeBytesMax: number | null;
  readonly eventBytesMax: number;
  /** What a full stream does with one more event. */
  readonly whenFull: 'refuse' | 'drop the oldest';
  /** Window in which a repeated event id is dropped by the server. */
  readonly dedupeForMs: number;
  /** `truth`: fsynced before the acknowledgement, never deleted or purged. `derived`: may be lost in a power cut. */
  readonly durability: 'truth' | 'derived';
}

/** A declared stream. */
export type StreamDefinition<Definitions extends readonly EventDefinition[] = readonly EventDefinition[]> = StreamDeclaration<Definitions>;

/** The union of the events that a stream carries. */
export type EventsOf<Stream> = Stream extends StreamDefinition<infer Definitions> ? EventOf<Definitions[number]> & DomainEvent : never;

/** Declares one stream. */
export function defineStream<const Definitions extends readonly EventDefinition[]>(
  declaration: StreamDeclaration<Definitions>,
): StreamDefinition<Definitions> {
  return declaration;
}

const wildcards = (count: number): string => Array.from({ length: count }, () => '*').join('.');

/** The subject pattern that producers publish to: `billing.*.*.*.*`. */
export const publishedSubjects = (stream: StreamDefinition): string => `${stream.domain}.${wildcards(stream.subjectTokens)}`;

/** The subject pattern that the stream stores and consumers filter on, for one partition or (`undefined`) all of them. */
export function storedSubjects(stream: StreamDefinition, partition?: number): string {
  if (!stream.isPartitioned) return publishedSubjects(stream);
  return `${stream.domain}.${partition ?? '*'}.${wildcards(stream.subjectTokens)}`;
}

/** The server-side transform that inserts the partition, or undefined where the stream has none. */
export function partitionTransform(stream: StreamDefinition): { readonly src: string; readonly dest: string } | undefined {
  if (!stream.isPartitioned) return undefined;
  const tokens = Array.from({ length: stream.subjectTokens }, (_, index) => `{{wildcard(${index + 1})}}`).join('.');
  const dest = `${stream.domain}.{{partition(${PARTITIONS},${stream.subjectTokens})}}.${tokens}`;
  return { src: publishedSubjects(stream), dest };
}

/** The partition in a stored subject, 0 where the stream has none. Throws an Error on a subject of another shape. */
export function partitionOf(stream: StreamDefinition, subject: string): number {
  if (!stream.isPartitioned) return 0;
  const partition = Number(subject.split('.')[1]);
  if (!Number.isInteger(partition) || partition < 0 || partition >= PARTITIONS) throw new Error(`subject ${subject} holds no partition`);
  return partition;
}
