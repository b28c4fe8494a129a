import { type Client, type ClientSetup } from './client-setup.ts';
import { mergeEnvFile } from './merge-env-file.ts';
import { mergeJson } from './merge-json.ts';

/** Where the gateway is and with which key it is called. */
export interface SetupTarget {
  /** Origin without a slash at its end: `http://127.0.0.1:18100`. */
  readonly gateway: string;
  readonly key: string;
}

/** The set-up of one client. */
export function setupOf(client: Client, target: SetupTarget): ClientSetup {
  return { claude: claudeSetup, codex: codexSetup, gemini: geminiSetup }[client](target);
}

/** Claude Code reads both variables from its own settings file as well as from the shell. */
function claudeSetup({ gateway, key }: SetupTarget): ClientSetup {
  const environment = { ANTHROPIC_BASE_URL: gateway, ANTHROPIC_AUTH_TOKEN: key };
  return {
    client: 'claude',
    title: 'Claude Code',
    environment,
    // With both credentials set it warns and may take the other one.
    unset: ['ANTHROPIC_API_KEY'],
    files: [
      {
        path: '.claude/settings.json',
        merge: (current) =>
          mergeJson(
            current,
            Object.entries(environment).map(([name, value]) => [['env', name], value]),
          ),
        snippet: `${JSON.stringify({ env: environment }, null, 2)}\n`,
      },
    ],
    start: 'claude',
    notes: ['The address has no /v1: Claude Code adds it.'],
  };
}

/** Codex takes providers from TOML only; a profile file of our own leaves the user's untouched. */
function codexSetup({ gateway, key }: SetupTarget): ClientSetup {
  const provider = [
    'model_provider = "lurus"',
    '',
    '[model_providers.lurus]',
    'name = "Lurus Switch"',
    `base_url = "${gateway}/v1"`,
    'env_key = "LURUS_API_KEY"',
    'wire_api = "responses"',
    '',
  ].join('\n');
  return {
    client: 'codex',
    title: 'Codex CLI',
    environment: { LURUS_API_KEY: key },
    unset: [],
    files: [{ path: '.codex/lurus.config.toml', merge: () => provider, snippet: provider }],
    start: 'codex --profile lurus',
    notes: ['Without --profile: put the same lines at the top of ~/.codex/config.toml, before its first [table].'],
  };
}

/** The Gemini CLI asks for a login unless its settings name the API key as the way in. */
function geminiSetup({ gateway, key }: SetupTarget): ClientSetup {
  const environment = { GOOGLE_GEMINI_BASE_URL: gateway, GEMINI_API_KEY: key };
  const authentication = { security: { auth: { selectedType: 'gemini-api-key' } } };
  return {
    client: 'gemini',
    title: 'Gemini CLI',
    environment,
    unset: ['GOOGLE_API_KEY', 'GOOGLE_GENAI_USE_VERTEXAI'],
    files: [
      {
        path: '.gemini/.env',
        merge: (current) => mergeEnvFile(current, environment),
        snippet: mergeEnvFile(undefined, environment),
      },
      {
        path: '.gemini/settings.json',
        merge: (current) => mergeJson(current, [[['security', 'auth', 'selectedType'], 'gemini-api-key']]),
        snippet: `${JSON.stringify(authentication, null, 2)}\n`,
      },
    ],
    start: 'gemini',
    notes: ['A project folder with its own .env shadows ~/.gemini/.env.'],
  };
}
