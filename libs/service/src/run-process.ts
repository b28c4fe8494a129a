/**
 * The life of a process: settings, start, signals, an ordered stop with a limit, an exit code that says how it ended. Every app's
 * `main.ts` is one call of `runProcess`.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SettingsError } from '@lurus/base/setting';
import { type Logger, createLogger } from './logger.ts';

/** How a process ends. */
export const EXIT = {
  clean: 0,
  /** It could not start, or met an error that it cannot go on from. */
  failed: 1,
  /** Its settings cannot be used. */
  settings: 2,
  /** It was told to stop and did not manage within the limit. */
  stopTimedOut: 3,
} as const;

/** The settings that the wrapper itself needs. */
export interface ProcessSettings {
  readonly LURUS_LOG_LEVEL: 'debug' | 'info' | 'warn' | 'error';
  readonly LURUS_INSTANCE: string;
  /** File to wait for before `start`; undefined for none. */
  readonly LURUS_START_GATE: string | undefined;
}

/** What a starting process gets. */
export interface ProcessContext<Settings> {
  readonly settings: Settings;
  readonly logger: Logger;
  /** Registers what must be closed; the last one registered is closed first. Also runs when the start fails half-way. */
  readonly onStop: (name: string, stop: () => void | Promise<void>) => void;
  /** Ends the process from within, as a signal would, with exit code `failed`. For what cannot be gone on from. */
  readonly fail: (error: unknown) => void;
}

/** What makes one process different from another. */
export interface ProcessOptions<Settings extends ProcessSettings> {
  /** `billing` */
  readonly name: string;
  /** `() => readSettings(process.env, [...])`; a SettingsError ends the process with its own exit code and no stack. */
  readonly readSettings: () => Settings;
  /** Values of the settings that must never be logged. */
  readonly secrets?: (settings: Settings) => readonly string[];
  readonly start: (context: ProcessContext<Settings>) => Promise<void>;
  /** How long stopping may take in all; 10 s unless given. */
  readonly stopLimitMs?: (settings: Settings) => number;
}

const START_GATE_POLL_MS = 20; // A look at one name of the file system.
const STOP_LIMIT_MS = 10_000; // Supervisors kill after 30 s as a rule; a service has nothing that takes longer than a query.

/** Runs the process until SIGTERM or SIGINT. Sets the exit code and ends the process itself: call it last, await nothing after it. */
export async function runProcess<Settings extends ProcessSettings>(options: ProcessOptions<Settings>): Promise<void> {
  const settings = readOrExit(options);
  const logger = createLogger({
    name: options.name,
    instance: settings.LURUS_INSTANCE,
    level: settings.LURUS_LOG_LEVEL,
    secrets: options.secrets?.(settings) ?? [],
  });
  const stops: { readonly name: string; readonly stop: () => void | Promise<void> }[] = [];
  const end = createEnd({ logger, stops, limitMs: options.stopLimitMs?.(settings) ?? STOP_LIMIT_MS });
  listenForEnd({ logger, end });
  try {
    if (settings.LURUS_START_GATE !== undefined) await untilOpen(settings.LURUS_START_GATE);
    await options.start({
      settings,
      logger,
      onStop: (name, stop) => void stops.push({ name, stop }),
      fail: (error) => {
        logger.fatal({ err: error }, 'cannot go on');
        end(EXIT.failed);
      },
    });
    logger.info({ pid: process.pid, node: process.version }, 'started');
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    end(EXIT.failed);
  }
}

/** A supervisor makes the file when what the process needs is there; loading our modules takes as long as starting a database. */
async function untilOpen(startGate: string): Promise<void> {
  while (!existsSync(startGate)) await sleep(START_GATE_POLL_MS);
}

function readOrExit<Settings extends ProcessSettings>(options: ProcessOptions<Settings>): Settings {
  try {
    return options.readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${options.name}: ${error.message}\n`);
    return process.exit(EXIT.settings);
  }
}

interface EndInput {
  readonly logger: Logger;
  readonly stops: { readonly name: string; readonly stop: () => void | Promise<void> }[];
  readonly limitMs: number;
}

/** Returns the function that closes everything once and exits; later calls change nothing. */
function createEnd({ logger, stops, limitMs }: EndInput): (exitCode: number) => void {
  let isEnding = false;
  return (exitCode) => {
    if (isEnding) return;
    isEnding = true;
    let pending = 'nothing';
    const limit = setTimeout(() => {
      logger.error({ pending, limitMs }, 'did not stop in time');
      process.exit(EXIT.stopTimedOut);
    }, limitMs);
    const closeAll = async (): Promise<void> => {
      let code = exitCode;
      for (let next = stops.pop(); next; next = stops.pop()) {
        pending = next.name;
        try {
          await next.stop();
        } catch (error) {
          logger.error({ err: error, part: next.name }, 'a part did not close cleanly');
          code = code === EXIT.clean ? EXIT.failed : code;
        }
      }
      clearTimeout(limit);
      logger.info({ exitCode: code }, 'stopped');
      process.exit(code);
    };
    void closeAll();
  };
}

function listenForEnd({ logger, end }: { readonly logger: Logger; readonly end: (exitCode: number) => void }): void {
  const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, exitCode] of Object.entries(exitCodes)) {
    let wasAsked = false;
    process.on(signal, () => {
      // Whoever sends the same signal twice does not want to wait. Two different ones are one wish: Ctrl-C reaches the whole group, then
      // the supervisor sends its SIGTERM.
      if (wasAsked) process.exit(exitCode);
      wasAsked = true;
      logger.info({ signal }, 'stopping');
      end(EXIT.clean);
    });
  }
  // The state after an error that nobody caught is unknown: nothing is closed in good order any more, the journal's acknowledgements hold.
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'an error that nobody caught');
    process.exit(EXIT.failed);
  });
  process.on('unhandledRejection', (reason) => {
    logger.fatal({ err: reason }, 'a rejection that nobody handled');
    process.exit(EXIT.failed);
  });
}
