/** What `npm start` shows once the system is ready. Pure. */
import type { ReadyFile } from '@lurus/stack/ready-file';

export interface BannerInput {
  readonly ready: ReadyFile;
  readonly home: string;
  readonly startedMs: number;
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');

const claudeCode = ({ gateway, demo_key }: ReadyFile): string => `ANTHROPIC_BASE_URL=${gateway} ANTHROPIC_AUTH_TOKEN=${demo_key} claude`;

/** Codex takes a provider from its configuration file alone; `-c` gives the same for one run. */
const codex = ({ gateway, demo_key }: ReadyFile): string => `LURUS_API_KEY=${demo_key} codex -c model_provider=lurus \\
  -c 'model_providers.lurus={name="Lurus Switch", base_url="${gateway}/v1", env_key="LURUS_API_KEY", wire_api="responses"}'`;

/** Gemini CLI takes its way to log in from its settings file alone; with the variables only it says "Invalid auth method selected". */
const gemini = ({
  gateway,
  demo_key,
}: ReadyFile): string => `npx lurus setup gemini --key ${demo_key} --write   # once: ~/.gemini/settings.json and .env
GOOGLE_GEMINI_BASE_URL=${gateway} GEMINI_API_KEY=${demo_key} gemini`;

/** The text, ending in what to do next. Holds secrets: it goes to the terminal and nowhere else. */
export const banner = ({ ready, home, startedMs }: BannerInput): string => `
Lurus Switch is ready (${(startedMs / 1000).toFixed(1)} s). Ctrl-C stops everything.

  relay        ${ready.gateway}
  services     provider ${ready.provider}   billing ${ready.billing}   log ${ready.log}
  projector    ${ready.projector}   simulator ${ready.simulator}
  NATS         ${ready.nats}${ready.nats_ws ? `   WebSocket ${ready.nats_ws}` : ''}
  Postgres     ${ready.postgres}
  ClickHouse   ${ready.clickhouse}

  admin token  ${ready.admin_token}
  demo key     ${ready.demo_key}
  all of this  ${home}/ready.json

Try it; the demo key talks to the built-in simulator:

  Claude Code
${indented(claudeCode(ready))}
  Codex CLI
${indented(codex(ready))}
  Gemini CLI
${indented(gemini(ready))}

Look at the streams with the nats CLI:   XDG_CONFIG_HOME=${home} nats stream ls
Everything else, real providers first:   npx lurus --help
`;
