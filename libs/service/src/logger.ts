/** Logs are JSON lines on stderr, one an event, with ids, counts and decisions: never keys, tokens, credentials, prompts or answers. */
import { type DestinationStream, type Logger as PinoLogger, destination, pino } from 'pino';

/** The logger of one process. */
export type Logger = PinoLogger;

/** Who logs, how much, and what must never stand in a line. */
export interface LoggerOptions {
  /** The process: `billing`. */
  readonly name: string;
  /** Which of several equal processes: the value of LURUS_INSTANCE. */
  readonly instance: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Values that must never be printed wherever they turn up (admin token, seeds, passwords). Those under 8 characters are left alone. */
  readonly secrets?: readonly string[];
  /** Where lines go; stderr unless a test gives something else. */
  readonly output?: DestinationStream;
}

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'credential',
  'password',
  'secret',
  'seed',
  'token',
  'adminToken',
  'admin_token',
  'apiKey',
  'api_key',
  'sealedCredential',
  'sealed_credential',
  '"x-api-key"',
  '"x-goog-api-key"',
  '"set-cookie"',
];
// Redaction paths have no "at any depth": three levels cover what our own code logs, and `mask` catches keys by their shape below that.
const REDACTED_PATHS = ['', '*.', '*.*.'].flatMap((prefix) =>
  SECRET_FIELDS.map((field) => (field.startsWith('"') ? `${prefix.replace(/\.$/, '')}[${field}]` : `${prefix}${field}`)),
);

// By shape, wherever they stand in a line: our own keys, the usual provider keys, bearer tokens, nkey seeds, passwords in URLs.
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b(sk-lurus-[0-9A-Za-z]{8})[0-9A-Za-z]+/g, '$1[redacted]'],
  [/\bsk-(?!lurus-)[0-9A-Za-z_-]{16,}/g, 'sk-[redacted]'],
  [/\bAIza[0-9A-Za-z_-]{30,}/g, 'AIza[redacted]'],
  [/\b([Bb]earer)\s+[^\s"\\]{8,}/g, '$1 [redacted]'],
  [/\bSU[A-Z2-7]{56}\b/g, 'SU[redacted]'],
  [/(:\/\/[^:/@\s"]*):[^@/\s"]+@/g, '$1:[redacted]@'],
];

const SECRET_CHARACTERS_MIN = 8; // Shorter ones are words that would blank out half of a log.

/** Returns the function that takes every secret out of a line. */
function createMask(secrets: readonly string[]): (line: string) => string {
  const values = secrets.filter((secret) => secret.length >= SECRET_CHARACTERS_MIN);
  return (line) => {
    let masked = line;
    for (const value of values) masked = masked.replaceAll(value, '[redacted]');
    for (const [shape, replacement] of SHAPES) masked = masked.replace(shape, replacement);
    return masked;
  };
}

/** Makes the process's logger. Lines are written synchronously, so that the last one before a crash is there. */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: { process: options.name, instance: options.instance },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
      hooks: { streamWrite: createMask(options.secrets ?? []) },
    },
    options.output ?? destination({ dest: 2, sync: true }),
  );
}
