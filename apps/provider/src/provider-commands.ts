/** Registering, changing and removing providers. A credential is sealed here, bound to its provider, and never shown again. */
import type { DialectName } from '@lurus/base/dialect-name';
import { type EventId, type ProviderId, type TenantId, EventIdSchema, ProviderIdSchema, derivedUlid } from '@lurus/base/ids';
import { seal, unseal } from '@lurus/base/seal';
import { type AuthStyle, providerChanged, providerRegistered, providerRemoved } from '@lurus/events/catalogue/provider';
import type { EventOf } from '@lurus/events/event';
import { appendOnce } from '@lurus/journal/append-once';
import { type EventReference, becomesVisible, commandCause, commandEventId, refuseAnotherCommand } from '@lurus/service/command';
import { providerEvents } from '@lurus/streams/provider-events';
import { instantOf } from '@lurus/base/clock';
import { ACTOR, type ProviderService } from './provider.ts';
import { credentialMissing, credentialUnused, providerExists } from './problems.ts';
import { type ModelMapping, type Provider, findProvider, findProviderById, requireProvider } from './providers.ts';

/** How each dialect's own vendor wants the credential. */
const AUTH_STYLES: Readonly<Record<DialectName, AuthStyle>> = {
  anthropic: 'x-api-key',
  'openai-chat': 'bearer',
  'openai-responses': 'bearer',
  gemini: 'x-goog-api-key',
};

export interface ProviderSettings {
  readonly dialect: DialectName;
  readonly baseUrl: string;
  readonly models: string[];
  readonly modelMapping: ModelMapping[];
  readonly priority: number;
  readonly weight: number;
}

export interface ProviderCommand {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly idempotencyKey: string | undefined;
}

/** `null` says that there is none; undefined leaves it as it is, or to the dialect. */
export interface Access {
  readonly credential: string | null | undefined;
  readonly authStyle: AuthStyle | undefined;
}

export type RegisterProvider = ProviderCommand & Access & { readonly settings: ProviderSettings };
export type ChangeProvider = ProviderCommand &
  Access & { readonly changes: { readonly [Name in keyof ProviderSettings]: ProviderSettings[Name] | undefined } };

export interface ProviderOutcome {
  readonly provider: Provider;
  readonly event: EventReference;
  readonly isApplied: boolean;
}

type ProviderState = EventOf<typeof providerRegistered>['data'];

/**
 * Registers a provider. With an idempotency key its id is derived from that, so that a repeat finds the provider of the first.
 * Throws a Problem 409 where another provider has the name.
 */
export function registerProvider(service: ProviderService, command: RegisterProvider): Promise<ProviderOutcome> {
  return service.inTurn(`provider ${command.tenantId} ${command.name}`, async () => {
    const { tenantId, name, idempotencyKey } = command;
    const operation = 'register-provider';
    const cause = idempotencyKey === undefined ? undefined : commandCause({ tenantId, operation, idempotencyKey });
    const providerId = ProviderIdSchema.parse(cause === undefined ? service.ids.ulid() : derivedUlid(`${cause}\nprovider`, 0));
    const state = { providerId, provider: name, ...command.settings, ...accessOf(service, { command, providerId, known: undefined }) };
    const earlier = cause === undefined ? undefined : await findProviderById(service, providerId);
    if (earlier) return repeatedRegistration(service, { earlier, state, operation });
    const holder = await findProvider(service, { tenantId, name });
    if (holder && !holder.isRemoved) throw providerExists({ name, tenant: tenantId });
    const id = registrationId(command, holder);
    const appended = await appendOnce(service, {
      definition: providerRegistered,
      stream: providerEvents,
      id,
      tenantId,
      data: { ...state, actor: ACTOR },
    });
    if (appended.recorded.providerId !== providerId) throw providerExists({ name, tenant: tenantId });
    refuseAnotherState(service, { operation, recorded: appended.recorded, asked: state });
    return outcomeOf(service, { tenantId, state: appended.recorded, event: appended.event });
  });
}

/**
 * The event id belongs to the name as the view knows it, not to the command: two processes that register the same name at the same moment
 * append the same event, and the stream takes the first.
 */
const registrationId = ({ tenantId, name }: ProviderCommand, before: Provider | undefined): EventId =>
  EventIdSchema.parse(derivedUlid(`provider-name\n${tenantId}\n${name}\n${before?.sequence ?? 0}`, 0));

/** A repeat long after the first: compared with what the provider is now, since changing it in between was another command. */
async function repeatedRegistration(
  service: ProviderService,
  { earlier, state, operation }: { readonly earlier: Provider; readonly state: Omit<ProviderState, 'actor'>; readonly operation: string },
): Promise<ProviderOutcome> {
  const last = await service.connection.eventAt(providerEvents, earlier.sequence);
  const isUntouched = last?.outcome === 'event' && last.event.name === providerRegistered.name;
  if (isUntouched) refuseAnotherState(service, { operation, recorded: { ...earlier, provider: earlier.name }, asked: state });
  else refuseAnotherCommand({ operation, recorded: { name: earlier.name }, asked: { name: state.provider } });
  const id = last?.outcome === 'event' ? last.event.id : '';
  return { provider: earlier, event: { id, stream: providerEvents.name, sequence: earlier.sequence }, isApplied: true };
}

/** Changes a provider; what is not named stays as it is. */
export function changeProvider(service: ProviderService, command: ChangeProvider): Promise<ProviderOutcome> {
  return service.inTurn(`provider ${command.tenantId} ${command.name}`, async () => {
    const { tenantId, name } = command;
    const known = await requireProvider(service, command);
    const settings = changed(known, command.changes);
    const { providerId } = known;
    const state = {
      providerId,
      provider: name,
      ...settings,
      ...accessOf(service, { command: { ...command, settings }, providerId, known }),
    };
    const operation = `change-provider ${name}`;
    const id = eventIdOf(service, { ...command, operation });
    const appended = await appendOnce(service, {
      definition: providerChanged,
      stream: providerEvents,
      id,
      tenantId,
      data: { ...state, actor: ACTOR },
    });
    refuseAnotherState(service, { operation: 'change-provider', recorded: appended.recorded, asked: state });
    return outcomeOf(service, { tenantId, state: appended.recorded, event: appended.event });
  });
}

const changed = (known: Provider, changes: ChangeProvider['changes']): ProviderSettings => ({
  dialect: changes.dialect ?? known.dialect,
  baseUrl: changes.baseUrl ?? known.baseUrl,
  models: changes.models ?? known.models,
  modelMapping: changes.modelMapping ?? known.modelMapping,
  priority: changes.priority ?? known.priority,
  weight: changes.weight ?? known.weight,
});

/** Routes to a provider no longer. Throws a Problem 404 where there is none of the name. */
export function removeProvider(service: ProviderService, command: ProviderCommand & { readonly reason: string }): Promise<ProviderOutcome> {
  return service.inTurn(`provider ${command.tenantId} ${command.name}`, async () => {
    const { tenantId, name, reason } = command;
    const id = eventIdOf(service, { ...command, operation: `remove-provider ${name}` });
    const gone = await removedBy(service, { command, id });
    if (gone) return gone;
    const known = await requireProvider(service, command);
    const data = { providerId: known.providerId, provider: name, reason, actor: ACTOR };
    const { event } = await appendOnce(service, { definition: providerRemoved, stream: providerEvents, id, tenantId, data });
    const isApplied = await isRouted(service, { tenantId, providerId: known.providerId, sequence: event.sequence });
    return { provider: (await findProviderById(service, known.providerId)) ?? known, event, isApplied };
  });
}

/** What the first command of this idempotency key removed, where this is its repeat. */
async function removedBy(
  service: ProviderService,
  { command, id }: { readonly command: ProviderCommand; readonly id: EventId },
): Promise<ProviderOutcome | undefined> {
  if (command.idempotencyKey === undefined) return undefined;
  const provider = await findProvider(service, command);
  if (!provider?.isRemoved) return undefined;
  const last = await service.connection.eventAt(providerEvents, provider.sequence);
  if (last?.outcome !== 'event' || last.event.id !== id) return undefined;
  return { provider, event: { id, stream: providerEvents.name, sequence: provider.sequence }, isApplied: true };
}

interface AccessInput {
  readonly command: Access & { readonly name: string; readonly settings: Pick<ProviderSettings, 'dialect'> };
  readonly providerId: ProviderId;
  /** What there is already, for a change. */
  readonly known: Provider | undefined;
}

/** How the provider is logged in to: a fresh credential sealed, an old one kept, and the style that goes with it. */
function accessOf(
  service: ProviderService,
  { command, providerId, known }: AccessInput,
): Pick<ProviderState, 'authStyle' | 'sealedCredential'> {
  const { credential } = command;
  const sealedCredential =
    credential === undefined
      ? (known?.sealedCredential ?? null)
      : credential && seal({ secret: credential, owner: providerId, masterKey: service.masterKey });
  const hasCredential = sealedCredential !== null;
  // A style chosen once is kept only while it still fits what it was chosen for.
  const isSameKind = known?.dialect === command.settings.dialect && (known.sealedCredential !== null) === hasCredential;
  const usual = hasCredential ? AUTH_STYLES[command.settings.dialect] : 'none';
  const authStyle = command.authStyle ?? (isSameKind ? known.authStyle : usual);
  if (authStyle !== 'none' && !hasCredential) throw credentialMissing({ authStyle });
  if (authStyle === 'none' && hasCredential) throw credentialUnused({ name: command.name });
  return { authStyle, sealedCredential };
}

/** Sealing the same credential twice gives two texts, so credentials are compared opened. */
function refuseAnotherState(
  service: ProviderService,
  input: { readonly operation: string; readonly recorded: Omit<ProviderState, 'actor'>; readonly asked: Omit<ProviderState, 'actor'> },
): void {
  const open = ({ sealedCredential, ...state }: Omit<ProviderState, 'actor'>) => ({
    ...state,
    credential: sealedCredential && unseal({ sealed: sealedCredential, owner: state.providerId, masterKey: service.masterKey }),
  });
  refuseAnotherCommand({ operation: input.operation, recorded: open(input.recorded), asked: open(input.asked) });
}

const eventIdOf = (service: ProviderService, name: ProviderCommand & { readonly operation: string }): EventId =>
  name.idempotencyKey === undefined
    ? EventIdSchema.parse(service.ids.ulid())
    : commandEventId({ tenantId: name.tenantId, operation: name.operation, idempotencyKey: name.idempotencyKey });

interface Recorded {
  readonly tenantId: TenantId;
  readonly state: ProviderState;
  readonly event: EventReference;
}

async function outcomeOf(service: ProviderService, { tenantId, state, event }: Recorded): Promise<ProviderOutcome> {
  const { providerId, provider: name, actor: _actor, ...rest } = state;
  const isApplied = await isRouted(service, { tenantId, providerId, sequence: event.sequence });
  const updatedAt = instantOf(service.clock.nowMs());
  const pending = { ...rest, providerId, tenantId, name, isRemoved: false, sequence: event.sequence, updatedAt };
  return { provider: (isApplied ? await findProviderById(service, providerId) : undefined) ?? pending, event, isApplied };
}

const isRouted = (
  service: ProviderService,
  at: { readonly tenantId: TenantId; readonly providerId: ProviderId; readonly sequence: number },
): Promise<boolean> => becomesVisible(() => (service.routes.get(`${at.tenantId}.${at.providerId}`)?.sequence ?? 0) >= at.sequence);
