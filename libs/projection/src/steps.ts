/** From what the journal delivers to what a store applies. Pure. */
import type { Delivery } from '@lurus/journal/journal';
import { eventIdOf } from './identity-check.ts';
import type { Step } from './fold-batch.ts';
import type { Batch, Positions } from './store.ts';

/** The place of a delivery in its stream. */
export const sequenceOf = (delivery: Delivery): number => (delivery.outcome === 'event' ? delivery.event.sequence : delivery.sequence);

const partitionOf = (delivery: Delivery): number => (delivery.outcome === 'event' ? delivery.event.partition : delivery.partition);

function stepOf(delivery: Delivery): Step {
  const head = { sequence: sequenceOf(delivery), partition: partitionOf(delivery), eventId: eventIdOf(delivery) };
  switch (delivery.outcome) {
    case 'event':
      return { ...head, event: delivery.event };
    case 'poison':
      return { ...head, fault: { error: delivery.error, subject: delivery.subject } };
    case 'unknown version':
      return { ...head, fault: { error: `${delivery.name} has version ${delivery.version}, which this program does not know` } };
    case 'unknown name':
    default:
      return head;
  }
}

/** Deliveries as a batch: what a partition has had already is left out, the positions move past all of it. Undefined where there are none. */
export function batchOf(deliveries: readonly Delivery[], positions: Positions): Batch | undefined {
  const first = deliveries[0];
  const last = deliveries.at(-1);
  if (!first || !last) return undefined;
  const steps = deliveries.map(stepOf).filter((step) => step.sequence > (positions.get(step.partition)?.sequence ?? 0));
  return { steps, firstSequence: sequenceOf(first), lastSequence: sequenceOf(last), lastId: eventIdOf(last) ?? '' };
}

/** Cuts a batch in two after its `count` first steps. */
export function cutBatch(batch: Batch, count: number): readonly [Batch, Batch] {
  const head = batch.steps.slice(0, count);
  const end = head.at(-1);
  return [
    { steps: head, firstSequence: batch.firstSequence, lastSequence: end?.sequence ?? 0, lastId: end?.eventId ?? '' },
    { ...batch, steps: batch.steps.slice(count), firstSequence: (end?.sequence ?? 0) + 1 },
  ];
}
