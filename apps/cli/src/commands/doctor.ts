import type { Command } from 'commander';
import { CliFailure, EXIT } from '../cli-failure.ts';
import { checkGatewayAnswer } from '../doctor/check-gateway-answer.ts';
import { checkEnvironment, checkNode, checkPorts, checkSecretFiles } from '../doctor/check-machine.ts';
import { checkNats } from '../doctor/check-nats.ts';
import { checkProcesses } from '../doctor/check-processes.ts';
import { checkProjections } from '../doctor/check-projections.ts';
import { type CheckResult, renderResults } from '../doctor/check-result.ts';
import { openSession, type Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';

interface DoctorOptions {
  readonly key?: string;
  readonly model?: string;
}

const HELP = `
One request of a few tokens goes through the gateway with the key. Exits 0 when nothing failed, 3 when nothing runs, 1 otherwise.

Examples:
  $ lurus doctor
  $ lurus doctor --key sk-lurus-... --model claude-sonnet-5
`;

/** `lurus doctor` */
export function addDoctorCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('doctor')
    .description('check that everything works together, and say what to do where it does not')
    .option('--key <key>', 'API key to try (default: LURUS_API_KEY, or the demo key)')
    .option('--model <model>', 'model to try it with (default: the first that the key may use)')
    .addHelpText('after', HELP)
    .action(async (options: DoctorOptions, command: Command) => {
      const session = openSession(command, surroundings);
      const results = await examine({ session, options, surroundings });
      const isHealthy = results.every((result) => result.state !== 'fail');
      session.show({ is_healthy: isHealthy, checks: results }, () => renderResults(results));
      if (isHealthy) return;
      const exit = isRunning(session) ? EXIT.failed : EXIT.notRunning;
      const fix = 'Do what stands behind "fix", beginning with the first.';
      throw new CliFailure({ exit, code: 'unhealthy', what: 'At least one check failed.', fix });
    });
}

const isRunning = (session: Session): boolean => session.system.ready !== undefined || Object.keys(session.system.givenUrls).length > 0;

async function examine(input: {
  readonly session: Session;
  readonly options: DoctorOptions;
  readonly surroundings: Surroundings;
}): Promise<CheckResult[]> {
  const { session, options, surroundings } = input;
  const machine = [
    checkNode(process.versions.node),
    ...checkEnvironment(surroundings.environment),
    ...checkSecretFiles(session.system.home),
  ];
  if (!isRunning(session)) return [...machine, await checkPorts({ shift: session.portShift }), nothingRuns(session)];
  const [processes, nats, projections] = await Promise.all([
    checkProcesses({ system: session.system, surroundings }),
    checkNats(session.system),
    checkProjections(session),
  ]);
  return [...machine, ...processes, ...nats, ...projections, ...(await answerOf({ session, options, surroundings }))];
}

const nothingRuns = (session: Session): CheckResult => ({
  name: 'system',
  state: 'fail',
  says: 'Nothing runs here.',
  why: `${session.system.home}/ready.json does not exist.`,
  fix: 'npm start',
});

async function answerOf(input: {
  readonly session: Session;
  readonly options: DoctorOptions;
  readonly surroundings: Surroundings;
}): Promise<CheckResult[]> {
  const { session, options, surroundings } = input;
  const key = options.key ?? session.apiKey ?? session.system.ready?.demo_key;
  if (key === undefined) {
    const fix = 'Give --key, to see whether a request gets through.';
    return [{ name: 'key', state: 'warn', says: 'No API key is known, so no request was tried.', fix }];
  }
  return [await checkGatewayAnswer({ gateway: session.system.urlOf('gateway'), key, model: options.model, surroundings })];
}
