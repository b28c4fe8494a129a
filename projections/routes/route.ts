/** A provider as a pure fold. A removed provider stays, marked, so that its name in old requests can be explained. */
import type { DialectName } from '@lurus/base/dialect-name';
import type { Instant } from '@lurus/base/clock';
import type { ProviderId, TenantId } from '@lurus/base/ids';
import type { AuthStyle, providerChanged, providerRegistered, providerRemoved } from '@lurus/events/catalogue/provider';
import type { EventOf, RecordedEvent } from '@lurus/events/event';

export interface KnownRoute {
  readonly kind: 'known';
  readonly providerId: ProviderId;
  readonly tenantId: TenantId;
  readonly provider: string;
  readonly dialect: DialectName;
  readonly baseUrl: string;
  readonly authStyle: AuthStyle;
  readonly sealedCredential: string | null;
  readonly models: string[];
  readonly modelMapping: { readonly pattern: string; readonly target: string }[];
  readonly priority: number;
  readonly weight: number;
  readonly isRemoved: boolean;
  readonly sequence: number;
  readonly updatedAt: Instant;
}

export type Route = { readonly kind: 'unknown'; readonly providerId: ProviderId } | KnownRoute;

/** A provider before its first event. */
export const unknownProvider = (providerId: ProviderId): Route => ({ kind: 'unknown', providerId });

/** A provider is what this event says, all of it; one that was removed comes back by it. */
export function registerProvider(
  _before: Route,
  event: RecordedEvent<EventOf<typeof providerRegistered> | EventOf<typeof providerChanged>>,
): Route {
  const { actor: _actor, ...provider } = event.data;
  return { kind: 'known', ...provider, tenantId: event.tenantId, isRemoved: false, sequence: event.sequence, updatedAt: event.at };
}

/** A provider is routed to no longer. Throws when it was never registered. */
export function removeProvider(before: Route, event: RecordedEvent<EventOf<typeof providerRemoved>>): Route {
  if (before.kind === 'unknown') throw new Error(`the provider ${event.data.providerId} was never registered`);
  return { ...before, isRemoved: true, sequence: event.sequence, updatedAt: event.at };
}
