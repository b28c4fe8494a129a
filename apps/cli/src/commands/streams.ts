import { Problem } from '@lurus/base/problem';
import type { PlannedStep, Provisioner } from '@lurus/journal/provision';
import { allStreams } from '@lurus/streams/all';
import { allBuckets } from '@lurus/streams/buckets';
import { deployerProcess } from '@lurus/streams/processes';
import type { Command } from 'commander';
import { CliFailure, EXIT } from '../cli-failure.ts';
import { positiveInteger } from '../option-values.ts';
import { requireNatsSeed } from '../secrets-file.ts';
import { openSession, type Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';

interface StreamsOptions {
  readonly nats?: string;
  readonly replicas: number;
}

const HELP = `
Both commands connect to NATS as the deployer, whose seed stands in secrets.json. Streams that are not declared are left alone.

Examples:
  $ lurus streams plan
  $ lurus streams apply --nats nats://nats.example:4222 --replicas 3
`;

/** `lurus streams plan|apply` */
export function addStreamsCommands(program: Command, surroundings: Surroundings): void {
  const streams = program.command('streams').description('make a NATS server match what streams/ declares');
  addVerb({ streams, surroundings, verb: 'plan', says: 'show what apply would do; changes nothing' });
  addVerb({
    streams,
    surroundings,
    verb: 'apply',
    says: 'create what is missing and change what differs; refuses as a whole where it cannot',
  });
}

function addVerb(input: {
  readonly streams: Command;
  readonly surroundings: Surroundings;
  readonly verb: 'plan' | 'apply';
  readonly says: string;
}): void {
  input.streams
    .command(input.verb)
    .description(input.says)
    .option('--nats <url>', 'NATS server (default: that of the running system)')
    .option('--replicas <count>', 'copies of everything: 1 on a single node, 3 in a cluster', positiveInteger, 1)
    .addHelpText('after', HELP)
    .action(async (options: StreamsOptions, command: Command) => {
      const session = openSession(command, input.surroundings);
      const declarations = { streams: allStreams, buckets: allBuckets, replicas: options.replicas };
      const steps = await withProvisioner({ session, options, work: (provisioner) => provisioner[input.verb](declarations) });
      session.show({ steps }, () => renderSteps(steps, input.verb));
    });
}

async function withProvisioner<Result>(input: {
  readonly session: Session;
  readonly options: StreamsOptions;
  readonly work: (provisioner: Provisioner) => Promise<Result>;
}): Promise<Result> {
  const { system } = input.session;
  // Loaded on use: the NATS client doubles the start of every other command.
  const { openProvisioner } = await import('@lurus/journal/provision');
  try {
    const provisioner = await openProvisioner({
      url: input.options.nats ?? natsUrlOf(input.session),
      seed: requireNatsSeed(system.home, deployerProcess.name),
      processName: deployerProcess.name,
      instance: 'lurus',
    });
    try {
      return await input.work(provisioner);
    } finally {
      await provisioner.close();
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, status, message, fix } = error.details;
    const exit = code === 'journal_away' ? EXIT.notRunning : status < 500 ? EXIT.refused : EXIT.failed;
    throw new CliFailure({ exit, code, what: message, fix }, { cause: error });
  }
}

function natsUrlOf(session: Session): string {
  const url = session.system.ready?.nats;
  if (url !== undefined) return url;
  throw new CliFailure({
    exit: EXIT.notRunning,
    code: 'not_running',
    what: 'No running system was found.',
    why: `${session.system.home}/ready.json does not exist.`,
    fix: 'Run "npm start" first, or name the server with --nats.',
  });
}

const MARKS: Readonly<Record<PlannedStep['action'], string>> = { create: '+', change: '~', nothing: '=', impossible: '!' };

function renderSteps(steps: readonly PlannedStep[], verb: 'plan' | 'apply'): string {
  const lines = steps.flatMap((step) => [
    `${MARKS[step.action]} ${step.stream}`,
    ...step.differences.map(({ field, from, to, obstacle }) => {
      const change = `    ${field}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
      return obstacle === undefined ? change : `${change}\n    impossible: ${obstacle}`;
    }),
  ]);
  const count = (action: PlannedStep['action']): number => steps.filter((step) => step.action === action).length;
  const [create, change] = verb === 'plan' ? ['to create', 'to change'] : ['created', 'changed'];
  const parts = [`${count('create')} ${create}`, `${count('change')} ${change}`, `${count('nothing')} as declared`];
  if (count('impossible') > 0) parts.push(`${count('impossible')} impossible`);
  return `${[...lines, parts.join(', ')].join('\n')}\n`;
}
