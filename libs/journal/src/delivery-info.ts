/** What the reply subject of a delivered message says. */
export interface DeliveryInfo {
  readonly isRedelivery: boolean;
  readonly streamSequence: number;
  /** Counts the deliveries of its consumer from 1, repeats included. */
  readonly deliverySequence: number;
  /** Messages that its consumer has not delivered yet. */
  readonly pending: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>`, or the second form with domain and
 * account before the stream and a token at the end. Throws an Error on anything else.
 */
export function readDeliveryInfo(reply: string): DeliveryInfo {
  const tokens = reply.split('.');
  const at = tokens.length === 9 ? 4 : 6;
  const [delivered = NaN, streamSequence = NaN, deliverySequence = NaN, , pending = NaN] = tokens.slice(at, at + 5).map(Number);
  const isDelivery = reply.startsWith('$JS.ACK.') && (tokens.length === 9 || tokens.length >= 11);
  if (!isDelivery || !Number.isInteger(delivered + streamSequence + deliverySequence + pending)) {
    throw new Error(`"${reply}" is no acknowledgement subject of a consumer`);
  }
  return { isRedelivery: delivered > 1, streamSequence, deliverySequence, pending };
}
