/** The open routes that every process has: is it alive, can it work, what does it count, what does it serve. */
import { z } from 'zod';
import type { ServiceApp } from './service-app.ts';
import type { Metrics } from './metrics.ts';
import { type ReadinessCheck, checkReadiness } from './readiness.ts';

const CheckSchema = z.object({ is_ok: z.boolean(), error: z.string().optional() });
const ReadinessSchema = z.object({ status: z.enum(['ready', 'not ready']), checks: z.record(z.string(), CheckSchema) });

interface OperationOptions {
  readonly name: string;
  readonly metrics: Metrics;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
}

/** Adds /healthz, /readyz, /metrics and /openapi.json. */
export function addOperationRoutes(app: ServiceApp, options: OperationOptions): void {
  const config = { isOpen: true };
  const tags = ['operations'];
  app.get(
    '/healthz',
    {
      config,
      schema: {
        tags,
        summary: 'Says that the process runs.',
        response: { 200: z.object({ status: z.literal('ok'), process: z.string() }) },
      },
    },
    () => ({ status: 'ok' as const, process: options.name }),
  );
  app.get(
    '/readyz',
    {
      config,
      schema: {
        tags,
        summary: 'Says whether the process can do its work, check by check; 503 when it cannot.',
        response: { 200: ReadinessSchema, 503: ReadinessSchema },
      },
    },
    async (_request, reply) => {
      const { isReady, checks } = await checkReadiness(options.checks);
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', checks });
    },
  );
  app.get(
    '/metrics',
    { config, schema: { tags, summary: 'Figures in the text form of Prometheus.', response: { 200: z.string() } } },
    async (_request, reply) =>
      reply
        .type(options.metrics.contentType)
        .serializer((text: string) => text) // The route's own serializer would print the text as JSON.
        .send(await options.metrics.render()),
  );
  app.get(
    '/openapi.json',
    {
      config,
      schema: { tags, summary: 'This document.', response: { 200: z.record(z.string(), z.unknown()) } },
    },
    (): Record<string, unknown> => ({ ...app.swagger() }),
  );
}
